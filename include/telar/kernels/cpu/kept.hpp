// SPDX-License-Identifier: BSL-1.0
// What a kernel by columns keeps in memory while it is at other columns: the partial results of a sweep, and what holds
// for the columns and is read by later sections.
#pragma once
#include <telar/kernels/cpu/partials.hpp>

#include <algorithm>

namespace telar::inline TELAR_ABI::cpu {

template <class D, class T> class kept {
    using registers = values<T, D::count>;
    using place = place_of<T>;

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
    static constexpr int place_slot(int value) {
        int n = 0;
        for (int i = 0; i < value; ++i) n += D::finds_place(i);
        return n;
    }
    static constexpr int numbers = numbers_in(false), truths = numbers_in(true), places = place_slot(D::count);
    static constexpr int bytes =
        static_cast<int>(numbers * sizeof(vec<T>) + truths * sizeof(mask<T>) + places * sizeof(vec<place>));

    template <int Begin, int End, class F> static TELAR_INLINE void for_kept(const F& f) {
        for_numbers<Begin, End>([&](auto i) TELAR_INLINE_LAMBDA {
            if constexpr (is_kept(decltype(i)::value)) f(i);
        });
    }

public:
    /// Registers of columns: two of these fit half of a first cache.
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
    template <int Section> TELAR_INLINE void keep_partial(std::int64_t c, const partial<D, T>& p) {
        for_reductions<D, Section>([&](auto index) TELAR_INLINE_LAMBDA {
            constexpr int i = decltype(index)::value;
            if constexpr (D::is_mask(i)) m[c * truths + slot(i)] = p.sum.m[i];
            else v[c * numbers + slot(i)] = p.sum.v[i];
            if constexpr (D::finds_place(i)) at[c * places + place_slot(i)] = p.at[i];
        });
    }
    template <int Section> TELAR_INLINE void take_partial(std::int64_t c, partial<D, T>& p) const {
        for_reductions<D, Section>([&](auto index) TELAR_INLINE_LAMBDA {
            constexpr int i = decltype(index)::value;
            if constexpr (D::is_mask(i)) p.sum.m[i] = m[c * truths + slot(i)];
            else p.sum.v[i] = v[c * numbers + slot(i)];
            if constexpr (D::finds_place(i)) p.at[i] = at[c * places + place_slot(i)];
        });
    }

private:
    vec<T> v[std::size_t(std::max(1, numbers* count))];
    mask<T> m[std::size_t(std::max(1, truths* count))];
    vec<place> at[std::size_t(std::max(1, places* count))];
};

}  // namespace telar::inline TELAR_ABI::cpu
