// SPDX-License-Identifier: BSL-1.0
// A product kernel, one sum after the other, each followed by its epilogue.
#pragma once
#include <telar/kernels/reference/instructions.hpp>

namespace telar::inline TELAR_ABI::ir::kernels::reference {

template <class V> class product_runner : instruction_runner<V> {
    using runner = instruction_runner<V>;
    using runner::base_, runner::k_, runner::numbers_, runner::step, runner::what_;

public:
    explicit product_runner(const kernel_arguments& k) : runner(k) {}
    void run() {
        if (k_.rows == 0 || k_.inner == 0) return;
        runner::over(k_.outer, k_.outer_rank, k_.outer_stride, [&] { multiply(); });
    }

private:
    /// Where element (i, p) of the left operand lies: its rows and its columns may be several axes each.
    std::int64_t left_place(std::int64_t i, std::int64_t p) const {
        if (k_.walk_columns == 0) return i * k_.line_stride[0] + p * k_.depth_stride[0];
        std::int64_t place = 0;
        for (int k = k_.walk_rows + k_.walk_columns - 1; k >= 0; --k) {
            std::int64_t& number = k < k_.walk_rows ? i : p;
            place += number % k_.walk_extent[k] * k_.walk_stride[k];
            number /= k_.walk_extent[k];
        }
        return place;
    }
    /// The same within an image that has zeros around it; -1: one of those.
    std::int64_t place_inside(std::int64_t place) const {
        std::int64_t at = 0;
        for (int k = k_.image_axes - 1; k >= 0; --k) {
            const image_axis& x = k_.image[k];
            const std::int64_t index = place % x.extent - x.before;
            place /= x.extent;
            if (index < 0 || index >= x.inside) return -1;
            at += index * x.stride;
        }
        return at;
    }
    void multiply() {
        std::byte* lines[most_accesses];
        std::copy(std::begin(base_), std::end(base_), lines);
        const auto size = static_cast<std::int64_t>(size_of(what_.type));
        for (std::int64_t i = 0; i < k_.lines; ++i)
            for (std::int64_t j = 0; j < k_.inner; ++j) {
                const V total = sum_of<V>(0, static_cast<int>(k_.depth), [&](int p) {
                    std::int64_t place = left_place(i, p);
                    if (k_.image_axes > 0 && (place = place_inside(place)) < 0) return V{};
                    const std::byte* x = lines[0] + place * size;
                    const std::byte* y = lines[1] + (p * k_.depth_stride[1] + j * k_.inner_stride[1]) * size;
                    return read_element<V>(what_.type, what_.type, x) * read_element<V>(what_.type, what_.type, y);
                });
                for (int a = 2; a < what_.accesses; ++a) base_[a] = lines[a] + i * k_.line_stride[a];
                for (int n = 0; n < what_.instructions; ++n) {
                    if (runner::is(n, code::accumulated)) numbers_[n] = rounded(what_.type, total);
                    else step(n, j);
                }
            }
        std::copy(std::begin(lines), std::end(lines), base_);
    }
};

}  // namespace telar::inline TELAR_ABI::ir::kernels::reference
