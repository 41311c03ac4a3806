// SPDX-License-Identifier: BSL-1.0
// A target: what the passes have to know of the machine that they compile for. A plain value; each folder of kernels/
// that is a target has one (target.hpp), and no pass knows more of a machine than this.
#pragma once
#include <telar/graph/schedule.hpp>

namespace telar::inline TELAR_ABI::ir {

/// The largest kernel, within what a descriptor can hold (most_instructions, ...).
struct kernel_limits {
    int nodes = 32;  // of the graph; fewer, where a kernel of so many comes out larger than the other limits allow
    int instructions = most_instructions, accesses = most_accesses, scalars = most_scalars;
};

/// Which products a library computes, by a call, before their epilogue: large ones.
struct library_products {
    bool is_linked = false;
    double least_operations = 0;
    extent_t least_extent = 1;

    constexpr bool takes(extent_t m, extent_t n, extent_t k) const {
        return is_linked && m >= least_extent && n >= least_extent && k >= least_extent &&
               2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k) >= least_operations;
    }
};

/// What is known of products.
struct product_costs {
    bool has_chains = false;  // two products and the work on the rows between them can be one kernel
    /// A chain is worth less than loops for its two products' own extents if the rows between them are known and have
    /// at most so many elements.
    extent_t elements_better_apart = 0;
    bool has_own_loops = false;      // for products whose extents are known
    extent_t resident_bytes = 0;     // of a right operand that stays in the cache that such loops read it from
    extent_t aliasing_bytes = 1024;  // rows that are a multiple of this apart share sets of the first cache
    extent_t few_rows = 8;           // where the right operand lies in columns, fewer rows are not worth own loops,
    extent_t few_elements = 1024;    // unless it has no more elements than this
    library_products library{};
};

/// What is computed again rather than stored, and how.
struct element_costs {
    int repeated_operations = 0;  // on leaves: cheaper to compute twice than to store and load
    extent_t added_windows = 0;   // windows of so many elements at most are added where they overlap, in one pass
};

/// How a kernel's refusal (an index out of range) reaches the run.
enum class refusal : std::int32_t {
    stops_the_run,    // no kernel after it runs
    read_at_the_end,  // all run, and nothing of what they wrote may be a variable yet
};

struct memory_costs {
    extent_t alignment = 16;  // of the temporaries, in bytes
};

struct target {
    const char* name = "";
    kernel_limits most{};
    product_costs products{};
    element_costs elements{};
    memory_costs memory{};
    refusal errors = refusal::stops_the_run;
};

/// The same machine, with kernels of at most so many nodes.
constexpr target with_kernels_of(target machine, int nodes) {
    machine.most.nodes = nodes;
    return machine;
}

}  // namespace telar::inline TELAR_ABI::ir
