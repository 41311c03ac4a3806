// SPDX-License-Identifier: BSL-1.0
// The weights of a graph_model are trained as variables are.
#include <telar/run/fine_tuning.hpp>

#include <doctest/doctest.h>
#include <telar/expr/composite.hpp>
#include <telar/expr/linear.hpp>

#include <cmath>
#include <string>
#include <utility>

using namespace telar;

namespace {

/// y = relu(x W) v, of x (None, 2).
graph_model two_layers() {
    runtime::model_source s;
    s.path = "draft";
    s.inputs.push_back({"x", dtype::float32, shape(dyn, 2)});
    s.weights.push_back({"W", tensor<float, 2, 3>{{1, -1, 0.5f}, {0.5f, 2, -1}}});
    s.weights.push_back({"v", tensor<float, 3>{1, 2, 3}});
    const auto leaf = [&](int i, const shape& e) { return expr::declare_leaf(s.traced, i, {dtype::float32, 0, e}); };
    const symbol y = matmul(relu(matmul(leaf(0, shape(dyn, 2)), leaf(1, shape(2, 3)))), leaf(2, shape(3)));
    s.outputs.push_back({"y", dtype::float32, shape(dyn)});
    s.traced.roots.push({y.id, -1, 0, 0});
    return graph_model(std::move(s));
}
constexpr auto squared_error = [](symbol y, symbol wanted) { return mean(square(y - wanted)); };
const tensor<float, dyn, 2> x = {{1, 0}, {0, 1}, {1, 1}, {2, -1}};
const tensor<float, dyn> wanted = {1, -1, 0.5f, 2};
const model_port label{"label", dtype::float32, shape(dyn)};

float loss_of(const graph_model& m) {
    const tensor<float, dyn> y = m(x);
    float sum = 0;
    for (std::size_t i = 0; i < y.size(); ++i)
        sum += (y.data()[i] - wanted.data()[i]) * (y.data()[i] - wanted.data()[i]);
    return sum / 4;
}

}  // namespace

TEST_CASE("one step goes down the gradient") {
    graph_model m = two_layers();
    CHECK(loss_of(m) > 0);
    const std::vector<float> before(m.weight("v").values<float>().begin(), m.weight("v").values<float>().end());
    const tensor<float, dyn> y = m(x);
    fine_tuning step(m, {"v"}, label, sgd{.learning_rate = 0.125}, squared_error);
    CHECK(step.run({{"x", x}, {"label", wanted}}) == doctest::Approx(([&] {
              float sum = 0;
              for (std::size_t i = 0; i < 4; ++i)
                  sum += (y.data()[i] - wanted.data()[i]) * (y.data()[i] - wanted.data()[i]);
              return sum / 4;
          })()));
    // dloss/dv_j = 2/4 sum_i h_ij (y_i - wanted_i), h = relu(x W)
    const float h[4][3] = {{1, 0, 0.5f}, {0.5f, 2, 0}, {1.5f, 1, 0}, {1.5f, 0, 2}};
    for (std::size_t j = 0; j < 3; ++j) {
        float slope = 0;
        for (std::size_t i = 0; i < 4; ++i) slope += 0.5f * h[i][j] * (y.data()[i] - wanted.data()[i]);
        CHECK(m.weight("v").values<float>()[j] == doctest::Approx(before[j] - 0.125f * slope));
    }
    CHECK(m.weight("W").values<float>()[0] == 1);  // which is not trained
    CHECK(step.steps() == 1);
}
TEST_CASE("steps of adam make the loss small, and the model gives what it learnt") {
    graph_model m = two_layers();
    const float at_first = loss_of(m);
    fine_tuning step(m, {"W", "v"}, label, adam{.learning_rate = 0.05}, squared_error);
    float last = 0;
    for (int i = 0; i < 200; ++i) last = step.run({{"label", wanted}, {"x", x}});
    CHECK(last < 0.05f * at_first);
    CHECK(loss_of(m) == doctest::Approx(last).epsilon(0.2));
    CHECK(step.steps() == 200);
}
TEST_CASE("what cannot be trained is refused") {
    graph_model m = two_layers();
    const auto step = [&](const std::string& weight, auto loss) { fine_tuning(m, {weight}, label, sgd{}, loss); };
    CHECK_THROWS_WITH_AS(step("u", squared_error), "draft: no weight \"u\"; there are \"W\", \"v\"", invalid_argument);
    CHECK_THROWS_WITH_AS(step("v", [](symbol y, symbol) { return square(y); }), "draft: the loss is no single number",
                         invalid_argument);
    CHECK_THROWS_WITH_AS(step("v", [](symbol, symbol wanted_now) { return mean(wanted_now); }),
                         "draft: the loss does not depend on what is trained", invalid_argument);
    fine_tuning good(m, {"v"}, label, sgd{}, squared_error);
    CHECK_THROWS_AS(good.run({{"x", x}}), missing_feed);
    CHECK_THROWS_AS(good.run({{"x", x}, {"label", tensor<double, 4>{}}}), wrong_type);
    CHECK(good.steps() == 0);
}
