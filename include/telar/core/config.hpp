// SPDX-License-Identifier: BSL-1.0
// What the build's flags decide. All of telar lives in `inline namespace TELAR_ABI`, whose name says which flags the
// translation unit was built with: two units with different flags then never share a kernel at link time (measured:
// without it the linker keeps one unit's kernel for both). tests/package/flags holds this page to every macro that a
// header asks for.
#pragma once

#include <version>

#define TELAR_VERSION_MAJOR 0
#define TELAR_VERSION_MINOR 1
#define TELAR_VERSION_PATCH 0
#define TELAR_VERSION (10000 * TELAR_VERSION_MAJOR + 100 * TELAR_VERSION_MINOR + TELAR_VERSION_PATCH)

// ---- arithmetic. Under reassociation exp and log1p lose all digits, without NaN a sort loses elements. clang defines
// no macro for a part of -ffast-math other than -ffinite-math-only.
#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__) ||             \
    defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) || defined(__NO_SIGNED_ZEROS__) || \
    defined(_M_FP_FAST)
#error "E223 needs_ieee_arithmetic: -ffast-math, or a part of it, breaks NaN and rounding; compile with -fno-fast-math"
#endif

// ---- SIMD: telar's own registers for WebAssembly, else xsimd when it is there; TELAR_NO_XSIMD asks for the scalar
// fallback.
#if !defined(TELAR_NO_XSIMD) && defined(__wasm_simd128__)
#define TELAR_HAS_WASM_REGISTERS 1
#else
#define TELAR_HAS_WASM_REGISTERS 0
#endif
#if !defined(TELAR_NO_XSIMD) && !TELAR_HAS_WASM_REGISTERS && __has_include(<xsimd/xsimd.hpp>)
#define TELAR_HAS_XSIMD 1
#else
#define TELAR_HAS_XSIMD 0
#endif
#if TELAR_HAS_XSIMD || TELAR_HAS_WASM_REGISTERS
#define TELAR_SCALAR
#else
#define TELAR_SCALAR scalar_
#endif

// ---- the instruction set's name, and a letter for each extension that it does not stand for
// TELAR_IF(macro, word) is the word where the macro is 1, else nothing.
#define TELAR_SECOND(a, b, ...) b
#define TELAR_COMMA_IF_1 ,
#define TELAR_IF(macro, word) TELAR_IF_(macro, word)
#define TELAR_IF_(value, word) TELAR_IF__(TELAR_COMMA_IF_##value, word)
#define TELAR_IF__(comma, word) TELAR_SECOND(comma word, , )
#define TELAR_JOIN_(a, b, c, d, e, f, g, h) a##b##c##d##e##f##g##h
#define TELAR_JOIN(...) TELAR_JOIN_(__VA_ARGS__)

// Two names stand for all of x86-64-v3 and x86-64-v4; `part` means less, and the letters say what there is.
// clang-format off
#define TELAR_OF_V3 TELAR_JOIN(TELAR_IF(__FMA__, F), TELAR_IF(__F16C__, H), TELAR_IF(__BMI__, I), TELAR_IF(__BMI2__, J), TELAR_IF(__LZCNT__, L), , , )
#define TELAR_OF_V4 TELAR_JOIN(TELAR_IF(__AVX512BW__, B), TELAR_IF(__AVX512CD__, C), TELAR_IF(__AVX512DQ__, D), TELAR_IF(__AVX512VL__, V), , , , )
#define TELAR_OF_NONE TELAR_JOIN(TELAR_IF(__FMA4__, Q), TELAR_IF(__AVXVNNI__, A), TELAR_IF(__AVX512VBMI__, M), TELAR_IF(__AVX512VNNI__, N), TELAR_IF(__AVX512VBMI2__, W), TELAR_IF(__AVX512FP16__, X), , )
// clang-format on
#if defined(__FMA__) && defined(__F16C__) && defined(__BMI__) && defined(__BMI2__) && defined(__LZCNT__)
#define TELAR_HAS_V3 1
#else
#define TELAR_HAS_V3 0
#endif

#if defined(__AVX512F__)
#define TELAR_ISA avx512
#if TELAR_HAS_V3 && defined(__AVX512BW__) && defined(__AVX512CD__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
#define TELAR_EXTENSIONS TELAR_OF_NONE
#else
#define TELAR_EXTENSIONS TELAR_JOIN(part, TELAR_OF_V3, TELAR_OF_V4, TELAR_OF_NONE, , , , )
#endif
#elif defined(__AVX2__)
#define TELAR_ISA avx2
#if TELAR_HAS_V3
#define TELAR_EXTENSIONS TELAR_OF_NONE
#else
#define TELAR_EXTENSIONS TELAR_JOIN(part, TELAR_OF_V3, TELAR_OF_NONE, , , , , )
#endif
#else
#if defined(__AVX__)
#define TELAR_ISA avx
#elif defined(__SSE4_2__)
#define TELAR_ISA sse42
#elif defined(__SSE4_1__)
#define TELAR_ISA sse41
#elif defined(__SSSE3__)
#define TELAR_ISA ssse3
#elif defined(__SSE3__)
#define TELAR_ISA sse3
#elif defined(__SSE2__) || defined(_M_X64)
#define TELAR_ISA sse2
#elif defined(__aarch64__)
#define TELAR_ISA neon64
#elif defined(__wasm_simd128__)
#define TELAR_ISA wasm_simd128
#elif defined(__wasm__)
#define TELAR_ISA wasm
#else
#define TELAR_ISA generic
#endif
#define TELAR_EXTENSIONS TELAR_JOIN(TELAR_OF_V3, TELAR_OF_NONE, TELAR_IF(__ARM_FEATURE_SVE, S), , , , , )
#endif

