// SPDX-License-Identifier: BSL-1.0
// while_loop: a function run again and again while a condition holds. It is a scan that does not know its number of
// steps, with one more state: whether there is another one.
#pragma once
#include <telar/expr/scan.hpp>
#include <telar/graph/draws.hpp>

#include <array>
#include <cstddef>
#include <tuple>

namespace telar::inline TELAR_ABI {

namespace expr::scanning {

constexpr std::array<symbol, 1> next_states(symbol s) { return {s}; }
template <std::size_t S> constexpr std::array<symbol, S> next_states(const std::array<symbol, S>& s) { return s; }

template <std::size_t S> constexpr std::array<symbol, S + 1> put_before(symbol first, const std::array<symbol, S>& s) {
    std::array<symbol, S + 1> all{first};
    for (std::size_t i = 0; i < S; ++i) all[i + 1] = s[i];
    return all;
}
/// A condition is one bool, of any rank.
constexpr symbol truth_of(symbol p) {
    if (p.type() != dtype::boolean)
        p.g->fail({mistake_kind::needs_boolean, op::scan, p.type(), p.type(), 0, p.extents(), {}, 0});
    return emit::reshape(p.plain(), shape());
}

}  // namespace expr::scanning

/// While condition(s...) holds, s... = body(s...); then s...: tf.while_loop, lax.while_loop. It takes `most` steps at
/// most, if that is given.
///
/// Inside a traced function; both may read all that they see there. Each is called on symbols: body once, condition
/// twice.
///
///     const auto [root, before] = while_loop(
///         [&](auto r, auto b) { return abs(r - b) > 1e-6; },
///         [&](auto r, auto) { return states((r + x / r) / 2, r); }, states(x, 0 * x));
///
/// shapes    condition () or of one element; a state keeps its shape
/// types     condition bool; a state keeps its type
/// errors    E102 reshape_changes_the_number_of_elements (the condition has several: use all or any), E113
///           needs_a_boolean, E135 gradient_through_a_while_loop, E142 scan_changes_its_state, E143
///           value_of_another_scan
/// edge      a condition that does not hold at first: the states are those it began with. One that always holds: the
///           run does not end, unless `most` ends it. What does not change from step to step is computed once, before.
///           Either function may contain scans and while_loops, which are blocks then: see scan
/// gradient  none: nobody knows how many states would have to be kept; a scan of a fixed number of steps has one
/// test      tests/expr/while_loop_test.cpp, tests/expr/nested_scan_test.cpp
template <class Condition, class Body, std::size_t S>
requires(S > 0) constexpr std::array<symbol, S> while_loop(Condition condition, Body body,
                                                           const std::array<symbol, S>& initial,
                                                           extent_t most = ir::unlimited_steps,
                                                           source_line at = source_line::current()) {
    ir::graph& g = *initial[0].g;
    ir::line_scope scope(&g, at);
    const ir::draw_numbers of_condition = g.draws;
    const auto begin = [&](const std::array<symbol, S>& s) {
        return expr::scanning::put_before(expr::scanning::truth_of(std::apply(condition, s)), s);
    };
    auto step = [&](symbol, auto... s) {
        const auto next = expr::scanning::next_states(body(s...));
        static_assert(std::tuple_size_v<decltype(next)> == S, "while_loop: body returns as many states as it takes");
        const ir::draw_scope again(g, of_condition);
        return scanned{begin(next)};
    };
    const auto first = begin(initial);
    const auto last = expr::scanning::run(ir::emit::scan(g, most, true), step, first, over(), direction::forward).state;
    std::array<symbol, S> result;
    for (std::size_t i = 0; i < S; ++i) result[i] = last[i + 1];
    return result;
}

}  // namespace telar::inline TELAR_ABI
