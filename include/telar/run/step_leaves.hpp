// SPDX-License-Identifier: BSL-1.0
// What a training step has beside the loss: what the optimiser remembers of each variable, the count of steps, the
// hyper-parameters; and the update of one variable, as it is traced.
#pragma once
#include <telar/core/buffer.hpp>
#include <telar/core/failure.hpp>
#include <telar/graph/state.hpp>
#include <telar/run/grad.hpp>
#include <telar/run/optimizers.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

namespace telar::inline TELAR_ABI {

namespace runtime::training {

/// "W/adam/m", as the type's own constant.
template <class Variable, class Optimizer, int K> struct state_name {
    static constexpr std::size_t size =
        Variable::name.size() + Optimizer::name.size() + Optimizer::state_names[K].size() + 2;
    static constexpr std::array<char, size> text = [] {
        std::array<char, size> t{};
        std::size_t at = 0;
        for (std::string_view part :
             {Variable::name, std::string_view("/"), Optimizer::name, std::string_view("/"), Optimizer::state_names[K]})
            for (char c : part) t[at++] = c;
        return t;
    }();
};
struct slot_leaf_base {
    static constexpr bool is_variable = true;
    static constexpr bool is_trainable = false;
};
/// The type of a running mean of values of type T: those of two bytes would stand still.
template <class T> struct slot_value { using type = T; };
template <Half T, extent_t... N> struct slot_value<tensor<T, N...>> { using type = tensor<float, N...>; };
template <Half T, extent_t R, extent_t C> struct slot_value<matrix<T, R, C>> { using type = matrix<float, R, C>; };
/// The same of the extents that the optimiser says.
template <class Variable, class Optimizer, int K, class T = typename Variable::value>
struct state_value : slot_value<T> {};
template <class Variable, class Optimizer, int K, class T>
requires requires { &Optimizer::state_extents; }
struct state_value<Variable, Optimizer, K, T> {
    static constexpr shape extents =
        runtime::optimizers::state_extents<Optimizer>(K, T::static_extents, Variable::name);
    static constexpr extent_t extent(std::size_t i) { return extents.extent[i]; }
    template <std::size_t... I>
    static tensor<typename slot_value<T>::type::value_type, extent(I)...> made(std::index_sequence<I...>);
    using type = decltype(made(std::make_index_sequence<std::size_t(extents.rank)>{}));
};
/// What an optimiser remembers of a variable.
template <class Variable, class Optimizer, int K>
struct state_leaf : named_leaf<state_leaf<Variable, Optimizer, K>, typename state_value<Variable, Optimizer, K>::type>,
                    slot_leaf_base {
    static constexpr std::string_view name{state_name<Variable, Optimizer, K>::text.data(),
                                           state_name<Variable, Optimizer, K>::size};
};
/// The same of the values of a group that are trained.
template <class Group, class Optimizer, int K> struct state_group : slot_leaf_base {
    using value = tensor<float>;
    using handle = storage_handle;
    static constexpr bool is_captured = false;
    static constexpr int captures = 0, tree_size = 1;
    static constexpr int width = Group::trained_count;
    static constexpr std::string_view name = Group::name;

    struct table {
        value_type types[std::size_t(width)]{};
        std::size_t end[std::size_t(width + 1)]{};
        char text[std::size_t(Group::length_of_names + width * 64 + 1)]{};
    };
    static constexpr table all = [] {
        static_assert(Optimizer::name.size() + Optimizer::state_names[K].size() + 2 <= 64);
        table t;
        std::size_t at = 0;
        for (int i = 0; i < width; ++i) {
            const value_type& v = Group::value_types[Group::trained[i]];
            t.types[i] = {
                is_half(v.type) ? dtype::float32 : v.type, v.linear,
                runtime::optimizers::state_extents<Optimizer>(K, v.extents, Group::name_of(Group::trained[i]))};
            for (const std::string_view part : {Group::name_of(Group::trained[i]), std::string_view("/"),
                                                Optimizer::name, std::string_view("/"), Optimizer::state_names[K]})
                for (const char c : part) t.text[at++] = c;
            t.end[i + 1] = at;
        }
        return t;
    }();
    static constexpr const value_type (&value_types)[std::size_t(width)] = all.types;
    static constexpr value_type type = all.types[0];
    static constexpr std::string_view name_of(int k) { return {all.text + all.end[k], all.end[k + 1] - all.end[k]}; }
};
template <class Variable, class Optimizer, int K> struct state_of { using type = state_leaf<Variable, Optimizer, K>; };
template <LeafGroup Group, class Optimizer, int K> struct state_of<Group, Optimizer, K> {
    using type = state_group<Group, Optimizer, K>;
};
/// Which values an optimiser changes: of each variable its own, of a group those that are trained.
template <class Variable> constexpr int trained_count_of() {
    if constexpr (LeafGroup<Variable>) return Variable::trained_count;
    else return 1;
}
template <class... Variables>
inline constexpr int trained_count = [] {
    int n = 0;
    for (const int each : {trained_count_of<Variables>()..., 0}) n += each;
    return n;
}();
/// f(variable's number among Variables, value's number in its group) for each of them, in their order.
template <class... Variables> constexpr void each_trained(auto f) {
    constexpr int counts[]{trained_count_of<Variables>()..., 0};
    constexpr auto numbers_of = []<class V>(std::type_identity<V>) -> const int* {
        if constexpr (LeafGroup<V>) return V::trained;
        else return nullptr;
    };
    const int* const numbers[]{numbers_of(std::type_identity<Variables>{})..., nullptr};
    for (int i = 0; i < static_cast<int>(sizeof...(Variables)); ++i)
        for (int k = 0; k < counts[i]; ++k) f(i, numbers[i] ? numbers[i][k] : 0);
}
/// The names of these values.
template <class... Variables> constexpr auto names_of_trained() {
    std::array<std::string_view, std::size_t(trained_count<Variables...> + 1)> names{};
    std::size_t next = 0;
    const auto add = [&]<class V>(std::type_identity<V>) {
        if constexpr (!LeafGroup<V>) names[next++] = V::name;
        else
            for (int k = 0; k < V::trained_count; ++k) names[next++] = V::name_of(V::trained[k]);
    };
    (add(std::type_identity<Variables>{}), ...);
    return names;
}
/// The numbers that the values which are trained have among the leaves of the loss.
template <class Leaves, class... Variables> inline constexpr std::array<std::size_t, 0> numbers_of_trained{};
template <class... L, class... Variables>
inline constexpr auto numbers_of_trained<type_list<L...>, Variables...> = [] {
    constexpr std::size_t leaf_of[]{number_of_leaf<Variables, L...>...};
    std::array<std::size_t, std::size_t(trained_count<Variables...>)> all{};
    std::size_t next = 0;
    each_trained<Variables...>(
        [&](int i, int k) { all[next++] = static_cast<std::size_t>(leaf_numbers<L...>::first(leaf_of[i]) + k); });
    return all;
}();
template <class... Variables> struct parameter_names {
    static constexpr auto all() { return names_of_trained<Variables...>(); }
};
/// How many steps were taken.
struct step_leaf : named_leaf<step_leaf, tensor<float>>, slot_leaf_base {
    static constexpr std::string_view name = "step";
};
/// A hyper-parameter; it is a double where a parameter is one.
template <int K, class T> struct hyper_leaf : named_leaf<hyper_leaf<K, T>, T> {
    static constexpr std::string_view name = "hyper";
    static constexpr int hyper = K;
};
/// What an optimiser remembers of a parameter under a name such as "W/adam/m"; nothing before the first step.
struct named_state {
    std::string_view name;
    dtype type;
    shape known;  // dyn where only the first step tells
    shape extents{};
    std::byte* data;
    std::size_t bytes;
};
/// One state of a variable, in memory that the step owns.
struct state_memory {
    shape extents{};
    buffer<std::byte> bytes;

