// SPDX-License-Identifier: BSL-1.0
// Layers that every net has: dense, activation, flatten, embedding; dropout stands in noise.hpp.
#pragma once
#include <telar/nn/activations.hpp>
#include <telar/nn/layers/noise.hpp>
#include <telar/nn/mask.hpp>
#include <telar/nn/mode.hpp>
#include <telar/nn/parameter.hpp>

namespace telar::inline TELAR_ABI::nn {

/// y = activation(x kernel + bias), over the last axis.
///
/// shapes    x (...,n) -> (...,units); kernel (n,units), bias (units)
/// types     floats; the parameters have the model's type
/// errors    E251 parameter_shape: called with another n than before; E252 parameter_without_model
/// source    Keras' Dense
/// test      tests/nn/layers_test.cpp
struct dense {
    int units = 0;  // must be given
    nn::activation activation = nullptr;
    bool use_bias = true;
    initializer kernel_initializer = glorot_uniform, bias_initializer = zeros;
    regularizer kernel_regularizer{}, bias_regularizer{}, activity_regularizer{};
    constraint kernel_constraint{}, bias_constraint{};
    parameter kernel{}, bias{};
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "dense");
        const symbol w = kernel(x, shape(x.extents()[x.rank() - 1], units), kernel_initializer, kernel_regularizer,
                                kernel_constraint);
        symbol y = matmul(x.plain(), w);
        if (use_bias) y = y + bias(x, shape(units), bias_initializer, bias_regularizer, bias_constraint);
        return call.gives(with_mask_of(x, activated(activation, y)), activity_regularizer);
    }
};

/// An activation as a layer of its own.
struct activation_layer {
    nn::activation function = nullptr;
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "activation");
        return call.gives(activated(function, x));
    }
};

/// (N, a, b, ...) -> (N, a b ...), in the order of channels_last in both formats
struct flatten {
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "flatten");
        x = windows::with_channels_last(x, x.rank() - 2, data_format);
        extent_t rest = 1;
        for (int k = 1; k < x.rank(); ++k) rest = x.g->dims.multiply(rest, x.extents()[k]);
        return call.gives(ir::emit::reshape(x, shape(x.extents()[0], rest)));
    }
};

/// y = embeddings_x: a row of a table for each index.
///
/// shapes    x (...) integers in 0 .. input_dim - 1 -> (...,output_dim); embeddings (input_dim,output_dim)
/// edge      with mask_zero the result has a mask: index 0 does not count
/// errors    index_error when run: an index outside of the table
/// source    Keras' Embedding
struct embedding {
    int input_dim = 0, output_dim = 0;  // must be given
    initializer embeddings_initializer = random_uniform();
    regularizer embeddings_regularizer{};
    constraint embeddings_constraint{};
    bool mask_zero = false;
    parameter embeddings{};
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "embedding");
        const symbol table = embeddings(x, shape(input_dim, output_dim), embeddings_initializer, embeddings_regularizer,
                                        embeddings_constraint);
        const symbol y = gather(table, x);
        return call.gives(mask_zero ? with_mask(y, x != ir::emit::constant(*x.g, x.type(), 0)) : y);
    }
};

/// x, whose steps count where any feature is not mask_value; the others are 0.
///
/// shapes    x (N,T,F) -> the same, with a mask (N,T)
/// source    Keras' Masking
/// test      tests/fixtures/keras_masks_test.cpp
struct masking {
    double mask_value = 0;
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "masking");
        const symbol value = ir::emit::constant(*x.g, x.type(), mask_value);
        const symbol counts = ir::emit::reduce(op::any, x.plain() != value, 1u << (x.rank() - 1), false);
        return call.gives(with_mask(masks::where_it_counts(counts, x), counts));
    }
};

}  // namespace telar::inline TELAR_ABI::nn
