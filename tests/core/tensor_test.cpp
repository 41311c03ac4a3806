// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <telar/core/tensor.hpp>
#include <vector>

using namespace telar;

TEST_SUITE("core/tensor") {
    TEST_CASE("a list fills a tensor in row-major order") {
        tensor<float, 2, 2> t = {{1, 2}, {3, 4}};
        CHECK(t(0, 1) == 2);
        CHECK(t(1, 0) == 3);
        CHECK(std::vector<float>(t.begin(), t.end()) == std::vector<float>{1, 2, 3, 4});
        tensor<float, 3> v = {1, 2, 3};
        CHECK(v(2) == 3);
        tensor<bool, 2> b = {true, false};
        CHECK(b.bytes() == 2);
        CHECK(b(0));
        tensor<double, dyn, 3> d = {{1, 2, 3}, {4, 5, 6}};
        CHECK(d.extents() == shape(2, 3));
        tensor<std::int32_t, 2, 1, 2> cube = {{{1, 2}}, {{3, 4}}};
        CHECK(cube(1, 0, 1) == 4);
        tensor<float, dyn, 3> empty = {};
        CHECK(empty.extents() == shape(0, 3));
        CHECK(empty.data() == nullptr);
    }

    TEST_CASE("a list of the wrong extents is refused with both") {
        CHECK_THROWS_WITH_AS((tensor<float, 2, 2>{{1, 2}, {3, 4}, {5, 6}}), "tensor: expected shape (2, 2), got (3, 2)",
                             wrong_shape);
        CHECK_THROWS_WITH_AS((tensor<float, 3>{1, 2}), "tensor: expected shape (3,), got (2,)", wrong_shape);
        CHECK_THROWS_WITH_AS((tensor<float, dyn, dyn>{{1, 2}, {3}}),
                             "tensor: ragged list, axis 1 has 2 elements in the first place and 1 in another",
                             wrong_shape);
        CHECK_THROWS_AS((tensor<float, 2, 2>{{1, 2}, {3, 4, 5}}), wrong_shape);
    }

    TEST_CASE("default, shape, uninitialized, from, filled") {
        tensor<float, 2, 3> zero;
        CHECK(zero.size() == 6);
        for (float x : zero) CHECK(x == 0);
        CHECK(reinterpret_cast<std::uintptr_t>(zero.data()) % 64 == 0);
        tensor<std::int64_t, dyn, 5> t(shape(3, 5));
        CHECK(t.extent(0) == 3);
        CHECK(t.size() == 15);
        for (auto x : t) CHECK(x == 0);
        CHECK_THROWS_WITH_AS((tensor<float, dyn, 5>(shape(3, 4))), "tensor: expected shape (None, 5), got (3, 4)",
                             wrong_shape);
        CHECK_THROWS_AS((tensor<float, dyn, 5>(shape(3))), wrong_shape);
        CHECK_THROWS_AS((tensor<float, dyn>(shape(-3))), wrong_shape);
        CHECK_THROWS_AS((tensor<float, dyn, dyn>(shape(extent_t{1} << 40, extent_t{1} << 40))), wrong_shape);
        auto f = tensor<double, dyn>::from(shape(3), std::vector<int>{1, 2, 3});
        CHECK(f(2) == 3.0);
        const int raw[] = {7, 8};
        CHECK(tensor<float, 2>::from(shape(2), raw)(1) == 8);
        CHECK(tensor<float, 2, 1>::from(shape(2, 1), {5, 6})(1, 0) == 6);
        CHECK_THROWS_WITH_AS((tensor<float, dyn>::from(shape(3), std::array{1.f, 2.f})),
                             "tensor: shape (3,) holds 3 elements, got 2", wrong_shape);
        for (float x : tensor<float, 17>::filled(shape(17), 2.5f)) CHECK(x == 2.5f);
        CHECK(tensor<float, dyn>::uninitialized(shape(9)).size() == 9);
    }

    TEST_CASE("a scalar holds its element in the object") {
        tensor<float> s = 3.5f;
        CHECK(static_cast<float>(s) == 3.5f);
        CHECK(s() == 3.5f);
        CHECK(s.item() == 3.5f);
        const float x = s;
        CHECK(x == 3.5f);
        const auto address = reinterpret_cast<std::uintptr_t>(s.data());
        CHECK(address >= reinterpret_cast<std::uintptr_t>(&s));
        CHECK(address < reinterpret_cast<std::uintptr_t>(&s + 1));
        tensor<float> moved = std::move(s);
        CHECK(moved() == 3.5f);
        CHECK(tensor<double>{}() == 0);
        CHECK((tensor<float, 1, 1>{{4}}.item()) == 4);
        CHECK_THROWS_WITH_AS((tensor<float, 2>{}.item()), "item: expected one element, got shape (2,)", wrong_shape);
        static_assert(!std::convertible_to<tensor<float, 1>, float>);
    }

    TEST_CASE("at() refuses an index outside") {
        tensor<float, 2, 3> t;
        const auto& c = t;
        t.at(1, 2) = 5;
        CHECK(c.at(1, 2) == 5);
        CHECK_THROWS_WITH_AS(t.at(2, 0), "tensor: index (2, 0) outside of shape (2, 3)", index_error);
        CHECK_THROWS_AS(c.at(0, -1), index_error);
        CHECK_THROWS_AS(c.at(0, 3), index_error);
    }

    TEST_CASE("copies are deep, moves take the memory, self-assignment is safe") {
        tensor<float, dyn> a = {1, 2, 3};
        auto b = a;
        b(0) = 9;
        CHECK(a(0) == 1);
        const float* memory = a.data();
        auto c = std::move(a);
        CHECK(c.data() == memory);
        a = b;
        CHECK(same(a, b));
        auto& alias = c;
        c = alias;
        CHECK(same(c, tensor<float, dyn>{1, 2, 3}));
        c = std::move(alias);
        CHECK(same(c, tensor<float, dyn>{1, 2, 3}));
    }

    TEST_CASE("static extents become dyn implicitly, dyn becomes static checked") {
        tensor<float, 2, 3> fixed = {{1, 2, 3}, {4, 5, 6}};
        tensor<float, dyn, dyn> loose = fixed;
        CHECK(same(loose, fixed));
        tensor<float, dyn, 3> half(loose);
        CHECK(same(half, fixed));
        CHECK(same(tensor<float, 2, 3>(half), fixed));
        CHECK_THROWS_WITH_AS((tensor<float, 3, 3>(half)), "tensor: expected shape (3, 3), got (2, 3)", wrong_shape);
        static_assert(std::convertible_to<tensor<float, 2, 3>, tensor<float, dyn, 3>>);
        static_assert(!std::convertible_to<tensor<float, dyn, 3>, tensor<float, 2, 3>>);
        static_assert(!std::constructible_from<tensor<float, 2, 3>, tensor<float, 3, 3>>);
        static_assert(!std::constructible_from<tensor<float, 2>, tensor<double, 2>>);
        const float* memory = loose.data();
        CHECK(tensor<float, 2, 3>(std::move(loose)).data() == memory);
    }

    TEST_CASE("resize keeps the memory when it shrinks") {
        tensor<float, dyn, 4> t(shape(8, 4));
        const float* memory = t.data();
        t.resize(shape(3, 4));
        CHECK(t.extents() == shape(3, 4));
        CHECK(t.size() == 12);
        CHECK(t.data() == memory);
        t.resize(shape(8, 4));
        CHECK(t.data() == memory);
        CHECK_THROWS_AS(t.resize(shape(8, 5)), wrong_shape);
        CHECK(t.extents() == shape(8, 4));
    }

    TEST_CASE("a matrix is a tensor and a linear map") {
        matrix<float, 2, 3> W = {{1, 2, 3}, {4, 5, 6}};
        static_assert(matrix<float, 2, 3>::is_matrix && !tensor<float, 2, 3>::is_matrix);
        static_assert(Tensor<const matrix<float, 2, 3>&> && Tensor<tensor<float>> && !Tensor<float>);
        CHECK(W(1, 0) == 4);
        tensor<float, 2, 3> t = W;
        CHECK(same(matrix<float, 2, 3>(t), W));
        matrix<float, dyn, 3> loose = W;
        CHECK(same(matrix<float, 2, 3>(loose), W));
        CHECK(same(matrix<float, dyn, dyn>(t), W));
        CHECK_THROWS_AS((matrix<float, 3, 3>(loose)), wrong_shape);
        CHECK(same(matrix<float, 2, 3>::from(shape(2, 3), {1, 2, 3, 4, 5, 6}), W));
        static_assert(std::convertible_to<matrix<float, 2, 3>, matrix<float, dyn, dyn>>);
        static_assert(!std::convertible_to<tensor<float, 2, 3>, matrix<float, 2, 3>>);
        static_assert(!std::convertible_to<matrix<float, dyn, 3>, matrix<float, 2, 3>>);
        static_assert(std::same_as<decltype(matrix<float, 2, 3>::filled(shape(2, 3), 1)), matrix<float, 2, 3>>);
    }

    TEST_CASE("factories") {
        CHECK(same(zeros<float, 2>(), tensor<float, 2>{0, 0}));
        CHECK(same(ones<std::int32_t, 2, 1>(), tensor<std::int32_t, 2, 1>{{1}, {1}}));
        CHECK(same(ones<float, dyn>(shape(2)), tensor<float, 2>{1, 1}));
        CHECK(same(zeros<float, dyn, 2>(shape(1, 2)), tensor<float, 1, 2>{{0, 0}}));
        CHECK(same(full<double, 3>(2.5), tensor<double, 3>{2.5, 2.5, 2.5}));
        CHECK(same(full<double>(2.5), tensor<double>{2.5}));
        CHECK(same(arange<float>(4), tensor<float, 4>{0, 1, 2, 3}));
        CHECK(arange<float>(0).size() == 0);
        CHECK(same(eye<float, 2>(), tensor<float, 2, 2>{{1, 0}, {0, 1}}));
        CHECK(same(eye<float>(3), eye<float, 3>()));
        CHECK(same(from_vector(std::vector<bool>{true, false}), tensor<bool, 2>{true, false}));
    }

    TEST_CASE("same compares bits, close compares as allclose does") {
        constexpr float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
        tensor<float, 3> a = {1, nan, 0.f}, b = {1, nan, -0.f};
        CHECK(same(a, a));
        CHECK(!same(a, b));
        CHECK(close(a, b));
        CHECK(!same(a, tensor<float, 1, 3>{{1, nan, 0}}));
        CHECK(!same(tensor<float, 1>{1}, tensor<double, 1>{1}));
        CHECK(!close(a, tensor<float, 3>{1, 0, 0}));
        CHECK(close(tensor<float, 2>{inf, 1}, tensor<double, 2>{inf, 1.000001}));
        CHECK(!close(tensor<float, 1>{inf}, tensor<float, 1>{-inf}));
        CHECK(!close(tensor<float, 1>{1}, tensor<float, 1>{1.1f}));
        CHECK(close(tensor<float, 1>{1}, tensor<float, 1>{1.1f}, 0, 0.2));
    }
}
