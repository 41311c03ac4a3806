// SPDX-License-Identifier: BSL-1.0
// Windows of signal processing and columns to images in ONNX, composed of telar's functions.
#pragma once
#include <telar/io/onnx/resize.hpp>

#include <numbers>

namespace telar::inline TELAR_ABI::io::onnx {

/// a0 - a1 cos(2 pi i / n) + a2 cos(4 pi i / n), of a whole period or one sample short of it.
template <class F> symbol cosine_window(const call& c, F f) {
    const extent_t size = positive(c.known_integers(0)[0]);
    const dtype type = c.states("output_datatype") ? type_of(c.integer("output_datatype", 1)) : dtype::float32;
    const double period = static_cast<double>(c.integer("periodic", 1) != 0 ? size : size - 1);
    const symbol i = emit::iota(c.graph(), size, dtype::float64);
    return emit::cast(f(cos(i * (2 * 3.14159265358979323846 / period)), cos(i * (4 * 3.14159265358979323846 / period))),
                      type);
}
/// (N, C k1 k2, places) -> (N, C, H, W): windows are added where they lie.
inline symbol columns_to_image(const call& c) {
    const symbol x = c[0];
    const integers image = c.known_integers(1), block = c.known_integers(2);
    constexpr extent_t most_in_block = 1 << 24;
    require_form(image.size() == 2, "more than two axes of space");
    const integers pads = c.list("pads", {0, 0, 0, 0}), steps = c.list("strides", {1, 1}),
                   gaps = c.list("dilations", {1, 1});
    require_rank(x, 3, 3);
    for (std::size_t i = 0; i < 2; ++i) {
        positive(image[i]), positive(block[i]), positive(steps[i]), positive(gaps[i]);
        require_form(pads[i] >= 0 && pads[i + 2] >= 0, "cut images");
        moderate(pads[i]), moderate(pads[i + 2]);
    }
    const auto places = [&](std::size_t i) {
        return (image[i] + pads[i] + pads[i + 2] - (block[i] - 1) * gaps[i] - 1) / steps[i] + 1;
    };
    require_form(places(0) >= 1 && places(1) >= 1 && saturating_multiply(block[0], block[1]) <= most_in_block,
                 "an image smaller than a block");
    const extent_t n = x.extents()[0], channels = number_of_places(x, 1) / (block[0] * block[1]);
    const extent_t height = image[0] + pads[0] + pads[2], width = image[1] + pads[1] + pads[3];
    const symbol apart = in_shape(x, shape(n, channels, block[0], block[1], places(0), places(1)));
    const extent_t place_first[] = {0, 1, 4, 2, 5, 3};
    const symbol columns = emit::overlap_add(emit::transpose(apart, place_first), {4, block[1], steps[1], gaps[1]},
                                             shape(n, channels, places(0), block[0], width));
    const symbol all = emit::overlap_add(columns, {2, block[0], steps[0], gaps[0]}, shape(n, channels, height, width));
    return slice(slice(all, 2, pads[0], pads[0] + image[0]), 3, pads[1], pads[1] + image[1]);
}

/// A discrete Fourier transform along an axis of x (..., 1 or 2), as products with cosines and sines.
struct fourier {
    static constexpr extent_t most_terms = 1 << 24;  // of its matrix
    extent_t length = 0;                             // 0: that of the axis
    bool is_inverse = false, is_onesided = false;

