// SPDX-License-Identifier: BSL-1.0
// A compiled function behind a type that a header can name: light to include, and the same for all units of a program.
//
// What a unit is built for is part of every name in telar (core/config.hpp), so that units with other flags share no
// kernels. A callable is what they may share. So this page has two halves: what stands in plain `telar` is data and the
// callable itself, whose functions leave no symbol behind because they are inlined without exception; all code stands
// in TELAR_ABI.
#pragma once
#include <telar/core/errors.hpp>
#include <telar/core/tensor.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>

#if defined(__GNUC__) || defined(__clang__)
#define TELAR_SHARED inline __attribute__((always_inline))
#else
#define TELAR_SHARED inline
#endif

namespace telar {

/// A tensor in the signature of a callable that units with other flags share: callable<shaped<float, dyn,
/// 10>(shaped<float, dyn, 784>)>. It has no values: a call takes and returns tensors of the unit that calls.
template <class T, std::int64_t... Extents> struct shaped {};

namespace border {
/// Values of an operand or a result. Without extents they are those of the signature.
struct array {
    void* data;
    const std::int64_t* extents;
    int rank;
};
struct held;
/// What a callable can do.
struct functions {
    held (*copy)(const void* what);
    void (*destroy)(void* what);
    /// Checks the operands; the extents of each result, six numbers.
    void (*measure)(void* what, const array* operands, std::int64_t* extents);
    void (*run)(void* what, const array* operands, const array* results);
    void (*prepare)(void* what, const array* operands);
    void (*reset)(void* what);
};
struct held {
    const functions* how;
    void* what;
};
}  // namespace border

template <class Signature> class callable;
template <class T> inline constexpr bool is_callable = false;
template <class Signature> inline constexpr bool is_callable<callable<Signature>> = true;

}  // namespace telar

