// SPDX-License-Identifier: BSL-1.0
#include <telar/run/program.hpp>

#include "../support/arrays.hpp"

#include <doctest/doctest.h>
#include <telar/telar.hpp>

using namespace telar;
using support::same_bits;

TEST_CASE("a session runs what is asked for, and only that") {
    session s;
    input<"x", tensor<float, dyn>> x;
    input<"unused", tensor<float, dyn>> unused;
    const auto used = x * 2.0f;
    const auto whole = fetch(used, unused + 1.0f);
    CHECK(same_bits(s.run(used, x = {1, 2}), {2, 4}));  // no value for what it does not need
    const auto [a, b] = s.run(whole, x = {1, 2}, unused = {5});
    CHECK(same_bits(a, {2, 4}));
    CHECK(same_bits(b, {6}));
    CHECK(s.where().where == device::cpu);
}
TEST_CASE("two sessions share variables, not workspaces") {
    session first, second;
    variable<"v", tensor<float, 2>> v(tensor<float, 2>{1, 2});
    const auto y = v * v;
    using code = decltype(compile(y))::code;
    CHECK(same_bits(first.run(y), {1, 4}));
    v = tensor<float, 2>{3, 4};
    CHECK(same_bits(second.run(y), {9, 16}));
    CHECK(same_bits(first.run(y), {9, 16}));
    CHECK(&first.workspace_of<code>() != &second.workspace_of<code>());
    CHECK(&first.workspace_of<code>() == &first.workspace_of<code>());
    tensor<float, 2> out;
    first.run_into(out, y);
    CHECK(same_bits(out, {9, 16}));
}
TEST_CASE("expressions of one type share a program, each with its own variables") {
    session s;
    const auto make = [](float value) {
        variable<"v", tensor<float>> v(tensor<float>{value});
        return v * 2.0f;
    };
    const auto a = make(1), b = make(10);
    CHECK(s.run(a).item() == 2);
    CHECK(s.run(b).item() == 20);
    CHECK(s.run(a).item() == 2);
}
TEST_CASE("a session runs updates, in its own workspace") {
    session s;
    variable<"v", tensor<float, 2>> v(tensor<float, 2>{1, 2});
    input<"x", tensor<float, dyn, 2>> x;
    const auto step = update(v = v + sum(square(x) * x, axis<0>));
    static_assert(std::is_void_v<decltype(s.run(step, x = tensor<float, 1, 2>{{1, 2}}))>);
    s.run(step, x = tensor<float, 2, 2>{{1, 2}, {0, 1}});
    CHECK(same_bits(v.value(), {2, 11}));
    using code = decltype(step)::code;
    const auto bytes = s.workspace_of<code>().arena_bytes();
    s.run(step, x = tensor<float, dyn, 2>(shape(100, 2)));
    CHECK(s.workspace_of<code>().arena_bytes() >= bytes);
    CHECK(session().workspace_of<code>().arena_bytes() == 0);  // another session has not run it
}
TEST_CASE("a session runs training steps, which own their workspace") {
    session first, second;
    variable<"w", tensor<float>> w(tensor<float>(0.0f));
    input<"x", tensor<float>> x;
    auto step = minimize(square(w - x), momentum{.learning_rate = 0.25f, .decay = 1});
    const float loss = first.run(step, x = 2.0f);
    CHECK(loss == 4);
    CHECK(w.value().item() == 1);
    CHECK(float(second.run(step, x = 2.0f)) == 1);  // the same state: v = 1 + 0.5
    CHECK(w.value().item() == 2.5f);
    CHECK(float(run(step, x = 2.5f)) == 0);
    CHECK(w.value().item() == 4);
    CHECK(step.steps() == 3);
    using code = decltype(step)::code;
    CHECK(first.workspace_of<code>().arena_bytes() == 0);
}
