// SPDX-License-Identifier: BSL-1.0
// Every lane of every operation against the same operation on plain numbers.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <telar/kernels/cpu/simd/simd.hpp>
#include <vector>

namespace simd = telar::ir::kernels::simd;
using simd::vec;

namespace {

template <class T> constexpr int width = vec<T>::width;

/// Numbers that break things: zeros of both signs, halves, the ends of the range, infinities, NaN.
template <class T> std::vector<T> hard_values() {
    using limits = std::numeric_limits<T>;
    std::vector<T> v;
    if constexpr (std::is_floating_point_v<T>) {
        v = {T(0),
             T(-0.0),
             T(1),
             T(-1),
             T(0.5),
             T(-0.5),
             T(1.5),
             T(-1.5),
             T(2.5),
             T(-2.5),
             T(3.7),
             T(-1234.25),
             T(8388607.5),
             T(1) / 3,
             T(1e9),
             T(-1e9),
             limits::max(),
             limits::lowest(),
             limits::min(),
             limits::denorm_min(),
             limits::infinity(),
             -limits::infinity(),
             limits::quiet_NaN()};
    } else {
        v = {0, 1, -1, 2, -2, 7, -7, 1000, -1000, 123456789, limits::max(), limits::min(), limits::max() - 1};
    }
    return v;
}
/// Equal, or both NaN.
template <class T> bool same(T a, T b) { return a == b || (a != a && b != b); }
template <class T> std::vector<T> lanes(vec<T> v) {
    std::vector<T> out(width<T>);
    simd::store(out.data(), v);
    return out;
}

// Function pointers keep this one instantiation for each element type.
template <class T> void check_unary(const char* name, vec<T> (*vector)(vec<T>), T (*plain)(T)) {
    INFO(name);
    const auto values = hard_values<T>();
    for (std::size_t start = 0; start < values.size(); ++start) {
        T in[width<T>];
        for (int i = 0; i < width<T>; ++i) in[i] = values[(start + static_cast<std::size_t>(i)) % values.size()];
        const auto out = lanes(vector(simd::load(in)));
        for (int i = 0; i < width<T>; ++i) {
            INFO("x = " << in[i]);
            CHECK_MESSAGE(same(out[static_cast<std::size_t>(i)], plain(in[i])), out[static_cast<std::size_t>(i)]);
        }
    }
}
template <class T> void check_binary(const char* name, vec<T> (*vector)(vec<T>, vec<T>), T (*plain)(T, T)) {
    INFO(name);
    const auto values = hard_values<T>();
    for (const T y : values) {
        for (std::size_t start = 0; start < values.size(); start += static_cast<std::size_t>(width<T>)) {
            T in[width<T>];
            for (int i = 0; i < width<T>; ++i) in[i] = values[(start + static_cast<std::size_t>(i)) % values.size()];
            const auto out = lanes(vector(simd::load(in), vec<T>(y)));
            for (int i = 0; i < width<T>; ++i) {
                INFO("x = " << in[i] << ", y = " << y);
                CHECK_MESSAGE(same(out[static_cast<std::size_t>(i)], plain(in[i], y)),
                              out[static_cast<std::size_t>(i)]);
            }
        }
    }
}
template <class T> vec<T> as_number(simd::mask<T> m) { return select(m, vec<T>(T(1)), vec<T>(T(0))); }

template <class T, class F> T wrapping(T a, T b, F f) {
    if constexpr (std::is_integral_v<T>) {
        using U = std::make_unsigned_t<T>;
        return static_cast<T>(f(static_cast<U>(a), static_cast<U>(b)));
    } else {
        return f(a, b);
    }
}

}  // namespace