namespace telar::inline TELAR_ABI::core::callables {

// ---------------------------------------------------------------- the types of a signature
/// What a type stands for: the element type and the extents; `owner` holds such values.
template <class T> struct values_of {
    static_assert(Element<T>, "callable: a type of the signature is a number, a tensor or shaped<...>");
    using element = T;
    using owner = T;
    static constexpr shape extents{};
    static constexpr bool is_static = true;
};
template <class T, extent_t... Extents> struct values_of<tensor<T, Extents...>> {
    using element = T;
    using owner = tensor<T, Extents...>;
    static constexpr shape extents{Extents...};
    static constexpr bool is_static = owner::is_static;
};
template <class T, extent_t Rows, extent_t Columns>
struct values_of<matrix<T, Rows, Columns>> : values_of<tensor<T, Rows, Columns>> {
    using owner = matrix<T, Rows, Columns>;
};
template <class T, std::int64_t... Extents>
struct values_of<shaped<T, Extents...>> : values_of<tensor<T, Extents...>> {};
template <class T> using values = values_of<std::remove_cvref_t<T>>;

/// A result, or several.
template <class R> struct results_of {
    using list = std::tuple<R>;
    using owner = typename values<R>::owner;
};
template <class... R> struct results_of<std::tuple<R...>> {
    using list = std::tuple<R...>;
    using owner = std::tuple<typename values<R>::owner...>;
};

/// Memory that is given: a std::span of bytes, an array of them. (Asked of other types, std::span asks for more than
/// they can say.)
template <class M> inline constexpr bool is_bytes = false;
template <class M>
requires requires(M& m) {
    { *std::data(m) } -> std::same_as<std::byte&>;
}
inline constexpr bool is_bytes<M> = true;

template <class T> inline constexpr bool is_tuple = false;
template <class... T> inline constexpr bool is_tuple<std::tuple<T...>> = true;

/// Whether two signatures mean the same, so that a callable of one can be one of the other.
template <class A, class B>
inline constexpr bool is_alike =
    std::same_as<typename values<A>::element, typename values<B>::element>&& values<A>::extents == values<B>::extents;
template <class A, class B> inline constexpr bool are_alike = false;
template <class... A, class... B>
requires(sizeof...(A) ==
         sizeof...(B)) inline constexpr bool are_alike<std::tuple<A...>, std::tuple<B...>> = (... && is_alike<A, B>);
template <class A, class B> inline constexpr bool is_same_signature = false;
template <class R, class... A, class S, class... B>
inline constexpr bool is_same_signature<R(A...), S(B...)> =
    are_alike<typename results_of<R>::list, typename results_of<S>::list>&&
        are_alike<std::tuple<A...>, std::tuple<B...>>;

// ---------------------------------------------------------------- the values of a call
template <class X> inline constexpr extent_t known_rank = -1;
template <Tensor X> inline constexpr extent_t known_rank<X> = X::rank;

/// An array for a type A of the signature: a tensor, a view, consecutive elements, a number. `length` is room for the
/// extents of what has none.
///
/// errors    E150 not_a_value_for_the_input, E228 feed_does_not_fit
template <class A, class X> border::array array_of(X& x, extent_t& length) {
    using wanted = values<A>;
    using element = typename wanted::element;
    using X0 = std::remove_const_t<X>;
    const auto array = [](auto* data, const extent_t* extents, int rank) {
        return border::array{const_cast<element*>(data), extents, rank};
    };
    if constexpr (std::same_as<X0, element>) {
        if constexpr (wanted::extents.rank == 0) return array(&x, nullptr, 0);
        else core::errors::not_a_value_for_the_input<A, X0>();
    } else if constexpr (requires {
                             requires std::same_as<typename X0::value_type, element> && X0::rank == X0::rank;
                         }) {
        if constexpr (X0::rank != wanted::extents.rank) core::errors::not_a_value_for_the_input<A, X0>();
        else if constexpr (X0::static_extents == wanted::extents && X0::is_static) return array(x.data(), nullptr, 0);
        else if constexpr (!(X0::static_extents == wanted::extents) && !can_become(X0::static_extents, wanted::extents))
            core::errors::feed_does_not_fit<A, X0>();
        else return array(x.data(), x.extents().extent, X0::rank);
    } else if constexpr (is_view<X0>) {
        if constexpr (!std::same_as<typename X0::value_type, element>) core::errors::not_a_value_for_the_input<A, X0>();
        else return array(x.data(), x.extents().extent, x.rank());
    } else if constexpr (Memory<X>) {
        if constexpr (!std::same_as<std::remove_const_t<memory_element<X>>, element> || wanted::extents.rank != 1)
            core::errors::not_a_value_for_the_input<A, X0>();
        else {
            length = static_cast<extent_t>(std::size(x));
            return array(std::data(x), &length, 1);
        }
    } else {
        core::errors::not_a_value_for_the_input<A, X0>();
    }
    return {};
}
/// A number becomes one of the signature's.
template <class A, class X> decltype(auto) passed(const X& x) {
    using wanted = values<A>;
    if constexpr (wanted::extents.rank == 0 && std::is_arithmetic_v<X>) return static_cast<typename wanted::element>(x);
    else return (x);
}

[[noreturn]] void refuse_empty();
#if TELAR_HAS_BODIES
TELAR_ONCE TELAR_COLD void refuse_empty() { fail<no_value>("callable: an empty one was called"); }
#endif

inline border::held copy(const border::held& h) { return h.how ? h.how->copy(h.what) : h; }
inline void destroy(const border::held& h) {
    if (h.how) h.how->destroy(h.what);
}
inline void reset(const border::held& h) {
    if (h.how) h.how->reset(h.what);
}

/// The calls of one signature.
template <class R, class... A> struct calls {
    using results = typename results_of<R>::list;
    using owner = typename results_of<R>::owner;
    static constexpr std::size_t operand_count = sizeof...(A), result_count = std::tuple_size_v<results>;
    template <std::size_t I> using result = std::tuple_element_t<I, results>;

    struct operands {
        extent_t length[operand_count + 1]{};
        border::array of[operand_count + 1]{};

        template <class... X> explicit operands(const X&... x) {
            static_assert(sizeof...(X) == operand_count, "callable: a call has as many operands as the signature");
            std::size_t i = 0;
            ((of[i] = array_of<A>(x, length[i]), ++i), ...);
        }
    };
    template <class... Out, class... X>
    static void into(const border::held& h, const std::tuple<Out&...>& outs, const X&... x) {
        static_assert(sizeof...(Out) == result_count, "callable: into takes one place for each result");
        if (!h.how) refuse_empty();
        const operands from(x...);
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            extent_t length[result_count]{};
            const border::array to[]{array_of<result<I>>(std::get<I>(outs), length[I])...};
            h.how->run(h.what, from.of, to);
        }
        (std::index_sequence_for<Out...>{});
    }
    template <class... X> static void prepare(const border::held& h, const X&... x) {
        if (!h.how) refuse_empty();
        const operands from(x...);
        h.how->prepare(h.what, from.of);
    }
    template <class... X> static owner made(const border::held& h, const X&... x) {
        if (!h.how) refuse_empty();
        const operands from(x...);
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            extent_t extents[result_count][max_rank]{};
            if constexpr (!(... && values<result<I>>::is_static)) h.how->measure(h.what, from.of, extents[0]);
            std::tuple<typename values<result<I>>::owner...> all{uninitialized<result<I>>(extents[I])...};
            const border::array to[]{array_of<result<I>>(std::get<I>(all), extents[I][0])...};
            h.how->run(h.what, from.of, to);
            if constexpr (std::same_as<owner, decltype(all)>) return all;
            else return std::get<0>(std::move(all));
        }
        (std::make_index_sequence<result_count>{});
    }

