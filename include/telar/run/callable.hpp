// SPDX-License-Identifier: BSL-1.0
// Makes a callable: compiles what it is made of, and puts it behind pointers to functions.
#pragma once
#include <telar/callable.hpp>
#include <telar/run/update.hpp>

#include <array>
#include <cstring>
#include <memory>
#include <new>

namespace telar::inline TELAR_ABI::runtime::callables {

namespace signature = core::callables;

/// What a run computes, as one expression: its results, then what it assigns.
template <Lazy E> auto joined(const E& e) { return as_expression(e); }
template <class List>
requires requires(const List& list) {
    list.joined;
    list.readings;
}
auto joined(const List& list) {
    if (!list.readings.others.empty())
        fail<invalid_argument>("callable: results that draw random numbers apart; make them results of one function");
    return list.joined;
}
template <class... E> auto joined(const std::tuple<E...>& all) {
    return std::apply([](const auto&... e) { return joined(fetch(e...)); }, all);
}

/// The input that stands for operand I of a function.
template <class T> struct tensor_type { using type = T; };
template <Scalar T> struct tensor_type<T> { using type = tensor<T>; };
template <std::size_t I, class A>
using operand_input = input<"x" + number<I>, typename tensor_type<typename signature::values<A>::owner>::type>;

/// The inputs of an expression, when they are not told: there is one.
template <class E, bool IsOne> struct inputs_of;
template <class Node, class... L> struct inputs_of<expression<Node, L...>, true> {
    static constexpr std::size_t count = (std::size_t{0} + ... + std::size_t{InputLeaf<L>});
    static constexpr std::size_t at = [] {
        const bool is_input[sizeof...(L) + 1]{InputLeaf<L>..., true};
        std::size_t i = 0;
        while (!is_input[i]) ++i;
        return i;
    }();
    template <std::size_t I> static auto leaf_at() {
        if constexpr (I < sizeof...(L)) return std::type_identity<type_at<I, L...>>{};
        else return std::type_identity<void>{};
    }
    using type = type_list<typename decltype(leaf_at<at>())::type>;
};
template <class E> struct inputs_of<E, false> { using type = type_list<>; };

/// A result of a program as an operand or a result of a signature.
template <class Made, class Wanted> constexpr bool fits_result() {
    using to = signature::values<Wanted>;
    return Made::type == dtype_of<typename to::element>() && Made::rank == to::extents.rank &&
           extents_agree(Made::static_extents, to::extents);
}

/// What a callable holds: an expression, what it assigns, a workspace.
template <class Signature, class E, class Leaves> class callee;
template <class R, class... A, class Node, class... L, class... Fed>
class callee<R(A...), expression<Node, L...>, type_list<Fed...>> {
    using all = expression<Node, L...>;
    using results = typename signature::results_of<R>::list;
    static constexpr std::size_t result_count = std::tuple_size_v<results>, operand_count = sizeof...(A);

public:
    using code = compiled<Node, L...>;

    explicit callee(all e) : expression_(std::move(e)), states_of_variables_(expression_.handles().stored) {
        diagnose<code>();
        require_signature();
        take_states();
    }
    /// Its workspace and its state in this memory.
    callee(all e, std::span<std::byte> memory)
        : expression_(std::move(e)),
          states_of_variables_(expression_.handles().stored),
          states_(buffer<std::byte>::lent(memory.data(), 0, state_bytes())),
          workspace_(memory.subspan(state_bytes())) {
        diagnose<code>();
        require_signature();
        take_states();
    }
    callee(const callee& other)
        : expression_(other.expression_),
          states_of_variables_(other.states_of_variables_),
          states_(other.states_),
          places_(other.places_),
          state_extents_(other.state_extents_) {
        own_random_states(other.expression_.handles().stored);
    }
    callee& operator=(const callee&) = delete;

