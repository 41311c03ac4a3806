// SPDX-License-Identifier: BSL-1.0
#include <telar/core/tensor_view.hpp>

#include <doctest/doctest.h>
#include <telar/core/print.hpp>
#include <telar/core/tensor.hpp>

#include <array>
#include <vector>

using namespace telar;

TEST_CASE("rows and slices are the tensor's own memory") {
    tensor<float, 2, 3> t{{1, 2, 3}, {4, 5, 6}};
    const auto& same_t = t;
    CHECK(to_string(t.row(1)) == "tensor([4. 5. 6.], shape=(3,), dtype=float32)");
    CHECK(t[1].data() == t.data() + 3);
    CHECK(same_t[0](2) == 3);
    CHECK(t[1][2].item() == 6);
    CHECK(t.rows(1, 2).extents() == shape(1, 3));
    CHECK(t.rows(2, 2).size() == 0);
    t[0](1) = 9;
    CHECK(t(0, 1) == 9);
    t.row(1).assign(t.row(0));
    CHECK(same(t, tensor<float, 2, 3>{{1, 9, 3}, {1, 9, 3}}));
    const tensor<float, dyn> copy = t.row(0);
    t(0, 0) = 100;
    CHECK(same(copy, tensor<float, dyn>{1, 9, 3}));
    tensor<int, 3> v{1, 2, 3};
    v[1] = 7;
    CHECK(v(1) == 7);
    const tensor<double, dyn, dyn, 2> cube(shape(3, 2, 2));
    CHECK(cube.rows(1, 3)[1].data() == cube.data() + 8);
    CHECK(cube.row(2).rows(1, 2).extents() == shape(1, 2));
}
TEST_CASE("what is out of range is named with the shape") {
    tensor<float, 2, 3> t;
    tensor<float, 0, 3> none;
    CHECK_THROWS_WITH_AS(t.row(2), "view: row 2 of shape (2, 3)", index_error);
    CHECK_THROWS_WITH_AS(t[-1], "view: row -1 of shape (2, 3)", index_error);
    CHECK_THROWS_WITH_AS(t[1][3], "view: row 3 of shape (3,)", index_error);
    CHECK_THROWS_WITH_AS(t[1][2][0], "view: row 0 of shape ()", index_error);
    CHECK_THROWS_WITH_AS(none.row(0), "view: row 0 of shape (0, 3)", index_error);
    CHECK_THROWS_WITH_AS(t.rows(1, 3), "view: rows 1 to 3 of shape (2, 3)", index_error);
    CHECK_THROWS_WITH_AS(t.rows(1, 0), "view: rows 1 to 0 of shape (2, 3)", index_error);
    CHECK_THROWS_WITH_AS(t.rows(-1, 1), "view: rows -1 to 1 of shape (2, 3)", index_error);
    CHECK_THROWS_WITH_AS(t.row(0)(3), "view: index (3,) outside of shape (3,)", index_error);
    CHECK_THROWS_WITH_AS(t.row(0)(0, 0), "view: index (0, 0) outside of shape (3,)", index_error);
    CHECK_THROWS_AS(static_cast<void>(tensor<float, 2>(t.row(0))), wrong_shape);
    CHECK_THROWS_WITH_AS(t.row(0).assign(tensor<float, 2>()), "view: expected shape (3,), got (2,)", wrong_shape);
    CHECK(none.rows(0, 0).size() == 0);
}
TEST_CASE("memory that is not telar's") {
    std::vector<double> values{1, 2, 3, 4, 5, 6};
    const std::array<int, 2> two{7, 8};
    const tensor_view all(values, shape(2, 3));
    CHECK(all(1, 0) == 4);
    all(1, 0) = 40;
    CHECK(values[3] == 40);
    CHECK(tensor_view(values).extents() == shape(6));
    CHECK(tensor_view(two)(1) == 8);
    CHECK(tensor_view(values.data() + 1, shape(2, 2)).row(1)(0) == 40);
    CHECK_THROWS_WITH_AS(tensor_view(values, shape(2, 2)), "view: shape (2, 2) holds 4 elements, got 6", wrong_shape);
    CHECK_THROWS_WITH_AS(tensor_view(values.data(), shape(2, -3)), "view: extent -3 of axis 1 is negative",
                         wrong_shape);
    static_assert(std::is_same_v<decltype(tensor_view(two)), tensor_view<const int>>);
    const tensor_view<const double> read_only = all;
    CHECK(read_only.data() == values.data());
}
TEST_CASE("a negative extent is named") {
    CHECK_THROWS_WITH_AS(static_cast<void>(tensor<float, dyn>(shape(-1))), "tensor: extent -1 of axis 0 is negative",
                         wrong_shape);
    CHECK_THROWS_WITH_AS(static_cast<void>(tensor<float, dyn, 3>(shape(-2, 3))),
                         "tensor: extent -2 of axis 0 is negative", wrong_shape);
}
TEST_CASE("a view may be written from one that overlaps it") {
    float values[5] = {1, 2, 3, 4, 5};
    tensor_view(values + 1, shape(4)).assign(tensor_view(values, shape(4)));
    CHECK(values[0] == 1);
    CHECK(values[1] == 1);
    CHECK(values[4] == 4);
}
