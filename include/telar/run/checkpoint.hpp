// SPDX-License-Identifier: BSL-1.0
// A function that is computed again for its derivative, rather than remembered.
#pragma once
#include <telar/expr/control.hpp>
#include <telar/passes/differentiate.hpp>

#include <array>
#include <tuple>

namespace telar::inline TELAR_ABI {

namespace expr::functions {

/// F; for its derivative F is computed once more, by nodes of a copy of their own.
template <class F> struct checkpoint {
    static constexpr bool is_users = true;
    using body = typename F::body;

    template <std::size_t N>
    static constexpr void derive(graph& g, const derivative_operand* operands, int dy, int* dx) {
        std::array<symbol, N> x, by, slopes;  // new values: one operand may be made of another
        int floats = 0;
        for (std::size_t i = 0; i < N; ++i) {
            x[i] = emit::anew(emit::operand(g, operands[i]));
            if (is_float(x[i].type())) by[static_cast<std::size_t>(floats++)] = x[i].plain();
        }
        const int outer = g.copy;
        g.copy = 1 + g.own_derivatives.push({});
        const int before = g.size();
        const symbol y = std::apply([](auto... s) { return symbol(F{}(s...)); }, x).plain();
        emit::silence(g, before);
        g.copy = outer;
        const unsigned all = (1u << y.rank()) - 1;
        passes::differentiate(emit::reduce(op::sum, y * symbol{&g, dy}, all, false), by.data(), floats, slopes.data(),
                              passes::without_path::is_zero);
        for (std::size_t i = 0, k = 0; i < N; ++i)
            if (is_float(x[i].type())) dx[i] = slopes[k++].id;
    }
    template <class... S> constexpr symbol operator()(S... x) const {
        const std::array<symbol, sizeof...(S)> all{x...};
        const draw_numbers first = all[0].g->draws;
        const symbol y = F{}(x...);
        return emit::with_derivative(y, all, &derive<sizeof...(S)>, first);
    }
};

}  // namespace expr::functions

/// f, of which nothing is kept for its derivative but the arguments: what is inside is computed once more on the way
/// back, with the same random numbers. Less memory, more work.
///
/// errors    those of f
/// edge      the derivative by an argument that f ignores is 0
/// source    Chen, Xu, Zhang and Guestrin, arXiv:1604.06174
/// test      tests/run/checkpoint_test.cpp
template <class F> constexpr auto checkpoint(function_object<F>) {
    return function_object<expr::functions::checkpoint<F>>{};
}

}  // namespace telar::inline TELAR_ABI