    void measure(const border::array* x, extent_t* extents) {
        bind(x);
        for (std::size_t r = 0; r < result_count; ++r) {
            const shape s = workspace_.result_extents(code::tables(), static_cast<int>(r));
            std::copy_n(s.extent, max_rank, extents + r * max_rank);
        }
    }
    void run(const border::array* x, const border::array* y) {
        bind(x);
        void* memory[code::sizes.roots + 1]{};
        for (std::size_t r = 0; r < result_count; ++r) {
            require_fit(static_cast<int>(r), y[r]);
            memory[r] = staged.bytes[operand_count + r] == 0 ? y[r].data : staged_at(operand_count + r);
        }
        for (std::size_t r = 0; r < root_count; ++r)
            if (target(r) >= 0) memory[r] = states_.data() + places_[r];
        workspace_.run(code::tables(), values_.data(), memory);
        for (std::size_t r = 0; r < result_count; ++r)
            if (const std::size_t bytes = staged.bytes[operand_count + r]) std::memcpy(y[r].data, memory[r], bytes);
        binding::advance(expression_);
    }
    void prepare(const border::array* x) {
        bind(x);
        workspace_.prepare(code::tables(), values_.data());
    }
    /// The state of the variables, again.
    void reset() { take_states(); }

    /// Bytes of memory beside its own: a constant, unless it is late.
    static constexpr std::size_t bytes(extent_t batch) {
        return state_bytes() + memory_bytes_of(code::description(), batch);
    }

private:
    static constexpr std::size_t root_count = static_cast<std::size_t>(code::sizes.roots);
    static constexpr int target(std::size_t root) { return code::roots[static_cast<int>(root)].target; }
    static constexpr std::size_t place_alignment = 16;
    static constexpr std::size_t rounded(std::size_t bytes) {
        return (bytes + place_alignment - 1) / place_alignment * place_alignment;
    }
    static constexpr std::size_t bytes_of(int leaf, const shape& extents) {
        return rounded(static_cast<std::size_t>(extents.count()) * size_of(code::leaves[leaf].type.type));
    }
    /// Of states whose extents are known.
    static constexpr std::size_t state_bytes() {
        std::size_t bytes = 0;
        for (std::size_t r = 0; r < root_count; ++r)
            if (const int leaf = target(r); leaf >= 0 && code::leaves[leaf].is_static)
                bytes += bytes_of(leaf, code::leaves[leaf].type.extents);
        return bytes;
    }

    // ---- what is asked when it is made
    static constexpr std::size_t results_of_code = [] {
        std::size_t n = 0;
        for (std::size_t r = 0; r < root_count; ++r) n += target(r) < 0;
        return n;
    }();
    template <class Leaf> static constexpr void require_fed() {
        if constexpr (InputLeaf<Leaf> && !(... || std::same_as<Leaf, Fed>)) core::errors::input_without_a_value<Leaf>();
    }
    template <class Leaf, class Operand> static constexpr void require_operand() {
        using from = signature::values<Operand>;
        if constexpr (Leaf::type.type != dtype_of<typename from::element>() ||
                      Leaf::type.extents.rank != from::extents.rank)
            core::errors::not_a_value_for_the_input<Leaf, Operand>();
        else if constexpr (!extents_agree(from::extents, Leaf::type.extents))
            core::errors::feed_does_not_fit<Leaf, Operand>();
    }
    static constexpr void require_signature() {
        if constexpr (sizeof...(Fed) != operand_count)
            core::errors::wrong_number_of_arguments<core::errors::takes<static_cast<int>(sizeof...(Fed))>,
                                                    core::errors::gets<static_cast<int>(operand_count)>>();
        else {
            (require_fed<L>(), ...);
            (require_operand<Fed, A>(), ...);
            if constexpr (results_of_code != result_count) core::errors::result_is_not_the_callables<code, R>();
            else []<std::size_t... I>(std::index_sequence<I...>) {
                    (require_result<I>(), ...);
                }
            (std::make_index_sequence<result_count>{});
        }
    }
    template <std::size_t I> static constexpr void require_result() {
        using made = typename code::template result<static_cast<int>(I)>;
        using wanted = std::tuple_element_t<I, results>;
        if constexpr (!fits_result<made, wanted>()) core::errors::result_is_not_the_callables<made, wanted>();
    }
    template <class Leaf, class Operand> static void require_extents(const border::array& x) {
        if (!x.extents) return;
        shape got;
        for (int k = 0; k < x.rank; ++k) got.append(x.extents[k]);
        if (!(got == signature::values<Operand>::extents))
            fail<wrong_shape>(joined_text(
                {"\"", Leaf::name, "\": expected shape ", signature::values<Operand>::extents, ", got ", got}));
    }
    void require_fit(int r, const border::array& y) const {
        const shape s = workspace_.result_extents(code::tables(), r);
        shape got = y.extents ? shape{} : result_extents(r);
        for (int k = 0; y.extents && k < y.rank; ++k) got.append(y.extents[k]);
        if (!(got == s)) fail<wrong_shape>(joined_text({"callable: the result has shape ", s, ", its memory ", got}));
    }
    static constexpr shape result_extents(int r) {
        return []<std::size_t... I>(std::index_sequence<I...>) {
            return std::array{signature::values<std::tuple_element_t<I, results>>::extents...};
        }
        (std::make_index_sequence<result_count>{})[static_cast<std::size_t>(r)];
    }

