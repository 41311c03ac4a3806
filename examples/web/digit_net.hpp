// SPDX-License-Identifier: BSL-1.0
// The net of the page, in all its programs: the one that trains it, the one that checks it, and the page's own module.
#pragma once
#include <telar/nn/layers.hpp>
#include <telar/nn/model.hpp>

#include <cstdint>
#include <tuple>

namespace web {

using telar::dyn;
using telar::symbol;
using telar::tensor;

/// Reads a digit of 8x8 pixels: its logits, and what the filters of both layers see.
struct digit_net {
    telar::nn::conv2d edges{
        .filters = 16, .kernel_size = 3, .activation = telar::nn::relu, .padding = telar::nn::padding::same};
    telar::nn::conv2d shapes{
        .filters = 32, .kernel_size = 3, .activation = telar::nn::relu, .padding = telar::nn::padding::same};
    telar::nn::dense out{10};
    constexpr auto operator()(symbol x) const {
        const symbol seen = edges(x);                                 // (N,8,8,16)
        const symbol found = shapes(telar::nn::max_pool2d(seen, 2));  // (N,4,4,32)
        return std::tuple(out(telar::nn::flatten{}(found)), seen, found);
    }
};
using images = tensor<float, dyn, 8, 8, 1>;
using model = telar::nn::model<digit_net, images>;

/// Weights as a page carries them: kernels as whole numbers of a byte, with a scale for each channel; biases as they
/// are.
struct stored_weights {
    const std::int8_t* kernels;
    const float* scales;
    const float* biases;
};

/// w = scale number, for all parameters of a net, in their order.
template <class Net> void restore(Net& net, stored_weights from) {
    for (const telar::nn::parameter_view& p : net.parameters()) {
        auto* const to = static_cast<float*>(p.data);
        const telar::extent_t count = p.extents->count(), channels = (*p.extents)[p.extents->rank - 1];
        for (telar::extent_t i = 0; i < count; ++i)
            to[i] =
                p.extents->rank == 1 ? *from.biases++ : from.scales[i % channels] * static_cast<float>(*from.kernels++);
        if (p.extents->rank > 1) from.scales += channels;
    }
}

}  // namespace web
