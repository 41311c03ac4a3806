// SPDX-License-Identifier: BSL-1.0
// Convolution and pooling against their definitions, written out; gradients against difference quotients.
#include <telar/expr/convolution.hpp>

#include "values.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

using namespace telar;
using namespace telar::ir::passes;
using namespace telar::ir::kernels;
using namespace values;

namespace {

array waves(const shape& s, double start) {
    std::vector<double> v;
    for (int i = 0; i < s.count(); ++i) v.push_back(std::sin(start + 1.7 * i));
    return array_of(s, v.data());
}
void check_near(const array& a, const shape& extents, const std::vector<double>& v) {
    REQUIRE(a.extents == extents);
    REQUIRE(a.count() == static_cast<int>(v.size()));
    for (int i = 0; i < a.count(); ++i)
        CHECK(a.at(i) == doctest::Approx(v[static_cast<std::size_t>(i)]).epsilon(1e-12));
}

/// One axis of space: its windows, and where x begins in them.
struct axis_windows {
    extent_t extent, size, step, dilation;
    bool is_same;

    extent_t reach() const { return (size - 1) * dilation + 1; }
    extent_t count() const { return is_same ? (extent + step - 1) / step : (extent - reach()) / step + 1; }
    extent_t before() const { return is_same ? std::max<extent_t>(0, (count() - 1) * step + reach() - extent) / 2 : 0; }
    extent_t at(extent_t place, extent_t element) const { return place * step + element * dilation - before(); }
    bool is_inside(extent_t i) const { return i >= 0 && i < extent; }
};
/// f(place of x in its row-major order, or -1 outside of it; element) for each element of a window.
template <class F> void for_window(const axis_windows& rows, const axis_windows& columns, extent_t p, extent_t q, F f) {
    for (extent_t i = 0; i < rows.size; ++i)
        for (extent_t j = 0; j < columns.size; ++j) {
            const extent_t y = rows.at(p, i), x = columns.at(q, j);
            const bool is_inside = rows.is_inside(y) && columns.is_inside(x);
            f(is_inside ? y * columns.extent + x : -1, i * columns.size + j);
        }
}
std::vector<double> convolved(const array& x, const array& w, const axis_windows& rows, const axis_windows& columns) {
    const extent_t batch = x.extents[0], in = w.extents[w.extents.rank - 2], out = w.extents[w.extents.rank - 1];
    std::vector<double> y;
    for (extent_t n = 0; n < batch; ++n)
        for (extent_t p = 0; p < rows.count(); ++p)
            for (extent_t q = 0; q < columns.count(); ++q)
                for (extent_t o = 0; o < out; ++o) {
                    double sum = 0;
                    for_window(rows, columns, p, q, [&](extent_t place, extent_t element) {
                        for (extent_t c = 0; place >= 0 && c < in; ++c)
                            sum += x.at(static_cast<int>((n * rows.extent * columns.extent + place) * in + c)) *
                                   w.at(static_cast<int>((element * in + c) * out + o));
                    });
                    y.push_back(sum);
                }
    return y;
}
std::vector<double> pooled(const array& x, const axis_windows& rows, const axis_windows& columns, bool is_max) {
    const extent_t channels = x.extents[x.extents.rank - 1];
    std::vector<double> y;
    for (extent_t n = 0; n < x.extents[0]; ++n)
        for (extent_t p = 0; p < rows.count(); ++p)
            for (extent_t q = 0; q < columns.count(); ++q)
                for (extent_t c = 0; c < channels; ++c) {
                    double sum = 0, most = -std::numeric_limits<double>::infinity();
                    int count = 0;
                    for_window(rows, columns, p, q, [&](extent_t place, extent_t) {
                        if (place < 0) return;
                        const double v =
                            x.at(static_cast<int>((n * rows.extent * columns.extent + place) * channels + c));
                        sum += v, ++count, most = std::max(most, v);
                    });
                    y.push_back(is_max ? most : sum / count);
                }
    return y;
}

/// d/dx of sum sin(f(x, rest...)), at every third element of x, against central differences.
template <class F, class... Rest> void check_gradient(F f, const array& x, const Rest&... rest) {
    const auto loss = [&](auto... s) { return sum(sin(f(s...))); };
    const array slope = value_of([&](symbol s, auto... r) { return differentiate(loss(s, r...), s); }, x, rest...);
    REQUIRE(slope.extents == x.extents);
    for (int i = 0; i < x.count(); i += 3) {
        constexpr double h = 1e-5;
        std::vector<double> v;
        for (int k = 0; k < x.count(); ++k) v.push_back(x.at(k) + (k == i ? h : 0));
        const double above = value_of(loss, array_of(x.extents, v.data()), rest...).at(0);
        v[static_cast<std::size_t>(i)] -= 2 * h;
        const double below = value_of(loss, array_of(x.extents, v.data()), rest...).at(0);
        CHECK(slope.at(i) == doctest::Approx((above - below) / (2 * h)).epsilon(1e-6));
    }
}

}  // namespace

