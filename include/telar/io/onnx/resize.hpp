// SPDX-License-Identifier: BSL-1.0
// Resize of ONNX: where it is TensorFlow's it is telar's; else each axis is multiplied by the matrix of its weights.
#pragma once
#include <telar/io/onnx/windows.hpp>

#include <cmath>
#include <functional>
#include <numeric>
#include <vector>

namespace telar::inline TELAR_ABI::io::onnx {

/// y = x M along an axis, in float64; M (n, m).
inline symbol product_along(const call& c, symbol x, int axis, const std::vector<double>& matrix) {
    const extent_t n = number_of_places(x, axis), m = static_cast<extent_t>(matrix.size()) / std::max<extent_t>(n, 1);
    extent_t there[max_rank]{}, back[max_rank]{};
    for (int i = 0; i < x.rank(); ++i) {
        const int to = i < axis ? i : i == axis ? x.rank() - 1 : i - 1;
        there[to] = i, back[i] = to;
    }
    const symbol by = c.constant(tensor_of<double>(shape(n, m), matrix.data()));
    const symbol y = matmul(emit::cast(emit::transpose(x, there), dtype::float64), by);
    return emit::cast(emit::transpose(y, back), x.type());
}

/// How the elements of an axis become those of another extent.
class resized_axis {
public:
    extent_t from = 1, to = 1;
    double scale = 1, first = 0, last = 1;  // of the axis: the region of tf_crop_and_resize