// ---- threads, libraries, exceptions, checks
#if defined(_OPENMP)
#define TELAR_HAS_THREADS 1
#define TELAR_THREADS _omp
#elif defined(__STDCPP_THREADS__)
#define TELAR_HAS_THREADS 1
#define TELAR_THREADS
#else  // a microcontroller
#define TELAR_HAS_THREADS 0
#define TELAR_THREADS _alone
#endif
#if defined(TELAR_BLAS)
#define TELAR_BLAS_NAME _blas
#else
#define TELAR_BLAS_NAME
#endif
#if !defined(TELAR_ZLIB)
#define TELAR_ZLIB 0
#endif
#if TELAR_ZLIB
#define TELAR_ZLIB_NAME _zlib
#else
#define TELAR_ZLIB_NAME
#endif
// What run-time errors say. TELAR_MESSAGES=0: the name of their kind alone, which keeps the texts out of small
// programs.
#if !defined(TELAR_MESSAGES)
#define TELAR_MESSAGES 1
#endif
#if TELAR_MESSAGES
#define TELAR_BRIEF
#else
#define TELAR_BRIEF _brief
#endif
#if defined(__cpp_exceptions) || defined(_CPPUNWIND) || defined(__EXCEPTIONS)
#define TELAR_HAS_EXCEPTIONS 1
#define TELAR_FAILURE TELAR_BRIEF
#else
#define TELAR_HAS_EXCEPTIONS 0
#define TELAR_FAILURE TELAR_JOIN(_noexcept, TELAR_BRIEF, , , , , , )
#endif
// Element access through operator() is checked in debug builds, or when asked for.
#if defined(TELAR_CHECK_BOUNDS) || !defined(NDEBUG)
#define TELAR_BOUNDS_ARE_CHECKED true
#define TELAR_BOUNDS _checked
#else
#define TELAR_BOUNDS_ARE_CHECKED false
#define TELAR_BOUNDS
#endif
// libc++ has no std::from_chars for floating point before 20.
#if defined(__cpp_lib_to_chars) && !defined(TELAR_NO_FLOAT_FROM_CHARS)
#define TELAR_HAS_FLOAT_FROM_CHARS 1
#define TELAR_FROM_CHARS
#else
#define TELAR_HAS_FLOAT_FROM_CHARS 0
#define TELAR_FROM_CHARS _streams
#endif
// Programs are compiled with the C++ program (0), or when they are first run (1).
#if !defined(TELAR_LATE)
#define TELAR_LATE 0
#endif
#if TELAR_LATE
#define TELAR_LATE_NAME _late
#else
#define TELAR_LATE_NAME
#endif
// For flags that no macro shows: -DTELAR_ABI_TAG=_contracted in the units that are compiled with -ffp-contract=fast.
#if !defined(TELAR_ABI_TAG)
#define TELAR_ABI_TAG
#endif

#define TELAR_FLAGS                                                                                            \
    TELAR_JOIN(TELAR_THREADS, TELAR_BLAS_NAME, TELAR_ZLIB_NAME, TELAR_FAILURE, TELAR_BOUNDS, TELAR_FROM_CHARS, \
               TELAR_LATE_NAME, TELAR_ABI_TAG)
#define TELAR_ABI TELAR_JOIN(v1_, TELAR_SCALAR, TELAR_ISA, TELAR_EXTENSIONS, TELAR_FLAGS, , , )

