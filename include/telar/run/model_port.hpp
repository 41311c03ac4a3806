// SPDX-License-Identifier: BSL-1.0
// What a model from a file takes and gives, in words that need no compiler behind them.
#pragma once
#include <telar/run/any_tensor.hpp>

#include <string>
#include <string_view>

namespace telar::inline TELAR_ABI {

/// An input or an output of a graph_model. An extent that is known only when it runs is dyn.
struct model_port {
    std::string name;
    dtype type = dtype::float32;
    shape extents;
};
/// A value for an input of a graph_model, or an initial value in a file. It is viewed, not copied.
struct model_feed {
    std::string_view name;
    dtype type;
    shape extents;
    const void* data;

    template <Tensor X>
    model_feed(std::string_view n, const X& x) : name(n), type(X::type), extents(x.extents()), data(x.data()) {}
    model_feed(std::string_view n, const any_tensor& x)
        : name(n), type(x.type()), extents(x.extents()), data(x.bytes().data()) {}
};

}  // namespace telar::inline TELAR_ABI