    /// Becomes zeros of this shape, unless it has the shape already.
    void fit(const shape& wanted, dtype type) {
        if (bytes.size() > 0 && extents == wanted) return;
        extents = wanted;
        bytes.resize(static_cast<std::size_t>(wanted.count()) * static_cast<std::size_t>(size_of(type)));
        if (bytes.size() > 0) std::memset(bytes.data(), 0, bytes.size());
    }
};
/// The caller's memory, from which pieces are cut that begin at aligned addresses.
class memory_pieces {
public:
    /// What a piece of so many bytes takes, and what may be lost before the first.
    static constexpr std::size_t piece(std::size_t bytes) { return (bytes + alignment - 1) / alignment * alignment; }
    static constexpr std::size_t bytes_around = alignment - 1;

    /// errors    invalid_argument: the memory is smaller than what is needed of it
    memory_pieces(std::span<std::byte> memory, std::size_t needed) : rest_(memory) {
        if (memory.size() < needed) refuse(memory.size(), needed);
        const std::size_t past = reinterpret_cast<std::uintptr_t>(memory.data()) % alignment;
        rest_ = memory.subspan(past == 0 ? 0 : alignment - past);
    }
    std::span<std::byte> take(std::size_t bytes) {
        const auto taken = rest_.first(bytes);
        rest_ = rest_.subspan(piece(bytes));
        return taken;
    }
    /// Memory for a state, which is empty until the first step.
    void lend(state_memory& to, std::size_t bytes) { to = {{}, buffer<std::byte>::lent(take(bytes).data(), 0, bytes)}; }

private:
    [[noreturn]] TELAR_COLD static void refuse(std::size_t given, std::size_t needed) {
        fail<invalid_argument>(
            joined_text({"minimize: the step needs ", needed, " bytes of memory, ", given, " are given"}));
    }
    std::span<std::byte> rest_;
};
template <class... Variables>
using hyper_type = std::conditional_t<(... || (Variables::type.type == dtype::float64)), double, float>;

/// The hyper-parameters of an optimiser, as values of the trace.
template <class Optimizer, class T> constexpr auto hypers_of([[maybe_unused]] const trace& t) {
    return [&]<int... H>(std::integer_sequence<int, H...>) {
        return std::array<symbol, std::size_t(Optimizer::hypers)>{t.named<hyper_leaf<H, T>>()...};
    }
    (std::make_integer_sequence<int, Optimizer::hypers>{});
}
constexpr void push(trace& t, symbol s, symbol target) {
    t.g.roots.push({s.id, target.g ? static_cast<std::int32_t>(target.self().attribute[0]) : -1, target.linear, 0});
}
/// The update of one variable: its roots, behind those of the variables before it. What the loss assigned to the
/// variable is where the update begins.
template <class Optimizer>
constexpr void update(trace& t, symbol v, symbol gradient, symbol number,
                      const std::array<symbol, std::size_t(Optimizer::states)>& states,
                      const std::array<symbol, std::size_t(Optimizer::hypers)>& hypers, std::string_view path = {}) {
    const symbol value = emit::widened(emit::taken_value(v).plain());
    const auto as_type = [&](symbol s) { return emit::cast(s, value.type()); };
    parameter_step<Optimizer::states, Optimizer::hypers> s{value, gradient, as_type(number), {}, {}, path};
    for (std::size_t k = 0; k < states.size(); ++k) s.state[k] = states[k].plain();
    for (std::size_t k = 0; k < hypers.size(); ++k) s.hyper[k] = as_type(hypers[k]);
    const auto after = Optimizer::update(s);
    push(t, emit::rounded(after[0], v.type()).as_linear(after[0].linear), v);
    for (std::size_t k = 0; k < states.size(); ++k) push(t, after[k + 1], states[k]);
}

}  // namespace runtime::training

}  // namespace telar::inline TELAR_ABI
