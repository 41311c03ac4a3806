// SPDX-License-Identifier: BSL-1.0
// What a parameter, or what a layer gives, adds to the loss: nn::dense{.units = 10, .kernel_regularizer =
// nn::l2(1e-4)}.
#pragma once
#include <telar/telar.hpp>

#include <cstdint>

namespace telar::inline TELAR_ABI::nn {

/// Keras' regularizers, with Keras' names, formulas and defaults.
///
/// edge      part of the loss of a step and of evaluate, as Keras'; a parameter adds its term once, however often its
///           layer is called, an output for each call, divided by the number of samples
/// errors    E112 of orthogonal: the parameter is no matrix
/// test      tests/fixtures/keras_regularizers_test.cpp
struct regularizer {
    enum kinds : std::int32_t { none, sums, orthogonal_rows, orthogonal_columns } kind = none;
    std::int32_t unused = 0;
    double l1 = 0, l2 = 0;  // of sums; of an orthogonal one l1 is the factor

    /// The term of the loss.   any -> ()
    constexpr symbol operator()(symbol x) const {
        if (kind != sums) return off_diagonal(x);
        if (l2 == 0) return l1 * sum(abs(x));
        if (l1 == 0) return l2 * sum(square(x));
        return l1 * sum(abs(x)) + l2 * sum(square(x));
    }

private:
    /// Of the products of all pairs of rows (or columns) of length 1 the mean size.   (M,N) -> ()
    constexpr symbol off_diagonal(symbol x) const {
        if (x.rank() != 2) {
            x.g->fail({ir::mistake_kind::matmul_rank, op::matmul, {}, {}, 0, x.extents(), x.extents(), 0});
            return x;
        }
        constexpr double largest = 1e7;
        const symbol lines = kind == orthogonal_rows ? x.plain() : ir::emit::swap_last(x.plain());
        const symbol unit = lines * telar::minimum(rsqrt(sum(square(lines), -1, true)), largest);
        const extent_t count = unit.extents()[0];
        const symbol number = ir::emit::iota(*x.g, count, dtype::int64);
        const symbol is_pair = ir::emit::expand_dims(number, {1}) != ir::emit::expand_dims(number, {0});
        const auto n = static_cast<double>(count);
        return sum(where(is_pair, abs(matmul(unit, ir::emit::swap_last(unit))), 0)) * (l1 / (n * (n - 1)));
    }
};

/// sum |x| times l1; l2: sum x^2 times l2; both.
constexpr regularizer l1(double factor = 0.01) { return {regularizer::sums, 0, factor, 0}; }
constexpr regularizer l2(double factor = 0.01) { return {regularizer::sums, 0, 0, factor}; }
constexpr regularizer l1_l2(double l1 = 0, double l2 = 0) { return {regularizer::sums, 0, l1, l2}; }

/// Which lines of a matrix shall be orthogonal.
enum class orthogonal_mode : std::int32_t { rows, columns };
/// factor times the mean |cosine| of the angles between two different rows, or columns.
constexpr regularizer orthogonal_regularizer(double factor = 0.01, orthogonal_mode mode = orthogonal_mode::rows) {
    return {mode == orthogonal_mode::rows ? regularizer::orthogonal_rows : regularizer::orthogonal_columns, 0, factor,
            0};
}

}  // namespace telar::inline TELAR_ABI::nn
