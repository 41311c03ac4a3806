// SPDX-License-Identifier: BSL-1.0
// The interpreter's kernels once more, for an instruction set of their own: telar::compiled has this unit compiled for
// AVX2 (x86-64-v3) and for AVX-512 (x86-64-v4), and runs the better one that the processor has.
//
// Always with -O2: what telar's functions use of the standard library is then inlined into them. A function of std that
// stood here by itself would be the linker's choice for units that are compiled for less, since its name says nothing
// of the instruction set. tests/package/compiled looks for one.
#undef TELAR_COMPILED
#define TELAR_COMPILED 0
#undef TELAR_CHECKS_AT_START
#define TELAR_CHECKS_AT_START 0
#include <telar/kernels/cpu/interpreted/kernel_table.hpp>

namespace telar::border {
#if defined(__AVX512F__)
extern const kernel_table kernels_for_avx512 = ir::kernels::cpu::interpreted::own_kernels<>;
#elif defined(__AVX2__)
extern const kernel_table kernels_for_avx2 = ir::kernels::cpu::interpreted::own_kernels<>;
#else
#error "compile this unit for AVX2 or AVX-512"
#endif
}  // namespace telar::border
