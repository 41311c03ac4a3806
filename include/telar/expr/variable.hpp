// SPDX-License-Identifier: BSL-1.0
// The leaves that a user names: inputs, variables, and what is fed and assigned to them.
#pragma once
#include <telar/core/fixed_string.hpp>
#include <telar/expr/expression.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace telar::inline TELAR_ABI {

namespace expr {
/// What `X = data` returns. An lvalue is viewed; a temporary is owned, so that a stored feed is safe.
template <class Leaf, class T> class [[nodiscard("a feed does nothing by itself: run(y, X = data)")]] feed {
public:
    using leaf = Leaf;
    explicit feed(const T& v) : viewed_(&v) {}
    explicit feed(T && v) : owned_(std::move(v)) {}
    const T& value() const { return viewed_ ? *viewed_ : *owned_; }

private:
    const T* viewed_ = nullptr;
    std::optional<T> owned_;
};
/// A feed of memory that is no tensor's. A view is fed as it is; of a std::vector, a std::span, an array an lvalue is
/// viewed, a temporary is owned, and the values take the input's shape.
template <class Leaf, class T> class feed<Leaf, tensor_view<T>> {
    using element = std::remove_const_t<T>;

public:
    using leaf = Leaf;
    explicit feed(tensor_view<T> v) : viewed_(v) {}
    explicit feed(std::vector<element> values)
        : owned_(std::make_shared<const std::vector<element>>(std::move(values))),
          viewed_(*owned_, shape_for(owned_->size())) {}
    const tensor_view<T>& value() const { return viewed_; }

    /// The input's shape for so many elements: one unknown extent is what remains.
    static shape shape_for(std::size_t count) {
        shape to = Leaf::type.extents;
        extent_t known = 1;
        int unknown = -1, unknowns = 0;
        for (int i = 0; i < to.rank; ++i) {
            if (to[i] == dyn) unknown = i, ++unknowns;
            else known *= to[i];
        }
        const auto n = static_cast<extent_t>(count);
        if (unknowns == 1 && known > 0) to[unknown] = n / known;
        if (unknowns > 1 || to.count() != n)
            fail<wrong_shape>(
                joined_text({"\"", Leaf::name, "\": ", count, " values do not make a tensor of shape ",
                             Leaf::type.extents, unknowns > 1 ? ": feed tensor_view(values, shape(...))" : ""}));
        return to;
    }

private:
    std::shared_ptr<const std::vector<element>> owned_;
    tensor_view<T> viewed_;
};
/// Consecutive elements of T's type that are no tensor: std::vector, std::span, std::array, a C array.
template <class V, class T>
concept MemoryFor = !Tensor<V> && requires(const V& v) {
    requires std::same_as < std::remove_cvref_t<decltype(*std::data(v))>,
    typename T::value_type > ;
    std::size(v);
};
template <class V, class T>
concept ViewFor = is_view<V> && std::same_as<typename V::value_type, typename T::value_type>;

template <class T> inline constexpr bool is_feed = false;
template <class Leaf, class T> inline constexpr bool is_feed<feed<Leaf, T>> = true;
}  // namespace expr

template <class T>
concept Feed = expr::is_feed<std::remove_cvref_t<T>>;

namespace expr {
/// Whether a value of one type's extents may have another's: where both are numbers they agree.
constexpr bool extents_agree(const shape& from, const shape& to) { return from == to || can_become(from, to); }
/// True if a tensor type may be fed to an input of another: same element type and rank. (E228 tells of extents.)
template <class From, class To> inline constexpr bool can_feed = false;
template <Tensor From, Tensor To>
inline constexpr bool can_feed<From, To> = From::type == To::type&& From::rank == To::rank;
/// True if a number may be fed to an input without axes: it takes the input's type, as beside an operand.
template <class From, class To>
concept NumberFor = Scalar<From> && To::rank == 0 && std::same_as<From, bool> == (To::type == dtype::boolean) &&
                    (is_float(To::type) || std::integral<From>);
}  // namespace expr

