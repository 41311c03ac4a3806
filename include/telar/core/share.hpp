// SPDX-License-Identifier: BSL-1.0
// Dealing things to several parts.
#pragma once
#include <telar/core/config.hpp>

#include <cstddef>

namespace telar::inline TELAR_ABI::core {

/// What one part gets: begin .. end - 1.
struct share {
    std::size_t begin = 0, end = 0;
    constexpr std::size_t size() const { return end - begin; }
    friend constexpr bool operator==(const share&, const share&) = default;
};

/// Part number `part` of `count` things in a row that are dealt to `parts`: the first parts have one more than the
/// others where they do not all have the same number.
///
/// test      tests/core/share_test.cpp
constexpr share share_of(std::size_t count, std::size_t parts, std::size_t part) {
    const std::size_t least = count / parts, more = count % parts;
    const auto begin = [&](std::size_t p) { return p * least + (p < more ? p : more); };
    return {begin(part), begin(part + 1)};
}

}  // namespace telar::inline TELAR_ABI::core
