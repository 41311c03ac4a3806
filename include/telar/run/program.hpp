// SPDX-License-Identifier: BSL-1.0
// Lazy: run(expression, X = data). A program is immutable and may be shared by threads; a session owns the workspaces
// of one caller.
#pragma once
#include <telar/run/draw_readings.hpp>
#include <telar/run/eager.hpp>

#include <cstring>

namespace telar::inline TELAR_ABI {

namespace runtime {
// ---------------------------------------------------------------- several results at once
/// The roots of several expressions in one graph, which share what they have in common.
template <class... Nodes> struct fetched {
    static constexpr int captures = (0 + ... + Nodes::captures);
    static constexpr int tree_size = (0 + ... + Nodes::tree_size);
    static constexpr value_type type{};
    static constexpr std::array<symbol, sizeof...(Nodes)> lower(trace& t) { return {Nodes::lower(t)...}; }
};
}  // namespace runtime

/// What fetch returns: run(fetch(a, b), X = data) computes a and b in one run and returns a tuple.
template <class E> struct [[nodiscard]] fetch_list {
    using code = typename runtime::program_of<E>::type;
    E joined;
    runtime::draw_readings<E> readings;
};

namespace runtime::fetching {
template <class Done, int Base, class... E> struct shifted;
template <class... Done, int Base> struct shifted<std::tuple<Done...>, Base> { using type = fetched<Done...>; };
template <class... Done, int Base, class E, class... Rest>
struct shifted<std::tuple<Done...>, Base, E, Rest...>
    : shifted<std::tuple<Done..., typename shift<Base, typename E::node_type>::type>, Base + E::node_type::captures,
              Rest...> {};

template <class... E> auto of(const E&... e) {
    auto joined = join<typename shifted<std::tuple<>, 0, E...>::type>(e...);
    draw_readings<decltype(joined)> readings;
    if constexpr (has_call_numbers<decltype(joined)>) {
        reading_finder<decltype(joined)> finder(joined);
        (finder.add(e), ...);
        readings = std::move(finder).take(joined);
    }
    return fetch_list<decltype(joined)>{std::move(joined), std::move(readings)};
}
}  // namespace runtime::fetching

/// Several expressions, to be computed in one run; what they share is computed once.
///
/// edge      a number or a tensor written inside an expression is captured, and one that is captured is never taken for
///           another: fetch(y, gradient(y, X)) of a y that holds 0.5f * X has two 0.5f, and two of all that follows
///           from them. In a telar::function numbers are constants: value_and_grad(f)(X) computes f once.
template <class... E>
requires(...&& Lazy<E>) auto fetch(const E&... e) { return runtime::fetching::of(as_expression(e)...); }

// ---------------------------------------------------------------- binding leaves to values
namespace runtime::binding {

/// Checks the feeds of a graph with leaves L as far as their types tell; the first mistake is a compile-time error.
template <class Leaves, class... Fed> struct feed_check;
template <class... L, class... Fed> struct feed_check<std::tuple<L...>, Fed...> {
    static constexpr std::size_t leaf_count = sizeof...(L), fed_count = sizeof...(Fed), none = leaf_count + fed_count;
    static constexpr std::uint64_t leaves[leaf_count + 1]{(InputLeaf<L> ? identity<L> : 0)...};
    static constexpr std::uint64_t fed[fed_count + 1]{identity<Fed>...};

    static constexpr std::size_t find(const std::uint64_t* ids, std::size_t count, std::uint64_t id) {
        for (std::size_t i = 0; i < count; ++i)
            if (ids[i] == id) return i;
        return none;
    }
    static constexpr std::size_t twice = [] {
        for (std::size_t i = 0; i < fed_count; ++i)
            if (find(fed, i, fed[i]) != none) return i;
        return none;
    }();
    static constexpr std::size_t missing = [] {
        for (std::size_t i = 0; i < leaf_count; ++i)
            if (leaves[i] != 0 && find(fed, fed_count, leaves[i]) == none) return i;
        return none;
    }();
};
/// The leaves of what can be run; void: of what was refused.
template <class T> struct leaves_of_run { using type = void; };
template <class Node, class... L> struct leaves_of_run<expression<Node, L...>> { using type = std::tuple<L...>; };
template <class E> struct leaves_of_run<fetch_list<E>> : leaves_of_run<E> {};

/// Every public entry point calls this, so that the compiler's message stays short and the mistake is named once.
///
/// errors    E227 input_without_a_value, E230 fed_twice
template <class T, class... Feeds> constexpr void require_feeds() {
    using leaves = typename leaves_of_run<T>::type;
    if constexpr (!std::is_void_v<leaves>) {
        using check = feed_check<leaves, typename Feeds::leaf...>;
        using fed = std::tuple<typename Feeds::leaf...>;
        if constexpr (check::twice != check::none) core::errors::fed_twice<std::tuple_element_t<check::twice, fed>>();
        else if constexpr (check::missing != check::none)
            core::errors::input_without_a_value<std::tuple_element_t<check::missing, leaves>>();
    }
}

template <class T> leaf_value value_of_held(const T& handle) {
    if constexpr (std::is_pointer_v<T>) return leaf_value_of(*handle);
    else return leaf_value_of(handle);
}
inline leaf_value value_of_held(const draw_handle& handle) {
    static constexpr shape one(1);
    return {&handle.first, &one, true};
}
/// Sets the value of one leaf if it is a variable's; those of a group together.
template <leaf_kind Kind, class T>
TELAR_INLINE void set_stored(leaf_value*& to, const leaf_info*& leaf, const storage_handle*& stored) {
    if constexpr (LeafGroup<T>) {
        stored_value& values = *require_value(*stored++, leaf->name);
        for (int k = 0; k < T::width; ++k, ++to, ++leaf) *to = {T::data_of(values, k), &leaf->type.extents, true};
    } else {
        if constexpr (Kind == leaf_kind::stored) *to = leaf_value_of(value_in<T>(require_value(*stored++, leaf->name)));
        ++to, ++leaf;
    }
}
/// What set_stored is told of a leaf: the type of its value, or the group itself.
template <class Leaf> struct stored_type { using type = typename Leaf::value; };
template <LeafGroup Leaf> struct stored_type<Leaf> { using type = Leaf; };
/// The values of an expression's leaves, in their order; `leaves` tells of them.
template <class Node, class... L, class... Feeds>
void set_values(leaf_value* values, const leaf_info* leaves, const expression<Node, L...>& e, const Feeds&... feeds) {
    using handles = leaf_handles<L...>;
    [[maybe_unused]] leaf_value* to = values;
    [[maybe_unused]] const storage_handle* stored = e.handles().stored.data();
    // A braced list, because compilers nest a fold, and at most 256 levels deep.
    [[maybe_unused]] const int in_turn[] = {
        0, (set_stored<kind_of_leaf<L>(), typename stored_type<L>::type>(to, leaves, stored), 0)...};
    [&]<std::size_t... K>(std::index_sequence<K...>) {
        ((values[leaf_numbers<L...>::first(handles::places.held_leaf[K])] =
              value_of_held(e.handles().template held<K>())),
         ...);
    }
    (typename handles::held_numbers{});
    [[maybe_unused]] const auto set_fed = [&]<class F>(const F& feed) {
        constexpr std::size_t at = number_of_leaf<typename F::leaf, L...>;
        if constexpr (at < sizeof...(L)) values[leaf_numbers<L...>::first(at)] = leaf_value_of(feed.value());
    };
    (set_fed(feeds), ...);
}
template <class Code, class E, class... Feeds> auto values(const E& e, const Feeds&... feeds) {
    std::array<leaf_value, static_cast<std::size_t>(Code::leaf_count + 1)> all;
    set_values(all.data(), Code::leaves.data(), e, feeds...);
    return all;
}

/// Called after a run that did not fail: a random state moves on.
template <class Node, class... L> void advance(const expression<Node, L...>& e) {
    if constexpr ((... || AdvancingLeaf<L>))
        for (const storage_handle& h : e.handles().stored)
            if (h->advance) h->advance(*h);
}

}  // namespace runtime::binding

/// What run_into writes to: a tensor, or memory that is viewed as one.
template <class T>
concept Output = Tensor<T> ||
    (is_view<T> && !std::is_const_v<std::remove_pointer_t<decltype(std::declval<T>().data())>>);

namespace runtime {
/// The caller's tensors as memory of the first roots of a program, whose dimensions are bound.
///
/// errors    E150 not_a_value_for_the_input; wrong_shape, overlapping_output
template <class Code, int I, class Out> void require_fit(const workspace& w, const Out& out) {
    using result = typename Code::template result<I>;
    constexpr bool fits = [] {
        if constexpr (is_view<Out>) return result::type == Out::type;
        else return result::type == Out::type && result::rank == Out::rank;
    }();
    constexpr bool is_known_to_fit = [] {
        if constexpr (is_view<Out> || !result::is_static) return false;
        else return result::static_extents == Out::static_extents;
    }();
    if constexpr (!fits) core::errors::not_a_value_for_the_input<result, Out>();
    else if constexpr (!is_known_to_fit) {
        const shape extents = w.result_extents(Code::tables(), I);
        if (out.extents() != extents)
            fail<wrong_shape>(
                joined_text({"run_into: the result has shape ", extents, ", the tensor has ", out.extents()}));
    }
}
template <class Code, class... Out>
void place_results(const workspace& w, const std::tuple<Out&...>& outs, void** results) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        (require_fit<Code, static_cast<int>(I)>(w, std::get<I>(outs)), ...);
        ((results[I] = static_cast<void*>(std::get<I>(outs).data())), ...);
    }
    (std::index_sequence_for<Out...>{});
    const auto bytes = std::apply([](const auto&... out) { return std::array{out.bytes()...}; }, outs);
    const auto begin = [&](std::size_t i) { return static_cast<const std::byte*>(results[i]); };
    const std::less<const std::byte*> is_before;
    for (std::size_t i = 1; i < sizeof...(Out); ++i)
        for (std::size_t k = 0; k < i; ++k)
            if (bytes[i] != 0 && bytes[k] != 0 && is_before(begin(i), begin(k) + bytes[k]) &&
                is_before(begin(k), begin(i) + bytes[i]))
                fail<overlapping_output>("run_into: one tensor is to hold two results");
}

