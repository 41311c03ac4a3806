// SPDX-License-Identifier: BSL-1.0
// A program run by the reference interpreter, with all of its values in one object: a run can be a constant expression,
// so that a model is trained while it is compiled.
#pragma once
#include <telar/kernels/reference/interpret.hpp>
#include <telar/run/inspect.hpp>
#include <telar/run/minimize.hpp>

#include <array>
#include <memory>
#include <string_view>
#include <tuple>
#include <utility>

namespace telar::inline TELAR_ABI {

namespace runtime::interpretation {

constexpr bool is_static(const shape& s) {
    for (int i = 0; i < s.rank; ++i)
        if (!is_number(s[i])) return false;
    return true;
}
template <dtype Type, extent_t Count> using values = std::array<element_t<Type>, static_cast<std::size_t>(Count)>;

/// The compiled code of what can be run: an expression, fetch(...), update(...), a training step.
template <class P> struct code_for { using type = typename P::code; };
template <class Node, class... L> struct code_for<expression<Node, L...>> : program_of<expression<Node, L...>> {};

/// As the kernels print it: see kernels/cpu/library/print.hpp.
template <class T> void print_as(std::string_view label, const reference::array& x) {
    const auto elements = std::make_unique<T[]>(static_cast<std::size_t>(x.count()));
    for (int i = 0; i < x.count(); ++i) elements[static_cast<std::size_t>(i)] = x.at<T>(i);
    print_elements(label, elements.get(), x.extents);
}
template <class Types> struct printer_of;
template <class... T> struct printer_of<type_list<T...>> {
    static void print(std::string_view label, const reference::array& x) {
        ((x.type == dtype_of<T>() ? print_as<T>(label, x) : void()), ...);
    }
};

template <class Code> class program;

}  // namespace runtime::interpretation

/// What P computes, by the reference interpreter, step by step, in constant evaluation or at run time. P is the type of
/// an expression, fetch(a, b), update(W = ...) or minimize(...); the values are plain arrays, row-major, zero at first:
///
///     constexpr auto start = [] {
///         interpreted<step_type> p;
///         p.value<decltype(model::X)>() = {0, 0, 1};  // an input or a variable, by its type
///         p.set(sgd{.learning_rate = 0.5f});          // of a training step
///         return p;
///     }();
///     constexpr auto trained = start.next(30);
///     static_assert(trained.result()[0] < 0.1f);
///
/// types     all element types; float32 is computed in double and rounded once per operation, so kernels, which round
///           oftener, differ in the last digits
/// errors    at compile time: an extent of a leaf that is no constant; the mistakes of the expression
/// edge      compilers bound the length of one constant evaluation (clang 16 allows 40 runs of a training step of one
///           neuron, g++ 12 80): go on from a constant, as in constexpr auto better = trained.next(30);
///           constant evaluation and run time give the same bits if the compiler keeps a * b + c apart
///           (-ffp-contract=off)
/// test      tests/run/static_training_test.cpp
template <class P>
using interpreted = runtime::interpretation::program<typename runtime::interpretation::code_for<P>::type>;

template <template <class, class...> class Code, class Node, class... Leaves>
class runtime::interpretation::program<Code<Node, Leaves...>> {
    using code = early_program<Node, Leaves...>;  // its graph is a constant
    static_assert((... && is_static(Leaves::type.extents)), "interpreted: every extent must be a constant");

    template <class Wanted> static constexpr std::size_t position_of() {
        static_assert((... || std::same_as<Leaves, Wanted>), "interpreted: the program has no such input or variable");
        const bool is_wanted[] = {std::same_as<Leaves, Wanted>..., true};
        std::size_t i = 0;
        while (!is_wanted[i]) ++i;
        return i;
    }
    template <class Leaf> static constexpr int hyper_number() {
        if constexpr (requires { Leaf::hyper; }) return Leaf::hyper;
        else return -1;
    }
    static constexpr std::size_t position_of_hyper(int k) {
        const int numbers[] = {hyper_number<Leaves>()..., k};
        std::size_t i = 0;
        while (numbers[i] != k) ++i;
        return i;
    }
    template <int K> static constexpr std::size_t position_of_captured() {
        const bool is_captured[] = {Leaves::is_captured..., false};
        std::size_t i = 0;
        for (int left = K; i < sizeof...(Leaves); ++i)
            if (is_captured[i] && left-- == 0) break;
        return i;
    }

public:
    static constexpr int leaf_count = sizeof...(Leaves), result_count = code::sizes.roots;