/// A value that each run gets from outside, as tf.placeholder: input<"X", tensor<float, dyn, 784>> X; run(y, X = data).
template <fixed_string Name, Tensor T> class input : public expr::without_value {
public:
    using leaf = expr::input_leaf<Name, T>;
    using value_t = T;
    static constexpr bool is_named_operand = true;

    constexpr input() = default;
    constexpr input(const input&) = default;
    input& operator=(const input&) = default;  // of two models that hold one; what it returns is no feed
    constexpr typename leaf::handle handle() const { return {}; }

    expr::feed<leaf, T> operator=(const T& v) const { return expr::feed<leaf, T>(v); }
    expr::feed<leaf, T> operator=(T&& v) const { return expr::feed<leaf, T>(std::move(v)); }  // also X = {{100.f}}
    template <class U>
    requires(!std::same_as<std::remove_cvref_t<U>, T> && !std::same_as<std::remove_cvref_t<U>, input>) auto operator=(
        U&& v) const {
        using V = std::remove_cvref_t<U>;
        if constexpr (expr::can_feed<V, T>) {
            if constexpr (!expr::extents_agree(V::static_extents, T::static_extents))
                core::errors::feed_does_not_fit<leaf, V>();
            return expr::feed<leaf, V>(std::forward<U>(v));
        } else if constexpr (expr::ViewFor<V, T>) return expr::feed<leaf, tensor_view<const typename T::value_type>>(v);
        else if constexpr (expr::MemoryFor<V, T>) return feed_of_memory(std::forward<U>(v));
        else if constexpr (expr::NumberFor<V, T>) return expr::feed<leaf, T>(T(static_cast<typename T::value_type>(v)));
        else {
            core::errors::not_a_value_for_the_input<T, V>();
            return expr::feed<leaf, T>(T{});
        }
    }
    /// A mistake: a list that is not nested as deep as there are axes.
    template <Scalar V>
    requires(T::rank > 1) expr::feed<leaf, T>
    operator=(std::initializer_list<V>) const {
        core::errors::list_not_so_deep<T>();
        return expr::feed<leaf, T>(T{});
    }

private:
    template <class U> static auto feed_of_memory(U&& v) {
        using element = typename T::value_type;
        using made = expr::feed<leaf, tensor_view<const element>>;
        // An lvalue is viewed, and a span is no owner of what it refers to; any other temporary is owned.
        if constexpr (std::is_lvalue_reference_v<U> || std::ranges::enable_borrowed_range<std::remove_cvref_t<U>>)
            return made(tensor_view<const element>(std::data(v), made::shape_for(std::size(v))));
        else if constexpr (std::same_as<U, std::vector<element>>) return made(std::move(v));
        else return made(std::vector<element>(std::data(v), std::data(v) + std::size(v)));
    }
};

namespace expr {
/// A tensor that the user keeps alive and unchanged as long as the expression: ref(t) * x captures no copy.
template <Tensor T> class referred {
public:
    explicit referred(const T& t) : viewed_(&t) {}
    const T* viewed() const { return viewed_; }

private:
    const T* viewed_;
};
}  // namespace expr

template <Tensor T> expr::referred<T> ref(const T& t) { return expr::referred<T>(t); }
template <Tensor T> expr::referred<T> ref(const T&&) = delete;

namespace expr {
template <class T> inline constexpr bool is_reference = false;
template <class T> inline constexpr bool is_reference<referred<T>> = true;
}  // namespace expr

// ---------------------------------------------------------------- what an operand may be
// Nothing is deduced or specialised on a fixed_string: nvcc cannot. Kinds are asked of members.
template <class T>
concept Named = requires {
    T::is_named_operand;
};
template <class T>
concept Symbol = std::same_as<std::remove_cvref_t<T>, symbol>;
template <class T>
concept Lazy = is_expression<std::remove_cvref_t<T>> || Named<std::remove_cvref_t<T>> ||
    expr::is_reference<std::remove_cvref_t<T>>;
