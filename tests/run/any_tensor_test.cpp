// SPDX-License-Identifier: BSL-1.0
#include <telar/run/any_tensor.hpp>

#include <doctest/doctest.h>

#include <cstdint>

using namespace telar;

TEST_CASE("from a tensor, and back to each type that its elements and extents fit") {
    const tensor<float, 2, 3> x = {{1, 2, 3}, {4, 5, 6}};
    const any_tensor a = x;
    CHECK(a.type() == dtype::float32);
    CHECK(a.extents() == shape(2, 3));
    CHECK(a.rank() == 2);
    CHECK(a.size() == 6);
    CHECK(a.bytes().size() == 24);
    CHECK(a.values<float>()[4] == 5);

    const tensor<float, dyn, 3> rows = a;
    CHECK(rows.extents() == shape(2, 3));
    CHECK(rows(1, 2) == 6);
    CHECK(a.as<tensor<float, dyn, dyn>>()(0, 1) == 2);
    const any_tensor number = tensor<std::int64_t>(7);
    CHECK(number.rank() == 0);
    CHECK(number.as<tensor<std::int64_t>>().item() == 7);
    CHECK(any_tensor().size() == 0);
}
TEST_CASE("a copy has elements of its own") {
    any_tensor a = tensor<double, 2>{1, 2};
    any_tensor b = a;
    b.values<double>()[0] = 9;
    CHECK(a.values<double>()[0] == 1);
    a = b;
    CHECK(a.values<double>()[0] == 9);
}
TEST_CASE("another element type, rank or extent is refused") {
    const any_tensor a = tensor<float, 2, 3>{};
    CHECK_THROWS_WITH_AS(static_cast<void>(a.as<tensor<double, 2, 3>>()),
                         "any_tensor: its elements are float32, not float64", wrong_type);
    CHECK_THROWS_AS(static_cast<void>(a.values<std::int32_t>()), wrong_type);
    CHECK_THROWS_WITH_AS(static_cast<void>(a.as<tensor<float, dyn, 4>>()),
                         "any_tensor: it has shape (2, 3), the tensor (None, 4)", wrong_shape);
    CHECK_THROWS_AS(static_cast<void>(a.as<tensor<float, 6>>()), wrong_shape);
    CHECK_THROWS_AS(any_tensor(dtype::float32, shape(too_many, 2)), wrong_shape);
}
