// SPDX-License-Identifier: BSL-1.0
// A chain kernel, row by row: the sums of a row, what a loop makes of them, and their product with the third operand.
#pragma once
#include <telar/kernels/reference/loop.hpp>

namespace telar::inline TELAR_ABI::ir::kernels::reference {

template <class V> class chain_runner : loop_runner<V> {
    using loops = loop_runner<V>;
    using loops::first_, loops::base_, loops::k_, loops::kept_, loops::marks_, loops::numbers_, loops::what_;

public:
    explicit chain_runner(const kernel_arguments& k) : loops(k) {}
    void run() {
        if (k_.rows == 0 || k_.columns == 0) return;
        loops::over(k_.outer, k_.outer_rank, k_.outer_stride, [&] { run_row(); });
    }

private:
    V product_of(int terms, const auto& left, int right, std::int64_t j) const {
        const auto size = static_cast<std::int64_t>(size_of(what_.type));
        const V total = sum_of<V>(0, terms, [&](int p) {
            const std::byte* x = base_[right] + (p * k_.depth_stride[right] + j * k_.inner_stride[right]) * size;
            return left(p) * read_element<V>(what_.type, what_.type, x);
        });
        return rounded(what_.type, total);
    }
    void run_row() {
        kept_.assign(most_accesses, std::vector<V>(static_cast<std::size_t>(k_.inner)));
        const auto size = static_cast<std::int64_t>(size_of(what_.type));
        const auto left = [&](int p) {
            return read_element<V>(what_.type, what_.type, base_[0] + p * k_.depth_stride[0] * size);
        };
        for (std::int64_t j = 0; j < k_.inner; ++j)
            kept_[0][static_cast<std::size_t>(j)] = product_of(static_cast<int>(k_.depth), left, 1, j);
        const int second = marks_[marks_.size() - 2];
        const growable<int> all = marks_;
        marks_.resize(marks_.size() - 1);  // the last is now where the second product begins
        loops::row(0, k_.inner);
        marks_ = all;
        first_ = second;
        const auto weight = [&](int p) { return kept_[1][static_cast<std::size_t>(p)]; };
        for (std::int64_t j = 0; j < k_.columns; ++j) {
            const V total = product_of(static_cast<int>(k_.inner), weight, 2, j);
            for (int n = 0; n < what_.instructions - second; ++n) {
                if (loops::is(n, code::accumulated)) numbers_[n] = total;
                else loops::step(n, j);
            }
        }
        first_ = 0;
    }
};

}  // namespace telar::inline TELAR_ABI::ir::kernels::reference