    symbol operator()(const call& c, symbol x, int axis) const {
        const int last = x.rank() - 1;
        const extent_t n = number_of_places(x, axis);
        const bool mirrored = is_inverse && is_onesided, is_real = x.extents()[last] == 1;
        const extent_t period = length != 0 ? length : mirrored ? 2 * (n - 1) : n;
        const extent_t count = is_onesided && !is_inverse ? period / 2 + 1 : period;
        require_form(n >= 1 && period >= 1 && n <= most_terms / count, "so long a transform");
        std::vector<double> cosines, sines;
        for (extent_t i = 0; i < n; ++i)
            for (extent_t k = 0; k < count; ++k) {
                const double angle =
                    2 * std::numbers::pi * static_cast<double>(i * k % period) / static_cast<double>(period);
                // of a half, the others are conjugate; what lies beyond the period is cut off
                const double twice = mirrored && i != 0 && 2 * i != period ? 2 : 1;
                const double weight = i >= (mirrored ? period / 2 + 1 : period) ? 0 : twice;
                const double scale = is_inverse ? weight / static_cast<double>(period) : weight;
                cosines.push_back(scale * std::cos(angle));
                sines.push_back((is_inverse ? -scale : scale) * std::sin(angle));
            }
        const auto part = [&](extent_t i) { return emit::part_of_axis(x, last, i, 1); };
        const auto by = [&](symbol s, const std::vector<double>& m) { return product_along(c, s, axis, m); };
        symbol re = by(part(0), cosines), im = -by(part(0), sines);
        if (!is_real) re = re + by(part(1), sines), im = im + by(part(1), cosines);
        return mirrored ? re : telar::concat({re, im}, last);
    }
};
inline symbol transformed(const call& c) {
    const symbol x = c[0];
    const std::int64_t axis = c.version >= 20 ? (c.has(2) ? c.known_integers(2)[0] : -2) : c.integer("axis", 1);
    fourier f;
    f.length = c.has(1) ? positive(c.known_integers(1)[0]) : 0;
    f.is_inverse = c.integer("inverse", 0) != 0;
    f.is_onesided = c.integer("onesided", 0) != 0;
    return f(c, x, axis_of(axis, x.rank()));
}
/// (N, L, 1) -> (N, frames, frequencies, 2)
inline symbol transformed_frames(const call& c) {
    const symbol x = c[0];
    require_rank(x, 3, 3);
    const extent_t step = positive(c.known_integers(1)[0]);
    const extent_t length = positive(c.has(3) ? c.known_integers(3)[0] : number_of_places(c[2], 0));
    symbol frames = emit::windows(x, {1, length, step, 1});  // (N, frames, length, 1)
    if (c.has(2)) {
        const auto wide = [](symbol s) { return emit::cast(s, dtype::float64); };
        frames = wide(frames) * in_shape(wide(c[2]), shape(length, 1));
    }
    fourier f;
    f.is_onesided = c.integer("onesided", 1) != 0;
    return emit::cast(f(c, frames, 2), x.type());
}

/// theta (N, 2, 3): the points (x, y, 1) of an image (N, C, H, W), mapped; or (N, 3, 4), of a volume.
inline symbol affine_grid(const call& c) {
    const symbol theta = c[0];
    const integers size = c.known_integers(1);
    require_form(size.size() == 4 || size.size() == 5, "another number of axes of space than 2 or 3");
    const std::size_t space = size.size() - 2;
    std::vector<double> points;
    shape to(size[0]);
    extent_t count = 1;
    for (std::size_t i = 0; i < space; ++i)
        to.append(positive(size[i + 2])), count = saturating_multiply(count, size[i + 2]);
    require_form(count <= fourier::most_terms, "so large a grid");
    for (extent_t k = 0; k < count; ++k) {
        extent_t rest = k;
        for (std::size_t i = space; i-- > 0;) {  // x is the last axis
            const double n = static_cast<double>(size[i + 2]), place = static_cast<double>(rest % size[i + 2]);
            rest /= size[i + 2];
            points.push_back(c.integer("align_corners", 0) == 0 ? (2 * place + 1) / n - 1
                             : n > 1                            ? 2 * place / (n - 1) - 1
                                                                : -1);
        }
        points.push_back(1);
    }
    to.append(static_cast<extent_t>(space));
    const any_tensor grid = tensor_of<double>(shape(count, space + 1), points.data());
    return in_shape(matmul(emit::cast(c.constant(grid), theta.type()), emit::swap_last(theta)), to);
}

// clang-format off
inline constexpr operation signal_operations[] = {
    {"AffineGrid",     affine_grid},
    {"BlackmanWindow", [](const call& c) { return cosine_window(c, [](symbol once, symbol twice) { return 0.42 - 0.5 * once + 0.08 * twice; }); }},
    {"Col2Im",         columns_to_image},
    {"DFT",            transformed},
    {"HammingWindow",  [](const call& c) { return cosine_window(c, [](symbol once, symbol) { return 25.0 / 46 - 21.0 / 46 * once; }); }},
    {"HannWindow",     [](const call& c) { return cosine_window(c, [](symbol once, symbol) { return 0.5 - 0.5 * once; }); }},
    {"STFT",           transformed_frames},
};
// clang-format on

}  // namespace telar::inline TELAR_ABI::io::onnx