// ---- spelling
#define TELAR_TEXT_(x) #x
#define TELAR_TEXT(x) TELAR_TEXT_(x)
#if defined(__GNUC__) || defined(__clang__)
#if defined(__OPTIMIZE__)
#define TELAR_INLINE inline __attribute__((always_inline))
#define TELAR_INLINE_LAMBDA __attribute__((always_inline))
#else  // nothing is won: calls stay calls, which compiles in two thirds of the time and lets a debugger step in
#define TELAR_INLINE inline
#define TELAR_INLINE_LAMBDA
#endif
#define TELAR_NOINLINE __attribute__((noinline))
// g++ optimises a function before it inlines it, an always_inline one too: what reaches a kernel through n functions is
// optimised n times. So what a kernel, TELAR_FLATTEN, consists of is TELAR_FLATTENED: it is inlined all at once.
// clang's flatten reaches no further than the calls that stand in the function itself.
#if defined(__OPTIMIZE__) && !defined(__clang__)
#define TELAR_FLATTEN __attribute__((noinline, flatten))
#define TELAR_FLATTENED inline
#else
#define TELAR_FLATTEN TELAR_NOINLINE
#define TELAR_FLATTENED TELAR_INLINE
#endif
#define TELAR_COLD __attribute__((cold, noinline))  // runs rarely: compiled for size, which is sooner done
#define TELAR_RESTRICT __restrict
#if defined(__CUDACC__)
#define TELAR_UNROLL _Pragma("unroll")  // nvcc passes it on to the host compiler
#else
#define TELAR_UNROLL _Pragma("GCC unroll 32")
#endif
#else
#define TELAR_INLINE inline
#define TELAR_INLINE_LAMBDA
#define TELAR_NOINLINE
#define TELAR_FLATTEN
#define TELAR_FLATTENED inline
#define TELAR_COLD
#define TELAR_RESTRICT
#define TELAR_UNROLL
#endif

// With -Os kernels unroll less. What they compute is the same.
#if defined(__OPTIMIZE_SIZE__)
#define TELAR_SMALL true
#else
#define TELAR_SMALL false
#endif

#if TELAR_HAS_THREADS
#define TELAR_THREAD_LOCAL thread_local
#else  // compilers would emulate it, by memory from the heap
#define TELAR_THREAD_LOCAL
#endif

// A TELAR_ANY_PROCESSOR function uses no instructions that a processor may lack, whatever the flags. It calls nothing
// that they could have changed.
#if (defined(__GNUC__) || defined(__clang__)) && defined(__x86_64__)
#define TELAR_HAS_CPUID 1
#define TELAR_ANY_PROCESSOR \
    __attribute__((cold, noinline, target("general-regs-only,no-popcnt,no-lzcnt,no-bmi,no-bmi2,no-movbe")))
#else
#define TELAR_HAS_CPUID 0
#define TELAR_ANY_PROCESSOR TELAR_COLD
#endif
// A program asks for its instructions as it starts. TELAR_CHECKS_AT_START=0 is for units of which a program uses only
// those that the processor can run.
#if !TELAR_HAS_CPUID || !defined(__SSE3__) || (defined(__PIC__) && !defined(__PIE__))
#undef TELAR_CHECKS_AT_START
#define TELAR_CHECKS_AT_START 0
#elif !defined(TELAR_CHECKS_AT_START)
#define TELAR_CHECKS_AT_START 1
#endif

// ---- what is compiled where. By default a translation unit compiles all that it uses. With TELAR_COMPILED=1, what
// depends on no model is only declared: its bodies are in the library telar::compiled, which is compiled/telar.cpp.
//   TELAR_ONCE        begins the body of such a function, in #if TELAR_HAS_BODIES; it is declared before
//   TELAR_INSTANCE    begins the name of such an instance of a template, in #if TELAR_COMPILED, after the template
//   TELAR_HAS_KERNEL_SETS=1  the library also has the units that compiled/kernels.cpp makes
#if !defined(TELAR_COMPILED)
#define TELAR_COMPILED 0
#endif
#if !defined(TELAR_HAS_KERNEL_SETS)
#define TELAR_HAS_KERNEL_SETS 0
#endif
#if !TELAR_COMPILED
#define TELAR_HAS_BODIES 1
#define TELAR_ONCE inline
#elif defined(TELAR_COMPILES_LIBRARY)
#define TELAR_HAS_BODIES 1
#define TELAR_ONCE
#define TELAR_INSTANCE template
#else
#define TELAR_HAS_BODIES 0
#define TELAR_INSTANCE extern template
#endif

namespace telar::inline TELAR_ABI {

/// The instruction set this translation unit was built for: "avx512", "avx2", ..., "scalar".
constexpr const char* instruction_set() {
    return TELAR_HAS_XSIMD || TELAR_HAS_WASM_REGISTERS ? TELAR_TEXT(TELAR_ISA) : "scalar";
}

/// The name of the ABI namespace: what must match for two translation units to share kernels.
constexpr const char* abi_name() { return TELAR_TEXT(TELAR_ABI); }

// Internal names live in a namespace of their folder, so that `using namespace telar` brings public names alone, and no
// `node`, `line` or `buffer`. Each namespace sees those whose folders it may include. (graph/ has ir, which contains
// passes and kernels; run/ has runtime, because run is a public function; io/ and data/ share io.)
// clang-format off
namespace core {}
namespace ir { using namespace core; }
namespace expr { using namespace ir; }
namespace ir::passes { using namespace expr; }
namespace ir::kernels {}
namespace runtime { using namespace ir::passes; using namespace ir::kernels; }
namespace io { using namespace runtime; }
// clang-format on

}  // namespace telar::inline TELAR_ABI
