// SPDX-License-Identifier: BSL-1.0
// How the parameters of a layer begin: Keras' initializers, with Keras' formulas and defaults.
// Each is a plain value that is called with a tensor to fill and a generator: glorot_uniform{}(W, g).
#pragma once
#include <telar/core/config.hpp>
#include <telar/core/random.hpp>
#include <telar/core/shape.hpp>
#include <telar/core/tensor.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <span>
#include <vector>

namespace telar::inline TELAR_ABI {

namespace core {
/// The number of inputs and of outputs of one unit.
struct fans {
    double in;
    double out;
};

/// Keras' rule: (..., in, out), both times the receptive field that the axes before them make up; with one axis its
/// extent is both.
inline fans fans_of(const shape& extents) {
    const auto extent = [&](int axis) { return static_cast<double>(extents[axis]); };
    const int rank = extents.rank;
    if (rank == 0) return {1, 1};
    if (rank == 1) return {extent(0), extent(0)};
    double field = 1;
    for (int axis = 0; axis < rank - 2; ++axis) field *= extent(axis);
    return {field * extent(rank - 2), field * extent(rank - 1)};
}
/// The same of a tensor; of a matrix (Out, In) as it maps, y = W x.
template <Tensor V> fans fans_of(const V& value) {
    if constexpr (V::is_matrix) return {static_cast<double>(value.extent(1)), static_cast<double>(value.extent(0))};
    else return fans_of(value.extents());
}
}  // namespace core

namespace core::initializers {

template <class V>
concept FloatTensor = Tensor<V> && std::floating_point<typename V::value_type>;

/// Normals beyond two standard deviations are drawn again.
template <FloatTensor V> void fill_truncated(V& value, generator& g, double mean, double stddev) {
    using T = typename V::value_type;
    for (std::size_t i = 0; i < value.size();)
        for (const double z : normals_of<T>(g.block()))
            if (std::fabs(z) < 2 && i < value.size()) value.data()[i++] = static_cast<T>(std::fma(stddev, z, mean));
}

/// t uniform in [-limit, limit) with this variance: that of U(-a, a) is a^2 / 3.
template <FloatTensor V> void spread_evenly(V& value, generator& g, double variance) {
    const auto limit = static_cast<typename V::value_type>(std::sqrt(3 * variance));
    g.fill_uniform(value.span(), -limit, limit);
}
/// t normal, cut at two standard deviations, with this variance: the cut leaves 0.8796... of a standard deviation.
template <FloatTensor V> void spread_normally(V& value, generator& g, double variance) {
    fill_truncated(value, g, 0, std::sqrt(variance) / 0.87962566103423978);
}

inline double at_least_one(double fan) { return std::max(1.0, fan); }
inline double mean_of(fans f) { return at_least_one((f.in + f.out) / 2); }

/// Replaces the columns of a (rows, columns), rows >= columns, by orthonormal ones that span the same: the Q of A = QR
/// whose R has a positive diagonal. Gram-Schmidt, each column twice, so that the rounding errors of the first pass go.
inline void make_columns_orthonormal(std::vector<double>& a, std::size_t rows, std::size_t columns) {
    const auto product = [&](std::size_t j, std::size_t k) {
        double sum = 0;
        for (std::size_t i = 0; i < rows; ++i) sum += a[j * rows + i] * a[k * rows + i];  // columns one after another
        return sum;
    };
    for (std::size_t j = 0; j < columns; ++j) {
        for (int pass = 0; pass < 2; ++pass)
            for (std::size_t k = 0; k < j; ++k) {
                const double along = product(j, k);
                for (std::size_t i = 0; i < rows; ++i) a[j * rows + i] -= along * a[k * rows + i];
            }
        const double length = std::sqrt(product(j, j));
        for (std::size_t i = 0; i < rows; ++i) a[j * rows + i] /= length;
    }
}

}  // namespace core::initializers

// ---- the same whatever the shape

/// t_i = 0.
struct zeros_initializer {
    template <Tensor V> void operator()(V& value, generator&) const {
        std::fill(value.begin(), value.end(), typename V::value_type{});
    }
};
/// t_i = 1.
struct ones_initializer {
    template <Tensor V> void operator()(V& value, generator&) const {
        std::fill(value.begin(), value.end(), typename V::value_type{1});
    }
};
/// t_i = value.
struct constant_initializer {
    double value = 0;

