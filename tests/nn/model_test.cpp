// SPDX-License-Identifier: BSL-1.0
#include <telar/nn/model.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <string>
#include <vector>

using namespace telar;

namespace {

struct mlp {
    nn::dense hidden{5, nn::tanh}, out{2};
    constexpr symbol operator()(symbol x) const { return out(hidden(x)); }
};
using mlp_model = nn::model<mlp, tensor<float, dyn, 3>>;

struct block {
    nn::dense up{4, nn::relu}, down{3};
    constexpr symbol operator()(symbol x) const { return x + down(up(x)); }
};
struct deep {
    std::array<block, 3> blocks{};
    nn::dense out{1, nullptr, false};
    constexpr symbol operator()(symbol x) const {
        for (const block& b : blocks) x = b(x);
        return out(x);
    }
};
/// One layer for two inputs.
struct shared {
    nn::dense same{2};
    constexpr symbol operator()(symbol a, symbol b) const { return same(a) - same(b); }
};
struct doubles {
    static constexpr dtype parameter_type = dtype::float64;
    nn::dense out{2};
    constexpr symbol operator()(symbol x) const { return out(x); }
};
struct drops {
    nn::dropout first{0.5}, second{0.5};
    nn::dense out{1, nullptr, false, nn::ones};
    constexpr symbol operator()(symbol x) const { return out(second(first(x))); }
};
inline constexpr auto in_a_row = nn::dense{4, nn::tanh} | nn::relu | nn::dense{2};

template <class Model> std::vector<std::string> paths_of(const Model&) {
    std::vector<std::string> paths;
    for (int k = 0; k < Model::parameter_count(); ++k)
        paths.push_back(std::string(Model::path_of(k)) + to_string(Model::leaf::value_types[k].extents));
    return paths;
}
using texts = std::vector<std::string>;

/// The mlp by hand.
template <class Net> tensor<float, dyn, 2> by_hand(const Net& net, const tensor<float, dyn, 3>& x) {
    const auto w = net.template get<"hidden.kernel">(), b = net.template get<"hidden.bias">();
    const auto v = net.template get<"out.kernel">(), c = net.template get<"out.bias">();
    tensor<float, dyn, 2> y(shape(x.extent(0), 2));
    for (extent_t n = 0; n < x.extent(0); ++n)
        for (int o = 0; o < 2; ++o) {
            double sum = c(o);
            for (int h = 0; h < 5; ++h) {
                double inner = b(h);
                for (int i = 0; i < 3; ++i) inner += double(x(n, i)) * w(i, h);
                sum += std::tanh(inner) * v(h, o);
            }
            y(n, o) = static_cast<float>(sum);
        }
    return y;
}
template <class A, class B> double distance(const A& a, const B& b) {
    REQUIRE(a.extents() == b.extents());
    double d = 0;
    for (std::size_t i = 0; i < a.size(); ++i) d = std::max(d, std::fabs(double(a.data()[i]) - double(b.data()[i])));
    return d;
}
const tensor<float, 2, 3> batch{{1, -2, 0.5f}, {0.25f, 3, -1}};

}  // namespace

