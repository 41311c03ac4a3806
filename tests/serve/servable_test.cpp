// SPDX-License-Identifier: BSL-1.0
// What a server runs: callables of the program, models from files.
#include "../support/draft_model.hpp"

#include <doctest/doctest.h>

#include <telar/expr/linear.hpp>
#include <telar/run/graph_model.hpp>
#include <telar/serve/servable.hpp>
#include <telar/telar.hpp>

#include <tuple>
#include <utility>
#include <vector>

using namespace telar;

namespace {

any_tensor of(const tensor<float, dyn, 2>& x) { return any_tensor(x); }

}  // namespace

TEST_CASE("servable: a callable") {
    using rows = tensor<float, dyn, 2>;
    input<"x", rows> x;
    input<"y", rows> y;
    const callable<std::tuple<rows, tensor<float, dyn>>(const rows&, const rows&)> f(
        fetch(late(x + y), sum(x, axis<1>)), x, y);
    const serve::servable s = serve::servable_of(f, {"x", "y"}, {"sum", "of_x"});
    CHECK(s.joins_rows());
    CHECK(s.inputs[1].name == "y");
    CHECK(s.inputs[1].extents == shape(dyn, 2));
    CHECK(s.outputs[1].extents == shape(dyn));
    const std::vector<any_tensor> in{of({{1, 2}, {3, 4}}), of({{10, 20}, {30, 40}})};
    const auto out = s.run(in);
    REQUIRE(out.size() == 2);
    CHECK(out[0].values<float>()[3] == 44);
    CHECK(out[1].values<float>()[1] == 7);
    CHECK_THROWS_AS(serve::servable_of(f, {"x"}, {"sum", "of_x"}), invalid_argument);
}
TEST_CASE("servable: a graph_model") {
    support::draft d;
    const symbol x = d.input("x", shape(dyn, 2)), W = d.weight("W", tensor<float, 2, 1>{{1}, {10}});
    d.output("y", matmul(x, W));
    const serve::servable s = std::move(d).model();
    CHECK(s.joins_rows());
    CHECK(s.outputs[0].name == "y");
    const std::vector<any_tensor> in{of({{1, 2}, {3, 4}})};
    const auto out = s.run(in);
    CHECK(out[0].values<float>()[1] == 43);
}
