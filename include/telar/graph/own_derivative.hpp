// SPDX-License-Identifier: BSL-1.0
// Values that say themselves how they are differentiated.
#pragma once
#include <telar/graph/draws.hpp>
#include <telar/graph/scan.hpp>

#include <array>

namespace telar::inline TELAR_ABI::ir {

namespace emit {

using derivative_rule = void (*)(graph& g, const derivative_operand* x, int dy, int* dx);

/// y, as a value of the steps in which x exists, until it is simplified.
constexpr symbol beside(symbol y, symbol x) {
    const symbol truth = x.type() == dtype::boolean ? x.plain() : elementwise(op::equal, x, x);
    return elementwise(op::select, reduce(op::any, truth, (1u << x.rank()) - 1, false), y, y).as_linear(y.linear);
}
/// Whether a derivative of one's own is taken element by element: then it is 0 where dy was selected to be.
enum class taken : int { together, by_element };
/// y, but its derivative by the operands is what `derive` makes of dy, where draws have the numbers that they had while
/// y was made, from `first` on.
template <std::size_t N>
constexpr symbol with_derivative(symbol y, const std::array<symbol, N>& x, derivative_rule derive,
                                 const draw_numbers& first, taken way = taken::together) {
    graph& g = *y.g;
    if (has_scans(g)) {  // y may read nothing of a step, though its derivative does
        const scan_scopes scopes(g);
        for (const symbol s : x)
            if (scopes.exists[s.id] > scopes.exists[y.id]) return with_derivative(beside(y, s), x, derive, first, way);
    }
    node n;
    n.kind = op::stop_gradient;
    n.in[0] = y.id;
    n.copy = 1 + g.own_derivatives.push({derive, g.derivative_operands.size(), static_cast<int>(N),
                                         first.again(g.draws), way == taken::by_element});
    for (const symbol s : x) g.derivative_operands.push({s.id, s.linear});
    return add(g, n).as_linear(y.linear);
}
template <std::size_t N>
constexpr symbol with_derivative(symbol y, const std::array<symbol, N>& x, derivative_rule derive,
                                 taken way = taken::together) {
    return with_derivative(y, x, derive, y.g->draws, way);
}
constexpr symbol operand(graph& g, derivative_operand x) { return {&g, x.id, x.linear != 0}; }
/// y, which stands in x's place: the derivative by y is the one by x.
constexpr symbol in_place_of(symbol y, symbol x) {
    if (y.id == x.id) return x;
    const auto derive = [](graph&, const derivative_operand*, int dy, int* dx) { dx[0] = dy; };
    return with_derivative(y, std::array<symbol, 1>{x}, derive);
}
/// F::value(x), element by element, whose derivative is F::slope(x): where differentiating the formula would cancel.
template <class F> constexpr symbol with_slope(symbol x) {
    const auto derive = [](graph& g, const derivative_operand* operands, int dy, int* dx) {
        dx[0] = elementwise(op::mul, {&g, dy}, F::slope(operand(g, operands[0]))).id;
    };
    return with_derivative(F::value(x.plain()), std::array<symbol, 1>{x.plain()}, derive, taken::by_element);
}

}  // namespace emit
}  // namespace telar::inline TELAR_ABI::ir
