// SPDX-License-Identifier: BSL-1.0
// A product whose right operand meets one block of rows after the other: it is packed once for all of them.
#pragma once
#include <telar/kernels/cpu/matmul/contract_pack.hpp>
#include <telar/kernels/cpu/matmul/contract_plan.hpp>

#include <cstddef>

namespace telar::inline TELAR_ABI::ir::kernels::simd {

template <Lane T> class repeated_operand {
public:
    /// B (depth, n), copied to `packed`.
    repeated_operand(std::ptrdiff_t depth, std::ptrdiff_t n, operand<T> b, buffer<T>& packed);
    /// sums[i * stride + j] = sum_p a[i, p] * b[p, j] for m rows; whole vectors of each row are written.
    void multiply(std::ptrdiff_t m, operand<T> a, T* sums, std::ptrdiff_t stride) const;

private:
    std::ptrdiff_t depth_;
    column_panels<T> panels_;
    std::ptrdiff_t panel_elements_;
    const T* packed_;
};

template <Lane T>
repeated_operand<T>::repeated_operand(std::ptrdiff_t depth, std::ptrdiff_t n, operand<T> b, buffer<T>& packed)
    : depth_(depth), panels_(n, most_tile_rows, true), panel_elements_(depth * panels_.padded(0)) {
    T* const to = grown(packed, panels_.count() * panel_elements_);
    pack_panels(depth, b, panels_, {0, panels_.count()}, to, panel_elements_);
    packed_ = to;
}
template <Lane T>
void repeated_operand<T>::multiply(std::ptrdiff_t m, operand<T> a, T* sums, std::ptrdiff_t stride) const {
    const even_parts tiles(m, most_tile_rows);
    const part_range all{0, panels_.count()};
    for (std::ptrdiff_t panel = 0; panel < all.end; ++panel) {
        const T* const b = packed_ + panel * panel_elements_;
        const T* const next_b = packed_ + all.after(panel) * panel_elements_;
        for (std::ptrdiff_t t = 0; t < tiles.count; ++t) {
            const std::ptrdiff_t i = tiles.start(t);
            multiply_tile<T>(
                static_cast<int>(tiles.length(t)), panels_.vectors_in(panel),
                {depth_, a.from(i, 0), b, panels_.padded(panel), vec<T>::width, t + 1 < tiles.count ? b : next_b,
                 nullptr, sums + i * stride + panels_.start(panel), stride});
        }
    }
}

#if TELAR_COMPILED
TELAR_INSTANCE class repeated_operand<float>;
TELAR_INSTANCE class repeated_operand<double>;
#endif

}  // namespace telar::inline TELAR_ABI::ir::kernels::simd