    /// Weights (from, to), and whether each element lies inside of x.
    struct weights {
        std::vector<double> matrix, inside;
    };
    weights weights_by(const call& c) const {
        weights w{std::vector<double>(static_cast<std::size_t>(from * to)), {}};
        for (extent_t k = 0; k < to; ++k) {
            const double place = place_of(k, c.text("coordinate_transformation_mode", "half_pixel"));
            const bool is_cropped = c.text("coordinate_transformation_mode", "") == "tf_crop_and_resize";
            w.inside.push_back(!is_cropped || (place >= 0 && place <= static_cast<double>(from - 1)));
            const double before = std::ceil(place) - 1;  // its part is in (0, 1]: a whole place is the one on the right
            std::vector<double> parts = parts_of(c, place - before);
            const extent_t start = static_cast<extent_t>(before) - static_cast<extent_t>(parts.size() / 2) + 1;
            if (c.integer("exclude_outside", 0) != 0) {
                for (std::size_t i = 0; i < parts.size(); ++i)
                    if (const extent_t at = start + static_cast<extent_t>(i); at < 0 || at >= from) parts[i] = 0;
                normalise(parts);
            }
            for (std::size_t i = 0; i < parts.size(); ++i) {
                const extent_t at = std::clamp<extent_t>(start + static_cast<extent_t>(i), 0, from - 1);
                w.matrix[static_cast<std::size_t>(at * to + k)] += parts[i];
            }
        }
        return w;
    }

private:
    double place_of(extent_t k, const std::string& mode) const {
        const double x = static_cast<double>(k), n = static_cast<double>(from), wide = scale * n;
        if (mode == "align_corners") return wide == 1 ? 0 : x * (n - 1) / (wide - 1);
        if (mode == "asymmetric") return x / scale;
        if (mode == "tf_crop_and_resize")
            return wide == 1 ? (last - first) * (n - 1) / 2 + first * (n - 1)
                             : x * (last - first) * (n - 1) / (wide - 1) + first * (n - 1);
        if (mode == "pytorch_half_pixel" && wide == 1) return -0.5;
        const double place = (x + 0.5) / scale - 0.5;
        return mode == "half_pixel_symmetric" ? place + n / 2 * (1 - static_cast<double>(to) / wide) : place;
    }
    static void normalise(std::vector<double>& parts) {
        const double sum = std::accumulate(parts.begin(), parts.end(), 0.0);
        for (double& p : parts) p /= sum;
    }
    /// What the neighbours count for an element that lies `part` behind the one before it.
    std::vector<double> parts_of(const call& c, double part) const {
        const std::string mode = c.text("mode", "nearest");
        if (mode == "nearest") {
            const std::string rounding = c.text("nearest_mode", "round_prefer_floor");
            const bool is_next = part == 1 || rounding == "ceil" || (rounding == "round_prefer_floor" && part > 0.5) ||
                                 (rounding == "round_prefer_ceil" && part >= 0.5);
            return {is_next ? 0.0 : 1.0, is_next ? 1.0 : 0.0};
        }
        const double a = c.real("cubic_coeff_a", -0.75);
        const auto weight = [&](double x) {
            x = std::abs(x);
            if (mode == "linear") return std::max(1 - x, 0.0);
            return x <= 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : x < 2 ? ((x - 5) * x + 8) * x * a - 4 * a : 0.0;
        };
        const double smaller = c.integer("antialias", 0) != 0 ? std::min(scale, 1.0) : 1.0;
        const int reach = -static_cast<int>(std::floor((mode == "linear" ? -1 : -2) / smaller) + 1);
        std::vector<double> parts;
        for (int i = -reach; i <= reach + 1; ++i) parts.push_back(weight(smaller * (i - part)));
        normalise(parts);
        return parts;
    }
};

inline symbol resized(const call& c) {
    const symbol x = c[0];
    const int rank = x.rank(), with_scales = c.version < 11 ? 1 : 2;
    integers axes = c.list("axes");
    if (axes.empty())
        for (int i = 0; i < rank; ++i) axes.push_back(i);
    std::vector<resized_axis> along(static_cast<std::size_t>(rank));
    for (int i = 0; i < rank; ++i)
        along[static_cast<std::size_t>(i)].from = along[static_cast<std::size_t>(i)].to =
            x.g->dims.resolve(x.extents()[i]);
    const auto axis = [&](std::size_t i) -> resized_axis& {
        const int k = axis_of(axes[i], rank);
        positive(number_of_places(x, k));
        return along[static_cast<std::size_t>(k)];
    };
    if (c.has(3)) {
        const integers sizes = c.known_integers(3);
        const std::string policy = c.text("keep_aspect_ratio_policy", "stretch");
        double common = policy == "not_larger" ? INFINITY : 0;
        for (std::size_t i = 0; i < axes.size(); ++i) {
            axis(i).to = positive(sizes[i]);
            axis(i).scale = static_cast<double>(sizes[i]) / static_cast<double>(axis(i).from);
            common = policy == "not_larger" ? std::min(common, axis(i).scale) : std::max(common, axis(i).scale);
        }
        for (std::size_t i = 0; i < axes.size() && policy != "stretch"; ++i) {
            axis(i).scale = common;
            axis(i).to = static_cast<extent_t>(common * static_cast<double>(axis(i).from) + 0.5);
        }
    } else {
        const known_values scales = c.known(with_scales);
        for (std::size_t i = 0; i < axes.size(); ++i) {
            const double scale = scales.at(static_cast<int>(i));
            if (scale == 1) continue;
            require_form(scale > 0 && scale <= 65536, "a scale");
            axis(i).scale = scale;
            axis(i).to = static_cast<extent_t>(axis(i).scale * static_cast<double>(axis(i).from));
        }
    }
    if (c.text("coordinate_transformation_mode", "half_pixel") == "tf_crop_and_resize") {
        const known_values region = c.known(1);
        for (std::size_t i = 0; i < axes.size(); ++i) {
            axis(i).first = region.at(static_cast<int>(i));
            axis(i).last = region.at(static_cast<int>(i + axes.size()));
        }
    }
    const bool is_telars = c.text("mode", "nearest") == "linear" && c.integer("antialias", 0) == 0 &&
                           c.integer("exclude_outside", 0) == 0 &&
                           c.text("coordinate_transformation_mode", "half_pixel") == "half_pixel";
    symbol y = x, outside = emit::constant(c.graph(), dtype::boolean, 0);
    for (int i = 0; i < rank; ++i) {
        const resized_axis& a = along[static_cast<std::size_t>(i)];
        const bool is_cropped = a.first != 0 || a.last != 1;
        if (a.to == a.from && a.scale == 1 && !is_cropped) continue;
        constexpr extent_t most_weights = 1 << 24;
        require_form(a.to >= 1 && a.from >= 1 && a.to <= most_weights / a.from, "an axis of " + std::to_string(a.to));
        if (is_telars && static_cast<double>(a.to) == a.scale * static_cast<double>(a.from)) {
            y = emit::resample(y, i, a.to, true);
            continue;
        }
        const resized_axis::weights w = a.weights_by(c);
        y = product_along(c, y, i, w.matrix);
        shape beside(a.to);
        for (int k = i + 1; k < rank; ++k) beside.append(1);
        outside = outside || c.constant(tensor_of<double>(beside, w.inside.data())) == 0;
    }
    if (c.text("coordinate_transformation_mode", "") != "tf_crop_and_resize") return y;
    return where(outside, number(y, c.real("extrapolation_value", 0)), y);
}

// clang-format off
inline constexpr operation resize_operations[] = {
    {"Resize", resized},
};
// clang-format on

}  // namespace telar::inline TELAR_ABI::io::onnx
