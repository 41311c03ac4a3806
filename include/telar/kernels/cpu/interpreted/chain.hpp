// SPDX-License-Identifier: BSL-1.0
// Chains by the compiled products. The work on their rows and their epilogue are interpreted.
#pragma once
#include <telar/kernels/cpu/interpreted/matmul.hpp>
#include <telar/kernels/cpu/matmul/chain.hpp>

#include <cstdint>

namespace telar::inline TELAR_ABI::ir::kernels::cpu::interpreted {

template <class T> class interpreted_chain {
    chain_parts parts_;

public:
    using epilogue = tile_epilogue<T>;
    static constexpr int accesses = any_number;
    int first_kept, kept_rows;
    bool is_in_place;

    explicit interpreted_chain(const kernel_arguments& k)
        : parts_({k.instructions, k.what->instructions}, k.what->type),
          first_kept(parts_.first_kept),
          kept_rows(parts_.kept_rows),
          is_in_place(parts_.is_in_place) {}
    void run_rows(const kernel_arguments& own, std::int64_t from, std::int64_t to) const {
        const prepared_kernel<T> rows(own, {parts_.work, parts_.second}, false);
        loop_interpreter<T, true>(rows).run_rows(from, to);
    }
};
template <class T> void run_chain(const kernel_arguments& k) {
    const instruction_span all{k.instructions, k.what->instructions};
    const int second = all.begin_of(all.sections() - 1) - 1;
    const prepared_kernel<T> last(k, {k.instructions + second, all.count - second}, false);
    k.prepared = &last;
    chain_kernel<interpreted_chain<T>, T>::run(k);
    k.prepared = nullptr;
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::cpu::interpreted
