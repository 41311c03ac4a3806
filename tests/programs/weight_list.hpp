// SPDX-License-Identifier: BSL-1.0
// A model's weights, taken one after the other.
#pragma once
#include <telar/telar.hpp>

#include <array>

namespace programs {

using namespace telar;

/// What a model takes from its weights, one after the other.
template <std::size_t N> struct weight_list {
    std::array<symbol, N> all;
    std::size_t used = 0;

    constexpr symbol next() { return all[used++]; }
};

}  // namespace programs
