// SPDX-License-Identifier: BSL-1.0
// Layers that only move elements: reshape, permute, repeat, padding, cropping, up-sampling.
#pragma once
#include <telar/nn/layers/windows.hpp>

#include <array>
#include <concepts>

namespace telar::inline TELAR_ABI::nn {

/// A few whole numbers in their order: {4, -1}.
struct number_list {
    int numbers[max_rank]{};
    int count = 0;

    constexpr number_list() = default;
    template <std::same_as<int>... More>
    requires(sizeof...(More) < max_rank) constexpr number_list(int first, More... more)
        : numbers{first, more...}, count(1 + static_cast<int>(sizeof...(More))) {}
    constexpr int operator[](int i) const { return numbers[i]; }
    friend constexpr bool operator==(const number_list&, const number_list&) = default;
};

/// What stands between elements: the nearest one, or a mean of the neighbours by how near they are.
enum class interpolation : std::int32_t { nearest, bilinear };

/// How many elements are added or taken away at both ends of one axis.
struct ends {
    int before = 0, after = 0;
};
/// The same of each axis of space: 1; of one axis {before, after}; of more {rows, columns}, alike at both ends, or
/// {{top, bottom}, {left, right}}.
template <int Space> struct ends_of_space {
    ends axes[static_cast<std::size_t>(Space)]{};

    constexpr ends_of_space() = default;
    constexpr ends_of_space(int all) {
        for (ends& e : axes) e = {all, all};
    }
    constexpr ends_of_space(int before, int after) requires(Space == 1) : axes{{before, after}} {}
    constexpr ends_of_space(int rows, int columns) requires(Space == 2) : axes{{rows, rows}, {columns, columns}} {}
    constexpr ends_of_space(ends rows, ends columns) requires(Space == 2) : axes{rows, columns} {}
    constexpr ends_of_space(int first, int second, int third) requires(Space == 3)
        : axes{{first, first}, {second, second}, {third, third}} {}
    constexpr ends_of_space(ends first, ends second, ends third) requires(Space == 3) : axes{first, second, third} {}
};

/// (N, ...) -> (N, target...), of which one may be -1: what remains.
///
/// errors    E102 reshape_changes_the_number_of_elements
/// source    Keras' Reshape
/// test      tests/fixtures/keras_shapes_test.cpp
struct reshape {
    number_list target_shape{};
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "reshape");
        ir::dimensions& dims = x.g->dims;
        shape to(x.extents()[0]), others;
        int inferred = -1;
        for (int i = 0; i < target_shape.count; ++i) {
            if (target_shape[i] < 0) inferred = to.rank;
            else others.append(target_shape[i]);
            to.append(target_shape[i] < 0 ? 1 : target_shape[i]);
        }
        if (inferred >= 0)
            to[inferred] = dims.divide(dims.count(ir::emit::without(x.extents(), 1)), dims.count(others));
        return call.gives(ir::emit::reshape(x, to));
    }
};

/// Axes in another order, counted from 1, as the batch stays: permute{{2, 1}}: (N,A,B) -> (N,B,A).
///
/// errors    E109 not_a_permutation
/// source    Keras' Permute
/// test      tests/fixtures/keras_shapes_test.cpp
struct permute {
    number_list dims{};
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "permute");
        extent_t from[max_rank]{};
        for (int i = 1; i < x.rank(); ++i) from[i] = dims.count == x.rank() - 1 ? dims[i - 1] : -1;
        return call.gives(ir::emit::transpose(x.plain(), from));
    }
};

/// (N,F) -> (N,n,F)
///
/// source    Keras' RepeatVector
struct repeat_vector {
    int n = 1;
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "repeat_vector");
        return call.gives(ir::emit::repeat(ir::emit::expand_dims(x.plain(), {1}), n, 1));
    }
};

