// SPDX-License-Identifier: BSL-1.0
// Convolutions, by Keras' names and defaults.
#pragma once
#include <telar/nn/layers/windows.hpp>

namespace telar::inline TELAR_ABI::nn {

/// y = activation(x * kernel + bias), where * is a convolution; as everywhere in this field, it does not flip the
/// kernel.
///
/// shapes    x (N, space..., C) -> (N, space'..., filters)
///           kernel (kernel_size..., C / groups, filters), bias (filters)
/// types     floats; the parameters have the model's type
/// edge      channels_first: x (N, C, space...) -> (N, filters, space'...); the kernel is the same
/// errors    E251 parameter_shape; those of conv
/// source    Keras' Conv1D, Conv2D, Conv3D
/// test      tests/nn/layers_test.cpp
template <int Space> struct convolution {
    int filters = 0;  // must be given
    per_axis kernel_size = 1;
    nn::activation activation = nullptr;
    per_axis strides = 1;
    nn::padding padding = nn::padding::valid;
    nn::data_format data_format = nn::data_format::channels_last;
    per_axis dilation_rate = 1;
    int groups = 1;
    bool use_bias = true;
    initializer kernel_initializer = glorot_uniform, bias_initializer = zeros;
    regularizer kernel_regularizer{}, bias_regularizer{}, activity_regularizer{};
    constraint kernel_constraint{}, bias_constraint{};
    parameter kernel{}, bias{};
    site here{};

    constexpr symbol operator()(symbol x) const {
        constexpr std::string_view kinds[]{"conv1d", "conv2d", "conv3d"};
        const layer_call call(here, x, kinds[Space - 1]);
        x = windows::with_channels_last(x, Space, data_format);
        ir::emit::window_plan p = windows::plan(Space, kernel_size, strides, padding, dilation_rate);
        p.groups = groups;
        shape extents = kernel_size.extents(Space);
        extents.append(x.g->dims.divide(x.extents()[x.rank() - 1], groups));
        extents.append(filters);
        symbol y = ir::emit::convolve(x.plain(),
                                      kernel(x, extents, kernel_initializer, kernel_regularizer, kernel_constraint), p);
        if (use_bias) y = y + bias(x, shape(filters), bias_initializer, bias_regularizer, bias_constraint);
        return call.gives(windows::activated_in_format(activation, y, data_format), activity_regularizer);
    }
};
using conv1d = convolution<1>;
using conv2d = convolution<2>;
using conv3d = convolution<3>;

/// Each channel by itself, with depth_multiplier kernels.
///
/// shapes    x (N, space..., C) -> (N, space'..., C depth_multiplier); kernel (kernel_size..., C, depth_multiplier)
/// source    Keras' DepthwiseConv1D, DepthwiseConv2D
template <int Space> struct depthwise_convolution {
    per_axis kernel_size = 1;
    nn::activation activation = nullptr;
    per_axis strides = 1;
    nn::padding padding = nn::padding::valid;
    nn::data_format data_format = nn::data_format::channels_last;
    int depth_multiplier = 1;
    per_axis dilation_rate = 1;
    bool use_bias = true;
    initializer depthwise_initializer = glorot_uniform, bias_initializer = zeros;
    regularizer depthwise_regularizer{}, bias_regularizer{}, activity_regularizer{};
    constraint depthwise_constraint{}, bias_constraint{};
    parameter kernel{}, bias{};
    site here{};

    constexpr symbol operator()(symbol x) const {
        constexpr std::string_view kinds[]{"depthwise_conv1d", "depthwise_conv2d"};
        const layer_call call(here, x, kinds[Space - 1]);
        x = windows::with_channels_last(x, Space, data_format);
        const ir::emit::window_plan p = windows::plan(Space, kernel_size, strides, padding, dilation_rate);
        const extent_t channels = x.extents()[x.rank() - 1];
        shape extents = kernel_size.extents(Space);
        extents.append(channels);
        extents.append(depth_multiplier);
        symbol y = ir::emit::convolve_depthwise(
            x.plain(), kernel(x, extents, depthwise_initializer, depthwise_regularizer, depthwise_constraint), p);
        if (use_bias)
            y = y + bias(x, shape(channels * depth_multiplier), bias_initializer, bias_regularizer, bias_constraint);
        return call.gives(windows::activated_in_format(activation, y, data_format), activity_regularizer);
    }
};
using depthwise_conv1d = depthwise_convolution<1>;
using depthwise_conv2d = depthwise_convolution<2>;

/// A depthwise convolution, then one of single elements.
///
/// source    Keras' SeparableConv1D, SeparableConv2D
template <int Space> struct separable_convolution {
    int filters = 0;  // must be given
    per_axis kernel_size = 1;
    nn::activation activation = nullptr;
    per_axis strides = 1;
    nn::padding padding = nn::padding::valid;
    nn::data_format data_format = nn::data_format::channels_last;
    int depth_multiplier = 1;
    bool use_bias = true;
    initializer depthwise_initializer = glorot_uniform, pointwise_initializer = glorot_uniform,
                bias_initializer = zeros;
    regularizer depthwise_regularizer{}, pointwise_regularizer{}, bias_regularizer{}, activity_regularizer{};
    constraint depthwise_constraint{}, pointwise_constraint{}, bias_constraint{};
    parameter depthwise_kernel{}, pointwise_kernel{}, bias{};
    site here{};

    constexpr symbol operator()(symbol x) const {
        constexpr std::string_view kinds[]{"separable_conv1d", "separable_conv2d"};
        const layer_call call(here, x, kinds[Space - 1]);
        x = windows::with_channels_last(x, Space, data_format);
        const ir::emit::window_plan p = windows::plan(Space, kernel_size, strides, padding, 1);
        const extent_t channels = x.extents()[x.rank() - 1];
        shape deep = kernel_size.extents(Space), pointwise = per_axis(1).extents(Space);
        deep.append(channels);
        deep.append(depth_multiplier);
        pointwise.append(channels * depth_multiplier);
        pointwise.append(filters);
        const symbol apart = ir::emit::convolve_depthwise(
            x.plain(), depthwise_kernel(x, deep, depthwise_initializer, depthwise_regularizer, depthwise_constraint),
            p);
        symbol y = ir::emit::convolve(
            apart, pointwise_kernel(x, pointwise, pointwise_initializer, pointwise_regularizer, pointwise_constraint),
            {});
        if (use_bias) y = y + bias(x, shape(filters), bias_initializer, bias_regularizer, bias_constraint);
        return call.gives(windows::activated_in_format(activation, y, data_format), activity_regularizer);
    }
};
using separable_conv1d = separable_convolution<1>;
using separable_conv2d = separable_convolution<2>;

/// The transpose of a convolution, as in a generator.
///
/// shapes    x (N, space..., C) -> (N, space'..., filters); kernel (kernel_size..., filters, C), bias (filters). space'
///           is (n - 1) stride + max(reach, stride), with same n stride; with output_padding p (n - 1) stride + reach +
///           p, with same 2 floor(reach / 2) less; reach = (kernel_size - 1) dilation_rate + 1
/// source    Keras' Conv1DTranspose, Conv2DTranspose, Conv3DTranspose
template <int Space> struct transposed_convolution {
    int filters = 0;  // must be given
    per_axis kernel_size = 1;
    nn::activation activation = nullptr;
    per_axis strides = 1;
    nn::padding padding = nn::padding::valid;
    nn::data_format data_format = nn::data_format::channels_last;
    per_axis output_padding = -1;  // -1: none is said
    per_axis dilation_rate = 1;
    bool use_bias = true;
    initializer kernel_initializer = glorot_uniform, bias_initializer = zeros;
    regularizer kernel_regularizer{}, bias_regularizer{}, activity_regularizer{};
    constraint kernel_constraint{}, bias_constraint{};
    parameter kernel{}, bias{};
    site here{};

    constexpr symbol operator()(symbol x) const {
        constexpr std::string_view kinds[]{"conv1d_transpose", "conv2d_transpose", "conv3d_transpose"};
        const layer_call call(here, x, kinds[Space - 1]);
        x = windows::with_channels_last(x, Space, data_format);
        const bool is_padded = !(output_padding == per_axis(-1));
        const ir::emit::window_plan p =
            windows::plan(Space, kernel_size, strides, is_padded ? nn::padding::valid : padding, dilation_rate);
        shape extents = kernel_size.extents(Space);
        extents.append(filters);
        extents.append(x.extents()[x.rank() - 1]);
        symbol y = ir::emit::convolve_transposed(
            x.plain(), kernel(x, extents, kernel_initializer, kernel_regularizer, kernel_constraint), p);
        if (is_padded) y = padded(y, p);
        if (use_bias) y = y + bias(x, shape(filters), bias_initializer, bias_regularizer, bias_constraint);
        return call.gives(windows::activated_in_format(activation, y, data_format), activity_regularizer);
    }

private:
    /// The part of a whole result that output_padding leaves, or zeros behind it.
    constexpr symbol padded(symbol y, const ir::emit::window_plan& p) const {
        extent_t nothing[max_rank]{}, start[max_rank]{};
        shape with_zeros = y.extents(), size = y.extents();
        for (int i = 0; i < Space; ++i) {
            const extent_t reach = p.along(i, 0).reach(), last = reach > p.step[i] ? reach : p.step[i];
            const extent_t cut = padding == nn::padding::same ? reach / 2 * 2 : 0, more = output_padding.numbers[i];
            const extent_t end =
                reach - cut + more;  // of the window of the last place, where `last` is the whole one's
            start[i + 1] = cut > more ? (cut - more) / 2 : 0;
            size[i + 1] = y.g->dims.add(y.g->dims.subtract(y.extents()[i + 1], last), end);
            if (start[i + 1] + end > last) with_zeros[i + 1] = y.g->dims.add(size[i + 1], start[i + 1]);
        }
        return ir::emit::slice_checked(ir::emit::pad(y, nothing, with_zeros), start, size);
    }
};
using conv1d_transpose = transposed_convolution<1>;
using conv2d_transpose = transposed_convolution<2>;
using conv3d_transpose = transposed_convolution<3>;

}  // namespace telar::inline TELAR_ABI::nn
