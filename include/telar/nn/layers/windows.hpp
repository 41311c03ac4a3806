// SPDX-License-Identifier: BSL-1.0
// What convolutions and pools are told of their windows: 3, or {3, 5}, and Keras' paddings.
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

namespace windows {
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
