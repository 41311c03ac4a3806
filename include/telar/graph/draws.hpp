// SPDX-License-Identifier: BSL-1.0
// The streams that random numbers are drawn from: each draw has the next number of what is being traced.
#pragma once
#include <telar/graph/symbol.hpp>

namespace telar::inline TELAR_ABI::ir {

namespace emit {

/// The streams of so many draws: the first of them.
constexpr symbol next_streams(graph& g, std::int64_t count = 1) {
    const int base = g.draws.base;
    const std::int64_t number = g.draws.take(count);
    if (base >= 0 && number == 0) return {&g, base};
    node n;
    n.type = dtype::int64;
    n.value = static_cast<std::uint64_t>(number);
    const symbol first = add(g, n);
    return reshape(base < 0 ? first : elementwise(op::add, symbol{&g, base}, first), shape(1));
}

}  // namespace emit

/// While it lives, draws are counted by these numbers.
class draw_scope {
public:
    constexpr draw_scope(graph& g, const draw_numbers& numbers) : graph_(g), outer_(g.draws) { g.draws = numbers; }
    constexpr ~draw_scope() { graph_.draws = outer_; }
    draw_scope(const draw_scope&) = delete;
    draw_scope& operator=(const draw_scope&) = delete;

private:
    graph& graph_;
    draw_numbers outer_;
};

}  // namespace telar::inline TELAR_ABI::ir
