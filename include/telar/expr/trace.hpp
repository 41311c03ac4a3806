// SPDX-License-Identifier: BSL-1.0
// A trace: a graph under construction and the leaves (variables, inputs, captured values) that it may read.
#pragma once
#include <telar/core/tensor.hpp>
#include <telar/graph/symbol.hpp>

#include <array>
#include <string_view>

namespace telar::inline TELAR_ABI::expr {

/// What is known of a value before anything runs: its type, its shape (unknown extents are dyn), whether it is linear.
struct value_type {
    dtype type = dtype::float32;
    std::int32_t linear = 0;
    shape extents{};

    friend constexpr bool operator==(const value_type&, const value_type&) = default;
};

/// The value type of a tensor type or of a number.
template <class T> constexpr value_type value_type_of() {
    if constexpr (Scalar<T>) return {dtype_of<T>(), 0, {}};
    else return {T::type, T::is_matrix, T::static_extents};
}

constexpr std::uint64_t hash_of(std::string_view text) {
    std::uint64_t h = 14695981039346656037u;
    for (char c : text) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211u;
    return h;
}
/// A number that is the same for the same type and differs for others. (Addresses of variable templates would be nicer:
/// g++ 12 refuses to compare them under -fsanitize=undefined.)
template <class T> constexpr std::uint64_t identify() {
#if defined(_MSC_VER) && !defined(__clang__)
    constexpr std::string_view name = __FUNCSIG__;
#else
    constexpr std::string_view name = __PRETTY_FUNCTION__;
#endif
    return hash_of(name);
}
template <class T> inline constexpr std::uint64_t identity = identify<T>();

/// The identities of leaves; 0 of a captured value, which is never taken for another leaf.
template <class... Leaves> struct identities_of { std::uint64_t at[sizeof...(Leaves) + 1]; };
template <class... Leaves>
inline constexpr identities_of<Leaves...> identities{{(Leaves::is_captured ? 0 : identity<Leaves>)..., 0}};

/// A leaf that stands for several values, next to each other: the parameters of a model. It has their number `width`,
/// their types, value_types[k], and their names, name_of(k).
template <class Leaf>
concept LeafGroup = requires {
    Leaf::width;
};
template <class Leaf> constexpr int width_of_leaf() {
    if constexpr (LeafGroup<Leaf>) return Leaf::width;
    else return 1;
}
/// The type of a leaf's first value, behind which those of a group stand.
template <class Leaf> constexpr const value_type* types_of_leaf() {
    if constexpr (LeafGroup<Leaf>) return Leaf::value_types;
    else return &Leaf::type;
}
/// The numbers that the values of leaves have in a graph.
template <class... Leaves> struct leaf_numbers {
    struct numbers {
        int first[sizeof...(Leaves) + 1]{};
    };
    static constexpr numbers all = [] {
        constexpr int widths[]{width_of_leaf<Leaves>()..., 0};
        numbers n;
        for (std::size_t i = 0; i < sizeof...(Leaves); ++i) n.first[i + 1] = n.first[i] + widths[i];
        return n;
    }();
    static constexpr int count = all.first[sizeof...(Leaves)];
    static constexpr int first(std::size_t leaf) { return all.first[leaf]; }
};

/// A value of a known type that stands for a leaf; its unknown extents become dimension variables.
constexpr symbol declare_leaf(graph& g, int number, const value_type& v) {
    node n;
    n.kind = op::leaf;
    n.type = v.type;
    n.attribute[0] = number;
    for (int i = 0; i < v.extents.rank; ++i)
        n.extents.append(v.extents[i] == dyn ? g.dims.variable(number, i) : v.extents[i]);
    return {&g, g.add(n), v.linear != 0};
}

/// The leaves are numbered in the order of the expression's leaf list. Value k of a group is found by the group's
/// identity + k.
class trace {
public:
    graph g;

    constexpr trace() = default;
    trace(const trace&) = delete;
    trace& operator=(const trace&) = delete;