TEST_CASE("parameters have the paths of their members, and shapes that follow from the input") {
    CHECK(paths_of(mlp_model()) == texts{"hidden.kernel(3, 5)", "hidden.bias(5,)", "out.kernel(5, 2)", "out.bias(2,)"});
    CHECK(paths_of(nn::model<deep, tensor<float, dyn, 3>>()) ==
          texts{"blocks.0.up.kernel(3, 4)", "blocks.0.up.bias(4,)", "blocks.0.down.kernel(4, 3)",
                "blocks.0.down.bias(3,)", "blocks.1.up.kernel(3, 4)", "blocks.1.up.bias(4,)",
                "blocks.1.down.kernel(4, 3)", "blocks.1.down.bias(3,)", "blocks.2.up.kernel(3, 4)",
                "blocks.2.up.bias(4,)", "blocks.2.down.kernel(4, 3)", "blocks.2.down.bias(3,)", "out.kernel(3, 1)"});
    CHECK(paths_of(nn::model_of<in_a_row, tensor<float, dyn, 3>>()) ==
          texts{"0.kernel(3, 4)", "0.bias(4,)", "2.kernel(4, 2)", "2.bias(2,)"});
    CHECK(mlp_model::count_of_numbers(true) == 15 + 5 + 10 + 2);
}
TEST_CASE("one model, called with tensors and with an input: the same values, those of the formula") {
    mlp_model net(7);
    const tensor<float, dyn, 3> x = batch;
    const auto now = net(x);
    CHECK(distance(now, by_hand(net, x)) < 1e-5);
    input<"X", tensor<float, dyn, 3>> X;
    const auto later = net(X);
    CHECK(distance(run(later, X = x), now) == 0);
    CHECK(distance(run(2.0f * net(X), X = x), run(later + later, X = x)) < 1e-6);  // part of an expression
    CHECK(distance(net(batch), now) == 0);                                         // of known rows
}
TEST_CASE("a seed makes a model: the same one the same, another another") {
    const mlp_model a(1), b(1), c(2);
    CHECK(a.memory().size() == b.memory().size());
    CHECK(std::memcmp(a.memory().data(), b.memory().data(), a.memory().size()) == 0);
    CHECK(distance(a(batch), c(batch)) > 0);
    mlp_model again(2);
    again.initialize(1);
    CHECK(distance(a(batch), again(batch)) == 0);
    CHECK(a.get<"hidden.bias">()(3) == 0);
    const double limit = std::sqrt(6.0 / 8);
    for (int i = 0; i < 3; ++i)
        for (int k = 0; k < 5; ++k) CHECK(std::fabs(a.get<"hidden.kernel">()(i, k)) <= limit);
}
TEST_CASE("a copy has values of its own; assignment writes into what expressions refer to") {
    mlp_model net(1);
    input<"X", tensor<float, dyn, 3>> X;
    const auto y = net(X);
    const tensor<float, dyn, 3> x = batch;
    const mlp_model before = net;
    net.get<"out.bias">()(0) = 100;
    CHECK(run(y, X = x)(0, 0) > 50);
    CHECK(distance(before(x), net(x)) > 50);
    net = before;
    CHECK(distance(run(y, X = x), before(x)) == 0);
    std::vector<mlp_model> eight(8, before);
    eight[3].get<"out.bias">()(1) = 9;
    CHECK(eight[4].get<"out.bias">()(1) == before.get<"out.bias">()(1));
}
TEST_CASE("a step trains a model as it trains variables") {
    mlp_model net(3);
    variable<"W", tensor<float, 3, 5>> W;
    variable<"b", tensor<float, 5>> b;
    variable<"V", tensor<float, 5, 2>> V;
    variable<"c", tensor<float, 2>> c;
    for (int i = 0; i < 3; ++i)
        for (int k = 0; k < 5; ++k) W.value()(i, k) = net.get<"hidden.kernel">()(i, k);
    for (int i = 0; i < 5; ++i)
        for (int k = 0; k < 2; ++k) V.value()(i, k) = net.get<"out.kernel">()(i, k);
    input<"X", tensor<float, dyn, 3>> X;
    auto by_model = minimize(mean(square(net(X))), adam{.learning_rate = 0.01}, nn::wrt(net));
    auto by_variables =
        minimize(mean(square(matmul(tanh(matmul(X, W) + b), V) + c)), adam{.learning_rate = 0.01}, wrt(W, b, V, c));
    for (int i = 0; i < 20; ++i) {
        const auto first = run(by_model, X = batch), second = run(by_variables, X = batch);
        CHECK(float(first) == float(second));
    }
    for (int i = 0; i < 5; ++i) {
        CHECK(net.get<"hidden.bias">()(i) == b.value()(i));
        CHECK(net.get<"out.kernel">()(i, 1) == V.value()(i, 1));
    }
    const mlp_model& view = net;
    CHECK(view.get<"out.bias">()(0) == c.value()(0));
}
TEST_CASE("a layer that is called twice has one set of values") {
    nn::model<shared, tensor<float, dyn, 3>, tensor<float, dyn, 3>> net(5);
    CHECK(paths_of(net) == texts{"same.kernel(3, 2)", "same.bias(2,)"});
    const tensor<float, 1, 3> a{{1, 2, 3}}, b{{1, 2, 4}};
    const auto y = net(a, b);
    for (int o = 0; o < 2; ++o) CHECK(y(0, o) == doctest::Approx(-net.get<"same.kernel">()(2, o)).epsilon(1e-5));
}
TEST_CASE("parameters have the model's type") {
    nn::model<doubles, tensor<double, dyn, 3>> net(1);
    static_assert(std::is_same_v<decltype(net.get<"out.bias">()), tensor_view<double>>);
    const tensor<double, 1, 3> x{{1, 0, 0}};
    CHECK(net(x)(0, 1) == net.get<"out.kernel">()(0, 1));
}
TEST_CASE("dropout: a model predicts as it is, and draws anew in each step of training") {
    using drops_model = nn::model<drops, tensor<float, dyn, 64>>;
    drops_model net(11);
    const auto x = full<float, 1, 64>(1.0f);
    CHECK(net(x)(0, 0) == 64);
    input<"X", tensor<float, dyn, 64>> X;
    auto step = minimize(sum(net(X)), sgd{.learning_rate = 0.0}, nn::wrt(net));
    const float first = float(run(step, X = x)), second = float(run(step, X = x));
    CHECK(first != second);
    CHECK(std::fmod(first, 4.0f) == 0);  // what is kept twice counts four times
    CHECK(first < 200);
    CHECK(net.get<"random_state">()(0) == 11);
    CHECK(net.get<"random_state">()(1) == std::int64_t{2} << 32);
    drops_model other(11);
    auto again = minimize(sum(other(X)), sgd{.learning_rate = 0.0}, nn::wrt(other));
    CHECK(float(run(again, X = x)) == first);
    CHECK(net(x)(0, 0) == 64);
}
TEST_CASE("regions tell the member") {
    mlp_model net(1);
    input<"X", tensor<float, dyn, 3>> X;
    CHECK(show_graph(net(X), stage::traced).find("tanh(%6)  (None, 5) float32  in hidden\n") != std::string::npos);
}

namespace {
class with_names {
    nn::dense pair[2]{nn::dense{2, nn::tanh}, nn::dense{1}};

public:
    constexpr with_names() = default;
    constexpr symbol operator()(symbol x) const { return pair[1](pair[0](x)); }
    TELAR_NAMES(with_names, pair)
};
}  // namespace

TEST_CASE("a class that names its members is a model") {
    CHECK(paths_of(nn::model<with_names, tensor<float, dyn, 3>>()) ==
          texts{"pair.0.kernel(3, 2)", "pair.0.bias(2,)", "pair.1.kernel(2, 1)", "pair.1.bias(1,)"});
}