    // ---- its own state
    void take_states() {
        binding::set_values(values_.data(), code::leaves.data(), with_original_handles());
        std::size_t bytes = 0;
        for (std::size_t r = 0; r < root_count; ++r)
            if (target(r) >= 0) bytes += bytes_of(target(r), *value(r).extents);
        states_.resize(bytes);
        std::size_t at = 0;
        for (std::size_t r = 0; r < root_count; ++r) {
            if (target(r) < 0) continue;
            places_[r] = at;
            state_extents_[r] = *value(r).extents;
            at += bytes_of(target(r), state_extents_[r]);
            const std::size_t size =
                static_cast<std::size_t>(state_extents_[r].count()) * size_of(code::leaves[target(r)].type.type);
            if (size > 0) std::memcpy(states_.data() + places_[r], value(r).data, size);
        }
        own_random_states(states_of_variables_);
    }
    leaf_value& value(std::size_t root) { return values_[static_cast<std::size_t>(target(root))]; }
    all with_original_handles() const {
        auto handles = expression_.handles();
        handles.stored = states_of_variables_;
        return all(std::move(handles));
    }
    template <class Handles> void own_random_states([[maybe_unused]] const Handles& from) {
        if constexpr ((... || AdvancingLeaf<L>)) {
            auto handles = expression_.handles();
            std::size_t at = 0;
            (own_random_state<L>(handles.stored, from, at), ...);
            expression_ = all(std::move(handles));
        }
    }
    template <class Leaf, class Handles>
    static void own_random_state(Handles& to, const Handles& from, std::size_t& at) {
        if constexpr (kind_of_leaf<Leaf>() == leaf_kind::stored) {
            if constexpr (AdvancingLeaf<Leaf>)
                to[at] = std::make_shared<variable_storage<typename Leaf::value>>(
                    static_cast<const variable_storage<typename Leaf::value>&>(*from[at]));
            ++at;
        }
    }

    // ---- small operands and results
    // They are copied, because a workspace that finds its values at other addresses than before points all kernels to
    // them, which for a small program takes longer than to run it.
    static constexpr std::size_t most_staged_bytes = 256;
    template <class T> static constexpr std::size_t staged_bytes() {
        using v = signature::values<T>;
        if constexpr (!v::is_static) return 0;
        else {
            const std::size_t bytes = static_cast<std::size_t>(v::extents.count()) * sizeof(typename v::element);
            return bytes <= most_staged_bytes ? bytes : 0;
        }
    }
    struct staging {
        std::size_t bytes[operand_count + result_count]{}, place[operand_count + result_count + 1]{};
    };
    static constexpr staging staged = []<std::size_t... I>(std::index_sequence<I...>) {
        staging s{{staged_bytes<A>()..., staged_bytes<std::tuple_element_t<I, results>>()...}, {}};
        for (std::size_t i = 0; i < operand_count + result_count; ++i)
            s.place[i + 1] = s.place[i] + (s.bytes[i] + alignment - 1) / alignment * alignment;
        return s;
    }
    (std::make_index_sequence<result_count>{});
    std::byte* staged_at(std::size_t i) { return staged_ + staged.place[i]; }

    // ---- the values of a run
    void bind(const border::array* x) {
        binding::set_values(values_.data(), code::leaves.data(), expression_);
        for (std::size_t r = 0; r < root_count; ++r)
            if (target(r) >= 0) {
                value(r).data = states_.data() + places_[r];
                value(r).extents = &state_extents_[r];
            }
        std::size_t i = 0;
        (bind_operand<Fed, A>(x[i], i), ...);
        workspace_.bind(code::tables(), values_.data());
    }
    template <class Leaf, class Operand> void bind_operand(const border::array& x, std::size_t& i) {
        constexpr std::size_t at = number_of_leaf<Leaf, L...>;
        if constexpr (at < sizeof...(L)) {
            shape& extents = operand_extents_[i];
            extents = signature::values<Operand>::extents;
            if (x.extents) {
                extents.rank = x.rank;
                std::copy_n(x.extents, x.rank, extents.extent);
            }
            const void* data = x.data;
            if constexpr (constexpr std::size_t bytes = staged_bytes<Operand>(); bytes > 0) {
                require_extents<Leaf, Operand>(x);
                data = std::memcpy(staged_at(i), x.data, bytes);
            }
            values_[static_cast<std::size_t>(leaf_numbers<L...>::first(at))] = {data, &extents, x.extents == nullptr};
        }
        ++i;
    }