/// The results of all roots, each by the numbers that it draws.
template <class Code, class E, class... Feeds>
auto run_readings(workspace& w, const E& e, const draw_readings<E>& readings, const Feeds&... feeds) {
    constexpr std::make_integer_sequence<int, Code::sizes.roots> roots{};
    const auto run = [&](const E& reading) {
        const auto leaves = binding::values<Code>(reading, feeds...);
        return run_and_collect<Code>(w, leaves.data(), roots);
    };
    auto result = run(e);
    if constexpr (Code::sizes.roots > 1 && has_call_numbers<E>)
        for (std::size_t k = 0; k < readings.others.size(); ++k) {
            auto again = run(readings.others[k]);
            [&]<int... I>(std::integer_sequence<int, I...>) {
                const auto take = [&](std::size_t root, auto& to, auto& from) {
                    if (readings.of_root[root] == k + 1) to = std::move(from);
                };
                (take(std::size_t{I}, std::get<I>(result), std::get<I>(again)), ...);
            }
            (roots);
        }
    return result;
}
/// The same, into the memory of the roots.
template <class Code, class E, class... Feeds>
void run_readings_into(void* const* memory, workspace& w, const E& e, const draw_readings<E>& readings,
                       const Feeds&... feeds) {
    const auto result = run_readings<Code>(w, e, readings, feeds...);
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        const auto copy = [](void* to, const auto& from) {
            if (from.size() > 0) std::memcpy(to, from.data(), from.size() * sizeof(*from.data()));
        };
        (copy(memory[I], std::get<I>(result)), ...);
    }
    (std::make_index_sequence<static_cast<std::size_t>(Code::sizes.roots)>{});
}
}  // namespace runtime

