// SPDX-License-Identifier: BSL-1.0
#include <telar/nn/names.hpp>

#include <doctest/doctest.h>

#include <array>

using namespace telar::nn;

namespace {

struct leaf {
    int units = 1;
    double rate = 0.5;
    int (*function)(int) = nullptr;
};
struct pair_of {
    leaf first{2}, second_one{3, 0.25, [](int x) { return x + 1; }};
};
template <class T> struct generic {
    T a;
    std::array<leaf, 3> blocks{};
    T last_of_all;
};
struct none {};
struct many {
    int m01, m02, m03, m04, m05, m06, m07, m08, m09, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20;
    int m21, m22, m23, m24, m25, m26, m27, m28, m29, m30, m31, m32, m33, m34, m35, m36, m37, m38, m39, m40;
};
/// What no constant can be.
struct owner {
    int* memory = new int(3);
    int plain = 4;
    constexpr owner() = default;
    constexpr owner(const owner&) = default;
    constexpr ~owner() { delete memory; }
};
struct holds_owner {
    leaf before{};
    owner inside{};
};

}  // namespace

TEST_CASE("members are counted") {
    static_assert(members::count<none> == 0 && members::count<leaf> == 3 && members::count<pair_of> == 2);
    static_assert(members::count<generic<leaf>> == 3 && members::count<const generic<int>> == 3);
    static_assert(members::count<many> == 40 && members::count<holds_owner> == 2);
}
TEST_CASE("their names are those of the source") {
    CHECK(members::name<pair_of, 0> == "first");
    CHECK(members::name<pair_of, 1> == "second_one");
    CHECK(members::name<leaf, 2> == "function");
    CHECK(members::name<generic<leaf>, 1> == "blocks");
    CHECK(members::name<generic<int>, 2> == "last_of_all");
    CHECK(members::name<many, 0> == "m01");
    CHECK(members::name<many, 39> == "m40");
    CHECK(members::name<holds_owner, 1> == "inside");
    struct local {
        int here;
    };
    CHECK(members::name<local, 0> == "here");
}
TEST_CASE("they are visited in their order, and may be written") {
    pair_of p;
    members::apply(p, [](leaf& a, leaf& b) { std::swap(a.units, b.units); });
    CHECK(p.first.units == 3);
    CHECK(p.second_one.units == 2);
    many m{};
    members::apply(m, [](auto&... each) {
        int i = 0;
        ((each = ++i), ...);
    });
    CHECK(m.m01 == 1);
    CHECK(m.m25 == 25);
    CHECK(m.m40 == 40);
}

namespace {
struct base {
    int of_base = 1;
};
class own_names : base {
    int hidden = 2;
    leaf row[2]{{5}, {6}};

public:
    constexpr own_names() = default;
    TELAR_NAMES(own_names, hidden, row, of_base)
};
}  // namespace

TEST_CASE("a class that is no aggregate names its members") {
    static_assert(members::count<own_names> == 3);
    CHECK(members::name<own_names, 0> == "hidden");
    CHECK(members::name<own_names, 2> == "of_base");
    own_names m;
    const int sum = members::apply(
        m, [](int hidden, leaf(&row)[2], int of_base) { return 100 * hidden + 10 * row[1].units + of_base; });
    CHECK(sum == 261);
}