/// A tensor, an expression (variable, input, ref) or a symbol: what every operation takes.
template <class T>
concept Operand = Tensor<T> || Lazy<T> || Symbol<T>;
/// A variable or a random state: what has a value between runs.
template <class T>
concept Stateful = Named<T> && expr::VariableLeaf<typename T::leaf>;

namespace expr {
// ---------------------------------------------------------------- variables
/// `W = expression`: to be committed with others by run(update(...)).
template <class Leaf, class E>
struct [[nodiscard("an assignment does nothing by itself: run(update(v = expression))")]] assignment {
    typename Leaf::handle target;
    E value;
};
template <class T> inline constexpr bool is_assignment = false;
template <class Leaf, class E> inline constexpr bool is_assignment<assignment<Leaf, E>> = true;

/// Says that a variable is to share the storage that it is given.
struct sharing {
    explicit sharing() = default;
};
/// The storage that a variable owns, and that the expressions and steps made of it refer to. A copy has storage of its
/// own; assignment writes the value into what is there; a move takes the storage along.
template <class Leaf> class owned_storage {
    using T = typename Leaf::value;

public:
    owned_storage() : shared_(made()) {}
    explicit owned_storage(storage_handle h) : shared_(std::move(h)) {}
    owned_storage(const owned_storage& other) : owned_storage() { value_in<T>(shared_) = other.value(); }
    owned_storage(owned_storage&& other) noexcept : shared_(std::move(other.shared_)) {}
    owned_storage& operator=(const owned_storage& other) {
        if (this != &other) write(other.value());
        return *this;
    }
    /// Writes into its own storage as well, unless only the other one's is referred to: that is taken along then.
    owned_storage& operator=(owned_storage&& other) noexcept {
        if (shared_ == other.shared_) return *this;
        const auto from = std::exchange(other.shared_, {});
        const bool is_own_shared = shared_.use_count() > 1, is_other_shared = from.use_count() > 1;
        if (!shared_ || !from || (is_other_shared && !is_own_shared)) shared_ = from;
        else if (is_other_shared) value_in<T>(shared_) = value_in<T>(from);
        else value_in<T>(shared_) = std::move(value_in<T>(from));
        return *this;
    }
    ~owned_storage() { *const_cast<const void* volatile*>(&self_) = nullptr; }

    /// One that was moved from has storage again.
    template <class From> void write(From&& value) {
        require_constructed();
        if (!shared_) shared_ = made();
        value_in<T>(shared_) = std::forward<From>(value);
    }
    T& value() const { return value_in<T>(handle()); }
    const storage_handle& handle() const {
        require_constructed();
        return require_value(shared_, Leaf::name);
    }

private:
    static storage_handle made() {
        auto storage = std::make_shared<variable_storage<T>>();
        storage->name = Leaf::name;
        if constexpr (AdvancingLeaf<Leaf>) storage->advance = &Leaf::advance;
        return storage;
    }
    /// Memory in which nothing is constructed does not hold its own address: a static object of another file that comes
    /// later, a member that is used by one before it.
    void require_constructed() const {
        const void* self = self_;
#if defined(__GNUC__)
        asm("" : "+r"(self));  // compilers may take what they know to be uninitialised for anything
#endif
        if (self != this) refuse_unconstructed(Leaf::name);
    }
    const void* self_ = this;
    storage_handle shared_;
};
}  // namespace expr