// ---------------------------------------------------------------- program
/// A compiled expression: immutable, so const use from several threads is safe, each with its own workspace.
template <class E> class [[nodiscard]] program {
public:
    using code = typename runtime::program_of<E>::type;

    explicit program(E e, runtime::draw_readings<E> readings = {})
        : expression_(std::move(e)), readings_(std::move(readings)) {
        expr::diagnose<code>();
    }

    /// The value for the given feeds: a tensor, or a tuple for fetch(a, b).
    template <Feed... Feeds> [[nodiscard]] auto operator()(workspace& w, const Feeds&... feeds) const {
        runtime::binding::require_feeds<E, Feeds...>();
        auto result = runtime::run_readings<code>(w, expression_, readings_, feeds...);
        runtime::binding::advance(expression_);
        return result;
    }
    /// Writes into the caller's tensor, whose shape must fit; those of fetch(a, b) into std::tie(x, y). Allocates
    /// nothing once a shape has been seen.
    template <Output Out, Feed... Feeds> void into(workspace& w, Out& out, const Feeds&... feeds) const {
        into(w, std::tie(out), feeds...);
    }
    template <Output... Out, Feed... Feeds>
    void into(workspace& w, const std::tuple<Out&...>& outs, const Feeds&... feeds) const {
        static_assert(code::sizes.roots == sizeof...(Out), "run_into takes one tensor for each expression");
        runtime::binding::require_feeds<E, Feeds...>();
        const auto leaves = runtime::binding::values<code>(expression_, feeds...);
        w.bind(code::tables(), leaves.data());
        void* results[sizeof...(Out)];
        runtime::place_results<code>(w, outs, results);
        if (readings_.others.empty()) w.run(code::tables(), leaves.data(), results);
        else if constexpr (runtime::has_call_numbers<E> && sizeof...(Out) > 1)
            runtime::run_readings_into<code>(results, w, expression_, readings_, feeds...);
        runtime::binding::advance(expression_);
    }
    /// Makes the next run with feeds of these shapes allocate nothing, on any thread: see telar::prepare.
    template <Feed... Feeds> void prepare(workspace& w, const Feeds&... feeds) const {
        runtime::binding::require_feeds<E, Feeds...>();
        const auto leaves = runtime::binding::values<code>(expression_, feeds...);
        w.prepare(code::tables(), leaves.data());
    }
    /// Bytes of a workspace's arena; `batch` stands for every extent that is unknown.
    static constexpr extent_t workspace_bytes(extent_t batch = 0) { return code::workspace_bytes(batch); }
    /// Bytes of memory for a workspace(memory) that runs this program: its tables, then its arena. A constant, unless
    /// the program is late.
    static constexpr std::size_t memory_bytes(extent_t batch = 0) {
        return runtime::memory_bytes_of(code::description(), batch);
    }

private:
    E expression_;
    runtime::draw_readings<E> readings_;
};
/// Compiles an expression, or fetch(a, b): program p = compile(y); p(workspace, X = data).
template <Lazy E> auto compile(const E& e) { return program<expression_of<E>>(as_expression(e)); }
template <class E> auto compile(const fetch_list<E>& f) { return program<E>(f.joined, f.readings); }

