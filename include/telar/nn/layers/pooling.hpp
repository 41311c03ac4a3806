// SPDX-License-Identifier: BSL-1.0
// Pools, as layers without parameters and as functions on symbols: nn::max_pool2d(x, 2).
#pragma once
#include <telar/nn/layers/windows.hpp>
#include <telar/nn/mask.hpp>

namespace telar::inline TELAR_ABI::nn {

namespace windows {
enum class pools : std::int32_t { max, average };
constexpr symbol pooled(pools kind, int space, symbol x, const per_axis& size, const per_axis& strides,
                        padding around) {
    const ir::emit::window_plan p = plan(space, size, strides, around, 1);
    return kind == pools::max ? ir::emit::pool_max(x.plain(), p) : ir::emit::pool_mean(x.plain(), p);
}
}  // namespace windows

/// The largest element of each window, or the mean of its elements; zeros that padding puts around do not count.
///
/// shapes    x (N, space..., C) -> (N, space'..., C)
/// edge      strides: the windows' size, unless given
/// errors    those of max_pool and mean_pool
/// source    Keras' MaxPooling1D to 3D, AveragePooling1D to 3D
/// test      tests/nn/layers_test.cpp
template <windows::pools Kind, int Space> struct pooling {
    per_axis pool_size = 2;
    per_axis strides = 0;
    nn::padding padding = nn::padding::valid;
    site here{};

    constexpr symbol operator()(symbol x) const {
        constexpr std::string_view kinds[2][3]{{"max_pooling1d", "max_pooling2d", "max_pooling3d"},
                                               {"average_pooling1d", "average_pooling2d", "average_pooling3d"}};
        const layer_call call(here, x, kinds[static_cast<int>(Kind)][Space - 1]);
        const bool is_given = strides.numbers[0] != 0;
        return call.gives(windows::pooled(Kind, Space, x, pool_size, is_given ? strides : pool_size, padding));
    }
};
using max_pooling1d = pooling<windows::pools::max, 1>;
using max_pooling2d = pooling<windows::pools::max, 2>;
using max_pooling3d = pooling<windows::pools::max, 3>;
using average_pooling1d = pooling<windows::pools::average, 1>;
using average_pooling2d = pooling<windows::pools::average, 2>;
using average_pooling3d = pooling<windows::pools::average, 3>;

/// The same on symbols: x = nn::max_pool2d(x, 2).
constexpr symbol max_pool1d(symbol x, per_axis size, per_axis strides = 0, padding around = padding::valid) {
    return pooling<windows::pools::max, 1>{size, strides, around}(x);
}
constexpr symbol max_pool2d(symbol x, per_axis size, per_axis strides = 0, padding around = padding::valid) {
    return pooling<windows::pools::max, 2>{size, strides, around}(x);
}
constexpr symbol average_pool1d(symbol x, per_axis size, per_axis strides = 0, padding around = padding::valid) {
    return pooling<windows::pools::average, 1>{size, strides, around}(x);
}
constexpr symbol average_pool2d(symbol x, per_axis size, per_axis strides = 0, padding around = padding::valid) {
    return pooling<windows::pools::average, 2>{size, strides, around}(x);
}

/// The largest element, or the mean, of all space.   (N, space..., C) -> (N, C)
///
/// edge      the mean of (N,T,C) is that of the steps that count, if it has a mask
template <windows::pools Kind> struct global_pooling {
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, Kind == windows::pools::max ? "global_max_pooling" : "global_average_pooling");
        const unsigned space = ((1u << (x.rank() - 1)) - 1) & ~1u;
        if (Kind == windows::pools::max) return call.gives(ir::emit::reduce(op::max, x.plain(), space, false));
        if (const auto counts = mask_of(x); counts && x.rank() == 3)
            return call.gives(mean_of_those(*counts, x, space));
        return call.gives(expr::functions::mean{}(x.plain(), space, false));
    }

private:
    /// The mean of the steps that count.
    static constexpr symbol mean_of_those(symbol counts, symbol x, unsigned space) {
        const symbol total = ir::emit::reduce(op::sum, masks::where_it_counts(counts, x), space, false);
        return total / ir::emit::reduce(op::sum, ir::emit::cast(masks::stretched(counts, 3), x.type()), space, false);
    }
};
using global_max_pooling = global_pooling<windows::pools::max>;
using global_average_pooling = global_pooling<windows::pools::average>;
constexpr symbol global_max_pool(symbol x) { return global_max_pooling{}(x); }
constexpr symbol global_average_pool(symbol x) { return global_average_pooling{}(x); }

}  // namespace telar::inline TELAR_ABI::nn
