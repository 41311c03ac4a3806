// SPDX-License-Identifier: BSL-1.0
// What a workspace does between the steps of a scan: pointers that move on, states whose new values take the place of
// the old ones.
#pragma once
#include <telar/run/table_memory.hpp>

#include <cstddef>
#include <cstdint>

namespace telar::inline TELAR_ABI::runtime {

/// An access that moves on with the steps of a scan.
struct moving_access {
    int kernel, access;
    std::int64_t bytes;   // a step
    bool begins_at_last;  // a scan that goes backward; bytes < 0 says nothing of it: what it reads may be reversed
};
/// A state whose new value lies elsewhere until the step is over.
struct new_state {
    int from, to;  // buffers
    std::size_t bytes;
};
struct scan_steps {
    int first = 0, end = 0;  // kernels
    extent_t steps = 0;      // at most
    int condition = -1;      // the buffer that says whether there is another one
    growable<moving_access> moving;
    growable<new_state> states;

    /// As many as move on at most.
    static constexpr int accesses_in(const program_tables& p, const repetition& r) {
        int count = 0;
        for (int k = r.first; k < r.end; ++k) count += p.kernels[k].accesses;
        return count;
    }
    static constexpr std::size_t bytes_for(const program_tables& p, const repetition& r) {
        return table_memory::piece<moving_access>(accesses_in(p, r)) + table_memory::piece<new_state>(p.buffer_count);
    }
};

#if TELAR_HAS_BODIES
/// The steps of a repetition when the dimensions have these values.
TELAR_COLD inline scan_steps steps_of(const program_tables& p, const repetition& r, const extent_t* dims,
                                      table_memory* memory) {
    scan_steps s{r.first, r.end, extent_value(r.steps, dims), r.condition, {}, {}};
    emptied(memory, s.moving, scan_steps::accesses_in(p, r));
    emptied(memory, s.states, p.buffer_count);
    for (int k = s.first; k < s.end; ++k)
        for (int a = 0; a < p.kernels[k].accesses; ++a) {
            const memory_access& x = p.accesses[p.kernels[k].first_access + a];
            const std::int64_t by = extent_value(x.step.by, dims) * element_bytes(p, x);
            if (by != 0) s.moving.push({k, a, x.step.backward ? -by : by, x.step.backward != 0});
        }
    for (int b = 0; b < p.buffer_count; ++b) {
        const slot& c = p.buffers[b];
        if (c.where == storage::carried && !c.in_place && c.first >= s.first && c.first < s.end)
            s.states.push({b, c.index, static_cast<std::size_t>(extent_value(c.count, dims)) * size_of(c.type)});
    }
    return s;
}
#endif  // TELAR_HAS_BODIES

}  // namespace telar::inline TELAR_ABI::runtime