TEST_CASE_TEMPLATE("arithmetic and comparison agree with plain numbers in every lane", T, float, double, std::int32_t,
                   std::int64_t) {
    using V = vec<T>;
    check_binary<T>(
        "+", [](V a, V b) { return a + b; }, [](T a, T b) { return wrapping(a, b, std::plus<>()); });
    check_binary<T>(
        "-", [](V a, V b) { return a - b; }, [](T a, T b) { return wrapping(a, b, std::minus<>()); });
    check_binary<T>(
        "*", [](V a, V b) { return a * b; }, [](T a, T b) { return wrapping(a, b, std::multiplies<>()); });
    check_binary<T>(
        "/", [](V a, V b) { return a / b; },
        [](T a, T b) -> T {
            if constexpr (std::is_floating_point_v<T>) return a / b;
            else if (b == 0) return 0;
            else if (b == -1) return wrapping(T(0), a, std::minus<>());
            else return static_cast<T>(a / b);
        });
    check_binary<T>(
        "==", [](V a, V b) { return as_number(a == b); }, [](T a, T b) { return T(a == b); });
    check_binary<T>(
        "!=", [](V a, V b) { return as_number(a != b); }, [](T a, T b) { return T(a != b); });
    check_binary<T>(
        "<", [](V a, V b) { return as_number(a < b); }, [](T a, T b) { return T(a < b); });
    check_binary<T>(
        "<=", [](V a, V b) { return as_number(a <= b); }, [](T a, T b) { return T(a <= b); });
    check_binary<T>(
        ">", [](V a, V b) { return as_number(a > b); }, [](T a, T b) { return T(a > b); });
    check_binary<T>(
        ">=", [](V a, V b) { return as_number(a >= b); }, [](T a, T b) { return T(a >= b); });
    check_binary<T>(
        "minimum", [](V a, V b) { return minimum(a, b); },
        [](T a, T b) { return a != a || b < a ? (a != a ? a : b) : (b != b ? b : a); });
    check_binary<T>(
        "maximum", [](V a, V b) { return maximum(a, b); },
        [](T a, T b) { return a != a || b > a ? (a != a ? a : b) : (b != b ? b : a); });
    check_unary<T>(
        "minus", [](V a) { return -a; }, [](T a) { return wrapping(T(0), a, std::minus<>()); });
    check_unary<T>(
        "plain numbers beside a vec", [](V a) { return maximum(T(1) - a * T(2), T(0)); },
        [](T a) -> T {
            const T x = wrapping(T(1), wrapping(a, T(2), std::multiplies<>()), std::minus<>());
            return x != x || x > 0 ? x : T(0);
        });
    check_unary<T>(
        "abs", [](V a) { return abs(a); }, [](T a) { return a < 0 ? wrapping(T(0), a, std::minus<>()) : a; });
}

TEST_CASE_TEMPLATE("rounding, sqrt, bits and scaling of floats", T, float, double) {
    using V = vec<T>;
    check_unary<T>(
        "sqrt", [](V a) { return sqrt(a); }, [](T a) { return std::sqrt(a); });
    check_unary<T>(
        "floor", [](V a) { return floor(a); }, [](T a) { return std::floor(a); });
    check_unary<T>(
        "ceil", [](V a) { return ceil(a); }, [](T a) { return std::ceil(a); });
    check_unary<T>(
        "trunc", [](V a) { return trunc(a); }, [](T a) { return std::trunc(a); });
    check_unary<T>(
        "nearest", [](V a) { return nearest(a); }, [](T a) { return std::nearbyint(a); });
    check_unary<T>(
        "bits there and back", [](V a) { return from_bits(bits(a)); }, [](T a) { return a; });
    CHECK(std::signbit(first(-V(T(0)))));
    for (const T zero : {T(-0.0), T(-0.25), T(-0.5)}) {
        CHECK(std::signbit(first(trunc(V(zero)))));
        CHECK(std::signbit(first(ceil(V(zero)))));
        CHECK(std::signbit(first(nearest(V(zero)))));
    }

    for (const T x : {T(0), T(1), T(-1.75), T(1) / 3, std::numeric_limits<T>::denorm_min() * 7,
                      std::numeric_limits<T>::min() * T(1.7), std::numeric_limits<T>::max(),
                      std::numeric_limits<T>::infinity(), std::numeric_limits<T>::quiet_NaN()})
        for (int n = -2300; n <= 2300; ++n) {
            const T scaled = first(scale2(V(x), V(static_cast<T>(n))));
            if (!same(scaled, std::ldexp(x, n))) FAIL_CHECK(x << " * 2^" << n << " gives " << scaled);
        }
    for (const T x : {T(0), T(0.5), T(-0.5), T(1.5), T(2.5), T(-7.49), T(1e6) + T(0.25), T(-12345)}) {
        CHECK(first(to_int(V(x))) == static_cast<std::int64_t>(std::nearbyint(x)));
        CHECK(first(to_float(to_int(V(x)))) == std::nearbyint(x));
    }
}

