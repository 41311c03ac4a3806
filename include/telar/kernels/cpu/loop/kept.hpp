// SPDX-License-Identifier: BSL-1.0
// What a kernel by columns keeps in memory while it is at other columns: what holds for the columns and is read by
// later sections, results of sweeps among it.
#pragma once
#include <telar/kernels/cpu/loop/partials.hpp>

#include <algorithm>

namespace telar::inline TELAR_ABI::ir::kernels::cpu {

template <class D, class T> class kept {
    using registers = values<T, D::count>;
    static constexpr bool is_kept(int value) {
        if (D::reduces(value)) return true;
        if (!D::holds_for_row(value) || D::is(value, code::scalar)) return false;
        int i = value + 1;
        while (i < D::count && !D::is(i, code::sweep)) ++i;
        for (; i < D::count; ++i)
            if (operand_of<D>(i, 0) == value || operand_of<D>(i, 1) == value || operand_of<D>(i, 2) == value)
                return true;
        return false;
    }
    /// The values of its kind that come before it.
    static constexpr int slot(int value) {
        int n = 0;
        for (int i = 0; i < value; ++i) n += is_kept(i) && D::is_mask(i) == D::is_mask(value);
        return n;
    }
    static constexpr int numbers_in(bool truth) {
        int n = 0;
        for (int i = 0; i < D::count; ++i) n += is_kept(i) && D::is_mask(i) == truth;
        return n;
    }
    static constexpr int numbers = numbers_in(false), truths = numbers_in(true);
    static constexpr int bytes = static_cast<int>(numbers * sizeof(vec<T>) + truths * sizeof(mask<T>));

    template <int Begin, int End, class F> static TELAR_INLINE void for_kept(const F& f) {
        for_numbers<Begin, End>([&](auto i) TELAR_INLINE_LAMBDA {
            if constexpr (is_kept(decltype(i)::value)) f(i);
        });
    }

public:
    /// Registers of columns: these fit a quarter of a first cache.
    static constexpr int count = std::clamp(8192 / std::max(bytes, 1), 4, 128);

    /// Values Begin, ..., End - 1 of column register c; and back, from the first on.
    template <int Begin, int End> TELAR_INLINE void keep(std::int64_t c, const registers& row) {
        for_kept<Begin, End>([&](auto index) TELAR_INLINE_LAMBDA {
            constexpr int i = decltype(index)::value;
            if constexpr (D::is_mask(i)) m[c * truths + slot(i)] = row.m[i];
            else v[c * numbers + slot(i)] = row.v[i];
        });
    }
    template <int End> TELAR_INLINE void take(std::int64_t c, registers& row) const {
        for_kept<0, End>([&](auto index) TELAR_INLINE_LAMBDA {
            constexpr int i = decltype(index)::value;
            if constexpr (D::is_mask(i)) row.m[i] = m[c * truths + slot(i)];
            else row.v[i] = v[c * numbers + slot(i)];
        });
    }

private:
    vec<T> v[std::size_t(std::max(1, numbers* count))];
    mask<T> m[std::size_t(std::max(1, truths* count))];
};

}  // namespace telar::inline TELAR_ABI::ir::kernels::cpu
