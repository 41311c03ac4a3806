// SPDX-License-Identifier: BSL-1.0
// What a server runs: a model from a file, or one of the program's own type.
#pragma once
#include <telar/callable.hpp>
#include <telar/run/model_port.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::serve {

/// What a graph_model offers. (Its header brings the whole compiler, which who serves a function does not need.)
template <class M>
concept GraphModel = requires(const M& m, std::span<const model_feed> feeds) {
    { m.inputs() } -> std::same_as<const std::vector<model_port>&>;
    { m.outputs() } -> std::same_as<const std::vector<model_port>&>;
    m.run(feeds).begin();
};

/// A function of tensors with names, types and shapes: inputs in their order -> outputs in theirs.
///
/// edge      run is called by several threads at once
/// test      tests/serve/servable_test.cpp
struct servable {
    std::vector<model_port> inputs, outputs;
    std::function<std::vector<any_tensor>(std::span<const any_tensor>)> run;

    servable() = default;
    servable(std::vector<model_port> takes, std::vector<model_port> gives,
             std::function<std::vector<any_tensor>(std::span<const any_tensor>)> f)
        : inputs(std::move(takes)), outputs(std::move(gives)), run(std::move(f)) {}
    /// A graph_model: load_onnx(path), load_keras_model(path).
    template <GraphModel M> servable(const M& m) : inputs(m.inputs()), outputs(m.outputs()) {
        run = [m](std::span<const any_tensor> values) {
            std::vector<model_feed> feeds;
            for (std::size_t i = 0; i < values.size(); ++i) feeds.emplace_back(m.inputs()[i].name, values[i]);
            const auto results = m.run(std::span<const model_feed>(feeds));
            return std::vector<any_tensor>(results.begin(), results.end());
        };
    }

    /// Whether requests can be computed together, one behind the other on the first axis.
    bool joins_rows() const {
        const auto all = [](const std::vector<model_port>& ports) {
            for (const model_port& p : ports)
                if (p.extents.rank == 0 || p.extents[0] != dyn) return false;
            return !ports.empty();
        };
        return all(inputs) && all(outputs);
    }
};

/// A model of the program's own type, or a function, behind a callable.
///
///     callable<tensor<float, dyn, 10>(const tensor<float, dyn, 784>&)> f = net;     // an nn::model
///     store.add("digits", serve::servable_of(f, {"images"}, {"probabilities"}));
///
/// shapes    those of the signature, of which each type is a tensor
/// edge      it is called by one thread at a time
/// test      tests/serve/servable_test.cpp
template <class R, class... A>
servable servable_of(callable<R(A...)> f, std::vector<std::string> inputs, std::vector<std::string> outputs) {
    using results = typename core::callables::results_of<R>::list;
    constexpr std::size_t result_count = std::tuple_size_v<results>;
    if (inputs.size() != sizeof...(A) || outputs.size() != result_count)
        fail<invalid_argument>("servable_of: a callable of " + std::to_string(sizeof...(A)) + " operands and " +
                               std::to_string(result_count) + " results, " + std::to_string(inputs.size()) + " and " +
                               std::to_string(outputs.size()) + " names");
    const auto port = []<class T>(std::type_identity<T>, std::string name) {
        using v = core::callables::values<T>;
        return model_port{std::move(name), dtype_of<typename v::element>(), v::extents};
    };
    servable s;
    std::size_t i = 0, r = 0;
    (s.inputs.push_back(port(std::type_identity<A>(), std::move(inputs[i++]))), ...);
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        (s.outputs.push_back(port(std::type_identity<std::tuple_element_t<I, results>>(), std::move(outputs[r++]))),
         ...);
    }
    (std::make_index_sequence<result_count>{});
    s.run = [f = std::move(f), mutex = std::make_shared<std::mutex>()](std::span<const any_tensor> x) {
        const auto call = [&]<std::size_t... I>(std::index_sequence<I...>) {
            return f(x[I].template as<typename core::callables::values<A>::owner>()...);
        };
        const std::scoped_lock lock(*mutex);
        const auto y = call(std::index_sequence_for<A...>{});
        if constexpr (core::callables::is_tuple<R>)
            return std::apply([](const auto&... each) { return std::vector<any_tensor>{any_tensor(each)...}; }, y);
        else return std::vector<any_tensor>{any_tensor(y)};
    };
    return s;
}

}  // namespace telar::inline TELAR_ABI::serve