#if defined(__FMA__) && TELAR_HAS_XSIMD
TEST_CASE_TEMPLATE("fma rounds once where the machine can", T, float, double) {
    const T e = std::numeric_limits<T>::epsilon();
    // (1 + e)(1 - e) = 1 - e^2, which rounds to 1: only a fused operation sees -e^2.
    CHECK(first(fma(vec<T>(1 + e), vec<T>(1 - e), vec<T>(T(-1)))) == -e * e);
    CHECK(first(fnma(vec<T>(1 + e), vec<T>(1 - e), vec<T>(T(1)))) == e * e);
}
#endif

TEST_CASE_TEMPLATE("bits of integers", T, std::int32_t, std::int64_t) {
    using V = vec<T>;
    check_binary<T>(
        "&", [](V a, V b) { return a & b; }, [](T a, T b) { return T(a & b); });
    check_binary<T>(
        "|", [](V a, V b) { return a | b; }, [](T a, T b) { return T(a | b); });
    check_binary<T>(
        "^", [](V a, V b) { return a ^ b; }, [](T a, T b) { return T(a ^ b); });
    using U = std::make_unsigned_t<T>;
    check_unary<T>(
        "<< 5", [](V a) { return shift_left(a, 5); }, [](T a) { return static_cast<T>(U(a) << 5); });
    check_unary<T>(
        "<< 31", [](V a) { return shift_left(a, 31); }, [](T a) { return static_cast<T>(U(a) << 31); });
    check_unary<T>(
        ">> 0", [](V a) { return shift_right(a, 0); }, [](T a) { return a; });
    check_unary<T>(
        ">> 23", [](V a) { return shift_right(a, 23); }, [](T a) { return static_cast<T>(a >> 23); });
    CHECK(first(fma(V(3), V(4), V(5))) == 17);
    CHECK(first(fnma(V(3), V(4), V(5))) == -7);
}

TEST_CASE_TEMPLATE("partial loads and stores touch n lanes and no more", T, float, double, std::int32_t, std::int64_t) {
    constexpr int w = width<T>;
    for (int n = 0; n <= w; ++n) {
        std::vector<T> exact(static_cast<std::size_t>(n));  // a sanitizer sees a read beyond its end
        for (int i = 0; i < n; ++i) exact[static_cast<std::size_t>(i)] = static_cast<T>(i + 1);
        const auto in = lanes(simd::load_first(exact.data(), n));
        for (int i = 0; i < w; ++i) CHECK(in[static_cast<std::size_t>(i)] == (i < n ? static_cast<T>(i + 1) : T(0)));

        T out[std::size_t(w + 1)];
        for (T& x : out) x = T(-9);
        simd::store_first(out, vec<T>(T(3)), n);
        for (int i = 0; i <= w; ++i) CHECK(out[i] == (i < n ? T(3) : T(-9)));

        for (const int stride : {1, 3, -2}) {
            std::vector<T> far(static_cast<std::size_t>(3 * w), T(-9));
            T* start = stride < 0 ? far.data() + 2 * w : far.data();
            for (int i = 0; i < n; ++i) start[i * stride] = static_cast<T>(i + 1);
            const auto got = lanes(simd::load_strided(static_cast<const T*>(start), stride, n));
            for (int i = 0; i < w; ++i)
                CHECK(got[static_cast<std::size_t>(i)] == (i < n ? static_cast<T>(i + 1) : T(0)));
        }

        const auto truth = lanes(as_number(simd::first_lanes<T>(n)));
        for (int i = 0; i < w; ++i) CHECK(truth[static_cast<std::size_t>(i)] == T(i < n));
        CHECK(any(simd::first_lanes<T>(n)) == (n > 0));
        CHECK(all(simd::first_lanes<T>(n)) == (n == w));
        CHECK(any(!simd::first_lanes<T>(n)) == (n < w));
        CHECK(all(simd::first_lanes<T>(n) ^ !simd::first_lanes<T>(n)));
        CHECK(!any(simd::first_lanes<T>(n) & !simd::first_lanes<T>(n)));
        CHECK(all(simd::first_lanes<T>(n) | !simd::first_lanes<T>(n)));

        bool bytes[std::size_t(w + 1)];
        for (bool& b : bytes) b = true;
        simd::store_mask(bytes, simd::first_lanes<T>(w / 2), n);
        for (int i = 0; i <= w; ++i) CHECK(bytes[i] == (i < n ? i < w / 2 : true));
        const auto loaded = lanes(as_number(simd::load_mask<T>(bytes, n)));
        for (int i = 0; i < w; ++i) CHECK(loaded[static_cast<std::size_t>(i)] == T(i < n && bytes[i]));
    }
    CHECK(all(simd::mask<T>(true)));
    CHECK(!any(simd::mask<T>(false)));
}