private:
    template <class T> static typename values<T>::owner uninitialized([[maybe_unused]] const extent_t* extents) {
        using to = typename values<T>::owner;
        if constexpr (!Tensor<to>) return to{};
        else {
            shape s = values<T>::extents;
            if constexpr (!values<T>::is_static)
                for (int k = 0; k < s.rank; ++k) s[k] = extents[k];
            return to::uninitialized(s);
        }
    }
};

/// Makes callables: run/callable.hpp, which telar.hpp includes.
template <class Signature, class Source, class... Inputs> struct making_a_callable_needs_telar_hpp;

}  // namespace telar::inline TELAR_ABI::core::callables

namespace telar {

/// f: (x...) -> y, compiled where it is made; who calls it sees its signature alone. As std::function, it can be
/// copied, moved and empty. Made of a model, a function, an expression of inputs, or a lambda that makes one of inputs:
///
///     callable<tensor<float, dyn, 10>(const tensor<float, dyn, 784>&)> predict = net;   // an nn::model
///     tensor<float, dyn, 10> y = predict(images);
///     predict.into(result, images);   // allocates nothing once a size has been seen
///     callable<float(float)> f(fetch(y, h = next_h), X);   // an expression and its inputs, in the signature's order
///
/// shapes    a type of the signature is a number, a tensor, or shaped<...>; several results are a std::tuple, and those
///           of `into` std::tie(a, b)
/// edge      copies share the weights, which are the model's: training it goes on to show. Each has a workspace and a
///           state of its own (variables that a run assigns, random states); a copy begins with the state of its
///           original. One is called by one thread at a time; copies run side by side. Units with other flags share a
///           callable if all types of its signature are shared: numbers and shaped<...>. What it throws is then caught
///           as std::runtime_error
/// errors    no_value: it is empty; wrong_shape. When it is made: E150, E227, E228
/// test      tests/run/callable_test.cpp
template <class R, class... A> class callable<R(A...)> {
    using calls = core::callables::calls<R, A...>;
    template <class Source, class... Inputs>
    using maker = core::callables::making_a_callable_needs_telar_hpp<R(A...), Source, Inputs...>;

public:
    TELAR_SHARED constexpr callable() = default;
    TELAR_SHARED callable(const callable& other) : held_(core::callables::copy(other.held_)) {}
    TELAR_SHARED callable(callable&& other) noexcept : held_(other.held_) { other.held_ = {}; }
    TELAR_SHARED callable& operator=(const callable& other) {
        callable taken(other);
        trade(taken);
        return *this;
    }
    TELAR_SHARED callable& operator=(callable&& other) noexcept {
        callable taken(static_cast<callable&&>(other));
        trade(taken);
        return *this;
    }
    TELAR_SHARED ~callable() { core::callables::destroy(held_); }

    /// Of a model, a function, an expression; `inputs` are the inputs of an expression in the order of the operands. Of
    /// one input they need not be told.
    template <class Source, class... Inputs>
    requires(!is_callable<Source> && (... && Inputs::is_named_operand))
        callable(const Source& source, const Inputs&... inputs)
        : held_(maker<Source, Inputs...>::on_heap(source, inputs...)) {}
    /// The same in the caller's memory, which outlives it: nothing is taken from the heap. bytes_for says how much it
    /// needs. A copy is on the heap.
    template <class Source, class Memory, class... Inputs>
    requires(!is_callable<Source> && core::callables::is_bytes<Memory> && (... && Inputs::is_named_operand))
        callable(const Source& source, Memory&& memory, const Inputs&... inputs)
        : held_(maker<Source, Inputs...>::in_memory(std::span<std::byte>(memory), source, inputs...)) {}
    /// Bytes of memory that one needs which is made of such a source; `batch` stands for every unknown extent.
    template <class Source, class... Inputs> static constexpr std::size_t bytes_for(std::int64_t batch = 0) {
        return maker<Source, Inputs...>::bytes(batch);
    }
    /// Of one whose signature says the same in other words.
    template <class Other>
    requires(core::callables::is_same_signature<R(A...), Other> && !std::same_as<Other, R(A...)>) TELAR_SHARED
        callable(const callable<Other>& other)
        : held_(core::callables::copy(other.held_)) {}

    /// Now. A const callable may be called: as std::function it does not own what it changes.
    template <class... X> TELAR_SHARED auto operator()(const X&... x) const {
        return calls::made(held_, core::callables::passed<A>(x)...);
    }
    /// The result into memory that is given: a tensor, a view, consecutive numbers, a number; std::tie(a, b) of
    /// several.
    template <class Out, class... X>
    requires(!core::callables::is_tuple<std::remove_cvref_t<Out>>) TELAR_SHARED
        void into(Out&& out, const X&... x) const {
        calls::into(held_, std::tie(out), core::callables::passed<A>(x)...);
    }
    template <class... Out, class... X> TELAR_SHARED void into(const std::tuple<Out&...>& outs, const X&... x) const {
        calls::into(held_, outs, core::callables::passed<A>(x)...);
    }
    /// Makes the next call with operands of these shapes allocate nothing but its results, on any thread: compiles what
    /// is late, allocates, and computes once with these values. No state changes. A copy is not prepared.
    template <class... X> TELAR_SHARED void prepare(const X&... x) const {
        calls::prepare(held_, core::callables::passed<A>(x)...);
    }
    /// Its state becomes that of the variables that it was made of.
    TELAR_SHARED void reset() { core::callables::reset(held_); }
    TELAR_SHARED explicit operator bool() const { return held_.how != nullptr; }

private:
    template <class> friend class callable;
    /// (A function of std would leave a symbol of its own behind.)
    TELAR_SHARED void trade(callable& other) {
        const border::held mine = held_;
        held_ = other.held_;
        other.held_ = mine;
    }
    border::held held_{};
};

}  // namespace telar
