// SPDX-License-Identifier: BSL-1.0
// Models that are compiled when they are first run.
#include <doctest/doctest.h>
#include <telar/nn.hpp>

#include <cstddef>
#include <span>
#include <vector>

using namespace telar;

namespace {
struct net {
    nn::dense hidden{8, nn::tanh}, out{3};
    constexpr symbol operator()(symbol x) const { return out(hidden(x)); }
};
using inputs = tensor<float, dyn, 4>;
using outputs = tensor<float, dyn, 3>;
using model = nn::model<net, inputs>;
template <class E> inline constexpr bool is_late = expr::runs_late<typename E::node_type>;

inputs samples() {
    inputs x(shape(12, 4));
    for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = static_cast<float>(i % 7) * 0.25f - 0.5f;
    return x;
}
float largest_difference(const outputs& a, const outputs& b) { return max(abs(a - b)).item(); }
}  // namespace

TEST_CASE("what contains it is late, and shares its values") {
    model m(3);
    const inputs x = samples();
    const auto view = nn::late(m);
    input<"x", inputs> X;
    static_assert(is_late<decltype(view(X))>);
    static_assert(is_late<decltype(sum(square(view(X))) + 1.f)>);
    static_assert(is_late<decltype(nn::late(nn::frozen<"hidden">(m))(X))>);
    static_assert(TELAR_LATE || !is_late<decltype(m(X))>);
    CHECK(largest_difference(view(x), m(x)) < 1e-6f);
    m.get<"out.bias">()(1) = 5;
    CHECK(largest_difference(view(x), m(x)) < 1e-6f);

    callable<outputs(const inputs&)> predict = nn::late(m);
    CHECK(largest_difference(predict(x), m(x)) < 1e-6f);
}
TEST_CASE("it is trained as any other") {
    model early(3), first(3);
    const inputs x = samples();
    const outputs y = exp(early(x)) * 0.5f;
    nn::fit_options options{.epochs = 3, .batch_size = 4, .verbose = 0};
    nn::compile<nn::mean_squared_error{}>(early, adam{.learning_rate = 0.01}).fit(x, y, options);
    auto view = nn::late(first);
    auto trainer = nn::compile<nn::mean_squared_error{}>(view, adam{.learning_rate = 0.01});
    trainer.fit(x, y, options);
    CHECK(largest_difference(early(x), first(x)) < 1e-5f);
    CHECK(largest_difference(model(3)(x), first(x)) > 1e-3f);
}
TEST_CASE("a callable of it in memory that is given") {
    using predictor = callable<outputs(const inputs&)>;
    model m(3);
    const inputs x = samples();
    const auto view = nn::late(m);
    const std::size_t bytes = predictor::bytes_for<decltype(view)>(12);
    std::vector<std::byte> room(bytes);
    const predictor predict(view, room);
    outputs y(shape(12, 3));
    predict.into(y, x);
    CHECK(largest_difference(y, m(x)) < 1e-6f);
    CHECK_THROWS_AS((predictor(view, std::span(room).first(16))), invalid_argument);
}
