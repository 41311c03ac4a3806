// SPDX-License-Identifier: BSL-1.0
// A loop kernel, element by element.
#pragma once
#include <telar/kernels/reference/instructions.hpp>

namespace telar::inline TELAR_ABI::ir::kernels::reference {

template <class V> class loop_runner : protected instruction_runner<V> {
protected:
    using runner = instruction_runner<V>;
    using runner::code, runner::k_, runner::numbers_, runner::places_, runner::step, runner::truths_, runner::what_;

    growable<int> marks_;  // where sections begin, and the end of the last

    /// A row: of elements first, first + 1, ... along the vector axis.
    void row(std::int64_t first, std::int64_t length) {
        section(0, first, 0);
        for (int s = 1; s + 1 < marks_.size(); s += 2) {
            begin_reductions(s);
            std::int64_t number = 0;
            runner::over(k_.reduced, k_.reduced_rank, k_.reduced_stride, [&] {
                for (std::int64_t i = first; i < first + length; ++i) section(s, i, number++);
            });
            if (s + 2 < marks_.size()) section(s + 1, first, 0);
        }
    }

public:
    explicit loop_runner(const kernel_arguments& k) : runner(k) {
        for (int i = 0; i < what_.instructions; ++i)
            if (code().is_mark(i)) marks_.push(i);
        marks_.push(what_.instructions);
    }
    void run() {
        if (k_.rows == 0 || (k_.inner == 0 && !code().has_reductions())) return;
        const int last = what_.space.rank - 1;
        const bool last_is_reduced = last >= 0 && (what_.reduced >> last & 1);
        runner::over(k_.outer, k_.outer_rank, k_.outer_stride, [&] {
            if (last_is_reduced) return row(0, k_.inner);
            for (std::int64_t j = 0; j < k_.inner; ++j) row(j, 1);
        });
    }

private:
    void section(int s, std::int64_t i, std::int64_t number) {
        for (int n = marks_[s] + 1; n < marks_[s + 1]; ++n) {
            if (code().reduces(n)) accumulate(n, number);
            else step(n, i);
        }
    }
    void begin_reductions(int s) {
        for (int n = marks_[s] + 1; n < marks_[s + 1]; ++n) {
            if (!code().reduces(n)) continue;
            const op k = code().op_of(n);
            truths_[n] = k == op::all;
            numbers_[n] = k == op::prod  ? V(1)
                          : k == op::max ? lowest_of(what_.type, V())
                          : k == op::min ? highest_of(what_.type, V())
                                         : V(0);
            places_[n] = -1;
        }
    }
    void accumulate(int n, std::int64_t number) {
        const op k = code().op_of(n);
        const int a = code().at(n).a;
        if (k == op::any || k == op::all) {
            truths_[n] = k == op::any ? truths_[n] | truths_[a] : truths_[n] & truths_[a];
        } else if (code().finds_place(n)) {
            const V x = numbers_[a], best = numbers_[n];
            const bool is_first = places_[n] < 0, was_nan = !is_first && best.value != best.value;
            if (is_first ||
                (!was_nan && (x.value != x.value || (k == op::argmax ? best.value < x.value : x.value < best.value)))) {
                numbers_[n] = x;
                places_[n] = number;
            }
        } else {
            const op how = k == op::sum ? op::add : k == op::prod ? op::mul : k == op::max ? op::maximum : op::minimum;
            numbers_[n] = formulas<V>.binary[static_cast<int>(how)](numbers_[n], numbers_[a]);
        }
    }
};

}  // namespace telar::inline TELAR_ABI::ir::kernels::reference
