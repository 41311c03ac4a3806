// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <telar/expr/composite.hpp>

using namespace telar;
using namespace telar::expr;

namespace {

constexpr auto gated = function([](auto x) { return x * sigmoid(x); });
constexpr auto deep = function([](auto x) {
    for (int i = 0; i < 60; ++i) x = x + gated(x);
    return x;
});
constexpr auto linear_layer = function([](auto w, auto x, auto b) { return w * x + b; });
constexpr auto moments = function([](auto x) { return std::tuple(mean(x, 0), variance(x, 0)); });
constexpr auto halves = function([](auto x) { return std::array{telar::slice(x, 1, 0, 2), telar::slice(x, 1, 2)}; });

struct stack_of_layers {  // what configures a function is a value in its type
    int layers = 1;
};
template <stack_of_layers Configuration> struct layered {
    constexpr symbol operator()(symbol x) const {
        for (int i = 0; i < Configuration.layers; ++i) x = tanh(x);
        return x;
    }
};

using X_t = input<"X", tensor<float, dyn, 4>>;
using W_t = variable<"W", matrix<float, 3, 4>>;
using b_t = variable<"b", tensor<float, 3>>;

// ---- with expressions: a bigger expression
static_assert(decltype(deep(X_t{}))::type.extents == shape(-1, 4));
static_assert(decltype(deep(X_t{}))::node_type::tree_size == 2, "a traced function is one node of the tree");
static_assert(decltype(linear_layer(W_t{}, X_t{}, b_t{}))::type.extents == shape(-1, 3),
              "W * x means what it means outside");
static_assert(decltype(function([](auto w) { return 2 * w; })(W_t{}))::type.linear);
static_assert(std::tuple_size_v<decltype(moments(X_t{}))> == 2);
static_assert(std::tuple_element_t<1, decltype(moments(X_t{}))>::type.extents == shape(4));
static_assert(std::tuple_element_t<0, decltype(halves(X_t{}))>::type.extents == shape(-1, 2));

// ---- with symbols: more nodes of the graph that is being traced, in constant evaluation
constexpr int nodes_of(auto f) {
    graph g;
    f(declare_leaf(g, 0, {dtype::float32, 0, shape(2, 4)}));
    return g.error.what == mistake_kind::none ? g.size() : -1;
}
static_assert(nodes_of(gated) == 3);  // x, sigmoid, product
static_assert(nodes_of(deep) == 1 + 60 * 3);
static_assert(nodes_of([](symbol x) { return gated(x) + gated(x); }) == 4, "equal calls are one");
static_assert(nodes_of(function(layered<stack_of_layers{12}>{})) == 13);
static_assert(nodes_of([](symbol x) { return gated(x + 1) + (x + 1); }) == 6);  // x, 1, x + 1, sigmoid, product, sum

// ---- a mistake names the line of the innermost user's function, whatever stands around it
constexpr mistake mistake_of(auto f) {
    graph g;
    f(declare_leaf(g, 0, {dtype::float32, 0, shape(2, 4)}));
    return g.error;
}
constexpr int wrong_line = __LINE__ + 1;
constexpr auto wrong = function([](auto x) { return matmul(x, x); });
constexpr auto around = function([](auto x) { return relu(wrong(relu(x))); });
static_assert(mistake_of(around).what == mistake_kind::matmul_extents && mistake_of(around).line == wrong_line);
constexpr int wrong_axis_line = __LINE__ + 1;
constexpr auto wrong_axis = function([](auto x) { return softmax(x, axis<2>); });
static_assert(mistake_of(wrong_axis).line == wrong_axis_line, "not a line of telar's own softmax");
constexpr int wrong_operator_line = __LINE__ + 1;
constexpr auto wrong_operator = function([](auto x) { return 1 + x * transpose(x); });
static_assert(mistake_of(wrong_operator).what == mistake_kind::broadcast &&
              mistake_of(wrong_operator).line == wrong_operator_line);
static_assert(mistake_of([](symbol x) { return mean(sum(x, 2), 5); }).number == 2, "the first mistake counts");

}  // namespace

TEST_CASE("a function that returns several values gives an expression for each") {
    const X_t X;
    const auto [m, v] = moments(X);
    trace t;
    t.declare<X_t::leaf>();
    const symbol first = decltype(m)::node_type::lower(t), second = decltype(v)::node_type::lower(t);
    CHECK(first.id != second.id);
    CHECK(first.extents() == shape(4));
    CHECK(count(t.g, op::sum) == 2);  // that of the mean is shared
}

TEST_CASE("a trace at run time is the trace at compile time") {
    CHECK(nodes_of(deep) == 1 + 60 * 3);
    CHECK(mistake_of(around).line == wrong_line);
}
