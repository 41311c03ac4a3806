// SPDX-License-Identifier: BSL-1.0
// The graph explorer: what the compiler made of a program, as one page for a browser. No other header includes this
// one: it takes all passes into the program that includes it.
#pragma once
#include <telar/io/explorer/page.hpp>
#include <telar/io/output_file.hpp>

#include <filesystem>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI {

struct explorer_options {
    std::string title = "telar";
    extent_t batch = 1;  // what an extent is that only a run tells, where there is no run
};

namespace io::explorer {

/// What can be run as a step, and its program.
template <class S>
concept Step = RunnableStep<S> && requires {
    typename S::code;
};
/// What compile(...) returns.
template <class P>
concept Compiled = !RunnableStep<P> && requires(const P& p) {
    typename P::code;
    p.workspace_bytes();
};
template <class M>
concept LayeredModel = requires(const M& m) {
    typename M::inputs;
    m.as_leaf();
};
/// A graph_model; not by that name, because its header is large.
template <class M>
concept GraphModel = requires(const M& m) {
    m.loaded()->source().traced;
};

inline std::vector<explored_program> programs_of(std::vector<subject> subjects, extent_t batch) {
    std::vector<explored_program> all;
    for (subject& s : subjects)
        for (explored_program& p : program_builder(std::move(s), batch).taken()) all.push_back(std::move(p));
    return all;
}
inline std::vector<explored_program> programs_of(subject s, extent_t batch) {
    std::vector<subject> one;
    one.push_back(std::move(s));
    return programs_of(std::move(one), batch);
}
inline void save(const std::filesystem::path& path, const explorer_options& options,
                 std::vector<explored_program> programs) {
    write_file(path, std::string_view(page_of(options.title, programs)));
}

/// What a model computes of inputs x0, x1, ..., with the values of these tensors if there are any.
template <class Net, class... X> subject subject_of_model(const Net& net, const X&... x) {
    return [&]<class... In>(std::type_identity<std::tuple<In...>>) {
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            const auto y = net(input<"x" + telar::number<I>, In>{}...);
            const auto of = [&](const auto& e) {
                if constexpr (sizeof...(X) == 0) return subject_of(e);
                else return subject_of(e, (input<"x" + telar::number<I>, In>{} = x)...);
            };
            if constexpr (Lazy<std::remove_const_t<decltype(y)>>) return of(as_expression(y));
            else return of(std::apply([](const auto&... each) { return fetch(each...).joined; }, y));
        }
        (std::index_sequence_for<In...>{});
    }(std::type_identity<typename Net::inputs>{});
}
/// A model from a file, with the values of these tensors, one for each input, if there are any.
template <GraphModel M, class... X> subject subject_of_graph_model(const M& m, const X&... x) {
    const auto& source = m.loaded()->source();
    subject s{"program", source.traced, {}};
    for (const auto& p : source.inputs) s.leaves.emplace_back(p.name, leaf_role::input, p.extents);
    for (const auto& w : source.weights) {
        s.leaves.emplace_back(w.name, leaf_role::variable, w.value.extents());
        s.leaves.back().value = array_of(w.value);
    }
    std::size_t i = 0;
    [[maybe_unused]] const auto set = [&](const any_tensor& value) {
        if (i < source.inputs.size()) s.leaves[i].value = array_of(value);
        ++i;
    };
    (set(any_tensor(x)), ...);
    if (i > 0 && i != source.inputs.size())
        fail<missing_feed>(source.path + ": it has " + std::to_string(source.inputs.size()) + " inputs, " +
                           std::to_string(i) + " values are given");
    return s;
}

}  // namespace io::explorer

/// Writes a page that shows what the compiler makes of a program: its graph as nested boxes, the graph after each pass,
/// the kernels with operations and bytes, the arena over time; of a run also the values of every node, eager and lazy.
///
///     save_explorer("line.html", W * X + b);                        // an expression, or fetch(a, b)
///     save_explorer("line.html", W * X + b, X = data);              // with the values of this run
///     save_explorer("step.html", step, {.title = "a step", .batch = 32});  // minimize(...), trainer.step()
///     save_explorer("net.html", net, images);                       // a model of layers, or one from a file
///     save_explorer("swish.html", swish, x);                        // a telar::function and its arguments
///
/// units     operations and bytes as in kernel_cost; the bytes of the arena
/// types     all; values are those of the reference interpreter, which is slow: give it a small batch
/// errors    file_error; those of run: missing_feed, wrong_shape; E227 input_without_a_value, E230 fed_twice
/// edge      nothing is run on kernels, no variable changes, nothing is printed. The same program gives the same bytes.
/// A
///           step of which an optimiser updates all parameters as one tensor is two programs, as it is when it runs; so
///           are blocks that are compiled once. The values inside of those are not shown
/// source    docs/explorer.md
/// test      tests/io/explorer_test.cpp, tests/io/explorer_page_test.cpp
template <Lazy E, Feed... Feeds>
void save_explorer(const std::filesystem::path& path, const E& y, const explorer_options& options,
                   const Feeds&... feeds) {
    io::explorer::save(path, options,
                       io::explorer::programs_of(io::explorer::subject_of(as_expression(y), feeds...), options.batch));
}
template <class E, Feed... Feeds>
void save_explorer(const std::filesystem::path& path, const fetch_list<E>& all, const explorer_options& options,
                   const Feeds&... feeds) {
    io::explorer::save(path, options,
                       io::explorer::programs_of(io::explorer::subject_of(all.joined, feeds...), options.batch));
}
template <io::explorer::Step S, Feed... Feeds>
void save_explorer(const std::filesystem::path& path, const S& step, const explorer_options& options,
                   const Feeds&... feeds) {
    io::explorer::save(path, options,
                       io::explorer::programs_of(io::explorer::subjects_of_step(step, feeds...), options.batch));
}
template <io::explorer::Compiled P>
void save_explorer(const std::filesystem::path& path, const P&, const explorer_options& options) {
    io::explorer::save(
        path, options,
        io::explorer::programs_of(io::explorer::subject_of_code<typename P::code>("program"), options.batch));
}
template <io::explorer::LayeredModel Net, Tensor... X>
void save_explorer(const std::filesystem::path& path, const Net& net, const explorer_options& options, const X&... x) {
    io::explorer::save(path, options,
                       io::explorer::programs_of(io::explorer::subject_of_model(net, x...), options.batch));
}
template <io::explorer::GraphModel M, Tensor... X>
void save_explorer(const std::filesystem::path& path, const M& m, const explorer_options& options, const X&... x) {
    io::explorer::save(path, options,
                       io::explorer::programs_of(io::explorer::subject_of_graph_model(m, x...), options.batch));
}
template <class F, Tensor... A>
requires(sizeof...(A) > 0) void save_explorer(const std::filesystem::path& path, const function_object<F>& f,
                                              const explorer_options& options, const A&... a) {
    expr::diagnose<decltype(graph_of(f, a...))>();
    io::explorer::save(path, options, io::explorer::programs_of(io::explorer::subject_of_call(f, a...), options.batch));
}
/// The same with a title of its own accord.
template <class What, class... Values>
requires(!(... || std::same_as<Values, explorer_options>)) void save_explorer(const std::filesystem::path& path,
                                                                              const What& what,
                                                                              const Values&... values) {
    save_explorer(path, what, explorer_options{}, values...);
}

}  // namespace telar::inline TELAR_ABI