// ---------------------------------------------------------------- session
/// Where a session computes. A translation unit that nvcc did not compile knows the CPU alone.
struct device {
    enum kind : std::int32_t { cpu } where = cpu;
    static constexpr device best() { return {}; }
};

/// What changes variables when it runs, and knows how to: update(...), a training step.
template <class T>
concept RunnableStep = requires {
    std::remove_cvref_t<T>::is_step;
};

class session;

/// A step that works in the workspaces of a session.
template <class T>
concept PreparedStep = RunnableStep<T> && requires(const T& step, session& s) {
    step.prepare_in(s);
};

/// Owns one workspace for each program that it has run; belongs to one thread at a time.
class session {
public:
    explicit session(device d = device::best());
#if TELAR_COMPILED  // else the compiler's own: those are not instantiated before they are used
    session(session&&) noexcept;
    session& operator=(session&&) noexcept;
    ~session();
#endif

    /// The value of an expression, computing only what it needs.
    ///
    /// errors    E227 input_without_a_value, E228 feed_does_not_fit, E230 fed_twice;
    ///           wrong_shape (naming the leaf, what was expected and what came), no_value
    template <Lazy E, Feed... Feeds> [[nodiscard]] auto run(const E& e, const Feeds&... feeds) {
        runtime::binding::require_feeds<expression_of<E>, Feeds...>();
        const auto p = compile(e);
        return p(workspace_of<typename decltype(p)::code>(), feeds...);
    }
    template <class E, Feed... Feeds> [[nodiscard]] auto run(const fetch_list<E>& f, const Feeds&... feeds) {
        runtime::binding::require_feeds<E, Feeds...>();
        const auto p = compile(f);
        return p(workspace_of<typename decltype(p)::code>(), feeds...);
    }
    /// A step: update(...) returns nothing; a training step its loss, and computes in the workspace that it owns.
    template <RunnableStep S, Feed... Feeds> auto run(S&& step, const Feeds&... feeds) {
        runtime::binding::require_feeds<std::remove_cvref_t<S>, Feeds...>();
        return std::forward<S>(step).run_in(*this, feeds...);
    }
    /// The value of an expression, into the caller's memory.
    template <Output... Out, class E, Feed... Feeds>
    void run_into(const std::tuple<Out&...>& outs, const fetch_list<E>& f, const Feeds&... feeds) {
        runtime::binding::require_feeds<E, Feeds...>();
        const auto p = compile(f);
        p.into(workspace_of<typename decltype(p)::code>(), outs, feeds...);
    }
    template <Tensor Out, Lazy E, Feed... Feeds> void run_into(Out& out, const E& e, const Feeds&... feeds) {
        runtime::binding::require_feeds<expression_of<E>, Feeds...>();
        const auto p = compile(e);
        p.into(workspace_of<typename decltype(p)::code>(), out, feeds...);
    }
    template <class T, Lazy E, Feed... Feeds> void run_into(tensor_view<T> out, const E& e, const Feeds&... feeds) {
        runtime::binding::require_feeds<expression_of<E>, Feeds...>();
        const auto p = compile(e);
        p.into(workspace_of<typename decltype(p)::code>(), out, feeds...);
    }
    /// The results of a fetch(...) that also assigns.
    template <Output... Out, RunnableStep S, Feed... Feeds>
    void run_into(const std::tuple<Out&...>& outs, const S& step, const Feeds&... feeds) {
        runtime::binding::require_feeds<S, Feeds...>();
        step.run_into(*this, outs, feeds...);
    }
    /// Makes the next run of the same with feeds of these shapes allocate nothing, on any thread: see telar::prepare.
    template <Lazy E, Feed... Feeds> void prepare(const E& e, const Feeds&... feeds) {
        runtime::binding::require_feeds<expression_of<E>, Feeds...>();
        const auto p = compile(e);
        p.prepare(workspace_of<typename decltype(p)::code>(), feeds...);
    }
    template <class E, Feed... Feeds> void prepare(const fetch_list<E>& f, const Feeds&... feeds) {
        runtime::binding::require_feeds<E, Feeds...>();
        const auto p = compile(f);
        p.prepare(workspace_of<typename decltype(p)::code>(), feeds...);
    }
    template <PreparedStep S, Feed... Feeds> void prepare(const S& step, const Feeds&... feeds) {
        runtime::binding::require_feeds<S, Feeds...>();
        step.prepare_in(*this, feeds...);
    }
    device where() const { return device_; }
    /// From now on the watcher is told of every kernel that this session runs: profile p; s.watch(p). It must outlive
    /// that. A training step has a workspace of its own: step.watch(p).
    void watch(kernel_observer& watcher) { set_watcher(&watcher); }
    void stop_watching() { set_watcher(nullptr); }

