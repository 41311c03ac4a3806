// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <telar/core/growable.hpp>
#include <utility>

using namespace telar;
using namespace telar::core;

namespace {

/// One body, run by the compiler and at run time: the number of the first line that is wrong, or 0.
constexpr int exercise() {
    growable<int> a;
    if (!a.empty() || a.size() != 0) return 1;
    for (int i = 0; i < 100; ++i)
        if (a.push(i * i) != i) return 2;
    if (a.size() != 100 || a[99] != 9801 || a.back() != 9801) return 3;
    int sum = 0;
    for (int x : a) sum += x;
    if (sum != 328350) return 4;

    growable<int> b = a;
    b[0] = 7;
    if (a[0] != 0 || b.size() != 100) return 5;
    a = b;
    if (a[0] != 7) return 6;
    auto& same_object = a;
    a = same_object;
    if (a.size() != 100 || a[0] != 7) return 7;
    growable<int> c = std::move(a);
    if (c.size() != 100 || c[0] != 7 || a.size() != 0) return 8;  // NOLINT: what was moved from is empty
    a.push(3);
    if (a.size() != 1 || a[0] != 3) return 9;

    c.resize(3);
    c.resize(5, -1);
    if (c.size() != 5 || c[2] != 4 || c[3] != -1 || c[4] != -1) return 10;
    c.pop();
    if (c.size() != 4) return 11;
    c.clear();
    if (!c.empty() || c.begin() != c.end()) return 12;
    growable<int> d(3, 9);
    if (d.size() != 3 || d[2] != 9) return 13;
    d.reserve(50);
    const int* memory = d.data();
    for (int i = 0; i < 47; ++i) d.push(i);
    if (d.data() != memory || d.size() != 50 || d[3] != 0) return 14;
    return 0;
}
static_assert(exercise() == 0);

/// The numbers of a list, as digits.
constexpr int digits(const lists_by_key& lists, int key) {
    int all = 0;
    for (int i = lists.first(key); i >= 0; i = lists.next(i)) all = 10 * all + i;
    return all;
}
constexpr int exercise_lists() {
    lists_by_key lists(3, 9);
    if (lists.first(0) != -1) return 1;
    for (const int i : {4, 2, 7}) lists.add(1, i);
    lists.add(2, 8);
    lists.add(2, 3);
    if (digits(lists, 1) != 427 || digits(lists, 2) != 83) return 2;
    lists.append(2, 1);
    if (digits(lists, 1) != 42783 || lists.first(2) != -1) return 3;
    lists.append(2, 1);  // an empty one
    lists.append(1, 0);  // to an empty one
    lists.add(0, 5);
    lists.add(1, 6);
    return digits(lists, 0) == 427835 && digits(lists, 1) == 6 ? 0 : 4;
}
static_assert(exercise_lists() == 0);

}  // namespace

TEST_SUITE("core/growable") {
    TEST_CASE("grows, copies, moves and shrinks") { CHECK(exercise() == 0); }

    TEST_CASE("lists by key") { CHECK(exercise_lists() == 0); }

    TEST_CASE("holds growables") {
        growable<growable<int>> rows;
        for (int i = 0; i < 20; ++i) rows.push(growable<int>(i, i));
        growable<growable<int>> copy = rows;
        rows[19][0] = 5;
        CHECK(copy[19].size() == 19);
        CHECK(copy[19][0] == 19);
    }

    TEST_CASE("in memory that is given, until more is asked for") {
        int memory[12] = {};
        {
            auto g = growable<int>::in_memory(memory, 12);
            for (int i = 0; i < 12; ++i) g.push(i);
            CHECK(g.data() == memory);
            g.clear();
            g.resize(12, 5);
            CHECK(g.data() == memory);
            const growable<int> copied = g;
            CHECK(copied.data() != memory);
            growable<int> moved = std::move(g);
            CHECK(moved.data() == memory);
            moved.push(moved[0]);
            CHECK(moved.data() != memory);
            CHECK(moved.size() == 13);
            CHECK(moved[12] == 5);
        }
        CHECK(memory[11] == 5);
    }
}
