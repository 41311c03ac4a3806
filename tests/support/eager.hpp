// SPDX-License-Identifier: BSL-1.0
// A function's compiled kernels against the reference, which interprets the graph that was traced.
#pragma once
#include "arrays.hpp"

#include <telar/run/eager.hpp>

#include <tuple>

namespace support {

/// Result I of a call: one tensor, or a tuple of them.
template <std::size_t I, class R> const auto& result(const R& all) {
    if constexpr (telar::Tensor<R>) return all;
    else return std::get<I>(all);
}

/// The largest error of f's results, in units of scale + |expected|; infinite where a shape or a type is wrong.
template <class F, class... A> double error_of_call(double scale, const F& f, const A&... a) {
    using code = decltype(telar::graph_of(f, a...));
    telar::core::growable<array> leaves;
    (leaves.push(array_of(a)), ...);
    const auto expected = interpreted(code::template whole_graph<false>(), leaves);
    const auto got = f(a...);
    double error = 0;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        ((error = std::max(error, error_of(result<I>(got), expected[static_cast<int>(I)], scale))), ...);
    }
    (std::make_index_sequence<static_cast<std::size_t>(code::sizes.roots)>());
    return error;
}

}  // namespace support