/// State that lives between runs, as tf.Variable. It owns a value as any C++ object does: a copy has a value of its
/// own, assignment writes into the variable's own storage, a move takes the storage along. Expressions and steps refer
/// to the storage, keep it alive, and go on with it:
///
///     auto step = minimize(loss(m), adam{});  // m: a struct of variables
///     auto best = m;                          // keeps the values of now
///     run(step, X = data);                    // changes m
///     m = best;                               // step goes on from there
///     auto same = alias(m.W);                 // m.W itself, under another name
///
/// edge      v = tensor and v = other variable write now; v = expression is an assignment for update(...): the deferred
///           form of the second is assign(v, other). A copy has the same name: with the original in one graph it is a
///           duplicate_name. A function of a model takes it by reference: what is built of a copy trains the copy
/// errors    E151 assigned_value_does_not_fit; no_value: it was moved from, or is not constructed yet
/// test      tests/expr/variable_test.cpp, tests/run/value_test.cpp
template <fixed_string Name, Tensor T, bool Trainable = true> class variable : public expr::without_value {
public:
    using leaf = expr::variable_leaf<Name, T, Trainable>;
    using value_t = T;
    static constexpr bool is_named_operand = true;

    /// Zeros (dynamic extents: empty until a value is assigned).
    variable() = default;
    explicit variable(T v) { value() = std::move(v); }
    variable(const variable&) = default;
    variable(variable&&) noexcept = default;
    variable& operator=(const variable&) = default;
    variable& operator=(variable&&) noexcept = default;
    ~variable() = default;

    const T& value() const { return storage_.value(); }
    T& value() { return storage_.value(); }
    static constexpr std::string_view name() { return Name.view(); }
    const typename leaf::handle& handle() const { return storage_.handle(); }

    variable& operator=(T v) {
        storage_.write(std::move(v));
        return *this;
    }
    /// A mistake: a list that is not nested as deep as there are axes.
    template <Scalar V>
    requires(T::rank > 1) variable& operator=(std::initializer_list<V>) {
        core::errors::list_not_so_deep<T>();
        return *this;
    }
    /// The value of another variable, now.
    template <Stateful V> variable& operator=(const V& other) { return *this = other.value(); }
    /// A tensor of another type, now; extents that its type does not know are checked.
    template <Tensor U>
    requires(!std::convertible_to<U, T>) variable& operator=(const U& value) {
        if constexpr (U::type == T::type && expr::extents_agree(U::static_extents, T::static_extents))
            storage_.write(static_cast<T>(value));
        else core::errors::assigned_value_does_not_fit<leaf, U>();
        return *this;
    }
    /// To be committed by update(...): nothing is written now, so that a const model may say so too.
    template <Lazy E>
    requires(!Stateful<E>) auto operator=(const E& e) const {
        return expr::assignment<leaf, std::remove_cvref_t<decltype(as_expression(e))>>{handle(), as_expression(e)};
    }
    /// What alias(v) returns.
    variable(expr::sharing, const typename leaf::handle& h) : storage_(h) {}

private:
    expr::owned_storage<leaf> storage_;
};
/// Another object for the same variable or random state: what is written to one is read from the other, and both may
/// stand in one graph.
///
/// test      tests/expr/variable_test.cpp
template <Stateful V>
requires(!std::is_const_v<V>) [[nodiscard]] V alias(V& v) { return V(expr::sharing{}, v.handle()); }

// ---------------------------------------------------------------- operands as expressions
template <class Node, class... L> const expression<Node, L...>& as_expression(const expression<Node, L...>& e) {
    return e;
}
template <Named T> auto as_expression(const T& named) {
    return expression<typename T::leaf, typename T::leaf>(std::in_place, named.handle());
}
template <Tensor T> auto as_expression(const T& t) {
    return expression<expr::captured<T>, expr::captured<T>>(std::in_place, t);
}
template <Scalar T> auto as_expression(T v) {
    return expression<expr::captured<T>, expr::captured<T>>(std::in_place, v);
}
template <class T> auto as_expression(const expr::referred<T>& r) {
    return expression<expr::captured_reference<T>, expr::captured_reference<T>>(std::in_place, r.viewed());
}
template <class T> using expression_of = std::remove_cvref_t<decltype(as_expression(std::declval<const T&>()))>;

}  // namespace telar::inline TELAR_ABI
