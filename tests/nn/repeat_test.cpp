// SPDX-License-Identifier: BSL-1.0
#include <telar/nn/layers/repeat.hpp>

#include <doctest/doctest.h>
#include <telar/nn/model.hpp>

#include <array>
#include <cmath>

using namespace telar;

namespace {

struct block {
    int width = 4;
    nn::dense up{6, nn::tanh}, down{width};
    constexpr symbol operator()(symbol x) const { return x + down(up(x)); }
};
template <class Blocks> struct net {
    Blocks blocks{};
    nn::dense out{2};
    constexpr symbol operator()(symbol x) const {
        for (const auto& b : blocks) x = b(x);
        return out(x);
    }
};
using inlined = nn::model<net<std::array<block, 5>>, tensor<float, dyn, 4>>;
using repeated = nn::model<net<nn::repeat<block, 5>>, tensor<float, dyn, 4>>;

struct noisy_block {
    nn::batch_norm norm{.momentum = 0.5};
    nn::dropout drop{0.5};
    nn::dense same{4};
    constexpr symbol operator()(symbol x) const { return x + same(drop(norm(x))); }
};
using noisy = nn::model<net<nn::repeat<noisy_block, 3>>, tensor<float, dyn, 4>>;
using noisy_inlined = nn::model<net<std::array<noisy_block, 3>>, tensor<float, dyn, 4>>;

/// Two kinds of one type.
struct two_kinds {
    nn::repeat<nn::activation_layer, 2> first{nn::activation_layer{nn::tanh}},
        second{nn::activation_layer{nn::exponential}};
    constexpr symbol operator()(symbol x) const { return second(first(x)); }
};
struct block_of_blocks {
    nn::repeat<block, 2> inner{};
    constexpr symbol operator()(symbol x) const { return inner(x); }
};

const tensor<float, 3, 4> batch{{1, -1, 0.5f, 2}, {0, 0.25f, -2, 1}, {3, 1, -0.5f, 0}};

template <class A, class B> double distance(const A& a, const B& b) {
    double d = 0;
    for (std::size_t i = 0; i < a.size(); ++i) d = std::max(d, std::fabs(double(a.data()[i]) - double(b.data()[i])));
    return d;
}
template <class Model> auto trained(Model& model, int steps) {
    input<"X", tensor<float, dyn, 4>> X;
    auto step = minimize(mean(square(model(X) - 1.0f)), adam{.learning_rate = 0.01}, nn::wrt(model));
    std::vector<float> losses;
    for (int i = 0; i < steps; ++i) losses.push_back(float(run(step, X = batch)));
    return losses;
}

}  // namespace

TEST_CASE("repeated layers have the paths, the values and the training of an array of them") {
    inlined a(3);
    repeated b(3);
    CHECK(b.parameter_count() == a.parameter_count());
    for (int k = 0; k < a.parameter_count(); ++k) CHECK(a.path_of(k) == b.path_of(k));
    CHECK(distance(a(batch), b(batch)) < 1e-6);
    const auto first = trained(a, 10), second = trained(b, 10);
    for (std::size_t i = 0; i < first.size(); ++i) CHECK(first[i] == doctest::Approx(second[i]).epsilon(1e-5));
    for (int k = 0; k < a.parameter_count(); ++k) {
        const auto* x = static_cast<const float*>(a.data(k));
        const auto* y = static_cast<const float*>(b.data(k));
        for (extent_t i = 0; i < inlined::leaf::value_types[k].extents.count(); ++i)
            CHECK(x[i] == doctest::Approx(y[i]).epsilon(1e-4));
    }
}
TEST_CASE("their body is one block, whatever their number") {
    input<"X", tensor<float, dyn, 4>> X;
    using code = decltype(compile(std::declval<const repeated&>()(X)))::code;
    CHECK(code::block_count == 1);
    CHECK(code::count(op::call) == 5);
    CHECK(code::count(op::tanh) == 0);
}
TEST_CASE("statistics move, and draws differ from layer to layer") {
    noisy b(5);
    noisy_inlined a(5);
    CHECK(distance(a(batch), b(batch)) < 1e-5);
    trained(b, 1);
    double means[3];
    for (int i = 0; i < 3; ++i) means[i] = 0;
    means[0] = b.get<"blocks.0.norm.moving_mean">()(0);
    means[1] = b.get<"blocks.1.norm.moving_mean">()(0);
    means[2] = b.get<"blocks.2.norm.moving_mean">()(0);
    CHECK(means[0] == doctest::Approx(0.5 * 4 / 3));
    CHECK(means[1] != means[0]);
    CHECK(means[2] != means[1]);
    CHECK(b.get<"random_state">()(1) == std::int64_t{1} << 32);
    const auto losses = trained(b, 5);
    CHECK(losses[0] != losses[1]);
}
TEST_CASE("layers of one type that are configured otherwise are other layers") {
    nn::model<two_kinds, tensor<float, dyn, 2>> kinds;
    const tensor<float, 1, 2> x{{0.5f, -0.25f}};
    CHECK(kinds(x)(0, 0) == doctest::Approx(std::exp(std::exp(std::tanh(std::tanh(0.5))))).epsilon(1e-5));
}
TEST_CASE("repeated layers in repeated layers") {
    nn::model<net<nn::repeat<block_of_blocks, 2>>, tensor<float, dyn, 4>> deep(1);
    CHECK(deep.path_of(0) == "blocks.0.inner.0.up.kernel");
    CHECK(deep(batch).extents() == shape(3, 2));
    CHECK(std::isfinite(trained(deep, 2)[1]));
}
