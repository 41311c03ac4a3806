// SPDX-License-Identifier: BSL-1.0
// From a descriptor to the function that runs it on the CPU.
#pragma once
#include <telar/kernels/cpu/library/routine.hpp>
#include <telar/kernels/cpu/loop/loop.hpp>
#include <telar/kernels/cpu/matmul/chain.hpp>
#include <telar/kernels/cpu/matmul/product.hpp>

namespace telar::inline TELAR_ABI::ir::kernels {

namespace cpu {

template <class Words> TELAR_NOINLINE void launch(const kernel_arguments& k) {
    using d = descriptor<Words>;
    using type = element_t<d::header.type>;
    if constexpr (d::header.kind == kernel_kind::contract) product_kernel<d, type>::run(k);
    else if constexpr (d::header.kind == kernel_kind::chain) chain_kernel<compiled_chain<d, type>, type>::run(k);
    else if constexpr (d::header.kind == kernel_kind::routine) run_routine<d>(k);
    else loop_kernel<d, type>::run(k);
}

}  // namespace cpu
}  // namespace telar::inline TELAR_ABI::ir::kernels
