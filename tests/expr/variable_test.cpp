// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <string>
#include <telar/expr/operators.hpp>
#include <vector>

using namespace telar;
using namespace telar::expr;

namespace {

using batch = tensor<float, dyn, 3>;

// ---- what an operand is
static_assert(Operand<batch> && Operand<matrix<float, 2, 3>> && Operand<symbol>);
static_assert(Operand<input<"X", batch>> && Operand<variable<"W", batch>> && Operand<referred<batch>>);
static_assert(Operand<decltype(input<"X", batch>{} + 1)>);
static_assert(!Operand<float> && !Operand<int> && !Operand<std::string> && !Operand<std::vector<float>>);
static_assert(Operands<float, batch> && !Operands<float, int>);
static_assert(Operands<batch, std::string>);  // so that the call can say that a string is no operand
static_assert(Symbol<const symbol&> && !Lazy<symbol> && !Lazy<batch> && Lazy<input<"X", batch>>);

// ---- leaves know their type before anything runs
static_assert(input<"X", batch>::leaf::type == value_type{dtype::float32, 0, shape(-1, 3)});
static_assert(variable<"W", matrix<double, 4, 3>>::leaf::type == value_type{dtype::float64, 1, shape(4, 3)});
static_assert(variable<"W", batch>::leaf::is_trainable);
static_assert(!variable<"W", batch, false>::leaf::is_trainable && !variable<"n", tensor<int>>::leaf::is_trainable);
static_assert(variable<"W/kernel", batch>::name() == "W/kernel");

// ---- what may be fed
static_assert(can_feed<tensor<float, 2, 3>, batch> && can_feed<batch, tensor<float, 2, 3>>);
static_assert(!can_feed<tensor<double, 2, 3>, batch> && !can_feed<tensor<float, 3>, batch>);
static_assert(!std::is_assignable_v<const input<"X", batch>&, const input<"X", batch>&>);

}  // namespace

TEST_CASE("feeding an lvalue views it, feeding a temporary owns it") {
    const input<"X", batch> X;
    batch data = {{1, 2, 3}};
    const auto viewed = X = data;
    static_assert(Feed<decltype(viewed)>);
    CHECK(&viewed.value() == &data);

    const auto owned = X = batch{{4, 5, 6}};
    const auto copy = owned;
    CHECK(copy.value()(0, 1) == 5);
    CHECK(&copy.value() != &owned.value());

    const auto list = X = {{7.f, 8.f, 9.f}};
    CHECK(list.value()(0, 2) == 9);

    const tensor<float, 2, 3> fixed = {{1, 2, 3}, {4, 5, 6}};
    const auto other_type = X = fixed;
    CHECK(&other_type.value() == &fixed);
}

static_assert(NumberFor<int, tensor<float>> && NumberFor<double, tensor<float>> && NumberFor<bool, tensor<bool>>);
static_assert(!NumberFor<double, tensor<int>> && !NumberFor<int, tensor<bool>> && !NumberFor<int, tensor<float, 1>>);

TEST_CASE("a number may be fed to an input without axes, and takes its type") {
    input<"x", tensor<float>> x;
    const auto fed = x = 3;
    static_assert(std::same_as<std::remove_cvref_t<decltype(fed.value())>, tensor<float>>);
    CHECK(fed.value().item() == 3);
}

TEST_CASE("a variable is a value: a copy has its own, an alias the same") {
    variable<"W", tensor<float, 2>> w({1, 2});
    variable<"W", tensor<float, 2>> same = alias(w);
    const variable<"W", tensor<float, 2>> copy = w;
    same = {5, 6};
    CHECK(w.value()(0) == 5);
    CHECK(copy.value()(0) == 1);
    CHECK(w.handle() == same.handle());
    CHECK(w.handle() != copy.handle());

    const variable<"b", tensor<float, 3>> zeros;
    CHECK(zeros.value()(2) == 0);
}

TEST_CASE("W = expression is an assignment to be run, and changes nothing by itself") {
    variable<"W", tensor<float, 2>> w({1, 2});
    auto step = w = w - 0.5f * w;
    static_assert(is_assignment<decltype(step)>);
    CHECK(step.target == w.handle());
    CHECK(w.value()(1) == 2);
}
