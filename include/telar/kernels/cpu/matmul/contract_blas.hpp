// SPDX-License-Identifier: BSL-1.0
// Large products by an external BLAS, where TELAR_BLAS is 1 in all of a program and a BLAS is linked to it. The product
// goes into memory, block by block of rows, and the epilogue over it: a BLAS has none.
#pragma once
#include <telar/kernels/cpu/matmul/contract_plan.hpp>
#include <telar/kernels/cpu/target.hpp>

#if defined(TELAR_BLAS)
#include <algorithm>
#include <cstddef>
#include <limits>
#include <type_traits>

// The interface that every BLAS has: Fortran's, all by address, 32-bit integers, columns next to each other.
extern "C" {
void sgemm_(const char* transa, const char* transb, const int* m, const int* n, const int* k, const float* alpha,
            const float* a, const int* lda, const float* b, const int* ldb, const float* beta, float* c,
            const int* ldc);
void dgemm_(const char* transa, const char* transb, const int* m, const int* n, const int* k, const double* alpha,
            const double* a, const int* lda, const double* b, const int* ldb, const double* beta, double* c,
            const int* ldc);
}

namespace telar::inline TELAR_ABI::ir::kernels::simd {

inline constexpr std::ptrdiff_t blas_rows = 1024;  // that are computed together

/// True if rows or columns of the operand are next to each other, as BLAS wants it.
template <Lane T> bool suits_blas(const operand<T>& x) {
    const std::ptrdiff_t stride = std::max(x.row_stride, x.column_stride);
    return (x.row_stride == 1 || x.column_stride == 1) && std::min(x.row_stride, x.column_stride) > 0 &&
           stride <= std::numeric_limits<int>::max();
}
template <Lane T> bool is_for_blas(const contraction<T>& c) {
    return cpu::cpu_target.products.library.takes(c.m, c.n, c.k) && suits_blas(c.a) && suits_blas(c.b) &&
           std::max({c.m, c.n, c.k}) <= std::numeric_limits<int>::max();
}
/// D = A B in rows is D^T = B^T A^T in columns.
template <Lane T> void contract_by_blas(const contraction<T>& c) {
    const auto order = [](const operand<T>& x) { return x.column_stride == 1 ? 'N' : 'T'; };
    const auto stride = [](const operand<T>& x, std::ptrdiff_t rows, std::ptrdiff_t columns) {
        return static_cast<int>(x.column_stride == 1 ? std::max(x.row_stride, columns)
                                                     : std::max(x.column_stride, rows));
    };
    const char a_order = order(c.a), b_order = order(c.b);
    const int n = static_cast<int>(c.n), k = static_cast<int>(c.k);
    const int a_stride = stride(c.a, c.m, c.k), b_stride = stride(c.b, c.k, c.n);
    const T one = 1, zero = 0;
    T* const sums = grown(scratch<T>().sums, std::min(c.m, blas_rows) * c.n + vec<T>::width);
    for (std::ptrdiff_t i = 0; i < c.m; i += blas_rows) {
        const int rows = static_cast<int>(std::min(blas_rows, c.m - i));
        if constexpr (std::is_same_v<T, float>)
            sgemm_(&b_order, &a_order, &n, &rows, &k, &one, c.b.data, &b_stride, c.a.at(i, 0), &a_stride, &zero, sums,
                   &n);
        else
            dgemm_(&b_order, &a_order, &n, &rows, &k, &one, c.b.data, &b_stride, c.a.at(i, 0), &a_stride, &zero, sums,
                   &n);
        c.deliver(sums, n, i, 0, rows, n);
    }
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::simd
#endif
