// SPDX-License-Identifier: BSL-1.0
// Optimisers that treat a matrix as one: adafactor, muon.
#pragma once
#include <telar/expr/linear.hpp>
#include <telar/run/optimizers/rule.hpp>

namespace telar::inline TELAR_ABI {

/// Adam without a first mean, whose second one is kept as the means r of rows and c of columns of a matrix. With
/// b = 1 - t^beta_2_decay, v = r c / mean(r) and u = g / sqrt(v):
/// p <- p - max(epsilon_2, rms(p)) min(learning_rate, 1 / sqrt(t)) u / max(1, rms(u) / clip_threshold).
///
/// shapes    p (...,n,m) remembers r (...,n) and c (...,m); of a vector or a number v itself
/// source    Shazeer and Stern, arXiv:1804.04235; Keras' Adafactor (whose relative_step has no effect)
struct adafactor {
    learning_rate_value learning_rate = 0.001;
    double beta_2_decay = -0.8, epsilon_1 = 1e-30, epsilon_2 = 1e-3, clip_threshold = 1;

    static constexpr std::string_view name = "adafactor";
    static constexpr int states = 3, hypers = 5;
    static constexpr std::array<std::string_view, states + 1> state_names{"r", "c", "v"};
    /// Of what is not remembered there is one number.
    static constexpr shape state_extents(int k, const shape& of) {
        if ((k == 2) != (of.rank < 2)) return {};
        if (k == 2) return of;
        shape s = of;
        --s.rank;
        if (k == 1) s[s.rank - 1] = of[of.rank - 1];
        return s;
    }
    constexpr std::array<double, std::size_t(hypers)> values(double steps = 0) const {
        return {learning_rate.at(steps), beta_2_decay, epsilon_1, epsilon_2, clip_threshold};
    }
    static constexpr std::array<symbol, 1 + states> update(const parameter_step<states, hypers>& s) {
        const auto [rate, decay, epsilon_1, epsilon_2, threshold] = s.hyper;
        const symbol b = 1 - pow(s.step, decay), squares = s.gradient * s.gradient + epsilon_1;
        const int rank = s.value.rank();
        symbol r = s.state[0], c = s.state[1], kept = s.state[2], v;
        if (rank < 2) {
            v = kept = b * kept + (1 - b) * squares;
        } else {
            r = b * r + (1 - b) * runtime::optimizers::mean(squares, 1u << (rank - 1));
            c = b * c + (1 - b) * runtime::optimizers::mean(squares, 1u << (rank - 2));
            shape column = s.value.extents(), row = column;
            column[rank - 1] = row[rank - 2] = 1;
            const symbol of_rows = r / runtime::optimizers::mean(r, 1u << (rank - 2), true);
            v = ir::emit::reshape(of_rows, column) * ir::emit::reshape(c, row);
        }
        const symbol u = s.gradient / sqrt(v);
        const symbol length = maximum(epsilon_2, rms(s.value)) * minimum(rate, 1 / sqrt(s.step));
        return {s.value - length * (u / maximum(1, rms(u) / threshold)), r, c, kept};
    }

private:
    static constexpr symbol rms(symbol x) {
        return sqrt(runtime::optimizers::mean(x * x, runtime::optimizers::all_axes(x)));
    }
};

/// A matrix goes along its momentum, whose singular values are drawn to 1 by five steps of Newton and Schulz:
/// x <- a x + (b x x' + c (x x')^2) x, from x = d / |d|, d = g + momentum m (nesterov) or m, m <- momentum m + g;
/// p <- p - learning_rate sqrt(max(n, m)) rms_rate x. All else is trained by Adam at learning_rate adam_lr_ratio.
///
/// edge      also the table of an embedding is a matrix (which Keras' Muon leaves to Adam)
/// source    Jordan et al., 2024; Keras' Muon
struct muon {
    learning_rate_value learning_rate = 0.001;
    double adam_beta_1 = 0.9, adam_beta_2 = 0.999, adam_weight_decay = 0.004, epsilon = 1e-7, weight_decay = 0.004,
           muon_a = 3.4445, muon_b = -4.7750, muon_c = 2.0315, adam_lr_ratio = 1, momentum = 0.95;
    bool nesterov = true;
    double rms_rate = 0.2;

    static constexpr std::string_view name = "muon";
    static constexpr int states = 2, hypers = 13, newton_schulz_steps = 5;
    static constexpr std::array<std::string_view, states + 1> state_names{"m", "v"};
    static constexpr shape state_extents(int k, const shape& of) { return k == 1 && of.rank == 2 ? shape() : of; }
    constexpr std::array<double, std::size_t(hypers)> values(double steps = 0) const {
        return {learning_rate.at(steps),
                adam_beta_1,
                adam_beta_2,
                adam_weight_decay,
                epsilon,
                weight_decay,
                muon_a,
                muon_b,
                muon_c,
                adam_lr_ratio,
                momentum,
                nesterov ? 1.0 : 0.0,
                rms_rate};
    }
    static constexpr std::array<symbol, 1 + states> update(const parameter_step<states, hypers>& s) {
        const auto [rate, beta_1, beta_2, adam_decay, epsilon, decay, a, b, c, ratio, momentum, nesterov, rms] =
            s.hyper;
        if (s.value.rank() != 2) {
            const symbol m = beta_1 * s.state[0] + (1 - beta_1) * s.gradient;
            const symbol v = beta_2 * s.state[1] + (1 - beta_2) * (s.gradient * s.gradient);
            const symbol corrected = rate * ratio * sqrt(1 - pow(beta_2, s.step)) / (1 - pow(beta_1, s.step));
            return {s.value - s.value * adam_decay * rate - corrected * m / (sqrt(v) + epsilon), m, v};
        }
        const symbol m = momentum * s.state[0] + s.gradient;
        const symbol d = where(nesterov > 0, s.gradient + momentum * m, m);
        symbol x = d / (runtime::optimizers::norm(d) + 1e-7);
        for (int i = 0; i < newton_schulz_steps; ++i) {
            const symbol square = of_fewer(x);
            x = a * x + product(x, b * square + c * ir::emit::matmul(square, square));
        }
        const shape& e = s.value.extents();
        const symbol longest = maximum(ir::emit::extent(*x.g, e[0], x.type()), ir::emit::extent(*x.g, e[1], x.type()));
        return {s.value - s.value * decay * rate - rate * sqrt(longest) * rms * x, m, s.state[1]};
    }

private:
    static constexpr bool is_tall(symbol x) {
        return ir::is_number(x.extents()[0]) && ir::is_number(x.extents()[1]) && x.extents()[0] > x.extents()[1];
    }
    static constexpr symbol transposed(symbol x) {
        const extent_t swapped[]{1, 0};
        return ir::emit::transpose(x, swapped);
    }
    /// x x', or of more rows than columns x' x, and its product with x.
    static constexpr symbol of_fewer(symbol x) {
        return is_tall(x) ? ir::emit::matmul(transposed(x), x) : ir::emit::matmul(x, transposed(x));
    }
    static constexpr symbol product(symbol x, symbol square) {
        return is_tall(x) ? ir::emit::matmul(x, square) : ir::emit::matmul(square, x);
    }
};

}  // namespace telar::inline TELAR_ABI