    template <class... Leaves> constexpr void declare() {
        const value_type* const types[]{types_of_leaf<Leaves>()..., nullptr};
        constexpr int widths[]{width_of_leaf<Leaves>()..., 0};
        for (int i = 0; i < static_cast<int>(sizeof...(Leaves)); ++i)
            for (int k = 0; k < widths[i]; ++k)
                declare(types[i][k], identities<Leaves...>.at[i] + static_cast<unsigned>(k));
    }
    template <class Leaf> constexpr symbol named() const { return named(identity<Leaf>); }
    constexpr symbol named(std::uint64_t identity) const {
        int i = by_identity_.first(identity);
        while (i >= 0 && leaves_[i].identity != identity) i = by_identity_.next(i);
        return i < 0 ? symbol{} : leaves_[i].value;  // never {}: the leaf list is made from the nodes
    }
    /// Behind how many calls that draw the operand stands that is being lowered.
    constexpr int place() const { return place_; }
    /// Captured values are told apart by position alone: the first one of the operand that is being lowered.
    constexpr symbol captured() const { return leaves_[captured_[base_]].value; }

    /// What a function gave for these operands, and draws counted from there, when it was called before in this trace;
    /// else nothing.
    template <std::size_t N>
    constexpr const symbol* results_of(std::uint64_t function, int draws, const std::array<symbol, N>& s) const {
        for (int k = by_call_.first(hash_of_call(function, s)); k >= 0; k = by_call_.next(k)) {
            const called& c = calls_[k];
            bool is_same = c.function == function && c.draws == draws;
            for (std::size_t i = 0; is_same && i < N; ++i) {
                const symbol& x = symbols_[c.first + static_cast<int>(i)];
                is_same = x.id == s[i].id && x.linear == s[i].linear;
            }
            if (is_same) return &symbols_[c.first + static_cast<int>(N)];
        }
        return nullptr;
    }
    template <std::size_t N, std::size_t M>
    constexpr void remember(std::uint64_t function, int draws, const std::array<symbol, N>& s,
                            const std::array<symbol, M>& results) {
        calls_.push({function, draws, symbols_.size()});
        by_call_.add(hash_of_call(function, s));
        for (const symbol& x : s) symbols_.push(x);
        for (const symbol& y : results) symbols_.push(y);
    }

    /// While it lives, positions of captured values count from `by` further on, places of calls from `places`.
    class shifted {
    public:
        constexpr shifted(trace& t, int by, int places) : trace_(t), by_(by), places_(places) {
            trace_.base_ += by_;
            trace_.place_ += places_;
        }
        constexpr ~shifted() {
            trace_.base_ -= by_;
            trace_.place_ -= places_;
        }
        shifted(const shifted&) = delete;
        shifted& operator=(const shifted&) = delete;

    private:
        trace& trace_;
        int by_, places_;
    };

private:
    constexpr void declare(const value_type& type, std::uint64_t identity) {
        const int number = leaves_.size();
        leaves_.push({declare_leaf(g, number, type), identity});
        by_identity_.add(identity);
        if (identity == 0) captured_.push(number);
    }
    struct entry {
        symbol value{};
        std::uint64_t identity = 0;
    };
    struct called {
        std::uint64_t function = 0;
        int draws = -1;
        int first = 0;  // of the operands, behind which the results stand
    };
    template <std::size_t N>
    static constexpr std::uint64_t hash_of_call(std::uint64_t function, const std::array<symbol, N>& s) {
        for (const symbol& x : s) function = function * 31 + static_cast<std::uint64_t>(x.id);
        return function;
    }
    growable<entry> leaves_;
    numbers_by_hash by_identity_;
    growable<called> calls_;
    numbers_by_hash by_call_;
    growable<symbol> symbols_;
    growable<int> captured_;
    int base_ = 0;
    int place_ = 0;
};

}  // namespace telar::inline TELAR_ABI::expr
