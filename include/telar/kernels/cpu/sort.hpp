// SPDX-License-Identifier: BSL-1.0
// sort and argsort of lines that lie together in the result. NaN is the largest, what is equal keeps its order. All
// work is done in the result's own memory.
#pragma once
#include <telar/kernels/cpu/routine_rows.hpp>

#include <algorithm>
#include <bit>
#include <functional>
#include <iterator>

namespace telar::inline TELAR_ABI::cpu {

/// Zeros of both signs are equal, but std::sort leaves them in no order: they are written again as they came.
template <class T> void reorder_zeros(T* begin, T* end, const sheet<const T>& x, std::int64_t count) {
    const auto is_zero = [](T v) { return v == T(0); };
    begin = std::find_if(begin, end, is_zero);
    if (begin == end) return;
    for (std::int64_t i = 0; i < count; ++i)
        if (is_zero(x(i, 0))) *begin++ = x(i, 0);
}
template <class T, bool Descending> void sort(const kernel_arguments& k) {
    share_rows<2>(k, k.rows * k.lines, [&](std::byte* const* at) {
        const auto x = sheet_of<const T>(k, at, 0);
        T *const y = sheet_of<T>(k, at, 1).first, *first = y, *last = y + k.lines;
        for (std::int64_t i = 0; i < k.lines; ++i) y[i] = x(i, 0);
        if constexpr (Real<T>) {
            if (Descending) first = std::partition(y, last, [](T v) { return v != v; });
            else last = std::partition(y, last, [](T v) { return v == v; });
        }
        if (Descending) std::sort(first, last, std::greater<T>());
        else std::sort(first, last);
        if constexpr (Real<T>) reorder_zeros(first, last, x, k.lines);
    });
}

/// An element of four bytes or less as a number of the same order; what is equal has equal numbers.
inline std::uint32_t key_of(float v) {
    if (v != v) return 0xffffffffu;
    const auto bits = std::bit_cast<std::uint32_t>(v == 0 ? 0.0f : v);
    return bits >> 31 ? ~bits : bits | 0x80000000u;
}
inline std::uint32_t key_of(std::int32_t v) { return static_cast<std::uint32_t>(v) ^ 0x80000000u; }
inline std::uint32_t key_of(std::uint8_t v) { return v; }

/// What is sorted by, and the place in the lower half.
template <class T, bool Descending> struct key_and_place {
    const sheet<const T>& x;

    std::uint64_t operator()(std::int64_t i) const {
        const std::uint32_t key = key_of(x(i, 0));
        return static_cast<std::uint64_t>(Descending ? ~key : key) << 32 | static_cast<std::uint64_t>(i);
    }
};
/// f(0), f(1), ... as a range.
template <class F> struct counted {
    using iterator_category = std::input_iterator_tag;
    using value_type = std::int64_t;
    using difference_type = std::int64_t;
    using pointer = const value_type*;
    using reference = value_type;

    const F* f;
    std::int64_t i;

    value_type operator*() const { return static_cast<value_type>((*f)(i)); }
    counted& operator++() { return ++i, *this; }
    counted operator++(int) { return {f, i++}; }
    friend bool operator==(const counted& a, const counted& b) { return a.i == b.i; }
    friend bool operator!=(const counted& a, const counted& b) { return a.i != b.i; }
};
/// The first places of the order: all of them, or as many as there is room for.
template <class F, class Before>
void sort_places(std::int64_t* y, std::int64_t room, std::int64_t count, const F& f, const Before& before) {
    if (room < count) {
        std::partial_sort_copy(counted<F>{&f, 0}, counted<F>{&f, count}, y, y + room, before);
        return;
    }
    for (std::int64_t i = 0; i < count; ++i) y[i] = static_cast<std::int64_t>(f(i));
    std::sort(y, y + count, before);
}
template <class T, bool Descending> void argsort(const kernel_arguments& k) {
    const auto count = static_cast<std::int64_t>(k.scalars[0]);
    share_rows<2>(k, k.rows * count, [&](std::byte* const* at) {
        const auto x = sheet_of<const T>(k, at, 0);
        std::int64_t* const y = sheet_of<std::int64_t>(k, at, 1).first;
        if constexpr (sizeof(T) <= 4) {  // a number of 64 bits holds both
            sort_places(y, k.lines, count, key_and_place<T, Descending>{x}, [](std::int64_t a, std::int64_t b) {
                return static_cast<std::uint64_t>(a) < static_cast<std::uint64_t>(b);
            });
            for (std::int64_t i = 0; i < k.lines; ++i) y[i] &= 0xffffffff;
        } else {
            const auto place = [](std::int64_t i) { return i; };
            sort_places(y, k.lines, count, place, [&](std::int64_t i, std::int64_t j) {
                const T a = x(Descending ? j : i, 0), b = x(Descending ? i : j, 0);
                if (a < b || (b != b && a == a)) return true;
                return i < j && !(b < a || (a != a && b == b));
            });
        }
    });
}

}  // namespace telar::inline TELAR_ABI::cpu
