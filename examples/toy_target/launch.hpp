// SPDX-License-Identifier: BSL-1.0
// The target's kernels: each is entered into the book and then run by the reference, element by element.
#pragma once
#include "count.hpp"
#include "target.hpp"

#include <telar/kernels/reference/launch.hpp>

#include <array>

namespace ledger {

/// The book of this thread, by kind of kernel.
inline std::array<entry, 5>& book() {
    static thread_local std::array<entry, 5> entries;
    return entries;
}

inline void launch(const telar::ir::kernels::kernel_arguments& k) {
    const bool is_routine = k.what->kind == telar::ir::kernel_kind::routine;
    book()[static_cast<std::size_t>(k.what->kind)] += is_routine ? entry{1, 0, 0} : count(k);
    telar::ir::kernels::reference::launch(k);
}
/// Called once for each kernel of a schedule. A chain is not among them, since `machine` has none.
inline telar::ir::kernels::kernel_function function_of(const telar::ir::kernel& k, const telar::ir::instruction*) {
    return k.kind == telar::ir::kernel_kind::call ? nullptr : &launch;
}
inline const void* no_loops() { return nullptr; }

/// What on_target<ledger::kernels>(y) is told.
struct kernels {
    static constexpr telar::ir::kernels::kernel_source source{&machine, &function_of, &no_loops};
};

}  // namespace ledger
