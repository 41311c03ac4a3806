// SPDX-License-Identifier: BSL-1.0
// The product kernel: (batches of) D = A B, and on each finished register of D what the descriptor says: bias,
// activation, the mask of a derivative, an optimiser's update. Only what it stores ever reaches memory.
#pragma once
#include <telar/kernels/cpu/matmul/contract.hpp>
#include <telar/kernels/cpu/matmul/contract_static.hpp>
#include <telar/kernels/cpu/matmul/contract_walk.hpp>
#include <telar/kernels/cpu/matmul/product_epilogue.hpp>

#include <algorithm>

namespace telar::inline TELAR_ABI::ir::kernels::cpu {

template <class D, class T> class product_kernel {
    static constexpr int accesses = std::max(2, D::accesses);  // the operands are the first two
    static constexpr int sums = [] {                           // registers of them in a tile
        if constexpr (D::header.walks || !D::header.has_extents) return simd::most_tile_rows * 3;
        else return simd::best_tile<T>(extents_of_product(D::extents)).registers();
    }();
    static constexpr bool is_deep = [] {  // its sums take so long that what is done with them hardly counts
        if constexpr (D::header.has_extents) return extents_of_product(D::extents).k >= 256;
        else return false;
    }();
    static constexpr bool long_epilogue =  // not unrolled over a tile
        TELAR_SMALL || (D::count > 12 && D::count * sums > 12 * simd::most_tile_rows * 3) ||
        (is_deep && D::count * sums > 48);
    using epilogue = product_epilogue<D, T>;

public:
    static void run(const kernel_arguments& k) {
        if constexpr (D::header.has_extents && !D::header.walks) {
            simd::static_product<T, D::extents, long_epilogue>::run(
                reinterpret_cast<const T*>(k.data[0]), reinterpret_cast<const T*>(k.data[1]), epilogue(k, k.data));
        } else {
            run_any(k);
        }
    }

private:
    static void run_any(const kernel_arguments& k) {
        if constexpr (D::header.walks)
            if (k.image_axes > 0) return run_images(k);
        odometer<accesses> batch(k.outer, k.outer_rank, k.outer_stride, k.data, 0);
        for (std::int64_t b = 0; b < k.rows; ++b, batch.step()) {
            const T* const a = reinterpret_cast<const T*>(batch.at[0]);
            if constexpr (D::header.walks) {
                walk(k, a, batch.at);
            } else {
                simd::contract<T>(as_ptrdiff(k.lines), as_ptrdiff(k.inner), as_ptrdiff(k.depth),
                                  {a, as_ptrdiff(k.line_stride[0]), as_ptrdiff(k.depth_stride[0])}, right(k, batch.at),
                                  epilogue(k, batch.at));
            }
        }
    }
    static simd::operand<T> right(const kernel_arguments& k, std::byte* const* at) {
        return {reinterpret_cast<const T*>(at[1]), as_ptrdiff(k.depth_stride[1]), as_ptrdiff(k.inner_stride[1])};
    }
    static void walk(const kernel_arguments& k, const T* a, std::byte* const* at) {
        const simd::several_axes rows{k.walk_rows, k.walk_extent, k.walk_stride};
        const simd::several_axes columns{k.walk_columns, k.walk_extent + k.walk_rows, k.walk_stride + k.walk_rows};
        const epilogue finish(k, at);
        if constexpr (D::header.has_extents)
            simd::static_walk<T, D::extents, long_epilogue>::run(as_ptrdiff(k.lines), {a, rows, columns}, right(k, at),
                                                                 finish);
        else
            simd::contract_walked<T>(as_ptrdiff(k.lines), as_ptrdiff(k.inner), as_ptrdiff(k.depth), {a, rows, columns},
                                     right(k, at), finish);
    }
    /// Image by image, with zeros put around each: they are in the second cache when they are read.
    static void run_images(const kernel_arguments& k) {
        const double operations = 2.0 * static_cast<double>(k.rows * k.lines) * static_cast<double>(k.inner * k.depth);
        simd::share(operations, as_ptrdiff(k.rows), 1, [&](simd::part_range own, simd::part_range) {
            simd::surrounded_image<T> surrounded(k.image, k.image_axes);
            for (std::ptrdiff_t i = own.begin; i < own.end; ++i) {
                std::byte* at[std::size_t(accesses)];
                for (int a = 0; a < accesses; ++a) at[a] = k.data[a] + i * k.outer_stride[a][0];
                walk(k, surrounded.of(reinterpret_cast<const T*>(at[0])), at);
            }
        });
    }
};

}  // namespace telar::inline TELAR_ABI::ir::kernels::cpu
