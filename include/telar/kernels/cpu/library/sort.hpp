// SPDX-License-Identifier: BSL-1.0
// sort and argsort of lines that lie together in the result. NaN is the largest, what is equal keeps its order. All
// work is done in the result's own memory.
#pragma once
#include <telar/kernels/cpu/library/routine_rows.hpp>

#include <algorithm>
#include <bit>
#include <functional>

namespace telar::inline TELAR_ABI::ir::kernels::cpu {

/// Zeros of both signs are equal, but std::sort leaves them in no order: they are written again as they came.
template <class T> void reorder_zeros(T* begin, T* end, const sheet<const T>& x, std::int64_t count) {
    const auto is_zero = [](T v) { return v == T(0); };
    begin = std::find_if(begin, end, is_zero);
    for (std::int64_t i = 0; i < count; ++i)
        if (is_zero(x(i, 0))) *begin++ = x(i, 0);
}
template <class T, bool Descending> void sort(const kernel_arguments& k) {
    share_rows<2>(k, k.rows * k.lines, [&](std::byte* const* at) {
        const auto x = sheet_of<const T>(k, at, 0);
        T *const y = sheet_of<T>(k, at, 1).first, *first = y, *last = y + k.lines;
        bool has_nan = false, has_zero = false;
        for (std::int64_t i = 0; i < k.lines; ++i) {
            const T v = y[i] = x(i, 0);
            if constexpr (Real<T>) has_nan |= v != v, has_zero |= v == T(0);
        }
        if (has_nan) {
            if (Descending) first = std::partition(y, last, [](T v) { return v != v; });
            else last = std::partition(y, last, [](T v) { return v == v; });
        }
        if (Descending) std::sort(first, last, std::greater<T>());
        else std::sort(first, last);
        if (has_zero) reorder_zeros(first, last, x, k.lines);
    });
}

/// An element of four bytes or less as a number of the same order; what is equal has equal numbers.
inline std::uint32_t key_of(float v) {
    if (v != v) return 0xffffffffu;
    const auto bits = std::bit_cast<std::uint32_t>(v == 0 ? 0.0f : v);
    return bits >> 31 ? ~bits : bits | 0x80000000u;
}
template <std::unsigned_integral T> std::uint32_t key_of(T v) { return v; }
template <std::signed_integral T> std::uint32_t key_of(T v) { return static_cast<std::uint32_t>(v) ^ 0x80000000u; }

/// What is sorted by, and the place in the lower half.
template <class T, bool Descending> struct key_and_place {
    static constexpr int bits = sizeof(T) == 1 ? 56 : 32;  // of the place
    static constexpr std::uint64_t most = std::uint64_t{1} << bits;
    const sheet<const T>& x;

    std::int64_t operator()(std::int64_t i) const {
        const std::uint64_t key = key_of(x(i, 0));
        return static_cast<std::int64_t>((Descending ? ~key : key) << bits | static_cast<std::uint64_t>(i));
    }
    static std::int64_t place(std::int64_t v) {
        return static_cast<std::int64_t>(static_cast<std::uint64_t>(v) & (most - 1));
    }
};
struct only_place {
    std::int64_t operator()(std::int64_t i) const { return i; }
    static std::int64_t place(std::int64_t v) { return v; }
};
/// The first places of the order: all of them, or as many as there is room for. f(i) stands for place i, f.place turns
/// it back. The heap's top is the last of those that were found: what does not come before its value is passed over.
template <class T, bool Descending, class F, class Before>
void sort_places(std::int64_t* y, std::int64_t room, const sheet<const T>& x, std::int64_t count, const F& f,
                 const Before& before) {
    for (std::int64_t i = 0; i < room; ++i) y[i] = f(i);
    if (room == count) return std::sort(y, y + room, before);
    if (room == 0) return;
    std::make_heap(y, y + room, before);
    T last = x(F::place(y[0]), 0);
    for (std::int64_t i = room; i < count; ++i) {
        const T v = x(i, 0);
        if (Descending ? v <= last : v >= last) continue;  // a NaN goes on
        const std::int64_t candidate = f(i);
        if (!before(candidate, y[0])) continue;
        std::pop_heap(y, y + room, before);
        y[room - 1] = candidate;
        std::push_heap(y, y + room, before);
        last = x(F::place(y[0]), 0);
    }
    std::sort_heap(y, y + room, before);
}
template <class T, bool Descending> void argsort(const kernel_arguments& k) {
    const auto count = static_cast<std::int64_t>(k.scalars[0]);
    share_rows<2>(k, k.rows * count, [&](std::byte* const* at) {
        const auto x = sheet_of<const T>(k, at, 0);
        std::int64_t* const y = sheet_of<std::int64_t>(k, at, 1).first;
        if constexpr (sizeof(T) <= 4) {  // a number of 64 bits holds both
            using key = key_and_place<T, Descending>;
            if (static_cast<std::uint64_t>(count) <= key::most) {
                sort_places<T, Descending>(y, k.lines, x, count, key{x}, [](std::int64_t a, std::int64_t b) {
                    return static_cast<std::uint64_t>(a) < static_cast<std::uint64_t>(b);
                });
                for (std::int64_t i = 0; i < k.lines; ++i) y[i] = key::place(y[i]);
                return;
            }
        }
        if constexpr (sizeof(T) > 1)
            sort_places<T, Descending>(y, k.lines, x, count, only_place{}, [&](std::int64_t i, std::int64_t j) {
                const T a = x(Descending ? j : i, 0), b = x(Descending ? i : j, 0);
                if (a < b || (b != b && a == a)) return true;
                return i < j && !(b < a || (a != a && b == b));
            });
    });
}

#if TELAR_COMPILED
TELAR_INSTANCE void sort<float, false>(const kernel_arguments&);
TELAR_INSTANCE void sort<float, true>(const kernel_arguments&);
TELAR_INSTANCE void sort<double, false>(const kernel_arguments&);
TELAR_INSTANCE void sort<double, true>(const kernel_arguments&);
TELAR_INSTANCE void sort<std::int32_t, false>(const kernel_arguments&);
TELAR_INSTANCE void sort<std::int32_t, true>(const kernel_arguments&);
TELAR_INSTANCE void sort<std::int64_t, false>(const kernel_arguments&);
TELAR_INSTANCE void sort<std::int64_t, true>(const kernel_arguments&);
TELAR_INSTANCE void sort<std::uint8_t, false>(const kernel_arguments&);
TELAR_INSTANCE void sort<std::uint8_t, true>(const kernel_arguments&);
TELAR_INSTANCE void argsort<float, false>(const kernel_arguments&);
TELAR_INSTANCE void argsort<float, true>(const kernel_arguments&);
TELAR_INSTANCE void argsort<double, false>(const kernel_arguments&);
TELAR_INSTANCE void argsort<double, true>(const kernel_arguments&);
TELAR_INSTANCE void argsort<std::int32_t, false>(const kernel_arguments&);
TELAR_INSTANCE void argsort<std::int32_t, true>(const kernel_arguments&);
TELAR_INSTANCE void argsort<std::int64_t, false>(const kernel_arguments&);
TELAR_INSTANCE void argsort<std::int64_t, true>(const kernel_arguments&);
TELAR_INSTANCE void argsort<std::uint8_t, false>(const kernel_arguments&);
TELAR_INSTANCE void argsort<std::uint8_t, true>(const kernel_arguments&);
#endif

}  // namespace telar::inline TELAR_ABI::ir::kernels::cpu
