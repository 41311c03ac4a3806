// SPDX-License-Identifier: BSL-1.0
// What kernels read through other strides: broadcasts, transposes, slices; and what must be copied.
#include <telar/kernels/cpu/loop/loop.hpp>

#include "../support/eager.hpp"

#include <doctest/doctest.h>
#include <telar/expr/composite.hpp>

using namespace telar;
using support::error_of_call;
using support::random_tensor;
using support::roundings;

namespace {

constexpr auto fused = telar::function([](auto a, auto b) { return a * b + a - 2 * b; });
constexpr auto turned = telar::function([](auto x) {
    const auto t = transpose(x, axes<2, 0, 1>);
    return std::array{t + 1, t * t, relu(t), transpose(x) * 0.5};
});
constexpr auto turned_square = telar::function([](auto x) { return x + transpose(x) - transpose(x) * x; });
constexpr auto cut = telar::function([](auto x) {
    const auto odd = slice(x, axis<2>, range<1, 4>), front = slice(x, axis<1>, range<0, 2>);
    return std::array{odd * 2, sum(odd, 2), sum(front, 1), max(odd, 0), relu(front)};
});
constexpr auto padded = telar::function([](auto x) {
    return std::array{pad(x, before<0, 1, 2>, after<2, 0, 1>), pad(x * x, before<1, 0, 0>, after<0, 0, 3>)};
});
constexpr auto joined = telar::function([](auto x, auto y) {
    return std::array{concat(x, y, axis<1>), concat(y * 2, x, axis<1>) + 1,
                      concat(transpose(x, axes<2, 1, 0>), transpose(y, axes<2, 1, 0>), axis<1>),
                      stack(x, x * x, axis<0>), stack(x, -x, axis<3>)};
});
constexpr auto reshaped = telar::function([](auto x) {  // the second and the third must copy
    return std::array{flatten(x) * 2, flatten(transpose(x)) + 1, reshape(transpose(x, axes<1, 0, 2>), shape(-1, 3)) * 2,
                      expand_dims(x, 1), sum(flatten(transpose(x)), 1)};
});
constexpr auto sums_of_views = telar::function([](auto x) {
    const auto t = transpose(x);
    return std::array{sum(t, 0), sum(t, 1), sum(t, 2), sum(t), softmax(t), max(t, axes<0, 2>)};
});
constexpr auto classes = telar::function([](auto labels) { return one_hot(labels, depth<7>); });
constexpr auto stretched = telar::function([](auto row, auto column) {
    return std::array{broadcast_to(row, extents<4, 5>) + 0, outer(row, column) * 2,
                      broadcast_to(column, extents<3, 1, 4>) * broadcast_to(expand_dims(row, 1), extents<3, 5, 1>)};
});

}  // namespace

TEST_CASE_TEMPLATE("broadcasting", T, float, double, std::int32_t) {
    generator random(1);
    for (const extent_t r : {1, 2, 7})
        for (const extent_t c : {1, 5, 16, 33}) {
            CAPTURE(r);
            CAPTURE(c);
            const auto full = random_tensor<T, dyn, dyn>(random, shape(r, c), -9, 9);
            CHECK(error_of_call(0, fused, full, random_tensor<T, dyn>(random, shape(c), -9, 9)) == 0);
            CHECK(error_of_call(0, fused, random_tensor<T, dyn>(random, shape(c), -9, 9), full) == 0);
            CHECK(error_of_call(0, fused, full, random_tensor<T, dyn, 1>(random, shape(r, 1), -9, 9)) == 0);
            CHECK(error_of_call(0, fused, full, random_tensor<T, 1, dyn>(random, shape(1, c), -9, 9)) == 0);
            CHECK(error_of_call(0, fused, full, random_tensor<T>(random, shape(), -9, 9)) == 0);
            CHECK(error_of_call(0, fused, random_tensor<T, dyn, 1>(random, shape(r, 1), -9, 9),
                                random_tensor<T, 1, dyn>(random, shape(1, c), -9, 9)) == 0);
            const auto deep = random_tensor<T, dyn, dyn, dyn>(random, shape(3, r, c), -9, 9);
            CHECK(error_of_call(0, fused, deep, full) == 0);
            CHECK(error_of_call(0, fused, deep, random_tensor<T, dyn, 1, dyn>(random, shape(3, 1, c), -9, 9)) == 0);
            CHECK(error_of_call(0, fused, deep, random_tensor<T, dyn, dyn, 1>(random, shape(3, r, 1), -9, 9)) == 0);
            CHECK(error_of_call(0, fused, random_tensor<T, 3, 1, 1>(random, shape(3, 1, 1), -9, 9), full) == 0);
        }
    CHECK(error_of_call(0, fused, tensor<T, dyn, dyn>(shape(0, 4)), tensor<T, dyn>(shape(4))) == 0);
}
TEST_CASE_TEMPLATE("transposes, slices, reshapes, joins", T, float, double) {
    generator random(2);
    const shape shapes[] = {shape(2, 3, 5), shape(1, 4, 4), shape(7, 2, 33), shape(17, 5, 4), shape(3, 3, 6)};
    for (const shape& s : shapes) {
        CAPTURE(to_string(s));
        const auto x = random_tensor<T, dyn, dyn, dyn>(random, s);
        CHECK(error_of_call(0, turned, x) == 0);
        CHECK(error_of_call(1, cut, x) < roundings<T>(4));
        CHECK(error_of_call(0, padded, x) == 0);
        CHECK(error_of_call(0, joined, x, random_tensor<T, dyn, 2, dyn>(random, shape(s[0], 2, s[2]))) == 0);
        CHECK(error_of_call(10, sums_of_views, x) < roundings<T>(20));
        const auto three = random_tensor<T, dyn, dyn, 3>(random, shape(s[0], s[1], 3));
        CHECK(error_of_call(4, reshaped, three) < roundings<T>(8));
    }
    for (const extent_t n : {1, 2, 15, 16, 17, 40}) {
        const auto square = random_tensor<T, dyn, dyn>(random, shape(n, n));
        CHECK(error_of_call(0, turned_square, square) == 0);
    }
    CHECK(error_of_call(0, stretched, random_tensor<T, 5>(random, shape(5)), random_tensor<T, 4>(random, shape(4))) ==
          0);
}
TEST_CASE("one_hot") {
    const tensor<std::int32_t, dyn> labels = tensor<std::int32_t, 5>{0, 6, 7, -1, 3};
    CHECK(error_of_call(0, classes, labels) == 0);
    const tensor<float, dyn, 7> one = classes(labels);
    for (extent_t i = 0; i < 5; ++i)
        for (extent_t k = 0; k < 7; ++k) CHECK(one(i, k) == (labels(i) == k ? 1.0f : 0.0f));
}
TEST_CASE("by hand: a slice of a transpose, flattened") {
    const tensor<float, 2, 3> x{{1, 2, 3}, {4, 5, 6}};
    const auto y = telar::function([](auto t) { return reshape(slice(transpose(t), 0, 1, 3), shape(4)); })(x);
    CHECK(support::same_bits(y, tensor<float, 4>{2, 5, 3, 6}));
}
