// SPDX-License-Identifier: BSL-1.0
// Products by the compiled tiles. Their epilogue is interpreted while a tile is in L1.
#pragma once
#include <telar/kernels/cpu/interpreted/loop.hpp>
#include <telar/kernels/cpu/matmul/product.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace telar::inline TELAR_ABI::ir::kernels::cpu {

namespace interpreted {
/// Takes the place of a compiled product's descriptor.
template <bool Walks> struct any_product {
    static constexpr descriptor_header header{dtype::float32, kernel_kind::contract, false, false, Walks, false, 0};
    static constexpr int accesses = any_number, count = 0;
};

/// Runs the epilogue on finished tiles, on any thread.
template <class T> class tile_epilogue {
    const kernel_arguments* k_;
    std::byte* const* base_;

public:
    tile_epilogue(const kernel_arguments& k, std::byte* const* base) : k_(&k), base_(base) {}

    void tile(const T* sums, std::ptrdiff_t stride, std::ptrdiff_t i, std::ptrdiff_t j, int rows, int columns) const {
        const auto& prepared = *static_cast<const prepared_kernel<T>*>(k_->prepared);
        block_interpreter<T> m(prepared);
        for (int column = 0; column < columns; column += block_size<T>) {
            const int width = std::min(block_size<T>, columns - column);
            for (int row = 0, together; row < rows; row += together) {
                together = std::min(rows - row, block_size<T> / width);
                std::byte* at[most_accesses];
                for (int a = 2; a < k_->what->accesses; ++a)
                    if (base_[a]) at[a] = base_[a] + (i + row) * k_->line_stride[a];
                m.run_epilogue({at, k_->line_stride, j + column, {together, width}}, sums + row * stride + column,
                               stride);
            }
        }
    }
};
}  // namespace interpreted

template <bool Walks, class T>
class product_epilogue<interpreted::any_product<Walks>, T> : public interpreted::tile_epilogue<T> {
    using interpreted::tile_epilogue<T>::tile_epilogue;
};

namespace interpreted {

template <class T, bool Walks> void run_product(const kernel_arguments& k) {
    const prepared_kernel<T> prepared(k);
    k.prepared = &prepared;
    product_kernel<any_product<Walks>, T>::run(k);
    k.prepared = nullptr;
}

}  // namespace interpreted
}  // namespace telar::inline TELAR_ABI::ir::kernels::cpu
