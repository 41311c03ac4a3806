// SPDX-License-Identifier: BSL-1.0
// The texts are NumPy's: str(array) of version 2.4.6.
#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <sstream>
#include <telar/core/print.hpp>

using namespace telar;

TEST_SUITE("core/print") {
    constexpr float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();

    TEST_CASE("integers and booleans take one width") {
        CHECK(to_string(tensor<std::int32_t, 3>{1, 2, 4}) == "tensor([1 2 4], shape=(3,), dtype=int32)");
        CHECK(to_string(tensor<std::int64_t, 2, 2>{{1, -200}, {30, 4}}) ==
              "tensor(\n"
              "[[   1 -200]\n"
              " [  30    4]], shape=(2, 2), dtype=int64)");
        CHECK(to_string(tensor<std::uint8_t, 3>{0, 7, 255}) == "tensor([  0   7 255], shape=(3,), dtype=uint8)");
        CHECK(to_string(tensor<std::int8_t, 2>{-128, 65}) == "tensor([-128   65], shape=(2,), dtype=int8)");
        CHECK(to_string(tensor<std::int16_t>(std::int16_t{-7})) == "tensor(-7, shape=(), dtype=int16)");
        CHECK(to_string(tensor<std::uint16_t, 1>{65535}) == "tensor([65535], shape=(1,), dtype=uint16)");
        CHECK(to_string(tensor<std::uint32_t, 1>{4294967295u}) == "tensor([4294967295], shape=(1,), dtype=uint32)");
        CHECK(to_string(tensor<bool, 2, 2>{{true, false}, {true, true}}) ==
              "tensor(\n"
              "[[ True False]\n"
              " [ True  True]], shape=(2, 2), dtype=bool)");
    }

    TEST_CASE("floats align at the point, with an exponent when the range asks for it") {
        CHECK(to_string(tensor<float, 3>{0.5f, 1, 2.25f}) == "tensor([0.5  1.   2.25], shape=(3,), dtype=float32)");
        CHECK(to_string(tensor<float, 2, 3>{{1, 2, 3}, {4, 5, 6.5f}}) ==
              "tensor(\n"
              "[[1.  2.  3. ]\n"
              " [4.  5.  6.5]], shape=(2, 3), dtype=float32)");
        CHECK(to_string(tensor<double, 3>{0.1, -0.2, 1.0 / 3}) ==
              "tensor([ 0.1        -0.2         0.33333333], shape=(3,), dtype=float64)");
        CHECK(to_string(tensor<float, 2>{0.1f, 1e-10f}) == "tensor([1.e-01 1.e-10], shape=(2,), dtype=float32)");
        CHECK(to_string(tensor<double, 3>{1e100, 1, -2.5}) ==
              "tensor([ 1.0e+100  1.0e+000 -2.5e+000], shape=(3,), dtype=float64)");
        CHECK(to_string(tensor<float, 2>{1000000, 1}) == "tensor([1.e+06 1.e+00], shape=(2,), dtype=float32)");
        CHECK(to_string(tensor<float, 2>{999999, 999}) ==
              "tensor([9.99999e+05 9.99000e+02], shape=(2,), dtype=float32)");
        CHECK(to_string(tensor<float, 2>{0, -0.f}) == "tensor([ 0. -0.], shape=(2,), dtype=float32)");
    }

    TEST_CASE("halves have as few digits as say which they are") {
        CHECK(to_string(tensor<float16, 3>{1, 2.5, 0.1}) == "tensor([1.  2.5 0.1], shape=(3,), dtype=float16)");
        CHECK(to_string(tensor<float16, 2>{1.0 / 3, 2.0 / 3}) == "tensor([0.3333 0.6665], shape=(2,), dtype=float16)");
        CHECK(to_string(tensor<float16, 2>{999, 1.5}) == "tensor([999.    1.5], shape=(2,), dtype=float16)");
        CHECK(to_string(tensor<float16, 3>{65504, 0.001, 1}) ==
              "tensor([6.55e+04 1.00e-03 1.00e+00], shape=(3,), dtype=float16)");
        CHECK(to_string(tensor<float16, 3>{nan, inf, -1.5}) == "tensor([ nan  inf -1.5], shape=(3,), dtype=float16)");
        CHECK(to_string(tensor<float16>{65504}) == "tensor(6.55e+04, shape=(), dtype=float16)");
        CHECK(to_string(tensor<float16>{999.5}) == "tensor(999.5, shape=(), dtype=float16)");
        // Not NumPy's words, which has no bfloat16: the same rule.
        CHECK(to_string(tensor<bfloat16, 3>{1, 2.5, 0.1}) == "tensor([1.  2.5 0.1], shape=(3,), dtype=bfloat16)");
        CHECK(to_string(tensor<bfloat16>{3.14159}) == "tensor(3.14, shape=(), dtype=bfloat16)");
    }

    TEST_CASE("nan and infinities") {
        CHECK(to_string(tensor<float, 3>{nan, 1.5f, -inf}) == "tensor([ nan  1.5 -inf], shape=(3,), dtype=float32)");
        CHECK(to_string(tensor<float, 2>{nan, nan}) == "tensor([nan nan], shape=(2,), dtype=float32)");
        CHECK(to_string(tensor<double, 3>{inf, 1e-7, nan}) ==
              "tensor([   inf 1.e-07    nan], shape=(3,), dtype=float64)");
    }

    TEST_CASE("a number without axes is printed in full") {
        CHECK(to_string(tensor<float>{3.5f}) == "tensor(3.5, shape=(), dtype=float32)");
        CHECK(to_string(tensor<float>{3}) == "tensor(3.0, shape=(), dtype=float32)");
        CHECK(to_string(tensor<float>{0.1f}) == "tensor(0.1, shape=(), dtype=float32)");
        CHECK(to_string(tensor<float>{1e6f}) == "tensor(1e+06, shape=(), dtype=float32)");
        CHECK(to_string(tensor<double>{1.0 / 3}) == "tensor(0.3333333333333333, shape=(), dtype=float64)");
        CHECK(to_string(tensor<double>{1e-5}) == "tensor(1e-05, shape=(), dtype=float64)");
        CHECK(to_string(tensor<double>{-inf}) == "tensor(-inf, shape=(), dtype=float64)");
        CHECK(to_string(tensor<bool>{true}) == "tensor(True, shape=(), dtype=bool)");
        CHECK(to_string(tensor<std::int64_t>{-7}) == "tensor(-7, shape=(), dtype=int64)");
    }

    TEST_CASE("axes, and lines of at most 75 characters") {
        CHECK(to_string(tensor<std::int32_t, 2, 2, 2>{{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}}) ==
              "tensor(\n"
              "[[[1 2]\n"
              "  [3 4]]\n"
              "\n"
              " [[5 6]\n"
              "  [7 8]]], shape=(2, 2, 2), dtype=int32)");
        CHECK(to_string(arange<float>(30)) ==
              "tensor(\n"
              "[ 0.  1.  2.  3.  4.  5.  6.  7.  8.  9. 10. 11. 12. 13. 14. 15. 16. 17.\n"
              " 18. 19. 20. 21. 22. 23. 24. 25. 26. 27. 28. 29.], shape=(30,), dtype=float32)");
    }

    TEST_CASE("large and empty tensors") {
        tensor<float, 10, 101> large;
        for (int i = 0; i < 1010; ++i) large.data()[i] = static_cast<float>(i) / 4;
        CHECK(to_string(arange<std::int32_t>(1001)) ==
              "tensor([   0    1    2 ...  998  999 1000], shape=(1001,), dtype=int32)");
        CHECK(to_string(large) ==
              "tensor(\n"
              "[[0.0000e+00 2.5000e-01 5.0000e-01 ... 2.4500e+01 2.4750e+01 2.5000e+01]\n"
              " [2.5250e+01 2.5500e+01 2.5750e+01 ... 4.9750e+01 5.0000e+01 5.0250e+01]\n"
              " [5.0500e+01 5.0750e+01 5.1000e+01 ... 7.5000e+01 7.5250e+01 7.5500e+01]\n"
              " ...\n"
              " [1.7675e+02 1.7700e+02 1.7725e+02 ... 2.0125e+02 2.0150e+02 2.0175e+02]\n"
              " [2.0200e+02 2.0225e+02 2.0250e+02 ... 2.2650e+02 2.2675e+02 2.2700e+02]\n"
              " [2.2725e+02 2.2750e+02 2.2775e+02 ... 2.5175e+02 2.5200e+02 2.5225e+02]], shape=(10, 101), "
              "dtype=float32)");
        CHECK(to_string(tensor<float, dyn, 3>{}) == "tensor([], shape=(0, 3), dtype=float32)");
    }

    TEST_CASE("a stream takes a tensor and a matrix, which print alike") {
        std::ostringstream out;
        out << tensor<std::int32_t, 3>{1, 2, 4} << '\n' << matrix<std::int32_t, 1, 2>{{1, 2}};
        CHECK(out.str() == "tensor([1 2 4], shape=(3,), dtype=int32)\ntensor([[1 2]], shape=(1, 2), dtype=int32)");
    }
}
