// SPDX-License-Identifier: BSL-1.0
// What routines have in common: rows, and in each a sheet of lines and columns per access.
#pragma once
#include <telar/core/failure.hpp>
#include <telar/kernels/cpu/share.hpp>
#include <telar/kernels/descriptor.hpp>

#include <cstring>
#include <string>
#include <type_traits>

namespace telar::inline TELAR_ABI::ir::kernels::cpu {

/// The elements of one access in one row; strides in elements.
template <class T> struct sheet {
    T* first;
    std::int64_t line_stride, column_stride;

    TELAR_INLINE T& operator()(std::int64_t line, std::int64_t column) const {
        return first[line * line_stride + column * column_stride];
    }
    TELAR_INLINE T* line(std::int64_t i) const { return first + i * line_stride; }
};
template <class T> sheet<T> sheet_of(const kernel_arguments& k, std::byte* const* at, int access) {
    return {reinterpret_cast<T*>(at[access]), k.line_stride[access], k.inner_stride[access]};
}

/// f(pointers of the accesses), for rows from, ..., to - 1.
template <int Accesses, class F>
void each_row(const kernel_arguments& k, std::int64_t from, std::int64_t to, const F& f) {
    if (from >= to) return;
    odometer<Accesses> row(k.outer, k.outer_rank, k.outer_stride, k.data, from);
    for (; from < to; ++from, row.step()) f(row.at);
}
/// Threads share the rows, which are so many elements together; of none there may be more rows than can be gone
/// through.
template <int Accesses, class F> void share_rows(const kernel_arguments& k, std::int64_t elements, const F& f) {
    if (elements == 0) return;
    share(k.rows, elements, [&](std::int64_t from, std::int64_t to) { each_row<Accesses>(k, from, to, f); });
}

/// Elements that lie together. A short line is not worth a call.
template <class T> TELAR_INLINE void copy_line(T* to, const T* from, std::int64_t count) {
    constexpr std::size_t block = 64 / sizeof(T);
    auto n = static_cast<std::size_t>(count);
    if (n >= 8 * block) {
        std::memcpy(to, from, n * sizeof(T));
        return;
    }
    for (; n >= block; n -= block, to += block, from += block) std::memcpy(to, from, 64);
    for (std::size_t i = 0; i < n; ++i) to[i] = from[i];
}

/// a + b and a b; integers wrap.
template <class T> TELAR_INLINE T wrapped_sum(T a, T b) {
    if constexpr (std::is_integral_v<T>)
        return static_cast<T>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
    else return a + b;
}
template <class T> TELAR_INLINE T wrapped_product(T a, T b) {
    if constexpr (std::is_integral_v<T>)
        return static_cast<T>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
    else return a * b;
}

[[noreturn]] void refuse_index(op k, std::int64_t index, std::int64_t extent);
template <class Index> bool lies_inside(Index i, std::int64_t extent) {
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(i)) < static_cast<std::uint64_t>(extent);
}
/// Looks at every index (access 1; so many lines) before anything is written.
template <int Accesses, class Index>
void require_inside(op what, const kernel_arguments& k, std::int64_t count, std::int64_t extent) {
    const std::int64_t columns = k.inner_stride[1] == 0 ? std::min<std::int64_t>(1, k.inner) : k.inner;
    each_row<Accesses>(k, 0, k.rows, [&](std::byte* const* at) {
        const auto index = sheet_of<const Index>(k, at, 1);
        bool are_inside = true;  // no way out of the loop: so several at once are compared
        for (std::int64_t j = 0; j < columns; ++j)
            for (std::int64_t i = 0; i < count; ++i) are_inside &= lies_inside(index(i, j), extent);
        for (std::int64_t i = 0; i < count && !are_inside; ++i)
            for (std::int64_t j = 0; j < columns; ++j)
                if (!lies_inside(index(i, j), extent))
                    refuse_index(what, static_cast<std::int64_t>(index(i, j)), extent);
    });
}

#if TELAR_HAS_BODIES
TELAR_ONCE TELAR_COLD void refuse_index(op k, std::int64_t index, std::int64_t extent) {
    fail<index_error>(joined_text({name_of(k), ": index ", index, " is outside of an axis of extent ", extent}));
}
#endif  // TELAR_HAS_BODIES

}  // namespace telar::inline TELAR_ABI::ir::kernels::cpu
