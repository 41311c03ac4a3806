// SPDX-License-Identifier: BSL-1.0
// Windows of signal processing and columns to images in ONNX, composed of telar's functions.
#pragma once
#include "windows.hpp"

namespace onnx {

/// a0 - a1 cos(2 pi i / n) + a2 cos(4 pi i / n), of a whole period or one sample short of it.
template <class F> symbol cosine_window(const call& c, F f) {
    const extent_t size = c.known_integers(0)[0];
    const telar::dtype type =
        c.states("output_datatype") ? type_of(c.integer("output_datatype", 1)) : telar::dtype::float32;
    const double period = static_cast<double>(c.integer("periodic", 1) != 0 ? size : size - 1);
    const symbol i = telar::emit::iota(c.graph(), size, telar::dtype::float64);
    return telar::emit::cast(
        f(cos(i * (2 * 3.14159265358979323846 / period)), cos(i * (4 * 3.14159265358979323846 / period))), type);
}
/// (N, C k1 k2, places) -> (N, C, H, W): windows are added where they lie.
inline symbol columns_to_image(const call& c) {
    const symbol x = c[0];
    const integers image = c.known_integers(1), block = c.known_integers(2);
    require_form(image.size() == 2, "more than two axes of space");
    const integers pads = c.list("pads", {0, 0, 0, 0}), steps = c.list("strides", {1, 1}),
                   gaps = c.list("dilations", {1, 1});
    const auto places = [&](std::size_t i) {
        return (image[i] + pads[i] + pads[i + 2] - (block[i] - 1) * gaps[i] - 1) / steps[i] + 1;
    };
    const extent_t n = x.extents()[0], channels = x.extents()[1] / (block[0] * block[1]);
    const extent_t height = image[0] + pads[0] + pads[2], width = image[1] + pads[1] + pads[3];
    const symbol apart = reshape(x, shape(n, channels, block[0], block[1], places(0), places(1)));
    const extent_t place_first[] = {0, 1, 4, 2, 5, 3};
    const symbol columns =
        telar::emit::overlap_add(telar::emit::transpose(apart, place_first), {4, block[1], steps[1], gaps[1]},
                                 shape(n, channels, places(0), block[0], width));
    const symbol all =
        telar::emit::overlap_add(columns, {2, block[0], steps[0], gaps[0]}, shape(n, channels, height, width));
    return slice(slice(all, 2, pads[0], pads[0] + image[0]), 3, pads[1], pads[1] + image[1]);
}

// clang-format off
inline constexpr operation signal_operations[] = {
    {"BlackmanWindow", [](const call& c) { return cosine_window(c, [](symbol once, symbol twice) { return 0.42 - 0.5 * once + 0.08 * twice; }); }},
    {"Col2Im",         columns_to_image},
    {"HammingWindow",  [](const call& c) { return cosine_window(c, [](symbol once, symbol) { return 25.0 / 46 - 21.0 / 46 * once; }); }},
    {"HannWindow",     [](const call& c) { return cosine_window(c, [](symbol once, symbol) { return 0.5 - 0.5 * once; }); }},
};
// clang-format on

}  // namespace onnx