    template <Tensor V> void operator()(V& to, generator&) const {
        std::fill(to.begin(), to.end(), static_cast<typename V::value_type>(value));
    }
};
/// t_i normal.
struct random_normal_initializer {
    double mean = 0, stddev = 0.05;

    template <Tensor V> void operator()(V& value, generator& g) const { g.fill_normal(value.span(), mean, stddev); }
};
/// t_i uniform in [minval, maxval).
struct random_uniform_initializer {
    double minval = -0.05, maxval = 0.05;

    template <Tensor V> void operator()(V& value, generator& g) const {
        using T = typename V::value_type;
        g.fill_uniform(value.span(), static_cast<T>(minval), static_cast<T>(maxval));
    }
};
/// t_i normal, drawn again when beyond two of these standard deviations.
struct truncated_normal {
    double mean = 0, stddev = 0.05;

    template <Tensor V> void operator()(V& value, generator& g) const {
        core::initializers::fill_truncated(value, g, mean, stddev);
    }
};

// ---- scaled by the fans, so that values keep their variance from layer to layer

/// Uniform, variance 2 / (in + out): within sqrt(6 / (in + out)).
///
/// source    Glorot and Bengio, AISTATS 2010
struct glorot_uniform {
    template <Tensor V> void operator()(V& value, generator& g) const {
        core::initializers::spread_evenly(value, g, 1 / core::initializers::mean_of(core::fans_of(value)));
    }
};
/// Truncated normal, variance 2 / (in + out).
struct glorot_normal {
    template <Tensor V> void operator()(V& value, generator& g) const {
        core::initializers::spread_normally(value, g, 1 / core::initializers::mean_of(core::fans_of(value)));
    }
};
/// Uniform, variance 2 / in: within sqrt(6 / in).
///
/// source    He, Zhang, Ren and Sun, arXiv:1502.01852
struct he_uniform {
    template <Tensor V> void operator()(V& value, generator& g) const {
        core::initializers::spread_evenly(value, g, 2 / core::initializers::at_least_one(core::fans_of(value).in));
    }
};
/// Truncated normal, variance 2 / in.
struct he_normal {
    template <Tensor V> void operator()(V& value, generator& g) const {
        core::initializers::spread_normally(value, g, 2 / core::initializers::at_least_one(core::fans_of(value).in));
    }
};
/// Uniform, variance 1 / in: within sqrt(3 / in).
///
/// source    LeCun, Bottou, Orr and Muller, Efficient BackProp, 1998
struct lecun_uniform {
    template <Tensor V> void operator()(V& value, generator& g) const {
        core::initializers::spread_evenly(value, g, 1 / core::initializers::at_least_one(core::fans_of(value).in));
    }
};
/// Truncated normal, variance 1 / in.
struct lecun_normal {
    template <Tensor V> void operator()(V& value, generator& g) const {
        core::initializers::spread_normally(value, g, 1 / core::initializers::at_least_one(core::fans_of(value).in));
    }
};

/// W = gain Q, with Q^T Q = I, or Q Q^T = I when W is wide; every such Q is equally likely.
///
/// shapes    (..., n) is taken as the matrix (product of the others, n)
/// types     float32, float64; computed in double
/// source    Saxe, McClelland and Ganguli, arXiv:1312.6120
struct orthogonal {
    double gain = 1;

    template <Tensor V>
    requires(V::rank >= 2) void operator()(V& value, generator& g) const {
        if (value.size() == 0) return;
        const auto columns = static_cast<std::size_t>(value.extent(V::rank - 1)), rows = value.size() / columns;
        const bool wide = rows < columns;
        const std::size_t tall = std::max(rows, columns), few = std::min(rows, columns);
        std::vector<double> q(tall * few);
        g.fill_normal(std::span(q), 0, 1);
        core::initializers::make_columns_orthonormal(q, tall, few);
        for (std::size_t i = 0; i < rows; ++i)
            for (std::size_t j = 0; j < columns; ++j)
                value.data()[i * columns + j] =
                    static_cast<typename V::value_type>(gain * (wide ? q[i * tall + j] : q[j * tall + i]));
    }
};

}  // namespace telar::inline TELAR_ABI
