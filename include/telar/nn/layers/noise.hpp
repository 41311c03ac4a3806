// SPDX-License-Identifier: BSL-1.0
// Layers that act in training only: dropout of all kinds, noise, a penalty on what passes.
#pragma once
#include <telar/nn/layers/reshaping.hpp>
#include <telar/nn/mode.hpp>

namespace telar::inline TELAR_ABI::nn {

namespace noise {
/// Uniform numbers of a shape, of x's type.
constexpr symbol uniform(symbol x, const shape& extents, symbol state) {
    return expr::functions::numbers_of<expr::functions::uniform>(state, ir::emit::next_streams(*x.g), x.type(),
                                                                 extents);
}
/// x's extents, but where the noise has others: 1 is one draw for all of an axis, -1 is x's own.
constexpr shape drawn_extents(symbol x, const number_list& noise_shape) {
    shape drawn = x.extents();
    for (int i = 0; i < noise_shape.count && i < drawn.rank; ++i)
        if (noise_shape[i] != -1) drawn[i] = noise_shape[i];
    if (noise_shape.count != 0 && noise_shape.count != drawn.rank)
        x.g->fail({ir::mistake_kind::broadcast_to, op::broadcast_to, {}, {}, 0, drawn, x.extents(), 0});
    return drawn;
}
/// True with probability 1 - rate.
constexpr symbol kept(symbol x, double rate, const shape& drawn, symbol state) {
    return ir::emit::broadcast_to(uniform(x, drawn, state) >= rate, x.extents());
}
constexpr symbol dropped(symbol x, double rate, const shape& drawn, symbol state) {
    return telar::where(kept(x, rate, drawn, state), x.plain() * (1 / (1 - rate)), 0);
}
}  // namespace noise

/// In training: y = 0 with probability `rate`, else x / (1 - rate). It predicts y = x.
///
/// shapes    any -> the same; noise_shape {-1, 1, -1}: one draw for all places of axis 1; -1, Keras' None: as x
/// errors    E111 of the noise's extents: they are not x's, or 1
/// source    Keras' Dropout; Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, JMLR 15 (2014)
/// test      tests/nn/noise_test.cpp
struct dropout {
    double rate = 0.5;
    number_list noise_shape{};
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "dropout");
        if (!is_training(x) || rate == 0) return call.gives(x);
        return call.gives(noise::dropped(x, rate, noise::drawn_extents(x, noise_shape), here.random_state()));
    }
};

/// Dropout of whole channels, over all of space.   (N, space..., C); channels_first: (N, C, space...)
///
/// errors    E126 convolution_does_not_fit: x has other axes
/// source    Keras' SpatialDropout1D, SpatialDropout2D, SpatialDropout3D; Tompson et al., arXiv:1411.4280
/// test      tests/nn/noise_test.cpp
template <int Space> struct spatial_dropout {
    double rate = 0.5;
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    constexpr symbol operator()(symbol x) const {
        constexpr std::string_view kinds[]{"spatial_dropout1d", "spatial_dropout2d", "spatial_dropout3d"};
        const layer_call call(here, x, kinds[Space - 1]);
        if (!windows::has_space(x, Space) || !is_training(x) || rate == 0) return call.gives(x);
        shape drawn = x.extents();
        const int first = data_format == nn::data_format::channels_first ? 2 : 1;
        for (int i = 0; i < Space; ++i) drawn[first + i] = 1;
        return call.gives(noise::dropped(x, rate, drawn, here.random_state()));
    }
};
using spatial_dropout1d = spatial_dropout<1>;
using spatial_dropout2d = spatial_dropout<2>;
using spatial_dropout3d = spatial_dropout<3>;

/// In training: y = x + stddev z, z normal of mean 0 and variance 1.
///
/// source    Keras' GaussianNoise
/// test      tests/nn/noise_test.cpp
struct gaussian_noise {
    double stddev = 1;
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "gaussian_noise");
        if (!is_training(x) || stddev == 0) return call.gives(x);
        return call.gives(x.plain() + stddev * random_normal_like(x, here.random_state()));
    }
};

/// In training: y = x (1 + sqrt(rate / (1 - rate)) z), z normal of mean 0 and variance 1.
///
/// source    Keras' GaussianDropout
/// test      tests/nn/noise_test.cpp
struct gaussian_dropout {
    double rate = 0.5;
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "gaussian_dropout");
        if (!is_training(x) || rate == 0) return call.gives(x);
        const symbol variance = ir::literal(*x.g, x.type(), rate / (1 - rate), false);
        return call.gives(x.plain() * (1 + telar::sqrt(variance) * random_normal_like(x, here.random_state())));
    }
};

/// In training x becomes selu's lowest value p with probability `rate`; then a x + b, by which mean 0 and variance 1
/// stay as they are.
///
/// shapes    any -> the same; noise_shape as dropout's
/// source    Keras' AlphaDropout; Klambauer, Unterthiner, Mayr and Hochreiter, arXiv:1706.02515
/// test      tests/nn/noise_test.cpp
struct alpha_dropout {
    double rate = 0.5;
    number_list noise_shape{};
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "alpha_dropout");
        if (!is_training(x) || rate == 0) return call.gives(x);
        constexpr double p = -expr::formulas::selu::alpha * expr::formulas::selu::scale;
        const symbol kept = noise::kept(x, rate, noise::drawn_extents(x, noise_shape), here.random_state());
        const symbol a = telar::rsqrt(ir::literal(*x.g, x.type(), (1 - rate) * (1 + rate * p * p), false));
        return call.gives(a * (telar::where(kept, x, p) - p * rate));
    }
};

/// y = x; the loss has l1 sum |x| + l2 sum x^2, over the number of samples, more.
///
/// source    Keras' ActivityRegularization
/// test      tests/nn/noise_test.cpp
struct activity_regularization {
    double l1 = 0, l2 = 0;
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "activity_regularization");
        if (l1 != 0 || l2 != 0) return call.gives(x, l1_l2(l1, l2));
        return call.gives(x);
    }
};

}  // namespace telar::inline TELAR_ABI::nn
