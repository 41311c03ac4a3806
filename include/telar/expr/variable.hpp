// SPDX-License-Identifier: BSL-1.0
// The leaves that a user names: inputs, variables, and what is fed and assigned to them.
#pragma once
#include <telar/core/fixed_string.hpp>
#include <telar/expr/expression.hpp>

#include <optional>

namespace telar::inline TELAR_ABI {

/// What `X = data` returns. An lvalue is viewed; a temporary is owned, so that a stored feed is safe.
template <class Leaf, class T> class feed {
public:
    using leaf = Leaf;
    explicit feed(const T& v) : viewed_(&v) {}
    explicit feed(T&& v) : owned_(std::move(v)) {}
    const T& value() const { return viewed_ ? *viewed_ : *owned_; }

private:
    const T* viewed_ = nullptr;
    std::optional<T> owned_;
};
template <class T> inline constexpr bool is_feed = false;
template <class Leaf, class T> inline constexpr bool is_feed<feed<Leaf, T>> = true;
template <class T>
concept Feed = is_feed<std::remove_cvref_t<T>>;

/// True if a tensor type may be fed to an input of another: same element type and rank; extents are checked when run.
template <class From, class To> inline constexpr bool can_feed = false;
template <Tensor From, Tensor To>
inline constexpr bool can_feed<From, To> = From::type == To::type&& From::rank == To::rank;
/// True if a number may be fed to an input without axes: it takes the input's type, as beside an operand.
template <class From, class To>
concept NumberFor = Scalar<From> && To::rank == 0 && std::same_as<From, bool> == (To::type == dtype::boolean) &&
                    (is_float(To::type) || std::integral<From>);

/// A value that each run gets from outside, as tf.placeholder: input<"X", tensor<float, dyn, 784>> X; run(y, X = data).
template <fixed_string Name, Tensor T> class input {
public:
    using leaf = input_leaf<Name, T>;
    using value_t = T;
    static constexpr bool is_named_operand = true;

    constexpr input() = default;
    constexpr input(const input&) = default;
    input& operator=(const input&) = delete;  // X = Y between two inputs is no feed
    constexpr typename leaf::handle handle() const { return {}; }

    feed<leaf, T> operator=(const T& v) const { return feed<leaf, T>(v); }
    feed<leaf, T> operator=(T&& v) const { return feed<leaf, T>(std::move(v)); }  // also X = {{100.f}}
    template <class U>
    requires(!std::same_as<std::remove_cvref_t<U>, T> && !std::same_as<std::remove_cvref_t<U>, input>) auto operator=(
        U&& v) const {
        using V = std::remove_cvref_t<U>;
        if constexpr (can_feed<V, T>) return feed<leaf, V>(std::forward<U>(v));
        else if constexpr (NumberFor<V, T>) return feed<leaf, T>(T(static_cast<typename T::value_type>(v)));
        else {
            errors::not_a_value_for_the_input<T, V>();
            return feed<leaf, T>(T{});
        }
    }
};

/// `W = expression`: to be committed with others by run(update(...)).
template <class Leaf, class E> struct assignment {
    typename Leaf::handle target;
    E value;
};
template <class T> inline constexpr bool is_assignment = false;
template <class Leaf, class E> inline constexpr bool is_assignment<assignment<Leaf, E>> = true;

/// State that lives between runs, as tf.Variable. A variable is a handle to shared storage: copying it makes an alias,
/// clone() a copy of the value, so a model struct may be returned by value.
template <fixed_string Name, Tensor T, bool Trainable = true> class variable {
public:
    using leaf = variable_leaf<Name, T, Trainable>;
    using value_t = T;
    static constexpr bool is_named_operand = true;

    /// Zeros (dynamic extents: empty until a value is assigned).
    variable() : storage_(std::make_shared<variable_storage<T>>()) {}
    explicit variable(T v) : variable() { storage_->value = std::move(v); }

    const T& value() const { return storage_->value; }
    T& value() { return storage_->value; }
    variable clone() const { return variable(storage_->value); }
    static constexpr std::string_view name() { return Name.view(); }
    const typename leaf::handle& handle() const { return storage_; }

    variable& operator=(T v) {
        storage_->value = std::move(v);
        return *this;
    }
    template <class E>
    requires is_expression<E>
    auto operator=(const E& e) const { return assignment<leaf, E>{storage_, e}; }

private:
    typename leaf::handle storage_;
};

/// A tensor that the user keeps alive and unchanged as long as the expression: ref(t) * x captures no copy.
template <Tensor T> class referred {
public:
    explicit referred(const T& t) : viewed_(&t) {}
    const T* viewed() const { return viewed_; }

private:
    const T* viewed_;
};
template <Tensor T> referred<T> ref(const T& t) { return referred<T>(t); }
template <Tensor T> referred<T> ref(const T&&) = delete;
template <class T> inline constexpr bool is_reference = false;
template <class T> inline constexpr bool is_reference<referred<T>> = true;

// ---------------------------------------------------------------- what an operand may be
// Nothing is deduced or specialised on a fixed_string: nvcc cannot. Kinds are asked of members.
template <class T>
concept Named = requires {
    T::is_named_operand;
};
template <class T>
concept Symbol = std::same_as<std::remove_cvref_t<T>, symbol>;
template <class T>
concept Lazy =
    is_expression<std::remove_cvref_t<T>> || Named<std::remove_cvref_t<T>> || is_reference<std::remove_cvref_t<T>>;
/// A tensor, an expression (variable, input, ref) or a symbol: what every operation takes.
template <class T>
concept Operand = Tensor<T> || Lazy<T> || Symbol<T>;

template <class Node, class... L> const expression<Node, L...>& as_expression(const expression<Node, L...>& e) {
    return e;
}
template <Named T> auto as_expression(const T& named) {
    return expression<typename T::leaf, typename T::leaf>(named.handle());
}
template <Tensor T> auto as_expression(const T& t) { return expression<captured<T>, captured<T>>(t); }
template <Scalar T> auto as_expression(T v) { return expression<captured<T>, captured<T>>(v); }
template <class T> auto as_expression(const referred<T>& r) {
    return expression<captured_reference<T>, captured_reference<T>>(r.viewed());
}
template <class T> using expression_of = std::remove_cvref_t<decltype(as_expression(std::declval<const T&>()))>;

}  // namespace telar::inline TELAR_ABI
