// SPDX-License-Identifier: BSL-1.0
// The options that convolutions and pools share: sizes per axis (3, or {3, 5}), Keras' paddings and data formats.
#pragma once
#include <telar/nn/activations.hpp>
#include <telar/nn/parameter.hpp>

namespace telar::inline TELAR_ABI::nn {

/// A number for each axis of space, or one for all.
struct per_axis {
    extent_t numbers[3]{1, 1, 1};

    constexpr per_axis() = default;
    constexpr per_axis(int all) : numbers{all, all, all} {}
    constexpr per_axis(int first, int second) : numbers{first, second, 1} {}
    constexpr per_axis(int first, int second, int third) : numbers{first, second, third} {}
    constexpr shape extents(int space) const {
        shape s;
        for (int i = 0; i < space; ++i) s.append(numbers[i]);
        return s;
    }
    friend constexpr bool operator==(const per_axis&, const per_axis&) = default;
};

/// valid: whole windows only; same: zeros around x, so that the result has ceil(extent / stride) places; causal: zeros
/// before it alone, so that no place sees a later one (of one axis).
enum class padding : std::int32_t { valid, same, causal };

/// Where the channels of x and of the result stand: (N, space..., C), or (N, C, space...). Parameters have one layout
/// in both formats.
///
/// test      tests/fixtures/keras_data_format_test.cpp
enum class data_format : std::int32_t { channels_last, channels_first };

namespace windows {
/// x from a layer's format to (batch..., space..., C). An x with other axes stays as it is, for the layer to refuse.
constexpr symbol with_channels_last(symbol x, int space, data_format format, int batch_axes = 1) {
    const bool moves = format == data_format::channels_first && x.rank() == batch_axes + space + 1;
    return moves ? ir::emit::channels_to_the_end(x, batch_axes) : x;
}
/// The way back: y (batch..., space..., C) to the layer's format.
constexpr symbol in_format(symbol y, data_format format, int batch_axes = 1) {
    const bool moves = format == data_format::channels_first && y.rank() > batch_axes + 1;
    return moves ? ir::emit::channels_to_the_front(y, batch_axes) : y;
}
/// Whether y is computed from x element by element, so that the order of the axes does not matter: every node since x
/// is an element-wise one, of x, of such nodes and of scalars.
constexpr bool is_elementwise_of(symbol y, symbol x) {
    const auto is_allowed = [&](int id) { return id >= x.id || symbol{x.g, id}.rank() == 0; };
    bool all = is_allowed(y.id);
    for (int i = x.id + 1; i <= y.id && all; ++i) {
        const ir::node& n = (*x.g)[i];
        if (n.extents.rank == 0) continue;
        all = ir::is_elementwise(n.kind);
        for (int k = 0; k < ir::info(n.kind).arity; ++k) all = all && is_allowed(n.in[k]);
    }
    return all;
}
/// activation(y) in the layer's format, y (N, space..., C). An element-wise activation is applied before the axes move:
/// then that move stands beside the next layer's, and the two cancel.
constexpr symbol activated_in_format(const activation& f, symbol y, data_format format) {
    if (format == data_format::channels_last) return activated(f, y);
    const symbol before = activated(f, y);
    return is_elementwise_of(before, y) ? in_format(before, format) : activated(f, in_format(y, format));
}
/// (N, space..., C), or a mistake.
constexpr bool has_space(symbol x, int space) {
    if (x.rank() == space + 2) return true;
    ir::emit::refuse_convolution(x, x);
    return false;
}
constexpr ir::emit::window_plan plan(int space, const per_axis& size, const per_axis& strides, padding around,
                                     const per_axis& dilation) {
    ir::emit::window_plan p;
    p.most_numbers = space;
    p.has_steps = true;
    p.is_same = around == padding::same;
    for (int i = 0; i < space; ++i) {
        p.size[i] = size.numbers[i];
        p.step[i] = strides.numbers[i];
        p.dilation[i] = dilation.numbers[i];
    }
    if (around == padding::causal) p.before[0] = (size.numbers[0] - 1) * dilation.numbers[0];
    return p;
}
}  // namespace windows

}  // namespace telar::inline TELAR_ABI::nn
