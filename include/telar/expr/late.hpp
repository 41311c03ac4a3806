// SPDX-License-Identifier: BSL-1.0
// Marks programs that are compiled when they are first run.
#pragma once
#include <telar/expr/expression.hpp>

namespace telar::inline TELAR_ABI {

namespace expr {
template <class Node> struct late_node : Node { static constexpr bool is_late = true; };

/// Whether a node is marked as late, or is made of one that is.
template <class Node> inline constexpr bool is_marked_late = false;
template <class Node>
requires requires { Node::is_late; }
inline constexpr bool is_marked_late<Node> = true;
template <template <class...> class Outer, class... Inner>
requires(!requires {
    Outer<Inner...>::is_late;
}) inline constexpr bool is_marked_late<Outer<Inner...>> = (... || is_marked_late<Inner>);
template <int I, class Node> inline constexpr bool is_marked_late<element_of<I, Node>> = is_marked_late<Node>;
template <int By, int Places, class Node>
inline constexpr bool is_marked_late<offset<By, Places, Node>> = is_marked_late<Node>;

/// What a program is marked with where two parts of it have different targets.
template <class First, class Second> struct different_targets {};
template <class First, class Second> struct common_target_of { using type = different_targets<First, Second>; };
template <class T> struct common_target_of<T, T> { using type = T; };
template <class T> struct common_target_of<T, void> { using type = T; };
template <class T> struct common_target_of<void, T> { using type = T; };
template <> struct common_target_of<void, void> { using type = void; };
template <class First, class Second, class T> struct common_target_of<different_targets<First, Second>, T> {
    using type = different_targets<First, Second>;
};
template <class First, class Second> struct common_target_of<different_targets<First, Second>, void> {
    using type = different_targets<First, Second>;
};
template <class First, class Second>
struct common_target_of<different_targets<First, Second>, different_targets<First, Second>> {
    using type = different_targets<First, Second>;
};
template <class... T> struct common_target { using type = void; };
template <class First, class... Rest>
struct common_target<First, Rest...> : common_target_of<First, typename common_target<Rest...>::type> {};

/// The Target that a node, or one that it is made of, is marked with; void if there is none.
template <class Node> struct marked_target { using type = void; };
/// The node's kernels are those of Target, a type with a kernel_source `source`.
template <class Target, class Node> struct node_on_target : late_node<Node> {
    using target_type = typename common_target<Target, typename marked_target<Node>::type>::type;
};
template <class Node>
requires requires { typename Node::target_type; }
struct marked_target<Node> {
    using type = typename Node::target_type;
};
template <template <class...> class Outer, class... Inner>
requires(!requires { typename Outer<Inner...>::target_type; }) struct marked_target<Outer<Inner...>>
    : common_target<typename marked_target<Inner>::type...> {
};
template <int I, class Node> struct marked_target<element_of<I, Node>> : marked_target<Node> {};
template <int By, int Places, class Node> struct marked_target<offset<By, Places, Node>> : marked_target<Node> {};

template <class Node> inline constexpr bool runs_late = TELAR_LATE != 0 || is_marked_late<Node>;
}  // namespace expr

/// Returns y, marked to be compiled at its first run: telar's passes run then, and the kernels are interpreted block by
/// block. The C++ compiler only traces y. Every program that contains a late expression is late: run(late(y)),
/// fetch(late(y), z), minimize(late(loss), adam{}). TELAR_LATE=1 makes all programs of a build late.
///
/// shapes    those of y; as its values, types and derivatives
/// errors    the compile-time errors of y; no_kernel, at the first run
/// edge      the first run compiles a program type once, for all threads; other threads wait. If it fails, the next run
///           tries again
/// source    docs/running.md
/// test      tests/run/late_test.cpp
template <class Node, class... L> auto late(const expression<Node, L...>& y) {
    return expression<expr::late_node<Node>, L...>(y.handles());
}

/// Returns y, marked to run on another target: like late(y), but the schedule is made for the machine, and the kernels
/// are those, that Target::source (an ir::kernels::kernel_source) tells. The whole program that contains y runs there.
///
/// shapes    those of y; as its types and derivatives. Values: what the target computes
/// errors    the compile-time errors of y; E262 several_targets: parts of one program are marked with different ones;
///           no_kernel, at the first run: the target has none for a kernel
/// edge      the target works on the host's memory
/// source    docs/adding_a_target.md
/// test      examples/toy_target, tests/run/on_target_test.cpp
template <class Target, class Node, class... L> auto on_target(const expression<Node, L...>& y) {
    return expression<expr::node_on_target<Target, Node>, L...>(y.handles());
}

}  // namespace telar::inline TELAR_ABI