    /// The workspace of a program type, made when first asked for.
    template <class Code> workspace& workspace_of() { return workspace_of(Code::tables()); }

private:
    workspace& workspace_of(const runtime::program_tables& p);
    void set_watcher(kernel_observer* watcher);
    device device_;
    kernel_observer* watcher_ = nullptr;
    std::vector<std::pair<const runtime::program_tables*, std::unique_ptr<workspace>>> workspaces_;
};

/// The session of free run(...): one for each thread, the only global state of the library.
session& default_session();

#if TELAR_HAS_BODIES
TELAR_ONCE session::session(device d) : device_(d) {}
#if TELAR_COMPILED
session::session(session&&) noexcept = default;
session& session::operator=(session&&) noexcept = default;
session::~session() = default;
#endif

TELAR_ONCE workspace& session::workspace_of(const runtime::program_tables& p) {
    for (auto& [key, w] : workspaces_)
        if (key == &p) return *w;
    workspace& fresh = *workspaces_.emplace_back(&p, std::make_unique<workspace>()).second;
    fresh.watch(watcher_);
    return fresh;
}
TELAR_ONCE void session::set_watcher(kernel_observer* watcher) {
    watcher_ = watcher;
    for (auto& [key, w] : workspaces_) w->watch(watcher);
}
TELAR_ONCE session& default_session() {
    static TELAR_THREAD_LOCAL session s;
    return s;
}
#endif  // TELAR_HAS_BODIES

