// SPDX-License-Identifier: BSL-1.0
// What the build's flags decide. All of telar lives in `inline namespace TELAR_ABI`, whose name says which flags the
// translation unit was built with: two units with different flags then never share a kernel at link time (measured:
// without it the linker keeps one unit's kernel for both).
#pragma once

#define TELAR_VERSION_MAJOR 0
#define TELAR_VERSION_MINOR 1
#define TELAR_VERSION_PATCH 0

// ---- SIMD: xsimd when it is there; TELAR_NO_XSIMD asks for the scalar fallback.
#if !defined(TELAR_NO_XSIMD) && __has_include(<xsimd/xsimd.hpp>)
#define TELAR_HAS_XSIMD 1
#else
#define TELAR_HAS_XSIMD 0
#endif

#if !TELAR_HAS_XSIMD
#define TELAR_ISA scalar
#elif defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
#define TELAR_ISA avx512
#elif defined(__AVX2__) && defined(__FMA__)
#define TELAR_ISA avx2
#elif defined(__AVX__)
#define TELAR_ISA avx
#elif defined(__SSE4_1__)
#define TELAR_ISA sse41
#elif defined(__SSE2__) || defined(_M_X64)
#define TELAR_ISA sse2
#elif defined(__aarch64__)
#define TELAR_ISA neon64
#else
#define TELAR_ISA generic
#endif

// ---- threads, an external BLAS, exceptions
#if defined(_OPENMP)
#define TELAR_THREADS _omp
#else
#define TELAR_THREADS
#endif
#if defined(TELAR_BLAS)
#define TELAR_BLAS_NAME _blas
#else
#define TELAR_BLAS_NAME
#endif
#if defined(__cpp_exceptions) || defined(_CPPUNWIND) || defined(__EXCEPTIONS)
#define TELAR_HAS_EXCEPTIONS 1
#define TELAR_FAILURE
#else
#define TELAR_HAS_EXCEPTIONS 0
#define TELAR_FAILURE _noexcept
#endif
#if defined(__FAST_MATH__)
#define TELAR_MATH _fast
#else
#define TELAR_MATH
#endif

#define TELAR_JOIN_(a, b, c, d, e) v1_##a##b##c##d##e
#define TELAR_JOIN(a, b, c, d, e) TELAR_JOIN_(a, b, c, d, e)
#define TELAR_ABI TELAR_JOIN(TELAR_ISA, TELAR_THREADS, TELAR_BLAS_NAME, TELAR_FAILURE, TELAR_MATH)

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
#define TELAR_COLD
#define TELAR_RESTRICT
#define TELAR_UNROLL
#endif

namespace telar::inline TELAR_ABI {

/// The instruction set this translation unit was built for: "avx512", "avx2", ..., "scalar".
constexpr const char* instruction_set() { return TELAR_TEXT(TELAR_ISA); }

/// The name of the ABI namespace: what must match for two translation units to share kernels.
constexpr const char* abi_name() { return TELAR_TEXT(TELAR_ABI); }

}  // namespace telar::inline TELAR_ABI
