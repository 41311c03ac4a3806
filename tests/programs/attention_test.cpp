// SPDX-License-Identifier: BSL-1.0
// One block of a transformer: several heads, masked attention, layer norms, a feed-forward net; its loss and gradients.
#include "../support/eager.hpp"

#include <doctest/doctest.h>
#include <telar/telar.hpp>

using namespace telar;
using namespace telar::ir;
using support::error_of_call;
using support::random_tensor;
using support::roundings;

namespace {

constexpr extent_t width = 8, heads = 2, length = 5, inner = 12;
constexpr double scale = 0.5;  // 1 / sqrt(width / heads)

/// (batch, length, width) -> (batch, heads, length, width / heads)
constexpr auto split = telar::function(
    [](auto x) { return transpose(reshape(x, shape(-1, length, heads, width / heads)), axes<0, 2, 1, 3>); });
constexpr auto attend = telar::function([](auto q, auto k, auto v) {
    const auto row = reshape(cast<float>(emit::iota(*q.g, length, dtype::int32)), shape(length, 1));
    const auto scores = matmul(q, swap_axes(k, 2, 3)) * scale;
    return matmul(softmax(where(row >= reshape(row, shape(1, length)), scores, -1e9)), v);
});
constexpr auto block =
    telar::function([](auto x, auto wq, auto wk, auto wv, auto wo, auto gamma, auto beta, auto w1, auto w2) {
        const auto heads_out = attend(split(matmul(x, wq)), split(matmul(x, wk)), split(matmul(x, wv)));
        const auto joined = reshape(transpose(heads_out, axes<0, 2, 1, 3>), shape(-1, length, width));
        const auto attended = layer_norm(x + matmul(joined, wo), gamma, beta);
        return attended + matmul(gelu(matmul(attended, w1)), w2);
    });
constexpr auto loss = telar::function([](auto... a) { return mean(square(block(a...))); });
constexpr auto slope = value_and_grad(loss, range<0>);

}  // namespace

TEST_CASE("values and all nine gradients are the reference's") {
    generator g(1);
    const auto square_weights = [&] { return random_tensor<float, width, width>(g, shape(width, width), -0.5, 0.5); };
    for (const extent_t batch : {1, 3}) {
        const auto x = random_tensor<float, dyn, length, width>(g, shape(batch, length, width));
        const auto wq = square_weights(), wk = square_weights(), wv = square_weights(), wo = square_weights();
        const auto gamma = random_tensor<float, width>(g, shape(width), 0.5, 1.5),
                   beta = random_tensor<float, width>(g, shape(width));
        const auto w1 = random_tensor<float, width, inner>(g, shape(width, inner), -0.5, 0.5);
        const auto w2 = random_tensor<float, inner, width>(g, shape(inner, width), -0.5, 0.5);
        CHECK(error_of_call(1, block, x, wq, wk, wv, wo, gamma, beta, w1, w2) < roundings<float>(100));
        CHECK(error_of_call(1, slope, x, wq, wk, wv, wo, gamma, beta, w1, w2) < roundings<float>(100));
    }
}
TEST_CASE("a later position changes no earlier one") {
    generator g(2);
    auto q = random_tensor<float, 1, heads, length, 4>(g, shape(1, heads, length, 4)), k = q, v = q;
    const auto before = attend(q, k, v);
    for (extent_t h = 0; h < heads; ++h)
        for (extent_t i = 0; i < 4; ++i) k(0, h, length - 1, i) = 7, v(0, h, length - 1, i) = 9;
    const auto after = attend(q, k, v);
    for (extent_t h = 0; h < heads; ++h)
        for (extent_t i = 0; i < 4; ++i) {
            for (extent_t t = 0; t < length - 1; ++t) CHECK(before(0, h, t, i) == after(0, h, t, i));
            CHECK(before(0, h, length - 1, i) != after(0, h, length - 1, i));
        }
}