    all expression_;
    decltype(leaf_handles<L...>::stored) states_of_variables_;  // those that a reset goes back to
    buffer<std::byte> states_;                                  // of the variables that a run assigns
    std::array<std::size_t, root_count + 1> places_{};          // of each root's, in bytes
    std::array<shape, root_count + 1> state_extents_{};
    std::array<shape, operand_count + 1> operand_extents_{};
    std::array<leaf_value, static_cast<std::size_t>(code::leaf_count + 1)> values_;
    alignas(alignment) std::byte staged_[staged.place[operand_count + result_count] + 1]{};
    workspace workspace_;
};

/// The functions of one kind of callee.
template <class Callee> struct functions_of {
    static Callee& at(void* what) { return *static_cast<Callee*>(what); }
    static border::held copy(const void* what) { return {&on_heap, new Callee(*static_cast<const Callee*>(what))}; }
    static void measure(void* what, const border::array* x, extent_t* extents) { at(what).measure(x, extents); }
    static void run(void* what, const border::array* x, const border::array* y) { at(what).run(x, y); }
    static void prepare(void* what, const border::array* x) { at(what).prepare(x); }
    static void reset(void* what) { at(what).reset(); }

    static constexpr border::functions on_heap{
        &copy, [](void* what) { delete static_cast<Callee*>(what); }, &measure, &run, &prepare, &reset};
    static constexpr border::functions in_memory{
        &copy, [](void* what) { at(what).~Callee(); }, &measure, &run, &prepare, &reset};
};

}  // namespace telar::inline TELAR_ABI::runtime::callables

namespace telar::inline TELAR_ABI::core::callables {

template <class R, class... A, class Source, class... Inputs>
struct making_a_callable_needs_telar_hpp<R(A...), Source, Inputs...> {
    static constexpr bool is_function = !Lazy<Source> && !requires(const Source& s) { s.joined; };

    static auto joined(const Source& source) {
        if constexpr (!is_function) return runtime::callables::joined(source);
        else return [&]<std::size_t... I>(std::index_sequence<I...>) {
                return runtime::callables::joined(source(runtime::callables::operand_input<I, A>{}...));
            }
        (std::index_sequence_for<A...>{});
    }
    template <class> struct leaves_of;
    template <std::size_t... I> struct leaves_of<std::index_sequence<I...>> {
        using type = type_list<typename runtime::callables::operand_input<I, A>::leaf...>;
    };
    using expression = decltype(joined(std::declval<const Source&>()));
    static constexpr bool finds_input = !is_function && sizeof...(Inputs) == 0;
    using leaves = std::conditional_t<
        is_function, typename leaves_of<std::index_sequence_for<A...>>::type,
        std::conditional_t<finds_input, typename runtime::callables::inputs_of<expression, finds_input>::type,
                           type_list<typename Inputs::leaf...>>>;
    using callee = runtime::callables::callee<R(A...), expression, leaves>;
    using functions = runtime::callables::functions_of<callee>;

    static border::held on_heap(const Source& source, const Inputs&...) {
        return {&functions::on_heap, new callee(joined(source))};
    }
    static constexpr std::size_t bytes(extent_t batch) {
        return alignof(callee) + sizeof(callee) + callee::bytes(batch);
    }
    static border::held in_memory(std::span<std::byte> memory, const Source& source, const Inputs&...) {
        static const std::size_t least = bytes(0);
        void* at = memory.data();
        std::size_t room = memory.size();
        if (room < least || !std::align(alignof(callee), sizeof(callee), at, room))
            fail<invalid_argument>(
                joined_text({"callable: it needs ", least, " bytes of memory or more, ", memory.size(), " are given"}));
        const std::span<std::byte> rest(static_cast<std::byte*>(at) + sizeof(callee), room - sizeof(callee));
        return {&functions::in_memory, ::new (at) callee(joined(source), rest)};
    }
};

}  // namespace telar::inline TELAR_ABI::core::callables
