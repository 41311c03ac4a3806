// SPDX-License-Identifier: BSL-1.0
// scan: a function run once for each step of a sequence, handing its state on.
#pragma once
#include <telar/expr/movement.hpp>
#include <telar/graph/nested_scan.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace telar::inline TELAR_ABI {

/// What a step makes: the new state, and values to keep of every step. What scan returns: the last state, and the kept
/// values, those of all steps along a new first axis.
template <std::size_t States, std::size_t Kept> struct scanned {
    std::array<symbol, States> state{};
    std::array<symbol, Kept> kept{};
};
template <std::size_t S, std::size_t K> scanned(std::array<symbol, S>, std::array<symbol, K>) -> scanned<S, K>;
template <std::size_t S> scanned(std::array<symbol, S>) -> scanned<S, 0>;

/// The states that a scan begins with; the sequences that it runs over, along their first axis.
template <std::same_as<symbol>... S> constexpr std::array<symbol, sizeof...(S)> states(S... s) { return {s...}; }
template <std::same_as<symbol>... S> constexpr std::array<symbol, sizeof...(S)> over(S... s) { return {s...}; }

/// From the first step to the last, or from the last to the first: what is kept of a step has the place of its x.
enum class direction { forward, backward };

namespace expr::scanning {

/// A step that returns one symbol has that as its state, and keeps it.
constexpr scanned<1, 1> made(symbol s) { return {{s}, {s}}; }
template <std::size_t S, std::size_t K> constexpr scanned<S, K> made(const scanned<S, K>& s) { return s; }

template <class Step, std::size_t S, std::size_t X, std::size_t... I, std::size_t... K>
constexpr auto call(Step& step, const std::array<symbol, S>& state, const std::array<symbol, X>& x,
                    std::index_sequence<I...>, std::index_sequence<K...>) {
    return made(step(state[I]..., x[K]...));
}

template <class Step, std::size_t S, std::size_t X>
constexpr auto run(symbol scan, Step& step, const std::array<symbol, S>& initial, const std::array<symbol, X>& xs,
                   direction way) {
    graph& g = *scan.g;
    const bool is_backward = way == direction::backward;
    std::array<symbol, S> state;
    std::array<symbol, X> x;
    for (std::size_t i = 0; i < S; ++i)
        state[i] = emit::scan_state(initial[i], scan, static_cast<int>(i)).as_linear(initial[i].linear);
    for (std::size_t i = 0; i < X; ++i) x[i] = emit::scan_slice(xs[i], scan, is_backward);
    const auto trace_step = [&] {
        const open_scan steps(scan);
        return call(step, state, x, std::make_index_sequence<S>{}, std::make_index_sequence<X>{});
    };
    auto made = trace_step();
    static_assert(std::tuple_size_v<decltype(made.state)> == S, "scan: a step returns as many states as it takes");
    symbol last = scan;
    for (std::size_t i = 0; i < S; ++i) last = made.state[i] = emit::scan_next(made.state[i], state[i], last);
    const scan_twin twin(scan, last);
    for (symbol& s : made.state) s = twin(s);
    for (symbol& kept : made.kept) kept = emit::scan_stack(twin(kept), twin(last), is_backward);
    refuse_values_taken_out(g, scan.id);
    if (!scan_scopes(g).are_apart) {
        std::array<symbol, S + std::tuple_size_v<decltype(made.kept)>> results;
        std::size_t i = 0;
        for (const symbol& s : made.state) results[i++] = s;
        for (const symbol& s : made.kept) results[i++] = s;
        scan_block::make(scan, results);
        i = 0;
        for (symbol& s : made.state) s = results[i++];
        for (symbol& s : made.kept) s = results[i++];
    }
    return made;
}

}  // namespace expr::scanning

/// s_{t+1}, y_t = step(s_t..., x_t...) for t = 0, 1, ...: JAX's lax.scan, TensorFlow's tf.scan and recurrent layers.
///
/// Inside a traced function; the step may read all that it sees there: it is called once, on symbols.
///
///     const auto r = scan([&](auto h, auto x) { return tanh(matmul(x, W) + matmul(h, U)); }, states(h0), over(xs));
///     r.state[0];   // the last h
///     r.kept[0];    // every h
///
/// shapes    xs (T, ...), all of one T, which may be known only at run time; a state keeps its shape; kept (T, ...)
/// errors    E141 scan_lengths_differ, E142 scan_changes_its_state, E143 value_of_another_scan
/// edge      T = 0: the last state is the first, nothing is kept. What a step reads that does not change is computed
///           once, before. A step that returns one symbol has it as its state and keeps it; else scanned{states(...),
///           std::array{...}}. In the steps of another scan, whose values it reads, it is a block: see compile_once
/// gradient  through time, by the states that it begins with, by the sequences, and by all that the step reads. What
///           the rules read of a step is kept for each step; of a step that is `checkpoint(f)(h, x, ...)`, only its
///           states are kept, and the rest is computed again. In the steps of another scan all of it is computed again
/// test      tests/expr/scan_test.cpp, tests/expr/nested_scan_test.cpp, tests/run/scan_test.cpp,
///           tests/run/nested_scan_test.cpp, tests/run/scan_memory_test.cpp
template <class Step, std::size_t S, std::size_t X>
requires(X > 0) constexpr auto scan(Step step, const std::array<symbol, S>& initial, const std::array<symbol, X>& xs,
                                    direction way = direction::forward, source_line at = source_line::current()) {
    ir::graph& g = *xs[0].g;
    ir::line_scope scope(&g, at);
    const symbol scan = ir::emit::scan(g, xs[0].rank() > 0 ? xs[0].extents()[0] : 1);
    return expr::scanning::run(scan, step, initial, xs, way);
}
/// So many steps, without sequences.
template <class Step, std::size_t S>
requires(S > 0) constexpr auto scan(Step step, const std::array<symbol, S>& initial, extent_t steps,
                                    source_line at = source_line::current()) {
    ir::graph& g = *initial[0].g;
    ir::line_scope scope(&g, at);
    return expr::scanning::run(ir::emit::scan(g, steps), step, initial, std::array<symbol, 0>{}, direction::forward);
}

}  // namespace telar::inline TELAR_ABI
