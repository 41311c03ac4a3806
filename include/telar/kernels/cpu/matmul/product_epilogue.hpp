// SPDX-License-Identifier: BSL-1.0
// What a product's instructions do with each finished register of sums.
#pragma once
#include <telar/kernels/cpu/loop/steps.hpp>

#include <algorithm>
#include <cstddef>

namespace telar::inline TELAR_ABI::ir::kernels::cpu {

template <class D, class T> class product_epilogue {
    static constexpr int N = D::count;
    static constexpr int W = vec<T>::width;
    static constexpr int accesses = std::max(1, D::accesses);
    using registers = values<T, N>;

    /// What is done with the finished sums of one row. Its pointers are found once.
    struct row_epilogue {
        const kernel_arguments& k;
        std::byte* at[std::size_t(accesses)];

        TELAR_INLINE void operator()(vec<T> sum, std::ptrdiff_t j, int lanes) const {
            if (W == 1 || lanes == W) run<true>(sum, j, W);
            else run<false>(sum, j, lanes);
        }

    private:
        template <bool Whole> TELAR_INLINE void run(vec<T> sum, std::ptrdiff_t j, int lanes) const {
            registers r;
            [&]<int... I>(std::integer_sequence<int, I...>) TELAR_INLINE_LAMBDA {
                (step<I, Whole>(r, sum, j, lanes), ...);
            }
            (std::make_integer_sequence<int, N>{});
        }
        template <int I, bool Whole>
        TELAR_INLINE void step(registers& r, vec<T> sum, std::ptrdiff_t j, int lanes) const {
            const operands<D, T, true> in{r, r};
            if constexpr (D::is(I, code::accumulated)) r.v[I] = sum;
            else if constexpr (D::is_op(I)) compute<D, T, I>(r, in);
            else move<D, T, I, Whole>(r, at, k, j, lanes, in);
        }
    };

public:
    /// `base` points at the first row of each access; those of the operands are not read.
    product_epilogue(const kernel_arguments& arguments, std::byte* const* base) : k_(&arguments), base_(base) {}

    TELAR_INLINE row_epilogue row(std::ptrdiff_t i) const {
        row_epilogue r{*k_, {}};
        for (int a = first; a < accesses; ++a) r.at[a] = base_[a] + i * k_->line_stride[a];
        return r;
    }

private:
    static constexpr int first = operands_of(D::header.kind);
    const kernel_arguments* k_;
    std::byte* const* base_;
};

}  // namespace telar::inline TELAR_ABI::ir::kernels::cpu
