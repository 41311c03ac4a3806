// SPDX-License-Identifier: BSL-1.0
#include <telar/nn.hpp>

#include <doctest/doctest.h>

#include <cmath>

using namespace telar;

namespace {

struct stack {
    nn::repeat<nn::dense, 2> layers{nn::dense{.units = 2,
                                              .activation = nn::tanh,
                                              .kernel_regularizer = nn::l2(0.5),
                                              .activity_regularizer = nn::l1(0.25),
                                              .kernel_constraint = nn::max_norm(0.25)}};
    nn::dense out{.units = 1, .bias_regularizer = nn::l1(2)};
    constexpr symbol operator()(symbol x) const { return out(layers(x)); }
};
using stack_model = nn::model<stack, tensor<float, dyn, 2>>;

const tensor<float, 3, 2> xs{{1, 2}, {0, -1}, {3, 1}};
const tensor<float, 3> ys{1, 0, 2};

double squares(const auto& w) {
    double sum = 0;
    for (const float v : w) sum += v * v;
    return sum;
}
/// The longest column.
double longest(const auto& w) {
    double most = 0;
    for (extent_t k = 0; k < 2; ++k) most = std::max(most, std::sqrt(w(0, k) * w(0, k) + w(1, k) * w(1, k) + 0.0));
    return most;
}

}  // namespace

TEST_CASE("repeated layers: each adds what its kernel and its output cost; the loss of evaluate has it") {
    stack_model net(3);
    net.get<"out.bias">()(0) = -0.5f;
    auto trainer = nn::compile<nn::mean_squared_error{}>(net, sgd{});
    const auto y = net(xs);
    double error = 0, activity = 0;
    for (extent_t i = 0; i < 3; ++i) {
        error += std::pow(y(i, 0) - ys(i), 2) / 3;
        double h[2]{xs(i, 0), xs(i, 1)};
        const auto layer = [&](const auto& kernel) {
            const double a = std::tanh(h[0] * kernel(0, 0) + h[1] * kernel(1, 0)),
                         b = std::tanh(h[0] * kernel(0, 1) + h[1] * kernel(1, 1));
            h[0] = a, h[1] = b;
            activity += 0.25 * (std::abs(a) + std::abs(b)) / 3;
        };
        layer(net.get<"layers.0.kernel">());
        layer(net.get<"layers.1.kernel">());
    }
    const double kernels = 0.5 * (squares(net.get<"layers.0.kernel">()) + squares(net.get<"layers.1.kernel">()));
    CHECK(trainer.evaluate(xs, ys, 3)[0] == doctest::Approx(error + activity + kernels + 2 * 0.5).epsilon(1e-5));
}
TEST_CASE("a step of minimize keeps constraints; of what has none nothing is kept") {
    stack_model net(3);
    input<"X", tensor<float, dyn, 2>> X;
    CHECK(longest(net.get<"layers.0.kernel">()) > 0.3);
    auto step = minimize(mean(square(net(X) - 8.0f)), adam{.learning_rate = 0.5}, nn::wrt(net));
    for (int i = 0; i < 3; ++i) run(step, X = xs);
    CHECK(longest(net.get<"layers.0.kernel">()) == doctest::Approx(0.25));
    CHECK(longest(net.get<"layers.1.kernel">()) == doctest::Approx(0.25));
    CHECK(std::abs(net.get<"out.kernel">()(0, 0)) > 0.3);
}
