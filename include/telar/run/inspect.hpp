// SPDX-License-Identifier: BSL-1.0
// Looking at a lazy value: what it prints, and its graph after any step of the compiler.
#pragma once
#include <telar/graph/dot.hpp>
#include <telar/graph/print.hpp>
#include <telar/run/program.hpp>

#include <ostream>

namespace telar::inline TELAR_ABI {

namespace runtime::inspection {
template <class Code> std::vector<std::string_view> leaf_names() {
    std::vector<std::string_view> names;
    for (const leaf_info& l : Code::leaves) names.push_back(l.name);
    return names;
}
}  // namespace runtime::inspection

/// Tensor("add:0", shape=(3,), dtype=int32): a lazy value prints its node, as in TensorFlow.
template <class Node, class... L> std::ostream& operator<<(std::ostream& out, const expression<Node, L...>&) {
    using program_code = runtime::compiled<Node, L...>;
    const ir::graph g = program_code::trace_graph.thaw();
    return out << describe(g, g.roots[0].id, runtime::inspection::leaf_names<program_code>());
}
template <Named T> std::ostream& operator<<(std::ostream& out, const T& named) { return out << as_expression(named); }

/// Which step of the compiler to look at.
enum class stage : std::int32_t { traced, optimised };

namespace runtime::inspection {
template <class Code> graph graph_at(stage s) {
    return s == stage::traced ? Code::template thawed<false>() : Code::template thawed<true>();
}
template <class E> using code_of = typename decltype(compile(std::declval<const E&>()))::code;
}  // namespace runtime::inspection

/// The graph of an expression, or of fetch(a, b), as text: one line for each node.
template <class E> std::string show_graph(const E&, stage s = stage::optimised) {
    using program_code = runtime::inspection::code_of<E>;
    const auto names = runtime::inspection::leaf_names<program_code>();
    return to_string(runtime::inspection::graph_at<program_code>(s), names);
}
/// The same for Graphviz.
template <class E> std::string dot_graph(const E&, stage s = stage::optimised) {
    using program_code = runtime::inspection::code_of<E>;
    const auto names = runtime::inspection::leaf_names<program_code>();
    return to_dot(runtime::inspection::graph_at<program_code>(s), names);
}

}  // namespace telar::inline TELAR_ABI
