// SPDX-License-Identifier: BSL-1.0
// Tensors of random numbers, the same ones in every run.
#pragma once
#include <telar/telar.hpp>

#include "suite.hpp"

namespace bench {

using telar::extent_t;
template <extent_t... N> using array = telar::tensor<float, N...>;

template <class T, extent_t... N>
telar::tensor<T, N...> random_tensor(std::uint64_t seed, float low = -1, float high = 1) {
    const telar::shape extents(N...);
    return telar::tensor<T, N...>::from(extents,
                                        random_numbers(static_cast<std::size_t>(extents.count()), seed, low, high));
}
template <extent_t... N> array<N...> random_tensor(std::uint64_t seed, float low = -1, float high = 1) {
    return random_tensor<float, N...>(seed, low, high);
}
/// From 0 to below `below`.
template <extent_t N> telar::tensor<std::int32_t, N> random_indices(extent_t below) {
    telar::tensor<std::int32_t, N> ids;
    const auto numbers = random_numbers(N, 7, 0, static_cast<float>(below) - 0.5f);
    std::copy(numbers.begin(), numbers.end(), ids.data());
    return ids;
}

}  // namespace bench