/// The value of an expression: run(y, X = data).
template <class E, Feed... Feeds>
requires(Lazy<E>) [[nodiscard]] auto run(const E& e, const Feeds&... feeds) {
    runtime::binding::require_feeds<expression_of<E>, Feeds...>();
    return default_session().run(e, feeds...);
}
template <class E, Feed... Feeds> [[nodiscard]] auto run(const fetch_list<E>& f, const Feeds&... feeds) {
    runtime::binding::require_feeds<E, Feeds...>();
    return default_session().run(f, feeds...);
}
/// A step: run(update(W = ...), X = data), run(minimize(...), X = data).
template <RunnableStep S, Feed... Feeds> auto run(S&& step, const Feeds&... feeds) {
    runtime::binding::require_feeds<std::remove_cvref_t<S>, Feeds...>();
    return default_session().run(std::forward<S>(step), feeds...);
}
template <Tensor Out, Lazy E, Feed... Feeds> void run_into(Out& out, const E& e, const Feeds&... feeds) {
    runtime::binding::require_feeds<expression_of<E>, Feeds...>();
    default_session().run_into(out, e, feeds...);
}
template <class T, Lazy E, Feed... Feeds> void run_into(tensor_view<T> out, const E& e, const Feeds&... feeds) {
    runtime::binding::require_feeds<expression_of<E>, Feeds...>();
    default_session().run_into(out, e, feeds...);
}
template <Output... Out, class E, Feed... Feeds>
void run_into(const std::tuple<Out&...>& outs, const fetch_list<E>& f, const Feeds&... feeds) {
    runtime::binding::require_feeds<E, Feeds...>();
    default_session().run_into(outs, f, feeds...);
}
template <Output... Out, RunnableStep S, Feed... Feeds>
void run_into(const std::tuple<Out&...>& outs, const S& step, const Feeds&... feeds) {
    runtime::binding::require_feeds<S, Feeds...>();
    default_session().run_into(outs, step, feeds...);
}

/// Does before the first run what it does not do again: prepare(y, X = data) compiles what is late, allocates, and
/// computes once. The next run(y, X = ...) and run_into(t, y, X = ...) with these shapes, in the same session, allocate
/// nothing but the tensors that they return.
///
/// shapes    of the feeds: those of the runs to come. Their values are computed with
/// errors    those of run
/// edge      no variable and no random state changes; what prints does print. A workspace that is prepared keeps the
///           working memory of its kernels, so another thread may run it. Of kernels that OpenMP shares among threads,
///           the others allocate theirs when they first take part
/// source    docs/running.md
/// test      tests/run/prepare_test.cpp
template <class E, Feed... Feeds>
requires(Lazy<E>) void prepare(const E& e, const Feeds&... feeds) {
    runtime::binding::require_feeds<expression_of<E>, Feeds...>();
    default_session().prepare(e, feeds...);
}
template <class E, Feed... Feeds> void prepare(const fetch_list<E>& f, const Feeds&... feeds) {
    runtime::binding::require_feeds<E, Feeds...>();
    default_session().prepare(f, feeds...);
}
template <PreparedStep S, Feed... Feeds> void prepare(const S& step, const Feeds&... feeds) {
    runtime::binding::require_feeds<S, Feeds...>();
    default_session().prepare(step, feeds...);
}

}  // namespace telar::inline TELAR_ABI
