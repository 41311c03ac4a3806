// SPDX-License-Identifier: BSL-1.0
// Runs any kernel of a schedule, element by element: the oracle of the other targets, and a target itself.
#pragma once
#include <telar/kernels/kernel_source.hpp>
#include <telar/kernels/reference/chain.hpp>
#include <telar/kernels/reference/library.hpp>
#include <telar/kernels/reference/loop.hpp>
#include <telar/kernels/reference/matmul.hpp>
#include <telar/kernels/reference/target.hpp>

namespace telar::inline TELAR_ABI::ir::kernels::reference {

template <class V> void launch_in(const kernel_arguments& k) {
    switch (k.what->kind) {
        case kernel_kind::contract: return product_runner<V>(k).run();
        case kernel_kind::chain: return chain_runner<V>(k).run();
        default: return loop_runner<V>(k).run();
    }
}
/// Runs the kernel of these arguments.
inline void launch(const kernel_arguments& k) {
    if (k.what->kind == kernel_kind::routine) routine_runner(k).run();
    else if (is_float(k.what->type)) launch_in<number>(k);
    else launch_in<integer>(k);
}

inline kernel_function function_of(const kernel& k, const instruction*) {
    return k.kind == kernel_kind::call ? nullptr : &launch;
}
inline const void* no_loops() { return nullptr; }
/// edge      what prints copies its operand, and prints nothing
inline constexpr kernel_source reference_kernels{&reference_target, &function_of, &no_loops};

}  // namespace telar::inline TELAR_ABI::ir::kernels::reference
