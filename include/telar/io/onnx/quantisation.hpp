// SPDX-License-Identifier: BSL-1.0
// Numbers as bytes in ONNX: y = scale (x - zero), composed of telar's functions.
#pragma once
#include <telar/io/onnx/windows.hpp>

namespace telar::inline TELAR_ABI::io::onnx {

/// A scale or a zero of one axis, or of all -> it broadcasts with x.
inline symbol along(symbol v, symbol x, std::int64_t axis) {
    if (v.rank() == 0) return v;
    require_form(v.rank() == 1, "scales of blocks");
    shape to;
    for (int i = 0; i < x.rank(); ++i) to.append(i == axis_of(axis, x.rank()) ? v.extents()[0] : 1);
    return number_of_places(v, 0) == 1 ? in_shape(v, shape()) : in_shape(v, to);
}
inline symbol to_bytes(symbol x) { return emit::cast(clip(x, 0, 255), dtype::uint8); }
inline symbol as(symbol x, dtype type) { return emit::cast(x, type); }
/// scale (x - zero)
inline symbol real_numbers(symbol x, symbol scale, symbol zero) {
    return (as(x, scale.type()) - as(zero, scale.type())) * scale;
}
inline symbol bytes_of(symbol x, symbol scale, symbol zero) { return to_bytes(round(x / scale) + as(zero, x.type())); }

inline symbol quantised(const call& c) {
    const symbol x = c[0];
    const std::int64_t axis = c.integer("axis", 1);
    const symbol zero = c.has(2) ? c[2] : emit::constant(*x.g, dtype::uint8, 0);
    return bytes_of(x, along(c[1], x, axis), along(zero, x, axis));
}
inline symbol dequantised(const call& c) {
    const symbol x = c[0];
    const std::int64_t axis = c.integer("axis", 1);
    return real_numbers(x, along(c[1], x, axis), c.has(2) ? along(c[2], x, axis) : number(x, 0));
}
/// Scale and zero are those of the values.
inline symbol quantised_by_range(const call& c) {
    const symbol x = c[0];
    const symbol highest = maximum(f::reduce<op::max>{}(x, all_axes(x), false), 0),
                 lowest = minimum(f::reduce<op::min>{}(x, all_axes(x), false), 0);
    const symbol scale = where(highest == lowest, 1, highest - lowest) / 255;
    const symbol zero = to_bytes(round(clip(-lowest / scale, 0, 255)));
    c.give(1, scale), c.give(2, zero);
    return bytes_of(x, scale, zero);
}

inline symbol whole(const call& c, int x, int zero) {
    const symbol wide = as(c[x], dtype::int32);
    return c.has(zero) ? wide - along(as(c[zero], dtype::int32), wide, 0) : wide;
}
inline symbol product_of_bytes(const call& c) {
    const symbol a = real_numbers(c[0], c[1], c[2]), b = real_numbers(c[3], c[4], c[5]);
    return bytes_of(matmul(a, b), c[6], c[7]);
}
inline symbol convolution_of_bytes(const call& c) {
    const symbol x = real_numbers(c[0], c[1], c[2]), w = real_numbers(c[3], c[4], c[5]);
    require_form(w.rank() == 4 && c.graph().dims.count(c[4].extents()) == 1, "scales of channels");
    return bytes_of(convolved(c, x, in_shape(w, c[3].extents())), c[6], c[7]);
}

// clang-format off
inline constexpr operation quantisation_operations[] = {
    {"ConvInteger",           [](const call& c) { return convolved(c, whole(c, 0, 2), whole(c, 1, 3)); }},
    {"DequantizeLinear",      dequantised},
    {"DynamicQuantizeLinear", quantised_by_range},
    {"MatMulInteger",         [](const call& c) { return matmul(whole(c, 0, 2), whole(c, 1, 3)); }},
    {"QLinearConv",           convolution_of_bytes},
    {"QLinearMatMul",         product_of_bytes},
    {"QuantizeLinear",        quantised},
};
// clang-format on

}  // namespace telar::inline TELAR_ABI::io::onnx
