// SPDX-License-Identifier: BSL-1.0
// Writes ONNX models: save_onnx(path, net). Needs protozero, a library of headers.
#pragma once
#include <telar/io/onnx/saving/model.hpp>
#include <telar/io/output_file.hpp>
#include <telar/run/program.hpp>

#include <array>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace telar::inline TELAR_ABI {

namespace io::onnx::saving {

/// An expression with what its leaves hold now.
template <class Node, class... L> saved_model model_of(const expression<Node, L...>& y) {
    constexpr int count = expr::leaf_numbers<L...>::count;
    saved_model m;
    m.traced = runtime::trace_of<Node, L...>::traced();
    std::array<runtime::leaf_info, static_cast<std::size_t>(count + 1)> infos{};
    runtime::leaf_info* to = infos.data();
    (runtime::add_infos<L>(to), ...);
    std::array<runtime::leaf_value, static_cast<std::size_t>(count + 1)> values{};
    runtime::binding::set_values(values.data(), infos.data(), y);
    std::array<bool, static_cast<std::size_t>(count + 1)> is_input{};
    std::size_t leaf = 0;
    ((is_input[static_cast<std::size_t>(expr::leaf_numbers<L...>::first(leaf++))] = expr::InputLeaf<L>), ...);
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
        m.leaves.push_back({std::string(infos[i].name), values[i].data,
                            values[i].extents ? *values[i].extents : shape(), is_input[i]});
    return m;
}
/// A graph_model; not by that name, because its header is large.
template <class M>
concept GraphModel = requires(const M& m) {
    m.loaded()->source().traced;
};
template <GraphModel M> saved_model model_of(const M& from) {
    const auto& source = from.loaded()->source();
    saved_model m;
    m.traced = source.traced;
    for (const auto& p : source.inputs) m.leaves.push_back({p.name, nullptr, p.extents, true});
    for (const auto& v : source.weights) m.leaves.push_back({v.name, v.value.bytes().data(), v.value.extents(), false});
    for (const auto& p : source.outputs) m.outputs.push_back(p.name);
    return m;
}
inline void save(const std::filesystem::path& path, saved_model m, const onnx_names& names) {
    write_file(path, std::string_view(bytes_of(std::move(m), path.string(), names)));
}
/// What a model computes of inputs x0, x1, ...
template <class Net> auto expression_of_model(const Net& net) {
    return [&]<class... X>(std::type_identity<std::tuple<X...>>) {
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            const auto y = net(input<"x" + telar::number<I>, X>{}...);
            if constexpr (Lazy<std::remove_const_t<decltype(y)>>) return as_expression(y);
            else return std::apply([](const auto&... each) { return fetch(each...).joined; }, y);
        }
        (std::index_sequence_for<X...>{});
    }(std::type_identity<typename Net::inputs>{});
}

}  // namespace io::onnx::saving

/// Writes a model as an ONNX file, which ONNX Runtime, and load_onnx, compute the same with:
///
///     nn::model<mlp, tensor<float, dyn, 784>> net;
///     save_onnx("mlp.onnx", net, {.inputs = {"image"}, .outputs = {"logits"}});
///     save_onnx("line.onnx", W * X + b);      // an expression: its inputs are the model's, its variables the weights
///     save_onnx("again.onnx", load_onnx("resnet20.onnx"));
///
/// A model of layers predicts. Weights have the paths of their members as names, or the names of variables; inputs the
/// names that they have, x0, x1, ... if it is a model of layers; outputs y, or y0, y1, ...
///
/// shapes    an extent that is known when the model runs has a name: "batch" that of the first axis
/// types     all; those of less than four bytes are computed with as telar does, in wider ones
/// errors    unsupported_model, with operation and layer: random draws, assignments, scatter_max and scatter_min;
///           duplicate_name, invalid_argument: of names; more than 2 GiB; file_error. Nothing is written then
/// edge      version 17 of the operators, IR 8. What is printed is not: a file has no effects
/// source    https://onnx.ai/onnx/operators/
/// test      tests/onnx/save_test.cpp; tests/fixtures/onnx_checks.py: beside ONNX Runtime
template <Lazy E> void save_onnx(const std::filesystem::path& path, const E& y, const onnx_names& names = {}) {
    io::onnx::saving::save(path, io::onnx::saving::model_of(as_expression(y)), names);
}
template <class E>
void save_onnx(const std::filesystem::path& path, const fetch_list<E>& all, const onnx_names& names = {}) {
    io::onnx::saving::save(path, io::onnx::saving::model_of(all.joined), names);
}
template <class Net>
requires requires(const Net& net) {
    typename Net::inputs;
    net.as_leaf();
}
void save_onnx(const std::filesystem::path& path, const Net& net, const onnx_names& names = {}) {
    io::onnx::saving::save(path, io::onnx::saving::model_of(io::onnx::saving::expression_of_model(net)), names);
}
template <io::onnx::saving::GraphModel M>
void save_onnx(const std::filesystem::path& path, const M& m, const onnx_names& names = {}) {
    io::onnx::saving::save(path, io::onnx::saving::model_of(m), names);
}

}  // namespace telar::inline TELAR_ABI
