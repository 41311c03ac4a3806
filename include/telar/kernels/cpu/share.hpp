// SPDX-License-Identifier: BSL-1.0
// Threads share parts of a kernel's work, where there are enough of them.
#pragma once
#include <telar/kernels/cpu/target.hpp>

#include <algorithm>
#include <cstdint>

#if defined(_OPENMP)
#include <omp.h>
#endif

namespace telar::inline TELAR_ABI::ir::kernels::cpu {

/// work(from, to) for parts from, ..., to - 1, which are all elements together.
template <class F> void share(std::int64_t parts, std::int64_t elements, const F& work) {
#if defined(_OPENMP)
    if (elements >= 2 * elements_per_thread && parts > 1 && omp_get_max_threads() > 1 && !omp_in_parallel()) {
        const std::int64_t threads =
            std::min<std::int64_t>({omp_get_max_threads(), parts, elements / elements_per_thread});
#pragma omp parallel num_threads(static_cast <int>(threads))
        {
            const std::int64_t t = omp_get_thread_num(), n = omp_get_num_threads();
            work(parts * t / n, parts * (t + 1) / n);
        }
        return;
    }
#endif
    (void)elements;
    work(0, parts);
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::cpu