TEST_CASE_TEMPLATE("one lane of a mask in memory is stored as 0 or 1", T, float, double, std::int32_t, std::int64_t) {
    std::vector<simd::mask<T>> masks;
    for (int n = 0; n <= width<T>; ++n) masks.push_back(simd::first_lanes<T>(n));
    for (std::size_t n = 0; n < masks.size(); ++n) {
        std::uint8_t truth = 9, number = 9;
        simd::store_mask(&truth, masks[n], 1);
        simd::store_as(&number, as_number<T>(masks[n]), 1);
        CHECK(truth == (n > 0));
        CHECK(number == (n > 0));
        CHECK(first(select(masks[n], vec<T>(T(7)), vec<T>(T(3)))) == (n > 0 ? 7 : 3));
    }
}

namespace {
template <class T, class U> void check_conversion() {
    constexpr int w = width<T>;
    U source[std::size_t(w)];
    for (int i = 0; i < w; ++i) source[i] = static_cast<U>(std::is_signed_v<U> && i % 2 ? -i * 1.75 : i * 5.75);
    T numbers[std::size_t(w)];
    for (int i = 0; i < w; ++i) numbers[i] = static_cast<T>(i % 3 == 2 ? 0 : i * 7.25);
    for (int n = 0; n <= w; ++n) {
        const auto in = lanes(simd::load_as<T>(source, n));
        for (int i = 0; i < w; ++i)
            CHECK(in[static_cast<std::size_t>(i)] == (i < n ? static_cast<T>(source[i]) : T(0)));
        U out[std::size_t(w + 1)];
        for (U& u : out) u = static_cast<U>(1);
        simd::store_as(out, simd::load(numbers), n);
        for (int i = 0; i <= w; ++i) CHECK(out[i] == (i < n ? static_cast<U>(numbers[i]) : static_cast<U>(1)));
    }
}
}  // namespace

TEST_CASE_TEMPLATE("conversion in loads and stores", T, float, double, std::int32_t, std::int64_t) {
    check_conversion<T, float>();
    check_conversion<T, double>();
    check_conversion<T, std::int32_t>();
    check_conversion<T, std::int64_t>();
    check_conversion<T, std::uint8_t>();
    check_conversion<T, bool>();
}

TEST_CASE_TEMPLATE("across the lanes", T, float, double, std::int32_t, std::int64_t) {
    const vec<T> v = simd::iota<T>() + T(1);
    T sum = 0, product = 1;
    for (int i = 1; i <= width<T>; ++i) {
        sum = static_cast<T>(sum + static_cast<T>(i));
        product = wrapping(product, static_cast<T>(i), std::multiplies<>());
    }
    CHECK(hsum(v) == sum);
    CHECK(std::abs(static_cast<double>(hprod(v) - product)) <= 1e-6 * static_cast<double>(product));
    CHECK(hmin(v) == 1);
    CHECK(hmax(v) == width<T>);
    CHECK(first(v) == 1);
    if constexpr (std::is_floating_point_v<T>)
        for (int lane = 0; lane < width<T>; ++lane) {
            const vec<T> holed =
                select(simd::iota<T>() == vec<T>(static_cast<T>(lane)), std::numeric_limits<T>::quiet_NaN(), v);
            CHECK(std::isnan(hmin(holed)));
            CHECK(std::isnan(hmax(holed)));
        }
}

namespace {
template <int count, class T> void check_lane_sums() {
    if constexpr (count <= width<T>) {
        CAPTURE(count);
        vec<T> v[std::size_t(count)];
        for (int i = 0; i < count; ++i) {  // sums that depend on the order
            T numbers[std::size_t(width<T>)];
            for (int l = 0; l < width<T>; ++l) numbers[l] = static_cast<T>(1000.0 * std::sin(3.7 * i + 1.3 * l));
            v[i] = simd::load(numbers);
        }
        const auto sums = lanes(simd::lane_sums<count>(v));
        for (int i = 0; i < count; ++i) CHECK(sums[static_cast<std::size_t>(i)] == hsum(v[i]));
    }
}
}  // namespace

TEST_CASE_TEMPLATE("sums of several registers at once, each as hsum", T, float, double, std::int32_t, std::int64_t) {
    [&]<int... I>(std::integer_sequence<int, I...>) { (check_lane_sums<I + 1, T>(), ...); }
    (std::make_integer_sequence<int, 16>{});
}