    constexpr program() { expr::diagnose<code>(); }

    /// The value of an input or a variable: value<decltype(W)>().
    template <Named V> constexpr auto& value() { return std::get<position_of<typename V::leaf>()>(leaves_); }
    template <Named V> constexpr const auto& value() const {
        return std::get<position_of<typename V::leaf>()>(leaves_);
    }
    /// The K-th number or tensor that stands in the expression itself, from the left.
    template <int K> constexpr auto& captured_value() { return std::get<position_of_captured<K>()>(leaves_); }
    /// Result I of the last run; the values that were assigned come behind those that were asked for.
    template <int I = 0> constexpr const auto& result() const { return std::get<I>(results_); }

    /// The hyper-parameters of a training step, before which so many were taken.
    template <class Optimizer> constexpr void set(const Optimizer& optimizer, int steps = 0) {
        [&]<std::size_t... K>(std::index_sequence<K...>) {
            const auto set_one = [](auto& value, double to) {
                value[0] = static_cast<std::remove_cvref_t<decltype(value[0])>>(to);
            };
            const auto hyper = runtime::optimizers::values_of(optimizer, steps);
            (set_one(std::get<position_of_hyper(static_cast<int>(K))>(leaves_), hyper[K]), ...);
        }
        (std::make_index_sequence<static_cast<std::size_t>(Optimizer::hypers)>{});
    }

    /// One run: every read sees the values as they were before it; then all assignments are made.
    template <stage Graph = stage::optimised> constexpr void run() {
        growable<reference::array> leaves;
        std::apply([&](const auto&... v) { (leaves.push(reference::array_of(Leaves::type.extents, v.data())), ...); },
                   leaves_);
        const graph g = graph_at<Graph>();
        const growable<reference::array> results = reference::interpret(g, leaves, printer());
        each(results_, [&](std::size_t i, auto& to) { copy(results[static_cast<int>(i)], to); });
        each(leaves_, [&](std::size_t i, auto& to) {
            for (int r = 0; r < g.roots.size(); ++r)
                if (g.roots[r].target == static_cast<int>(i)) copy(results[r], to);
        });
    }
    /// The program as it is after more runs.
    template <stage Graph = stage::optimised> constexpr program next(int runs = 1) const {
        program p = *this;
        for (int i = 0; i < runs; ++i) p.template run<Graph>();
        return p;
    }

private:
    // Not by ?: which g++ 12 gets wrong in constant evaluation (it destroys the graph twice).
    template <stage Graph> static constexpr graph graph_at() {
        return code::template whole_graph<Graph == stage::optimised>();
    }
    static constexpr reference::printer printer() {
        if constexpr (code::prints) return &printer_of<core::element_types>::print;
        else return nullptr;
    }
    template <int I> static constexpr node root = code::root_node(I);
    template <class> struct results_of;
    template <int... I> struct results_of<std::integer_sequence<int, I...>> {
        using type = std::tuple<values<root<I>.type, root<I>.extents.count()>...>;
    };
    template <class Values, class F> static constexpr void each(Values& values, F f) {
        [&]<std::size_t... I>(std::index_sequence<I...>) { (f(I, std::get<I>(values)), ...); }
        (std::make_index_sequence<std::tuple_size_v<Values>>{});
    }
    template <class T, std::size_t N> static constexpr void copy(const reference::array& from, std::array<T, N>& to) {
        for (std::size_t i = 0; i < N; ++i) to[i] = from.at<T>(static_cast<int>(i));
    }

    std::tuple<values<Leaves::type.type, Leaves::type.extents.count()>...> leaves_{};
    typename results_of<std::make_integer_sequence<int, result_count>>::type results_{};
};

}  // namespace telar::inline TELAR_ABI
