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
    if (!has_space(x, space)) return x;
    const ir::emit::window_plan p = plan(space, size, strides, around, 1);
    return kind == pools::max ? ir::emit::pool_max(x.plain(), p) : ir::emit::pool_mean(x.plain(), p);
}
}  // namespace windows

/// The largest element of each window, or the mean of its elements; zeros that padding puts around do not count.
///
/// shapes    x (N, space..., C) -> (N, space'..., C); channels_first: (N, C, space...) -> (N, C, space'...)
/// edge      strides: the windows' size, unless given
/// errors    E126 convolution_does_not_fit: x has other axes; those of max_pool and mean_pool
/// source    Keras' MaxPooling1D to 3D, AveragePooling1D to 3D
/// test      tests/nn/layers_test.cpp
template <windows::pools Kind, int Space> struct pooling {
    per_axis pool_size = 2;
    per_axis strides = 0;
    nn::padding padding = nn::padding::valid;
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    constexpr symbol operator()(symbol x) const {
        constexpr std::string_view kinds[2][3]{{"max_pooling1d", "max_pooling2d", "max_pooling3d"},
                                               {"average_pooling1d", "average_pooling2d", "average_pooling3d"}};
        const layer_call call(here, x, kinds[static_cast<int>(Kind)][Space - 1]);
        const bool is_given = strides.numbers[0] != 0;
        x = windows::with_channels_last(x, Space, data_format);
        const symbol y = windows::pooled(Kind, Space, x, pool_size, is_given ? strides : pool_size, padding);
        return call.gives(windows::in_format(y, data_format));
    }
};
using max_pooling1d = pooling<windows::pools::max, 1>;
using max_pooling2d = pooling<windows::pools::max, 2>;
using max_pooling3d = pooling<windows::pools::max, 3>;
using average_pooling1d = pooling<windows::pools::average, 1>;
using average_pooling2d = pooling<windows::pools::average, 2>;
using average_pooling3d = pooling<windows::pools::average, 3>;

namespace windows {
/// A pooling layer as a function.
template <pools Kind, int Space> struct pool_function {
    constexpr symbol operator()(symbol x, per_axis size, per_axis strides = 0, padding around = padding::valid,
                                data_format format = data_format::channels_last) const {
        return pooling<Kind, Space>{size, strides, around, format}(x);
    }
};
}  // namespace windows

/// The same on symbols: x = nn::max_pool2d(x, 2).
inline constexpr windows::pool_function<windows::pools::max, 1> max_pool1d{};
inline constexpr windows::pool_function<windows::pools::max, 2> max_pool2d{};
inline constexpr windows::pool_function<windows::pools::max, 3> max_pool3d{};
inline constexpr windows::pool_function<windows::pools::average, 1> average_pool1d{};
inline constexpr windows::pool_function<windows::pools::average, 2> average_pool2d{};
inline constexpr windows::pool_function<windows::pools::average, 3> average_pool3d{};

/// The largest element, or the mean, of all space.
///
/// shapes    (N, space..., C) -> (N, C), with keepdims (N, 1..., C); channels_first: (N, C, space...) -> (N, C)
/// edge      the mean of (N,T,C) is that of the steps that count, if it has a mask
/// source    Keras' GlobalMaxPooling1D to 3D, GlobalAveragePooling1D to 3D
/// test      tests/fixtures/keras_pooling_test.cpp
template <windows::pools Kind> struct global_pooling {
    bool keepdims = false;
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, Kind == windows::pools::max ? "global_max_pooling" : "global_average_pooling");
        const auto mask = mask_of(x);
        const symbol y = pooled(windows::with_channels_last(x, x.rank() - 2, data_format), mask);
        return call.gives(windows::in_format(y, data_format));
    }

private:
    constexpr symbol pooled(symbol x, const std::optional<symbol>& mask) const {
        const unsigned space = ((1u << (x.rank() - 1)) - 1) & ~1u;
        if (Kind == windows::pools::max) return ir::emit::reduce(op::max, x.plain(), space, keepdims);
        if (mask && x.rank() == 3) return mean_of_those(*mask, x, space);
        return expr::functions::mean{}(x.plain(), space, keepdims);
    }
    /// The mean of the steps that count.
    constexpr symbol mean_of_those(symbol counts, symbol x, unsigned space) const {
        const symbol total = ir::emit::reduce(op::sum, masks::where_it_counts(counts, x), space, keepdims);
        return total /
               ir::emit::reduce(op::sum, ir::emit::cast(masks::stretched(counts, 3), x.type()), space, keepdims);
    }
};
using global_max_pooling = global_pooling<windows::pools::max>;
using global_average_pooling = global_pooling<windows::pools::average>;
constexpr symbol global_max_pool(symbol x, data_format format = data_format::channels_last) {
    return global_max_pooling{.data_format = format}(x);
}
constexpr symbol global_average_pool(symbol x, data_format format = data_format::channels_last) {
    return global_average_pooling{.data_format = format}(x);
}