/// Zeros around space.   zero_padding2d{1}, zero_padding2d{{1, 2}}, zero_padding2d{{{1, 0}, {2, 3}}}
///
/// shapes    (N, space..., C) -> (N, before + space + after..., C)
/// errors    E126 convolution_does_not_fit: x has other axes
/// source    Keras' ZeroPadding1D, ZeroPadding2D, ZeroPadding3D
/// test      tests/fixtures/keras_shapes_test.cpp
template <int Space> struct zero_padding {
    ends_of_space<Space> padding = 1;
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    constexpr symbol operator()(symbol x) const {
        constexpr std::string_view kinds[]{"zero_padding1d", "zero_padding2d", "zero_padding3d"};
        const layer_call call(here, x, kinds[Space - 1]);
        if (!windows::has_space(x, Space)) return x;
        x = windows::with_channels_last(x, Space, data_format);
        extent_t before[max_rank]{};
        shape to = x.extents();
        for (int i = 0; i < Space; ++i) {
            before[i + 1] = padding.axes[i].before;
            to[i + 1] = x.g->dims.add(to[i + 1], padding.axes[i].before + padding.axes[i].after);
        }
        return call.gives(windows::in_format(ir::emit::pad(x.plain(), before, to), data_format));
    }
};
using zero_padding1d = zero_padding<1>;
using zero_padding2d = zero_padding<2>;
using zero_padding3d = zero_padding<3>;

/// Space without its borders.
///
/// shapes    (N, space..., C) -> (N, space - before - after..., C)
/// errors    E110 slice_out_of_range: more is taken away than there is, at run time wrong_shape; E126 as zero_padding
/// source    Keras' Cropping1D, Cropping2D, Cropping3D
/// test      tests/fixtures/keras_shapes_test.cpp
template <int Space> struct cropping_of {
    ends_of_space<Space> cropping = Space == 2 ? 0 : 1;
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    constexpr symbol operator()(symbol x) const {
        constexpr std::string_view kinds[]{"cropping1d", "cropping2d", "cropping3d"};
        const layer_call call(here, x, kinds[Space - 1]);
        if (!windows::has_space(x, Space)) return x;
        x = windows::with_channels_last(x, Space, data_format);
        ir::dimensions& dims = x.g->dims;
        extent_t first[max_rank]{};
        shape size = x.extents();
        for (int i = 0; i < Space; ++i) {
            const extent_t gone = cropping.axes[i].before + cropping.axes[i].after;
            first[i + 1] = cropping.axes[i].before;
            size[i + 1] = dims.subtract(x.extents()[i + 1], gone);
            if (dims.require_at_most(gone, x.extents()[i + 1])) continue;
            x.g->fail({ir::mistake_kind::slice_range, op::slice, {}, {}, i + 1, x.extents(), size, 0});
            return x;
        }
        return call.gives(windows::in_format(ir::emit::slice(x.plain(), first, size), data_format));
    }
};
using cropping1d = cropping_of<1>;
using cropping2d = cropping_of<2>;
using cropping3d = cropping_of<3>;

/// Each place so many times over; of two axes, bilinear: places evenly between it and its neighbours.
///
/// shapes    (N, space..., C) -> (N, size space..., C)
/// errors    E126 as zero_padding; bilinear E106, E110 as upsample
/// source    Keras' UpSampling1D, UpSampling3D
/// test      tests/fixtures/keras_shapes_test.cpp
template <int Space> struct up_sampling {
    per_axis size = 2;
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, Space == 1 ? "up_sampling1d" : "up_sampling3d");
        if (!windows::has_space(x, Space)) return x;
        x = windows::with_channels_last(x, Space, data_format);
        symbol y = x.plain();
        for (int i = 0; i < Space; ++i) y = ir::emit::stretch(y, i + 1, size.numbers[i], false);
        return call.gives(windows::in_format(y, data_format));
    }
};
using up_sampling1d = up_sampling<1>;
using up_sampling3d = up_sampling<3>;
/// source    Keras' UpSampling2D
struct up_sampling2d {
    per_axis size = 2;
    nn::interpolation interpolation = nn::interpolation::nearest;
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "up_sampling2d");
        if (!windows::has_space(x, 2)) return x;
        x = windows::with_channels_last(x, 2, data_format);
        const bool is_bilinear = interpolation == nn::interpolation::bilinear;
        symbol y = x.plain();
        for (int i = 0; i < 2; ++i) y = ir::emit::stretch(y, i + 1, size.numbers[i], is_bilinear);
        return call.gives(windows::in_format(y, data_format));
    }
};

}  // namespace telar::inline TELAR_ABI::nn
