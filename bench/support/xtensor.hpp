// SPDX-License-Identifier: BSL-1.0
// Tensors in xtensor's own memory: what its assignment vectorises best.
#pragma once
#define XTENSOR_USE_XSIMD
#include <xtensor/xnoalias.hpp>
#include <xtensor/xtensor.hpp>

#include "tensors.hpp"

namespace bench {

template <extent_t... N> xt::xtensor<float, sizeof...(N)> xtensor(const array<N...>& t) {
    xt::xtensor<float, sizeof...(N)> x(std::array<std::size_t, sizeof...(N)>{N...});
    std::copy(t.begin(), t.end(), x.data());
    return x;
}
template <std::size_t Rank> std::span<float> span_of(xt::xtensor<float, Rank>& x) { return {x.data(), x.size()}; }

}  // namespace bench