namespace windows {
/// m windows that cover an axis of n elements: the i-th from floor(i n / m) to ceil((i + 1) n / m). None has more than
/// `longest` elements; in a shorter one the last is repeated, which the mean does not count.
constexpr symbol adaptive(pools kind, symbol x, int axis, extent_t m) {
    ir::graph& g = *x.g;
    const extent_t n = g.dims.resolve(x.extents()[axis]);
    shape apart;
    const auto pooled = [&](symbol s) {
        return kind == pools::max ? ir::emit::reduce(op::max, s, 2u << axis, false, ir::emit::ties::first)
                                  : expr::functions::mean{}(s, 2u << axis, false);
    };
    if (ir::is_number(n) && n % m == 0) {
        for (int i = 0; i < x.rank(); ++i) {
            apart.append(i == axis ? m : x.extents()[i]);
            if (i == axis) apart.append(n / m);
        }
        return pooled(ir::emit::reshape(x, apart));
    }
    const extent_t longest = g.dims.add(g.dims.divide(g.dims.add(n, m - 1), m), 1);
    const symbol extent = ir::emit::extent(g, n, dtype::int64), i = ir::emit::iota(g, m, dtype::int64);
    const symbol from = i * extent / m, to = ((i + 1) * extent + (m - 1)) / m;
    const symbol place = ir::emit::reshape(from, shape(m, 1)) + ir::emit::iota(g, longest, dtype::int64);
    const symbol is_inside = place < ir::emit::reshape(to, shape(m, 1));
    const symbol last = ir::emit::reshape(to - 1, shape(m, 1));
    const symbol each = ir::emit::gather_lines(x, telar::minimum(place, last), axis, 0);  // (..., m, longest, ...)
    if (kind == pools::max) return pooled(each);
    shape beside(m, longest), count(m);
    for (int k = axis + 1; k < x.rank(); ++k) beside.append(1), count.append(1);
    const symbol counted = telar::where(ir::emit::reshape(is_inside, beside), each, 0);
    const symbol sizes = ir::emit::reshape(ir::emit::cast(to - from, x.type()), count);
    return ir::emit::reduce(op::sum, counted, 2u << axis, false) / sizes;
}
}  // namespace windows

/// So many windows, as large as they have to be to cover all of space; they overlap where their number divides nothing.
///
/// shapes    x (N, space..., C) -> (N, output_size..., C); channels_first: (N, C, space...) -> (N, C, output_size...)
/// errors    E129 window_numbers_do_not_fit: less than one window
/// gradient  of the largest: the first of equal elements
/// source    Keras' AdaptiveMaxPooling1D to 3D, AdaptiveAveragePooling1D to 3D
/// test      tests/fixtures/keras_pooling_test.cpp
template <windows::pools Kind, int Space> struct adaptive_pooling {
    per_axis output_size = 1;
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    constexpr symbol operator()(symbol x) const {
        constexpr std::string_view kinds[2][3]{
            {"adaptive_max_pooling1d", "adaptive_max_pooling2d", "adaptive_max_pooling3d"},
            {"adaptive_average_pooling1d", "adaptive_average_pooling2d", "adaptive_average_pooling3d"}};
        const layer_call call(here, x, kinds[static_cast<int>(Kind)][Space - 1]);
        bool fits = x.rank() == Space + 2;
        for (int i = 0; i < Space; ++i) fits = fits && output_size.numbers[i] >= 1;
        if (!fits) return ir::emit::refuse_convolution(x, x);
        symbol y = windows::with_channels_last(x.plain(), Space, data_format);
        for (int i = 0; i < Space; ++i) y = windows::adaptive(Kind, y, i + 1, output_size.numbers[i]);
        return call.gives(windows::in_format(y, data_format));
    }
};
using adaptive_max_pooling1d = adaptive_pooling<windows::pools::max, 1>;
using adaptive_max_pooling2d = adaptive_pooling<windows::pools::max, 2>;
using adaptive_max_pooling3d = adaptive_pooling<windows::pools::max, 3>;
using adaptive_average_pooling1d = adaptive_pooling<windows::pools::average, 1>;
using adaptive_average_pooling2d = adaptive_pooling<windows::pools::average, 2>;
using adaptive_average_pooling3d = adaptive_pooling<windows::pools::average, 3>;

}  // namespace telar::inline TELAR_ABI::nn
