// SPDX-License-Identifier: BSL-1.0
// One step of an optimiser, as ONNX's preview of training has it.
#pragma once
#include <telar/io/onnx/elementwise.hpp>

#include <cstddef>
#include <vector>

namespace telar::inline TELAR_ABI::io::onnx {

/// Operands: the rate, the number of the step, then groups of tensors, one of each kind for each parameter. f(rate,
/// step, the k-th of each group) gives the new ones; they are given back in groups.
template <class F> symbol trained(const call& c, int groups, F f) {
    const int parameters = (c.operands() - 2) / groups;
    symbol first;
    for (int k = 0; k < parameters; ++k) {
        std::vector<symbol> of_one;
        for (int i = 0; i < groups; ++i) of_one.push_back(c[2 + i * parameters + k]);
        const std::vector<symbol> now = f(c[0], c[1], of_one);
        for (std::size_t i = 0; i < now.size(); ++i) c.give(static_cast<int>(i) * parameters + k, now[i]);
        if (k == 0) first = now[0];
    }
    return first;
}
inline symbol regularised(const call& c, symbol x, symbol slope) { return c.real("norm_coefficient", 0) * x + slope; }

inline symbol momentum(const call& c) {
    return trained(c, 3, [&](symbol rate, symbol step, const std::vector<symbol>& s) {
        const symbol x = s[0], slope = regularised(c, x, s[1]);
        const double alpha = c.real("alpha", 0);
        const symbol beta = where(step > 0, number(x, c.real("beta", 0)), number(x, 1));
        const symbol v = alpha * s[2] + beta * slope;
        const bool is_nesterov = c.text("mode", "standard") == "nesterov";
        return std::vector<symbol>{x - rate * (is_nesterov ? slope + alpha * v : v), v};
    });
}
inline symbol adagrad(const call& c) {
    return trained(c, 3, [&](symbol rate, symbol step, const std::vector<symbol>& s) {
        const symbol x = s[0], slope = regularised(c, x, s[1]), h = s[2] + slope * slope;
        const symbol now = rate / (1 + emit::cast(step, x.type()) * c.real("decay_factor", 0));
        return std::vector<symbol>{x - now * slope / (sqrt(h) + c.real("epsilon", 1e-6)), h};
    });
}
inline symbol adam(const call& c) {
    return trained(c, 4, [&](symbol rate, symbol step, const std::vector<symbol>& s) {
        const symbol x = s[0], slope = regularised(c, x, s[1]), t = emit::cast(step, x.type());
        const double alpha = c.real("alpha", 0.9), beta = c.real("beta", 0.999);
        const symbol v = alpha * s[2] + (1 - alpha) * slope, h = beta * s[3] + (1 - beta) * (slope * slope);
        const symbol corrected = rate * sqrt(1 - pow(number(x, beta), t)) / (1 - pow(number(x, alpha), t));
        const symbol next = x - where(step > 0, corrected, rate) * v / (sqrt(h) + c.real("epsilon", 1e-6));
        return std::vector<symbol>{(1 - c.real("norm_coefficient_post", 0)) * next, v, h};
    });
}

// clang-format off
inline constexpr operation training_operations[] = {
    {"Adagrad",  adagrad},
    {"Adam",     adam},
    {"Momentum", momentum},
};
// clang-format on

}  // namespace telar::inline TELAR_ABI::io::onnx
