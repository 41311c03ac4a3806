// SPDX-License-Identifier: BSL-1.0
// State: new values of variables that a traced function tells of, beside its results.
#pragma once
#include <telar/graph/symbol.hpp>

namespace telar::inline TELAR_ABI::ir::emit {

/// What was assigned to a variable so far; at first the variable itself.
constexpr symbol next_value(symbol state) {
    for (const state_update& u : state.g->updates)
        if (u.leaf == state.id) return {state.g, u.value, state.linear};
    return state;
}
/// next_value, which is forgotten: the caller assigns what becomes of it.
constexpr symbol taken_value(symbol state) {
    const symbol value = next_value(state);
    growable<state_update>& updates = state.g->updates;
    for (int k = 0; k < updates.size(); ++k) {
        if (updates[k].leaf != state.id) continue;
        updates[k] = updates.back();
        updates.pop();
    }
    return value;
}
/// The run commits the value when it ends. What is computed again assigns nothing.
constexpr void assign(symbol state, symbol value) {
    graph& g = *state.g;
    if (g.copy != 0) return;
    if (!g.open_scans.empty()) return g.fail({mistake_kind::update_in_a_step, op::leaf, {}, {}, 0, {}, {}, 0});
    if (g[state.id].kind != op::leaf)
        return g.fail({mistake_kind::updated_is_no_variable, op::leaf, {}, {}, 0, state.extents(), {}, 0});
    if (state.type() != value.type())
        return g.fail({mistake_kind::types_differ, op::leaf, state.type(), value.type(), 0, {}, {}, 0});
    const symbol whole = emit::broadcast_to(value, state.extents());
    for (state_update& u : g.updates)
        if (u.leaf == state.id) {
            u.value = whole.id;
            return;
        }
    g.updates.push({state.id, whole.id});
}

}  // namespace telar::inline TELAR_ABI::ir::emit
