// SPDX-License-Identifier: BSL-1.0
#include <telar/nn/layers.hpp>

#include <doctest/doctest.h>
#include <telar/nn/model.hpp>

#include <cmath>

using namespace telar;

namespace {

struct normalised {
    nn::batch_norm norm{.momentum = 0.75};
    constexpr symbol operator()(symbol x) const { return norm(x); }
};
struct normalised_twice {
    nn::batch_norm norm{.momentum = 0.75};
    constexpr symbol operator()(symbol x) const { return norm(norm(x)); }
};
struct convolutional {
    nn::conv2d c{2, {2, 3}, nn::relu, 1, nn::padding::same};
    nn::flatten flat{};
    constexpr symbol operator()(symbol x) const { return flat(nn::max_pool2d(c(x), 2)); }
};
struct in_sequence {
    nn::sequential body = nn::dense{4, nn::relu} | nn::dropout{0.5} | nn::dense{2};
    nn::dense head{1};
    constexpr symbol operator()(symbol x) const { return head(body(x)); }
};
struct words {
    nn::embedding table{7, 3};
    nn::bidirectional<nn::lstm> both{nn::lstm{2}};
    constexpr symbol operator()(symbol x) const { return both(table(x)); }
};

}  // namespace

TEST_CASE("batch norm moves its statistics in training, and predicts with them") {
    nn::model<normalised, tensor<float, dyn, 2>> net;
    input<"X", tensor<float, dyn, 2>> X;
    const tensor<float, 4, 2> x{{1, 10}, {2, 20}, {3, 30}, {6, 40}};
    CHECK(net(x)(1, 1) == doctest::Approx(20 / std::sqrt(1.001)));
    auto step = minimize(mean(square(net(X) - 1.0f)), sgd{.learning_rate = 0.0}, nn::wrt(net));
    run(step, X = x);
    CHECK(net.get<"norm.moving_mean">()(0) == doctest::Approx(0.25 * 3));
    CHECK(net.get<"norm.moving_mean">()(1) == doctest::Approx(0.25 * 25));
    CHECK(net.get<"norm.moving_variance">()(0) == doctest::Approx(0.75 + 0.25 * 3.5));
    CHECK(net.get<"norm.gamma">()(0) == 1);
    const double mean = 0.25 * 3, variance = 0.75 + 0.25 * 3.5;
    CHECK(net(x)(3, 0) == doctest::Approx((6 - mean) / std::sqrt(variance + 1e-3)));
    CHECK(net.count_of_numbers(true) == 4);
    CHECK(net.count_of_numbers(false) == 4);
}
TEST_CASE("called twice in a step, the second call moves on from the first") {
    nn::model<normalised_twice, tensor<float, dyn, 1>> net;
    input<"X", tensor<float, dyn, 1>> X;
    auto step = minimize(mean(net(X)), sgd{.learning_rate = 0.0}, nn::wrt(net));
    run(step, X = tensor<float, 2, 1>{{1}, {3}});
    CHECK(net.get<"norm.moving_mean">()(0) == doctest::Approx(0.75 * 0.25 * 2 + 0.25 * 0).epsilon(1e-4));
}
TEST_CASE("a convolution has the shape that its padding says, and its parameters Keras' shapes") {
    nn::model<convolutional, tensor<float, dyn, 6, 8, 3>> net(1);
    CHECK(decltype(net)::leaf::value_types[0].extents == shape(2, 3, 3, 2));
    CHECK(net(tensor<float, 2, 6, 8, 3>{}).extents() == shape(2, 3 * 4 * 2));
}
TEST_CASE("a sequence of layers as a member: its layers have numbers") {
    nn::model<in_sequence, tensor<float, dyn, 3>> net(1);
    CHECK(net.path_of(0) == "body.0.kernel");
    CHECK(net.number_of<"body.2.bias">() >= 0);
    CHECK(net.number_of<"head.kernel">() >= 0);
    CHECK(net(tensor<float, 5, 3>{}).extents() == shape(5, 1));
}
TEST_CASE("indices to vectors to states from both ends") {
    nn::model<words, tensor<std::int32_t, dyn, 4>> net(1);
    CHECK(net.path_of(0) == "table.embeddings");
    const tensor<std::int32_t, 2, 4> x{{0, 1, 2, 3}, {3, 2, 1, 0}};
    const auto y = net(x);
    CHECK(y.extents() == shape(2, 4));
    for (int i = 0; i < 2; ++i) CHECK(net.get<"both.forward_layer.bias">()(2 + i) == 1);  // the forget gate begins open
    CHECK(net.get<"both.forward_layer.bias">()(0) == 0);
    CHECK_THROWS_AS((void)net(tensor<std::int32_t, 1, 4>{{0, 1, 7, 0}}), index_error);
}
