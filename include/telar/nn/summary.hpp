// SPDX-License-Identifier: BSL-1.0
// summary: a model's layers as Keras prints them.
#pragma once
#include <telar/core/text_table.hpp>
#include <telar/nn/model.hpp>
#include <telar/run/cost.hpp>
#include <telar/run/inspect.hpp>

#include <ostream>
#include <string>

namespace telar::inline TELAR_ABI::nn {

namespace programs {

/// What net(x...) compiles for tensors of the model's own input types.
template <class M, class... Inputs> auto prediction_of(const model<M, Inputs...>& net) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
        const auto y = net(input<"x" + number<I>, Inputs>{}...);
        if constexpr (Lazy<std::remove_const_t<decltype(y)>>) return y;
        else return std::apply([](const auto&... each) { return fetch(each...); }, y);
    }
    (std::index_sequence_for<Inputs...>{});
}
template <class Net> using prediction_code = runtime::inspection::code_of<decltype(prediction_of(std::declval<Net>()))>;

}  // namespace programs

/// One line for each call of a layer, in the order of the calls: its path and kind, the shape of what it gives (None:
/// known when it runs), how many numbers its parameters hold; then how many there are in all, and their bytes; and what
/// one prediction costs.
///
/// units     operations and bytes moved as kernel_cost says; the arena is the memory of a prediction beside its inputs
///           and outputs. Every extent that is unknown counts as 1: where only the number of samples is, it is one
/// edge      a layer that is called twice has its parameters in its first line
/// source    Keras' Model.summary
/// test      tests/nn/summary_test.cpp
template <class M, class... Inputs> std::string summary(const model<M, Inputs...>&) {
    using leaf = model_leaf<M, Inputs...>;
    using enum core::text_table::align;
    const auto text = [](int from) { return std::string(leaf::table.text(from)); };
    core::text_table table({{"layer", left}, {"type", left}, {"output shape", left}, {"parameters"}});
    for (int i = 0; i < leaf::table.layers.size(); ++i) {
        const layer_info& layer = leaf::table.layers[i];
        std::string gives = "(";
        for (int k = 0; k < layer.gives.rank; ++k)
            gives += (k ? ", " : "") + (layer.gives[k] < 0 ? std::string("None") : std::to_string(layer.gives[k]));
        extent_t numbers = 0;
        for (int k = 0; k < leaf::width; ++k)
            if (leaf::info(k).layer == i && leaf::slots[static_cast<std::size_t>(k)] != leaf::table.random)
                numbers += leaf::info(k).type.extents.count();
        table.add({layer.path < 0 ? "" : text(layer.path), text(layer.kind),
                   gives + (layer.gives.rank == 1 ? ",)" : ")"), core::grouped_text(numbers)});
    }
    using code = programs::prediction_code<model<M, Inputs...>>;
    const kernel_cost cost = cost_of_program<code>(1);
    const extent_t trained = model<M, Inputs...>::count_of_numbers(true),
                   others = model<M, Inputs...>::count_of_numbers(false);
    return table.text() + "total: " + core::grouped_text(trained + others) + " (" +
           core::grouped_text(static_cast<extent_t>(leaf::bytes)) +
           " bytes), trainable: " + core::grouped_text(trained) + ", not trainable: " + core::grouped_text(others) +
           "\none prediction: " + core::grouped_text(cost.operations) + " operations, " +
           core::grouped_text(cost.bytes()) + " bytes moved, " + core::grouped_text(code::workspace_bytes(1)) +
           " bytes of arena\n";
}

}  // namespace telar::inline TELAR_ABI::nn
