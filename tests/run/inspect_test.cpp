// SPDX-License-Identifier: BSL-1.0
#include <telar/run/inspect.hpp>

#include <doctest/doctest.h>
#include <telar/telar.hpp>

#include <sstream>
#include <string>

using namespace telar;

namespace {

std::string printed(const auto& v) {
    std::ostringstream out;
    out << v;
    return out.str();
}
bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a lazy value prints its node, as TensorFlow's") {
    input<"a", tensor<std::int32_t, 3>> a;
    input<"x", tensor<float, dyn, 5>> x;
    variable<"W", matrix<float, 2, 5>> W;
    CHECK(printed(a + a) == "Tensor(\"add:0\", shape=(3,), dtype=int32)");
    CHECK(holds(printed(W * x), "shape=(None, 2), dtype=float32)"));
    CHECK(holds(printed(a), "shape=(3,), dtype=int32)"));
    CHECK(holds(printed(mean(x)), "shape=(), dtype=float32)"));
}
TEST_CASE("the graph before and after it is optimised") {
    input<"x", tensor<float, dyn>> x;
    constexpr auto wordy = telar::function([](auto v) { return (v * 1 + v * 1) * 2; });
    const auto y = wordy(x);
    const std::string traced = show_graph(y, stage::traced), best = show_graph(y);
    CHECK(holds(traced, "x  ("));
    CHECK(holds(traced, "mul"));
    CHECK(!holds(best, "mul"));
    CHECK(best.size() < traced.size());
    const std::string both = show_graph(fetch(exp(x), exp(x) + 1.0f));
    CHECK(both.find("exp") == both.rfind("exp"));  // computed once
}
TEST_CASE("for Graphviz") {
    variable<"W", tensor<float, 2>> W;
    const std::string dot = dot_graph(tanh(W) * W);
    CHECK(holds(dot, "digraph"));
    CHECK(holds(dot, "tanh"));
    CHECK(holds(dot, "W"));
}
