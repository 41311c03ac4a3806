// SPDX-License-Identifier: BSL-1.0
// Strides backwards, and over several elements: what every kind of kernel reads through them.
#include "../support/eager.hpp"

#include <doctest/doctest.h>
#include <telar/telar.hpp>

using namespace telar;
using namespace telar::ir::passes;
using support::error_of_call;
using support::random_tensor;

namespace {

constexpr auto maps = telar::function([](auto x) {
    const auto last = reverse(x, axis<-1>), all = reverse(x);
    return std::array{last * 2 + x,
                      all + 1,
                      reverse(x, axis<0>) * last,
                      slice(x, axis<1>, range<-2, to_the_start, -3>) * 2,
                      slice(all, axis<1>, range<1, to_the_end, 2>) + 1,
                      reshape(reverse(x, axis<1>), shape(-1)) * 3};
});
constexpr auto reductions = telar::function([](auto x) {
    const auto last = reverse(x, axis<-1>);
    return std::array{sum(last, 1),  sum(last * x, 0),      max(reverse(x), 1),
                      softmax(last), cumsum(last, axis<1>), sort(slice(last, axis<0>, range<0, to_the_end, 2>))};
});
constexpr auto products = telar::function([](auto x, auto y) {
    return std::array{matmul(reverse(x), y), matmul(x, reverse(y)), matmul(reverse(x, axis<0>), reverse(y, axis<1>)),
                      matmul(transpose(reverse(y)), transpose(reverse(x, axis<1>))),
                      matmul(slice(x, axis<0>, range<-1, to_the_start, -2>), y)};
});
constexpr auto slope = telar::function(
    [](auto x) { return differentiate(sum(square(slice(reverse(x, axis<1>), axis<1>, range<1, to_the_end, 3>))), x); });

constexpr auto convolutions = telar::function([](auto x, auto w) {
    return std::array{conv(reverse(x, axis<1>), w), conv(reverse(x, axis<2>), w, same_padding),
                      conv(reverse(x), w, same_padding)};
});

generator numbers(5);

}  // namespace

TEST_CASE("maps") {
    CHECK(error_of_call(1, maps, random_tensor<float, 5, 37>(numbers, shape(5, 37))) == 0);
    CHECK(error_of_call(1, maps, random_tensor<double, dyn, dyn>(numbers, shape(3, 18))) == 0);
    CHECK(error_of_call(1, maps, tensor<double, dyn, dyn>::uninitialized(shape(0, 18))) == 0);
}
TEST_CASE("reductions and routines") {
    CHECK(error_of_call(1, reductions, random_tensor<float, 5, 37>(numbers, shape(5, 37))) < 1e-5);
}
TEST_CASE("products, of extents that are known and that are not") {
    CHECK(error_of_call(1, products, random_tensor<float, 17, 9>(numbers, shape(17, 9)),
                        random_tensor<float, 9, 33>(numbers, shape(9, 33))) < 1e-5);
    CHECK(error_of_call(1, products, random_tensor<float, dyn, dyn>(numbers, shape(70, 19)),
                        random_tensor<float, dyn, dyn>(numbers, shape(19, 45))) < 1e-5);
}
TEST_CASE("derivatives") { CHECK(error_of_call(1, slope, random_tensor<float, 5, 13>(numbers, shape(5, 13))) == 0); }
TEST_CASE("products that walk through windows") {
    CHECK(error_of_call(1, convolutions, random_tensor<float, 2, 7, 6, 3>(numbers, shape(2, 7, 6, 3)),
                        random_tensor<float, 3, 3, 3, 4>(numbers, shape(3, 3, 3, 4))) < 1e-5);
}
