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

/// Runs a kernel whose arguments are known, as a part of the function that this is called in.
template <class D> TELAR_FLATTENED void run_known(std::byte* const* data) {
    using type = element_t<D::header.type>;
    const known_arguments<D> k{data};
    if constexpr (D::header.kind == kernel_kind::contract) product_kernel<D, type>::run(k);
    else loop_kernel<D, type>::run(k);
}

}  // namespace cpu
}  // namespace telar::inline TELAR_ABI::ir::kernels
