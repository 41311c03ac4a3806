// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>
#include <telar/graph/dimension.hpp>

#include <algorithm>
#include <vector>

using namespace telar;
using namespace telar::ir;

namespace {

constexpr bool numbers_are_calculated() {
    dimensions d;
    return d.add(3, 4) == 7 && d.multiply(3, 4) == 12 && d.divide(7, 2) == 3 && d.divide(7, 0) == 0 &&
           d.count(shape(2, 3, 5)) == 30 && d.count(shape()) == 1 && d.table.empty();
}
constexpr bool expressions_are_normalised() {
    dimensions d;
    const extent_t n = d.variable(0, 0), m = d.variable(0, 1);
    return d.divide(d.multiply(n, 784), 784) == n                                 // what flatten and back needs
           && d.multiply(n, 12) == d.multiply(d.multiply(3, n), 4)                //
           && d.add(n, m) == d.add(m, n) && d.multiply(n, m) == d.multiply(m, n)  //
           && d.add(d.add(n, 2), 3) == d.add(n, 5)                                //
           && d.add(n, n) == d.multiply(2, n)                                     //
           && d.add(d.multiply(2, n), n) == d.multiply(n, 3)                      //
           && d.multiply(d.multiply(n, 3), d.multiply(m, 5)) == d.multiply(d.multiply(m, n), 15)                     //
           && d.divide(d.multiply(n, 12), 4) == d.multiply(n, 3)                                                     //
           && d.divide(d.multiply(n, m), m) == n && d.divide(d.multiply(n, m), n) == m && d.divide(n, n) == 1        //
           && d.multiply(n, 0) == 0 && d.multiply(n, 1) == n && d.add(n, 0) == n && d.divide(n, 1) == n              //
           && d.subtract(d.add(n, m), m) == n && d.add(d.subtract(n, m), m) == n && d.add(m, d.subtract(n, m)) == n  //
           && d.subtract(n, d.subtract(n, 3)) == 3 && d.subtract(d.subtract(n, 1), d.subtract(n, 3)) == 2            //
           && d.subtract(d.subtract(n, 1), 2) == d.subtract(n, 3) && d.add(d.subtract(n, 3), 5) == d.add(n, 2)       //
           && d.add(d.subtract(n, 5), 3) == d.subtract(n, 2) && d.subtract(d.add(n, 5), 3) == d.add(n, 2)            //
           && d.subtract(d.multiply(n, 3), n) == d.multiply(n, 2) && d.subtract(n, n) == 0 && d.subtract(9, 4) == 5  //
           && n != m && d.add(n, 1) != d.add(m, 1) && d.multiply(n, 2) != d.multiply(n, 3);
}
constexpr bool unification_is_remembered() {
    dimensions d;
    const extent_t n = d.variable(0, 0), m = d.variable(1, 0), k = d.variable(2, 0);
    if (d.same(n, m) || !d.unify(n, m) || !d.same(n, m)) return false;
    if (d.add(n, 1) != d.add(m, 1)) return false;
    if (!d.unify(m, k) || !d.same(n, k)) return false;
    const bool first = d.unify(k, 10);
    const int known = d.equalities.size();
    return first && d.resolve(n) == 10 && d.resolve(m) == 10 && d.add(n, 1) == 11 && !d.unify(n, 11) &&
           d.unify(m, 10) && d.equalities.size() == known;
}
constexpr bool shapes_are_compared_by_meaning() {
    dimensions d;
    const extent_t n = d.variable(0, 0), m = d.variable(1, 0);
    const shape a(n, 3), b(m, 3);
    if (d.same(a, b)) return false;
    d.unify(n, m);
    return d.same(a, b) && !d.same(a, shape(n, 4)) && !d.same(a, shape(n));
}
/// (n + 1) / 2 + 1, as the extent of a strided window, evaluated.
constexpr bool evaluation_follows_the_table() {
    dimensions d;
    const extent_t n = d.variable(0, 0), m = d.variable(0, 1);
    const extent_t window = d.add(d.divide(d.add(n, 1), 2), 1), area = d.multiply(d.multiply(n, m), 3);
    growable<extent_t> values(d.table.size());
    values[entry_of(n)] = 28;
    values[entry_of(m)] = 5;
    evaluate(d.table.data(), d.table.size(), values.data());
    return values[entry_of(window)] == 15 && values[entry_of(area)] == 420;
}

}  // namespace

TEST_CASE("extents that are numbers are calculated with at once") {
    static_assert(numbers_are_calculated());
    CHECK(numbers_are_calculated());
}
TEST_CASE("equal expressions are one extent") {
    static_assert(expressions_are_normalised());
    CHECK(expressions_are_normalised());
}
TEST_CASE("extents stated to be equal stay so") {
    static_assert(unification_is_remembered());
    CHECK(unification_is_remembered());
    static_assert(shapes_are_compared_by_meaning());
    CHECK(shapes_are_compared_by_meaning());
}
TEST_CASE("expressions are evaluated when the variables are known") {
    static_assert(evaluation_follows_the_table());
    CHECK(evaluation_follows_the_table());
}

TEST_CASE("normalising never changes a value: 3,000 random expressions against direct calculation") {
    std::uint64_t state = 1;
    const auto random = [&](int below) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        return static_cast<int>((state >> 33) % static_cast<unsigned>(below));
    };
    for (int round = 0; round < 300; ++round) {
        dimensions d;
        const extent_t variables[3] = {d.variable(0, 0), d.variable(0, 1), d.variable(1, 0)};
        const extent_t known[3] = {1 + random(9), 1 + random(9), 1 + random(9)};
        std::vector<extent_t> extents(variables, variables + 3), expected(known, known + 3);
        for (int number : {0, 1, 2, 6}) extents.push_back(number), expected.push_back(number);
        for (int step = 0; step < 10; ++step) {
            const auto a = static_cast<std::size_t>(random(static_cast<int>(extents.size())));
            const auto b = static_cast<std::size_t>(random(static_cast<int>(extents.size())));
            const int what = random(4);
            if (expected[a] > 1'000'000 || expected[b] > 1'000'000) continue;
            if (what == 3 && expected[b] == 0) continue;
            extents.push_back(what == 0   ? d.add(extents[a], extents[b])
                              : what == 3 ? d.divide(extents[a], extents[b])
                                          : d.multiply(extents[a], extents[b]));
            expected.push_back(what == 0   ? expected[a] + expected[b]
                               : what == 3 ? expected[a] / expected[b]
                                           : expected[a] * expected[b]);
        }
        std::vector<extent_t> values(static_cast<std::size_t>(d.table.size()));
        std::copy(known, known + 3, values.begin());
        evaluate(d.table.data(), d.table.size(), values.data());
        for (std::size_t i = 0; i < extents.size(); ++i) {
            const extent_t e = d.resolve(extents[i]);
            REQUIRE((is_number(e) ? e : values[static_cast<std::size_t>(entry_of(e))]) == expected[i]);
        }
    }
}