TEST_CASE("convolutions of images: steps, dilations, zeros around") {
    const array x = waves(shape(2, 5, 6, 2), 1), w = waves(shape(3, 2, 2, 3), 2);
    const auto check = [&](auto f, extent_t step, extent_t dilation, bool is_same) {
        const axis_windows rows{5, 3, step, dilation, is_same}, columns{6, 2, step, dilation, is_same};
        check_near(value_of(f, x, w), shape(2, rows.count(), columns.count(), 3), convolved(x, w, rows, columns));
        check_gradient(f, x, w);
        check_gradient([&](symbol b, symbol a) { return f(a, b); }, w, x);
    };
    check([](symbol a, symbol b) { return conv(a, b); }, 1, 1, false);
    check([](symbol a, symbol b) { return conv(a, b, same_padding); }, 1, 1, true);
    check([](symbol a, symbol b) { return conv(a, b, steps<2>); }, 2, 1, false);
    check([](symbol a, symbol b) { return conv(a, b, steps<2>, same_padding); }, 2, 1, true);
    check([](symbol a, symbol b) { return conv(a, b, steps<1>, dilations<2>); }, 1, 2, false);
    check([](symbol a, symbol b) { return conv(a, b, steps<3>, dilations<2>, same_padding); }, 3, 2, true);
}
TEST_CASE("convolutions of sequences, and of images with a step of its own for each axis") {
    const array x = waves(shape(3, 7, 2), 1), w = waves(shape(3, 2, 4), 2);
    const axis_windows one{1, 1, 1, 1, false};
    const auto check = [&](auto f, extent_t step, bool is_same) {
        const axis_windows places{7, 3, step, 1, is_same};
        check_near(value_of(f, x, w), shape(3, places.count(), 4), convolved(x, w, one, places));
        check_gradient(f, x, w);
    };
    check([](symbol a, symbol b) { return conv(a, b); }, 1, false);
    check([](symbol a, symbol b) { return conv(a, b, steps<2>, same_padding); }, 2, true);
    const array image = waves(shape(1, 6, 5, 1), 3), kernel = waves(shape(2, 3, 1, 2), 4);
    const axis_windows rows{6, 2, 3, 1, false}, columns{5, 3, 1, 1, false};
    check_near(value_of([](symbol a, symbol b) { return conv(a, b, steps<3, 1>); }, image, kernel), shape(1, 2, 3, 2),
               convolved(image, kernel, rows, columns));
}
TEST_CASE("groups of channels are convolutions of their own") {
    const array x = waves(shape(1, 4, 5, 4), 1), w = waves(shape(2, 2, 2, 6), 2);
    const auto by_parts = [](symbol a, symbol b) {
        using namespace emit;
        return concat(conv(part_of_axis(a, 3, 0, 2), part_of_axis(b, 3, 0, 3)),
                      conv(part_of_axis(a, 3, 2, 2), part_of_axis(b, 3, 3, 3)), 3);
    };
    const auto grouped = [](symbol a, symbol b) { return conv(a, b, groups<2>); };
    const array want = value_of(by_parts, x, w), got = value_of(grouped, x, w);
    REQUIRE(got.extents == shape(1, 3, 4, 6));
    for (int i = 0; i < want.count(); ++i) CHECK(got.at(i) == want.at(i));
    check_gradient(grouped, x, w);
}
TEST_CASE("depthwise: each channel is a convolution of its own, of one channel") {
    const array x = waves(shape(2, 5, 6, 3), 1), w = waves(shape(3, 2, 3, 2), 2);
    const auto by_channels = [](symbol a, symbol b) {
        return emit::side_by_side(0, 3, 3, [&](extent_t c) {
            return conv(emit::part_of_axis(a, 3, c, 1), emit::part_of_axis(b, 2, c, 1), steps<2>, same_padding);
        });
    };
    const auto depthwise = [](symbol a, symbol b) { return depthwise_conv(a, b, same_padding, steps<2>); };
    const array want = value_of(by_channels, x, w), got = value_of(depthwise, x, w);
    REQUIRE(got.extents == shape(2, 3, 3, 6));
    for (int i = 0; i < want.count(); ++i) CHECK(got.at(i) == doctest::Approx(want.at(i)).epsilon(1e-12));
    check_gradient(depthwise, x, w);
    check_gradient([&](symbol b, symbol a) { return depthwise(a, b); }, w, x);
    const array line_of = waves(shape(2, 7, 3), 1), kernel = waves(shape(3, 3, 1), 2);
    CHECK(value_of([](symbol a, symbol b) { return depthwise_conv(a, b); }, line_of, kernel).extents == shape(2, 5, 3));
}
TEST_CASE("transposed: the gradient of a convolution by what it convolves") {
    const auto check = [](auto turned, auto straight, const shape& x_extents, const array& w) {
        // <y, conv(x)> = <conv_transpose(y), x> for every x: both are linear
        const array x = waves(x_extents, 3), y = waves(value_of(straight, x, w).extents, 4);
        const array want =
            value_of([&](symbol a, symbol b, symbol c) { return differentiate(sum(straight(a, b) * c), a); }, x, w, y);
        const array got = value_of(turned, y, w);
        REQUIRE(got.extents == want.extents);
        for (int i = 0; i < want.count(); ++i) CHECK(got.at(i) == doctest::Approx(want.at(i)).epsilon(1e-12));
        check_gradient(turned, y, w);
    };
    const array w = waves(shape(3, 2, 2, 3), 2);
    check([](symbol a, symbol b) { return conv_transpose(a, b); }, [](symbol a, symbol b) { return conv(a, b); },
          shape(2, 5, 4, 2), w);
    check([](symbol a, symbol b) { return conv_transpose(a, b, steps<2>); },
          [](symbol a, symbol b) { return conv(a, b, steps<2>); }, shape(1, 7, 6, 2), w);
    check([](symbol a, symbol b) { return conv_transpose(a, b, steps<3>, same_padding); },
          [](symbol a, symbol b) { return conv(a, b, steps<3>, same_padding); }, shape(1, 6, 9, 2), w);
    check([](symbol a, symbol b) { return conv_transpose(a, b, steps<2>, padding<1, 0>); },
          [](symbol a, symbol b) { return conv(a, b, steps<2>, padding<1, 0>); }, shape(1, 6, 5, 2), w);
    check([](symbol a, symbol b) { return conv_transpose(a, b, dilations<2>); },
          [](symbol a, symbol b) { return conv(a, b, dilations<2>); }, shape(1, 7, 5, 2), w);
}
TEST_CASE("zeros as they are told, options in any order, channels first") {
    const array x = waves(shape(2, 5, 6, 2), 1), w = waves(shape(3, 2, 2, 3), 2);
    const auto padded = [](symbol a, symbol b) {
        return conv(pad(a, before<0, 1, 2, 0>, after<0, 0, 1, 0>), b, steps<2>);
    };
    const array want = value_of(padded, x, w),
                got = value_of([](symbol a, symbol b) { return conv(a, b, padding<1, 0, 2, 1>, steps<2>); }, x, w);
    REQUIRE(got.extents == want.extents);
    for (int i = 0; i < want.count(); ++i) CHECK(got.at(i) == want.at(i));
    const auto first = [](symbol a, symbol b) {
        return emit::channels_to_the_end(
            conv(emit::channels_to_the_front(a), b, channels_first, steps<2>, padding<1, 0, 2, 1>));
    };
    const array front = value_of(first, x, w);
    REQUIRE(front.extents == want.extents);
    for (int i = 0; i < want.count(); ++i) CHECK(front.at(i) == want.at(i));
    CHECK(value_of([](symbol a, symbol b) { return conv(a, b, padding<2>); }, x, w).extents == shape(2, 7, 9, 3));
    CHECK(value_of([](symbol a, symbol b) { return conv(a, b, padding<2, 1>); }, x, w).extents == shape(2, 6, 8, 3));
}
TEST_CASE("what windows are told must fit: it is a mistake of the graph, not of the compiler") {
    const auto mistake_of = [](auto f) {
        graph g;
        const symbol x = declare_leaf(g, 0, {dtype::float32, 0, shape(1, 6, 6, 2)}),
                     w = declare_leaf(g, 1, {dtype::float32, 0, shape(3, 3, 2, 4)});
        f(x, w);
        return g.error.what;
    };
    CHECK(mistake_of([](symbol x, symbol w) { return conv(x, w, steps<2, 1>); }) == mistake_kind::none);
    CHECK(mistake_of([](symbol x, symbol w) { return conv(x, w, steps<0>, same_padding); }) == mistake_kind::window);
    CHECK(mistake_of([](symbol x, symbol w) { return conv_transpose(x, transpose(w, axes<0, 1, 3, 2>), steps<0>); }) ==
          mistake_kind::window);
    CHECK(mistake_of([](symbol x, symbol w) { return conv(x, w, steps<1, 2, 3>); }) == mistake_kind::window_numbers);
    CHECK(mistake_of([](symbol x, symbol) { return max_pool(x, window<2, 2, 2>); }) == mistake_kind::window_numbers);
    CHECK(mistake_of([](symbol x, symbol w) { return conv(x, w, padding<1, 2, 3>); }) == mistake_kind::window_numbers);
    CHECK(mistake_of([](symbol x, symbol w) { return conv(x, w, padding<-1>); }) == mistake_kind::window_numbers);
    CHECK(mistake_of([](symbol x, symbol w) { return conv(x, w, groups<2>); }) == mistake_kind::convolution);
    CHECK(mistake_of([](symbol x, symbol w) { return depthwise_conv(x, w, groups<2>); }) == mistake_kind::convolution);
}
TEST_CASE("batches and sequences whose length is known only at run time") {
    const array x = waves(shape(3, 7, 2), 1), w = waves(shape(3, 2, 4), 2);
    const auto with_kernel = [](auto f, const array& a, const array& b) {
        graph g;
        const symbol s = declare_leaf(g, 0, {a.type, 0, shape(dyn, dyn, 2)}),
                     k = declare_leaf(g, 1, {b.type, 0, b.extents});
        g.roots.push({f(s, k).id, -1, 0, 0});
        REQUIRE(verify(g));
        growable<array> feeds;
        feeds.push(a);
        feeds.push(b);
        return reference::interpret(g, feeds)[0];
    };
    const axis_windows one{1, 1, 1, 1, false}, places{7, 3, 2, 1, false}, around{7, 3, 1, 1, true};
    check_near(with_kernel([](symbol a, symbol b) { return conv(a, b, steps<2>); }, x, w), shape(3, 3, 4),
               convolved(x, w, one, places));
    check_near(with_kernel([](symbol a, symbol b) { return conv(a, b, same_padding); }, x, w), shape(3, 7, 4),
               convolved(x, w, one, around));
    CHECK_THROWS_AS(with_kernel([](symbol a, symbol b) { return conv(a, b); }, waves(shape(3, 2, 2), 1), w),
                    wrong_shape);
}
TEST_CASE("the largest and the mean of windows") {
    const array x = waves(shape(2, 5, 6, 3), 1);
    const auto check = [&](auto f, extent_t size, extent_t step, bool is_same, bool is_max) {
        const axis_windows rows{5, size, step, 1, is_same}, columns{6, size, step, 1, is_same};
        check_near(value_of(f, x), shape(2, rows.count(), columns.count(), 3), pooled(x, rows, columns, is_max));
        check_gradient(f, x);
    };
    check([](symbol a) { return max_pool(a, window<2>); }, 2, 2, false, true);
    check([](symbol a) { return max_pool(a, window<3>, steps<2>, same_padding); }, 3, 2, true, true);
    check([](symbol a) { return max_pool(a, window<3>, steps<1>); }, 3, 1, false, true);
    check([](symbol a) { return mean_pool(a, window<2>); }, 2, 2, false, false);
    check([](symbol a) { return mean_pool(a, window<3>, steps<2>, same_padding); }, 3, 2, true, false);
    const array line_of = waves(shape(2, 6, 2), 5);
    check_near(value_of([](symbol a) { return max_pool(a, window<3>); }, line_of), shape(2, 2, 2),
               pooled(line_of, {1, 1, 1, 1, false}, {6, 3, 3, 1, false}, true));
}
TEST_CASE("of equal elements the first has the gradient; what stands around never wins") {
    const array flat = array_of<double>(shape(1, 2, 4, 1), {0, 0, 1, 2, 0, 0, 2, 2});
    const auto slope = [](symbol s) { return differentiate(sum(max_pool(s, window<2>)), s); };
    CHECK(holds<double>(value_of(slope, flat), shape(1, 2, 4, 1), {1, 0, 0, 1, 0, 0, 0, 0}));
    const array negative = array_of<std::int32_t>(shape(1, 3, 1), {-5, -7, -9});
    CHECK(holds<std::int32_t>(value_of([](symbol s) { return max_pool(s, window<2>, same_padding); }, negative),
                              shape(1, 2, 1), {-5, -9}));
}
TEST_CASE("windows and their transpose") {
    const array x = counted<double>(shape(5));
    CHECK(holds<double>(value_of(
                            [](symbol s) {
                                return emit::windows(s, {0, 3, 1, 1});
                            },
                            x),
                        shape(3, 3), {0, 1, 2, 1, 2, 3, 2, 3, 4}));
    CHECK(holds<double>(value_of(
                            [](symbol s) {
                                return emit::windows(s, {0, 2, 2, 2});
                            },
                            x),
                        shape(2, 2), {0, 2, 2, 4}));
    CHECK(holds<double>(value_of(
                            [](symbol s) {
                                return emit::overlap_add(s, {0, 2, 1, 1}, shape(4));
                            },
                            counted<double>(shape(3, 2))),
                        shape(4), {0, 1 + 2, 3 + 4, 5}));
    CHECK(holds<double>(value_of(
                            [](symbol s) {
                                return differentiate(sum(emit::windows(s, {0, 3, 1, 1})), s);
                            },
                            x),
                        shape(5), {1, 2, 3, 2, 1}));
    const auto twice = [](symbol s) {  // d/dx of the sum of (d/dx of sum of w^3)
        const symbol w = emit::windows(s, {0, 2, 1, 1});
        return differentiate(sum(differentiate(sum(w * w * w), s)), s);
    };
    CHECK(holds<double>(value_of(twice, x), shape(5), {0, 12, 24, 36, 24}));
}
