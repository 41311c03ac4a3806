// SPDX-License-Identifier: BSL-1.0
// Loops that copy: a value to where it is wanted, or added to what lies there; results that no kernel writes.
#pragma once
#include <telar/passes/emit/schedule_builder.hpp>

namespace telar::inline TELAR_ABI::ir::passes {

namespace emission {

/// Copies a value of extents `s` to a place in a buffer, or adds it to what lies there.
constexpr void copy(schedule_builder& out, const view& from, const view& at, int buffer, const shape& s,
                    bool adds = false) {
    const node& source = out.nodes[from.base];
    const bool is_number = is_number_source(source.kind);
    int value = out.begin_sweep(s, source.type, is_number ? &source : nullptr);
    if (!is_number) value = out.push_load(out.access_to(from, s));
    const memory_access place = out.place_in(buffer, at);
    if (adds) {
        const int old = out.push_load(place);
        value = out.push(code_of(op::add), old, value);
    }
    out.push_store(place, value);
    out.end();
}
/// Results that are leaves, constants, views, or one value twice.
constexpr void emit_copied_roots(schedule_builder& out) {
    for (int r = 0; r < out.g.roots.size(); ++r) {
        const int i = out.g.roots[r].id;
        if (out.writes_root(out.views[i].base, r)) continue;
        const shape s = out.nodes[i].extents;
        const int buffer = out.new_buffer(out.g.roots[r].target < 0 ? storage::result : storage::state, r,
                                          out.nodes[i].type, out.g.dims.count(s));
        const view whole = contiguous_view(out.g.dims, i, s);
        copy(out, out.with_buffer(i), whole, buffer, s);
    }
}

}  // namespace emission

}  // namespace telar::inline TELAR_ABI::ir::passes
