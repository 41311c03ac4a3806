// SPDX-License-Identifier: BSL-1.0
// Extents of a tensor. In a type an extent is a constant or `dyn`; inside a graph it is a constant or a dimension
// expression (graph/dimension.hpp); at run time it is a number.
#pragma once
#include <telar/core/config.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace telar::inline TELAR_ABI {

using extent_t = std::int64_t;

/// An extent known only at run time.
inline constexpr extent_t dyn = -1;

/// Stands for a sum or a product of extents that extent_t cannot hold: more elements than any memory has.
inline constexpr extent_t too_many = std::numeric_limits<extent_t>::max();

/// a + b, kept between -too_many and too_many. What is too large stays too large, instead of wrapping to a
/// small number. (nvcc has no constant __builtin_add_overflow.)
constexpr extent_t saturating_add(extent_t a, extent_t b) {
    if (b > 0 && a > too_many - b) return too_many;
    if (b < 0 && a < -too_many - b) return -too_many;
    return a + b;
}
/// a b, likewise.
constexpr extent_t saturating_multiply(extent_t a, extent_t b) {
    constexpr extent_t small = extent_t{1} << 31;
    if (a >= 0 && b >= 0 && a < small && b < small) return a * b;
    if (a == 0 || b == 0) return 0;
    const bool is_negative = (a < 0) != (b < 0);
    const extent_t most = too_many / (b < 0 ? (b < -too_many ? too_many : -b) : b);
    if (a > most || a < -most) return is_negative ? -too_many : too_many;
    return a * b;
}

/// The most axes that a tensor may have.
inline constexpr int max_rank = 6;

/// Extents, outermost first. Structural, so it can be a template argument.
struct shape {
    extent_t extent[max_rank]{};
    std::int32_t rank = 0;
    std::int32_t unused = 0;  // no padding bytes: clang misreads template arguments that have interior padding

    constexpr shape() = default;
    template <class... E>
    requires(sizeof...(E) <= max_rank && (... && std::integral<E>)) constexpr explicit shape(E... extents)
        : extent{static_cast<extent_t>(extents)...}, rank(sizeof...(E)) {}

    constexpr extent_t operator[](int axis) const { return extent[axis]; }
    constexpr extent_t& operator[](int axis) { return extent[axis]; }
    /// Adds an axis behind the last; beyond max_rank it is dropped (the caller reports it).
    constexpr void append(extent_t e) {
        if (rank < max_rank) extent[rank++] = e;
    }

    /// The number of elements, too_many if no extent_t holds it; meaningful when every extent is a number.
    constexpr extent_t count() const {
        extent_t n = 1;
        for (int i = 0; i < rank; ++i) n = saturating_multiply(n, extent[i]);
        return n;
    }
    friend constexpr bool operator==(const shape& a, const shape& b) {
        if (a.rank != b.rank) return false;
        for (int i = 0; i < a.rank; ++i)
            if (a.extent[i] != b.extent[i]) return false;
        return true;
    }
};

/// Whether an array of so many elements of a size can have addresses.
constexpr bool is_addressable(extent_t count, std::size_t element_size) {
    return count <= too_many / static_cast<extent_t>(element_size) && count < too_many;
}
/// Whether an array of these extents can; those that are not known are taken to be 1.
constexpr bool is_addressable(shape s, std::size_t element_size) {
    for (int i = 0; i < s.rank; ++i)
        if (s[i] < 0) s[i] = 1;
    return is_addressable(s.count(), element_size);
}

}  // namespace telar::inline TELAR_ABI
