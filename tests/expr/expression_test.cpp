// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <telar/expr/composite.hpp>

using namespace telar;
using namespace telar::expr;

namespace {

/// What an expression becomes when it is lowered: a graph over its leaves, in their order.
struct lowered {
    graph g;
    int result;
    int leaf(int id) const { return static_cast<int>(g[id].attribute[0]); }  // the number of the leaf that a node is
};
template <class Node, class... Leaves> lowered lower(const expression<Node, Leaves...>&) {
    trace t;
    t.declare<Leaves...>();
    const symbol s = Node::lower(t);
    return {t.g, s.id};
}
template <class E> constexpr std::size_t leaf_count = std::remove_cvref_t<decltype(std::declval<E>().handles())>::count;

/// Whether * with it is the product of linear maps.
template <class E> constexpr bool is_map = E::type.linear != 0;

using X_t = input<"X", tensor<float, dyn, 784>>;
using W_t = variable<"W", matrix<float, 10, 784>>;
using b_t = variable<"b", tensor<float, 10>>;
using square_t = variable<"S", matrix<float, 3, 3>>;

// ---- an expression's type is known where it is written
static_assert(decltype(W_t{} * X_t{} + b_t{})::type == value_type{dtype::float32, 0, shape(-1, 10)});
static_assert(decltype(X_t{} * transpose(W_t{}))::type.extents == shape(-1, 10), "a matrix maps from the left, too");
static_assert(decltype(X_t{} > 0)::type.type == dtype::boolean);
static_assert(decltype(softmax(W_t{} * X_t{} + b_t{}))::type.extents == shape(-1, 10));
static_assert(decltype(sum(X_t{}, axis<0>, keep_dims))::type.extents == shape(1, 784));
static_assert(decltype(argmax(X_t{}, axis<1>))::type == value_type{dtype::int64, 0, shape(-1)});

// ---- being a linear map is kept by + - , products with numbers, transpose and the product of two maps, and by no
// other
static_assert(is_map<decltype(square_t{} + square_t{})> && is_map<decltype(square_t{} - square_t{})> &&
              is_map<decltype(-square_t{})>);
static_assert(is_map<decltype(2 * square_t{})> && is_map<decltype(square_t{} / 2)>);
static_assert(is_map<decltype(transpose(square_t{}))> && is_map<decltype(square_t{} * square_t{})>);
static_assert(!is_map<decltype(square_t{} + 1)> && !is_map<decltype(tanh(square_t{}))> &&
              !is_map<decltype(square(square_t{}))>);
static_assert(!is_map<decltype(hadamard(square_t{}, square_t{}))> && !is_map<decltype(matmul(square_t{}, square_t{}))>);
static_assert(!is_map<decltype(softmax(square_t{}))> && !is_map<decltype(sum(square_t{}, axis<0>, keep_dims))>);

// ---- named leaves appear once, captured values each time
static_assert(leaf_count<decltype(X_t{} + X_t{} * X_t{})> == 1);
static_assert(leaf_count<decltype(W_t{} * X_t{} + b_t{})> == 3);
static_assert(leaf_count<decltype(0.5f * X_t{} + 0.5f)> == 3);
static_assert(decltype(X_t{} + X_t{})::node_type::tree_size == 3);

}  // namespace

TEST_CASE("equal subexpressions become one node") {
    const X_t X;
    const auto h = tanh(X);
    const lowered l = lower(h * h + h * tanh(X));
    CHECK(count(l.g, op::tanh) == 1);
    CHECK(count(l.g, op::mul) == 1);
    CHECK(l.g.size() == 4);  // X, tanh, mul, add
}

TEST_CASE("captured values keep their places when expressions are joined") {
    const input<"x", tensor<float, 2>> x;
    const tensor<float, 2> a = {1, 2}, b = {3, 4}, c = {5, 6};
    const auto left = a - x;                       // leaves a, x
    const auto e = (b - (x - c)) / (left - left);  // leaves b, x, c, a, a
    REQUIRE(leaf_count<decltype(e)> == 5);
    CHECK(e.handles().get<0>()(0) == 3);
    CHECK(e.handles().get<2>()(0) == 5);
    CHECK(e.handles().get<3>()(0) == 1);
    CHECK(e.handles().get<4>()(0) == 1);

    const lowered l = lower(e);
    const node& divide = l.g[l.result];
    const node &top = l.g[divide.in[0]], &bottom = l.g[divide.in[1]];
    CHECK(l.leaf(top.in[0]) == 0);
    CHECK(l.leaf(l.g[top.in[1]].in[0]) == 1);
    CHECK(l.leaf(l.g[top.in[1]].in[1]) == 2);
    CHECK(l.leaf(l.g[bottom.in[0]].in[0]) == 3);
    CHECK(l.leaf(l.g[bottom.in[1]].in[0]) == 4);
    CHECK(l.leaf(l.g[bottom.in[1]].in[1]) == 1);  // x is the same leaf everywhere
}

TEST_CASE("a captured value stays where it was however deep the joins go") {
    const input<"x", tensor<float>> x;
    const auto e = ((1.f - x) - (2.f - (3.f - x))) - ((4.f - x) - 5.f);
    const lowered l = lower(e);
    const auto value_of = [&](int id) {
        switch (l.leaf(id)) {
            case 0: return e.handles().get<0>();
            case 2: return e.handles().get<2>();
            case 3: return e.handles().get<3>();
            case 4: return e.handles().get<4>();
            case 5: return e.handles().get<5>();
            default: return 0.f;  // x
        }
    };
    const auto evaluate_node = [&](auto self, int id) -> float {
        const node& n = l.g[id];
        return n.kind == op::leaf ? value_of(id) : self(self, n.in[0]) - self(self, n.in[1]);
    };
    CHECK(evaluate_node(evaluate_node, l.result) == ((1.f - 0) - (2.f - (3.f - 0))) - ((4.f - 0) - 5.f));
}

TEST_CASE("an expression owns what it captured, unless it was asked to refer") {
    const auto made = [] {
        const tensor<float, 2> local = {7, 8};
        return local * input<"x", tensor<float, 2>>{};
    }();
    CHECK(made.handles().get<0>()(1) == 8);

    const tensor<float, 2> kept = {1, 2};
    const auto referring = ref(kept) * input<"x", tensor<float, 2>>{};
    CHECK(referring.handles().get<0>() == &kept);
}

TEST_CASE("a literal takes the operand's element type") {
    const auto type_of = [](const lowered& l) { return l.g[l.g[l.result].in[0]].type; };
    const input<"x", tensor<double, 2>> x;
    const input<"n", tensor<std::int64_t, 2>> n;
    CHECK(type_of(lower(2 * x)) == dtype::float64);
    CHECK(type_of(lower(0.5f * x)) == dtype::float64);
    CHECK(type_of(lower(2 * n)) == dtype::int64);
}

TEST_CASE("one name is one object") {
    variable<"W", tensor<float, 2>> w, other = w;
    const auto fine = w + alias(w);
    static_assert(leaf_count<decltype(fine)> == 1);
    CHECK_THROWS_AS(static_cast<void>(w + other), duplicate_name);
    CHECK_THROWS_AS(static_cast<void>((w + 1) * (other + 1)), duplicate_name);
    CHECK_NOTHROW(static_cast<void>(w + other.value()));
}
