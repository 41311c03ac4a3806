// SPDX-License-Identifier: BSL-1.0
// Extents of a tensor. In a type an extent is a constant or `dyn`; inside a graph it is a constant or a dimension
// expression (graph/dimension.hpp); at run time it is a number.
#pragma once
#include <telar/core/config.hpp>

#include <concepts>
#include <cstdint>

namespace telar::inline TELAR_ABI {

using extent_t = std::int64_t;

/// An extent known only at run time.
inline constexpr extent_t dyn = -1;

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

    /// The number of elements; meaningful when every extent is a number.
    constexpr extent_t count() const {
        extent_t n = 1;
        for (int i = 0; i < rank; ++i) n *= extent[i];
        return n;
    }
    friend constexpr bool operator==(const shape& a, const shape& b) {
        if (a.rank != b.rank) return false;
        for (int i = 0; i < a.rank; ++i)
            if (a.extent[i] != b.extent[i]) return false;
        return true;
    }
};

}  // namespace telar::inline TELAR_ABI
