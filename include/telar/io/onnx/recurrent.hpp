// SPDX-License-Identifier: BSL-1.0
// Recurrent layers and scans of ONNX, as telar's.
#pragma once
#include <telar/io/onnx/movements.hpp>

#include <telar/expr/recurrent.hpp>
#include <telar/expr/scan.hpp>

namespace telar::inline TELAR_ABI::io::onnx {

/// The operands of a recurrent layer of one direction, as telar has them: x (N,T,F), W (F,GH), U (H,GH), b (GH) twice.
struct recurrent_operands {
    symbol x, w, u, input_bias, state_bias;
    bool batch_first;
    std::vector<symbol> state;

    recurrent_operands(const call& c, int states, const integers& gates) : batch_first(c.integer("layout", 0) != 0) {
        require_form(c.text("direction", "forward") == "forward", "two directions");
        require_form(!c.has(7), "peepholes");
        require_form(!c.states("activations") && !c.states("clip"), "other activations");
        x = batch_first ? c[0] : swap_axes(c[0], 0, 1);
        const symbol from_x = squeeze(c[1], 0), from_h = squeeze(c[2], 0);
        require_rank(x, 3, 3), require_rank(from_x, 2, 2), require_rank(from_h, 2, 2);
        const extent_t size = number_of_places(from_h, 1), rows = number_of_places(from_h, 0);
        require_form(size >= 1 && rows == size * static_cast<extent_t>(gates.size()), "weights of another size");
        require_form(number_of_places(from_x, 0) == rows, "weights of another size");
        w = transpose(in_order(from_x, gates, size)), u = transpose(in_order(from_h, gates, size));
        const symbol zeros = spread(number(x, 0), shape(2 * rows)), both = c.has(3) ? squeeze(c[3], 0) : zeros;
        input_bias = in_order(slice(both, 0, 0, rows), gates, size);
        state_bias = in_order(slice(both, 0, rows, 2 * rows), gates, size);
        if (c.has(4)) {
            const known_values lengths = c.known(4);
            for (int i = 0; i < lengths.count(); ++i)
                require_form(lengths.at(i) == static_cast<double>(number_of_places(x, 1)),
                             "sequences of different lengths");
        }
        for (int i = 0; i < states; ++i)
            state.push_back(c.has(5 + i) ? squeeze(c[5 + i], batch_first ? 1 : 0)
                                         : spread(number(x, 0), shape(x.extents()[0], size)));
    }
    /// Every h: (N,T,H) -> (T,1,N,H), or (N,T,1,H). And the last of a state: (1,N,H), or (N,1,H).
    symbol all(symbol h) const { return batch_first ? expand_dims(h, 2) : expand_dims(swap_axes(h, 0, 1), 1); }
    symbol last(symbol h) const { return expand_dims(h, batch_first ? 1 : 0); }

private:
    /// Blocks of rows in another order.
    static symbol in_order(symbol rows, const integers& gates, extent_t size) {
        symbol r;
        for (const std::int64_t gate : gates) {
            const symbol part = slice(rows, 0, gate * size, (gate + 1) * size);
            r = r.g ? telar::concat({r, part}, 0) : part;
        }
        return r;
    }
};
inline symbol long_short_term_memory(const call& c) {
    const recurrent_operands o(c, 2, {0, 2, 3, 1});  // i, o, f, g -> i, f, g, o
    const auto [all, h, cell] = lstm(o.x, o.w, o.u, o.input_bias + o.state_bias, o.state[0], o.state[1]);
    c.give(1, o.last(h)), c.give(2, o.last(cell));
    return o.all(all);
}
inline symbol gated_recurrent_unit(const call& c) {
    const recurrent_operands o(c, 1, {0, 1, 2});
    const bool resets_after = c.integer("linear_before_reset", 0) != 0;
    const symbol b = resets_after ? telar::concat({expand_dims(o.input_bias, 0), expand_dims(o.state_bias, 0)}, 0)
                                  : o.input_bias + o.state_bias;
    const auto [all, h] = gru(o.x, o.w, o.u, b, o.state[0]);
    c.give(1, o.last(h));
    return o.all(all);
}
inline symbol recurrent_network(const call& c) {
    const recurrent_operands o(c, 1, {0});
    const auto [all, h] = simple_rnn(o.x, o.w, o.u, o.input_bias + o.state_bias, o.state[0]);
    c.give(1, o.last(h));
    return o.all(all);
}

/// Any number of states and sequences; of each step as many values are kept as there are outputs beside the states.
inline symbol scan_of_any(const call& c) {
    require_form(c.version > 8, "a batch of scans");
    const auto x = static_cast<int>(c.integer("num_scan_inputs", 0)), s = c.operands() - x, kept = c.outputs() - s;
    require_form(x >= 1 && s >= 0 && kept >= 0, "so many states and sequences");
    const integers axes = c.list("scan_input_axes", integers(static_cast<std::size_t>(x), 0)),
                   ways = c.list("scan_input_directions", integers(static_cast<std::size_t>(x), 0)),
                   kept_axes = c.list("scan_output_axes", integers(static_cast<std::size_t>(kept), 0)),
                   kept_ways = c.list("scan_output_directions", integers(static_cast<std::size_t>(kept), 0));
    std::vector<symbol> sequences, operands;
    for (int i = 0; i < x; ++i) {
        const symbol xs = c[s + i];
        extent_t permutation[max_rank]{};
        const int axis = axis_of(axes[static_cast<std::size_t>(i)], xs.rank());
        for (int k = 0; k < xs.rank(); ++k) permutation[k] = k == 0 ? axis : k > axis ? k : k - 1;
        sequences.push_back(emit::transpose(xs, permutation));
    }
    ir::graph& g = c.graph();
    const symbol scan = emit::scan(g, sequences[0].extents()[0]);
    for (int i = 0; i < s; ++i) operands.push_back(emit::scan_state(c[i], scan, i));
    for (int i = 0; i < x; ++i) {
        const auto k = static_cast<std::size_t>(i);
        require_form(g.dims.unify(sequences[k].extents()[0], sequences[0].extents()[0]), "sequences of other lengths");
        operands.push_back(emit::scan_slice(sequences[k], scan, ways[k] != 0));
    }
    std::vector<symbol> made = [&] {
        const ir::open_scan steps(scan);
        return c.inlined("body", operands);
    }();
    require_form(static_cast<int>(made.size()) == s + kept, "another number of values of a step");
    symbol last = scan;
    for (std::size_t i = 0; i < made.size(); ++i) {
        const bool is_state = i < static_cast<std::size_t>(s);
        const bool is_backward = !is_state && kept_ways[i - static_cast<std::size_t>(s)] != 0;
        made[i] = is_state ? last = emit::scan_next(made[i], operands[i], last)
                           : emit::scan_stack(made[i], last, is_backward);
    }
    if (!ir::scan_scopes(g).are_apart) ir::scan_block::make(scan, made);
    for (std::size_t i = 0; i < made.size(); ++i) {
        if (i >= static_cast<std::size_t>(s)) {
            const int axis = axis_of(kept_axes[i - static_cast<std::size_t>(s)], made[i].rank());
            for (int k = 0; k < axis; ++k) made[i] = swap_axes(made[i], k, k + 1);
        }
        if (i > 0) c.give(static_cast<int>(i), made[i]);
    }
    require_form(!made.empty(), "no results");
    return made[0];
}

/// States that go on while a condition holds; a value of each step cannot be kept, for nobody counts the steps.
inline symbol loop(const call& c) {
    const int carried = c.operands() - 2;
    require_form(carried >= 1 && c.outputs() == carried, "values kept of each step of a loop");
    ir::graph& g = *c[2].g;
    extent_t most = ir::unlimited_steps;
    if (c.has(0)) {
        const std::vector<extent_t> steps = c.known_extents(0);
        require_form(steps.size() == 1 && steps[0] != inferred, "so many steps");
        most = steps[0];
    }
    const symbol goes_on = c.has(1) ? in_shape(c[1], shape()) : emit::constant(g, dtype::boolean, 1);
    const symbol scan = emit::scan(g, most, true);
    std::vector<symbol> states{emit::scan_state(goes_on, scan, 0),
                               emit::scan_state(emit::constant(g, dtype::int64, 0), scan, 1)};
    for (int i = 0; i < carried; ++i) states.push_back(emit::scan_state(c[2 + i], scan, 2 + i));
    std::vector<symbol> operands = states;
    std::swap(operands[0], operands[1]);  // the step, then the condition
    std::vector<symbol> made = [&] {
        const ir::open_scan steps(scan);
        std::vector<symbol> next = c.inlined("body", operands);
        require_form(static_cast<int>(next.size()) == 1 + carried, "another number of values of a step");
        next[0] = in_shape(next[0], shape());
        next.insert(next.begin() + 1, states[1] + 1);
        return next;
    }();
    symbol last = scan;
    for (std::size_t i = 0; i < made.size(); ++i) last = made[i] = emit::scan_next(made[i], states[i], last);
    if (!ir::scan_scopes(g).are_apart) ir::scan_block::make(scan, made);
    for (int i = 1; i < carried; ++i) c.give(i, made[static_cast<std::size_t>(2 + i)]);
    return made[2];
}

// clang-format off
inline constexpr operation recurrent_operations[] = {
    {"GRU",  gated_recurrent_unit},
    {"LSTM", long_short_term_memory},
    {"Loop", loop},
    {"RNN",  recurrent_network},
    {"Scan", scan_of_any},
};
// clang-format on

}  // namespace telar::inline TELAR_ABI::io::onnx
