// SPDX-License-Identifier: BSL-1.0
// Models whose parameters begin with arrays: copied by a model, read where they lie by a constant one.
#include "../support/arrays.hpp"

#include <doctest/doctest.h>
#include <telar/nn.hpp>
#include <telar/nn/constant_model.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

using namespace telar;
using support::same_bits;

namespace {

alignas(64) constexpr float kernel_values[] = {1, 2, 3, 4, 5, 6};
constexpr float bias_values[] = {0.5f, 0.25f};
constexpr std::int64_t place_values[] = {1, 0};
constexpr std::uint16_t half_values[] = {0x3c00, 0x4000};  // 1, 2

struct affine {
    nn::parameter kernel, bias;
    constexpr symbol operator()(symbol x) const {
        const symbol w = kernel(x, shape(3, 2), nn::values_of(kernel_values));
        return matmul(x, w) + bias(x, shape(2), nn::values_of(bias_values));
    }
};
struct of_other_types {
    nn::parameter places, halves;
    constexpr symbol operator()(symbol x) const {
        const symbol i = places.of_type(x, dtype::int64, shape(2), nn::values_of(place_values), false);
        const symbol h = halves.of_type(x, dtype::float16, shape(2), nn::values_of(half_values), false);
        return gather(x, i, axis<0>) * cast<float>(h);
    }
};
struct without_parameters {
    constexpr symbol operator()(symbol x) const { return x + 1; }
};
struct too_short {
    nn::parameter bias;
    constexpr symbol operator()(symbol x) const { return x + bias(x, shape(3), nn::values_of(bias_values)); }
};
using rows_of_3 = tensor<float, dyn, 3>;

}  // namespace

TEST_CASE("a constant model reads its arrays") {
    const nn::constant_model<affine, rows_of_3> net;
    const tensor<float, 2, 3> x = {{1, 1, 1}, {1, 0, 0}};
    const tensor<float, 2, 2> want = {{9.5f, 12.25f}, {1.5f, 2.25f}};
    CHECK(same_bits(net(x), want));
    CHECK(net.count_of_numbers() == 8);

    const input<"x", rows_of_3> X;
    const auto twice = static_cast<tensor<float, 2, 2>>(run(2 * net(X), X = x));  // as an expression
    CHECK(same_bits(twice, 2 * want));
    CHECK(same_bits(nn::late(net)(x), want));
    const auto copy = net;
    CHECK(same_bits(copy(x), want));
}
TEST_CASE("a callable of a constant model needs no memory for weights") {
    using net = nn::constant_model<affine, tensor<float, 1, 3>>;
    using predictor = callable<tensor<float, 1, 2>(const tensor<float, 1, 3>&)>;
    const predictor predict = net();  // which is gone then
    CHECK(same_bits(predict(tensor<float, 1, 3>{{1, 0, 0}}), tensor<float, 1, 2>{{1.5f, 2.25f}}));

    alignas(64) std::byte room[predictor::bytes_for<net>()];
    const predictor in_place(net(), room);
    CHECK(same_bits(in_place(tensor<float, 1, 3>{{0, 0, 0}}), tensor<float, 1, 2>{{0.5f, 0.25f}}));
}
TEST_CASE("a model begins with a copy, and can be trained") {
    nn::model<affine, rows_of_3> net;
    const tensor<float, 1, 3> x = {{1, 1, 1}};
    CHECK(same_bits(net(x), nn::constant_model<affine, rows_of_3>()(x)));
    net.get<"bias">()(0) = 1.5f;
    CHECK(net(x)(0, 0) == 10.5f);
    CHECK(bias_values[0] == 0.5f);
}
TEST_CASE("arrays of other types, and none") {
    const tensor<float, 2, 2> x = {{1, 2}, {3, 4}};
    const nn::constant_model<of_other_types, tensor<float, 2, 2>> net;
    CHECK(same_bits(net(x), tensor<float, 2, 2>{{3, 8}, {1, 4}}));
    CHECK(same_bits(nn::model<of_other_types, tensor<float, 2, 2>>()(x), net(x)));
    CHECK(same_bits(nn::constant_model<without_parameters, tensor<float, 2, 2>>()(x), x + 1));
}
TEST_CASE("an array of another size is refused") {
    std::string text;
    try {
        const nn::model<too_short, rows_of_3> net;
    } catch (const wrong_shape& e) { text = e.what(); }
    CHECK(text == "nn::values_of: an array of 2 elements for a parameter of shape (3,)");
    static_assert(!nn::constant_leaf<too_short, rows_of_3>::all_are_arrays);
}
