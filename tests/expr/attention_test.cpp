// SPDX-License-Identifier: BSL-1.0
// Attention against its formula in plain C++: batches, shared keys, masks of bools and of numbers, causal, one key.
#include <telar/expr/attention.hpp>

#include "values.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

using namespace telar;
using namespace telar::ir;
using namespace values;

namespace {

array numbers(const shape& s, double step) {
    std::vector<double> v;
    for (int i = 0; i < s.count(); ++i) v.push_back(std::sin(step * (i + 1)));
    return array_of(s, v.data());
}
/// y of one head; bias(i, j) is added to the scores.
template <class Bias>
std::vector<double> attended(const array& q, const array& k, const array& v, int rows, int keys, int d, int e,
                             Bias bias) {
    std::vector<double> y;
    for (int i = 0; i < rows; ++i) {
        std::vector<double> w;
        double most = -std::numeric_limits<double>::infinity(), sum = 0;
        for (int j = 0; j < keys; ++j) {
            double s = 0;
            for (int c = 0; c < d; ++c) s += q.at(i * d + c) * k.at(j * d + c);
            w.push_back(s / std::sqrt(d) + bias(i, j));
            most = std::max(most, w.back());
        }
        for (double& x : w) sum += x = std::exp(x - most);
        for (int c = 0; c < e; ++c) {
            double mean = 0;
            for (int j = 0; j < keys; ++j) mean += w[static_cast<std::size_t>(j)] / sum * v.at(j * e + c);
            y.push_back(mean);
        }
    }
    return y;
}
void check_near(const array& a, const std::vector<double>& expected) {
    REQUIRE(a.count() == static_cast<int>(expected.size()));
    for (int i = 0; i < a.count(); ++i) CHECK(a.at(i) == doctest::Approx(expected[static_cast<std::size_t>(i)]));
}
constexpr double inf = std::numeric_limits<double>::infinity();
const array q = numbers(shape(3, 4), 0.7), k = numbers(shape(5, 4), 1.3), v = numbers(shape(5, 2), 2.1);

}  // namespace

TEST_CASE("a softmax of scaled scores, times the values") {
    check_near(value_of([](symbol a, symbol b, symbol c) { return attention(a, b, c); }, q, k, v),
               attended(q, k, v, 3, 5, 4, 2, [](int, int) { return 0.0; }));
}
TEST_CASE("masks of bools and of numbers, causal, both") {
    std::vector<double> bias(15);
    for (int i = 0; i < 15; ++i) bias[static_cast<std::size_t>(i)] = i % 4 == 3 ? -inf : 0.1 * i;
    const array mask = array_of(shape(3, 5), bias.data());
    const auto at = [&](int i, int j) { return bias[static_cast<std::size_t>(5 * i + j)]; };
    const auto later = [](int i, int j) { return j <= i ? 0.0 : -inf; };
    check_near(value_of([](symbol a, symbol b, symbol c, symbol m) { return attention(a, b, c, m); }, q, k, v, mask),
               attended(q, k, v, 3, 5, 4, 2, at));
    check_near(
        value_of([](symbol a, symbol b, symbol c, symbol m) { return attention(a, b, c, m > -1); }, q, k, v, mask),
        attended(q, k, v, 3, 5, 4, 2, [&](int i, int j) { return at(i, j) > -1 ? 0.0 : -inf; }));
    check_near(value_of([](symbol a, symbol b, symbol c) { return attention(a, b, c, causal); }, q, k, v),
               attended(q, k, v, 3, 5, 4, 2, later));
    check_near(
        value_of([](symbol a, symbol b, symbol c, symbol m) { return attention(a, b, c, m, causal); }, q, k, v, mask),
        attended(q, k, v, 3, 5, 4, 2, [&](int i, int j) { return at(i, j) + later(i, j); }));
}
TEST_CASE("one key is all there is; a query that sees none has no mean") {
    const array one = numbers(shape(1, 4), 0.3), value = numbers(shape(1, 2), 0.9);
    const array y = value_of([](symbol a, symbol b, symbol c) { return attention(a, b, c); }, q, one, value);
    for (int i = 0; i < 6; ++i) CHECK(y.at(i) == value.at(i % 2));
    const auto unseen = [](symbol a, symbol b, symbol c) {
        const symbol scores = matmul(a, b);
        return attention(a, b, c, scores != scores);
    };
    const array none =
        value_of(unseen, numbers(shape(3, 4), 0.7), numbers(shape(4, 4), 1.3), numbers(shape(4, 2), 0.2));
    REQUIRE(none.count() == 6);
    for (int n = 0; n < 6; ++n) CHECK(std::isnan(none.at(n)));
}
TEST_CASE("heads share keys; mistakes are named") {
    const array heads = numbers(shape(2, 3, 3, 4), 0.7), keys = numbers(shape(2, 1, 5, 4), 1.3),
                values = numbers(shape(2, 1, 5, 2), 2.1);
    const array y = value_of([](symbol a, symbol b, symbol c) { return attention(a, b, c); }, heads, keys, values);
    CHECK(y.extents == shape(2, 3, 3, 2));
    graph g;
    const auto leaf = [&](int number, shape s) {
        node n;
        n.kind = op::leaf;
        n.attribute[0] = number;
        n.extents = s;
        return symbol{&g, g.add(n)};
    };
    attention(leaf(0, shape(3, 4)), leaf(1, shape(5, 3)), leaf(2, shape(5, 2)));
    CHECK(g.error.what == mistake_kind::matmul_extents);
}
