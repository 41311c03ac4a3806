// SPDX-License-Identifier: BSL-1.0
// einsum against a sum over every value of every name, written out; its derivatives against difference quotients.
#include <telar/expr/einsum.hpp>

#include "values.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

using namespace telar;
using namespace telar::ir::passes;
using namespace values;

namespace {

constexpr bool is_legal(std::string_view spec) { return einsums::planned(spec).is_legal; }
static_assert(is_legal("ij,jk->ik") && is_legal("ij->") && is_legal("->") && is_legal("ij,jk") && is_legal(",i->i"));
static_assert(!is_legal("ii->i") && !is_legal("ij,jk->il") && !is_legal("ij,jk->ii") && !is_legal("i j->ij"));
static_assert(!is_legal("a,b,c,d,e->a") && !is_legal("abcdefg->a") && !is_legal("i-j"));
static_assert(einsums::planned("ab,bc,cd").operands == 3);
static_assert(einsums::planned("ki,kj").result.view() == "ij" && einsums::planned("ba").result.view() == "ab");

const std::map<char, extent_t> extents = {{'a', 3}, {'b', 2}, {'h', 2}, {'i', 4},
                                          {'j', 5}, {'k', 3}, {'l', 1}, {'z', 0}};
shape shape_of(std::string_view names) {
    shape s;
    for (const char c : names) s.append(extents.at(c));
    return s;
}
array operand(std::string_view names, double start) {
    const shape s = shape_of(names);
    std::vector<double> v;
    for (int i = 0; i < s.count(); ++i) v.push_back(std::sin(start + 1.7 * i));
    return array_of(s, v.data());
}
/// The value of x where each name has the given value.
double at(const array& x, std::string_view names, const std::map<char, extent_t>& where) {
    extent_t place = 0;
    for (const char c : names) place = place * extents.at(c) + where.at(c);
    return x.at(static_cast<int>(place));
}
/// By the definition.
std::vector<double> expected(std::string_view spec, const std::vector<array>& x) {
    const einsums::plan p = einsums::planned(spec);
    std::string all(p.result.view());
    for (int i = 0; i < p.operands; ++i)
        for (const char c : p.operand[i])
            if (all.find(c) == std::string::npos) all += c;
    std::vector<double> sums(static_cast<std::size_t>(shape_of(p.result.view()).count()), 0.0);
    std::map<char, extent_t> where;
    const auto walk = [&](auto&& self, std::size_t depth, extent_t place) -> void {
        if (depth == all.size()) {
            double product = 1;
            for (int i = 0; i < p.operands; ++i) product *= at(x[static_cast<std::size_t>(i)], p.operand[i], where);
            sums[static_cast<std::size_t>(place)] += product;
            return;
        }
        const extent_t n = extents.at(all[depth]);
        for (where[all[depth]] = 0; where[all[depth]] < n; ++where[all[depth]])
            self(self, depth + 1, depth < p.result.size ? place * n + where[all[depth]] : place);
    };
    walk(walk, 0, 0);
    return sums;
}
void check_near(const array& a, const std::vector<double>& v) {
    REQUIRE(a.count() == static_cast<int>(v.size()));
    for (int i = 0; i < a.count(); ++i)
        CHECK(a.at(i) == doctest::Approx(v[static_cast<std::size_t>(i)]).epsilon(1e-12));
}

template <fixed_string Spec> void check() {
    CAPTURE(Spec.text);
    const einsums::plan p = einsums::planned(Spec.view());
    std::vector<array> x;
    for (int i = 0; i < p.operands; ++i) x.push_back(operand(p.operand[i], 1 + i));
    const auto run = [&](const auto& f) {
        if constexpr (einsums::planned(Spec.view()).operands == 1) return value_of(f, x[0]);
        else if constexpr (einsums::planned(Spec.view()).operands == 2) return value_of(f, x[0], x[1]);
        else return value_of(f, x[0], x[1], x[2]);
    };
    const auto product = [](auto... s) { return einsum<Spec>(s...); };
    const array y = run(product);
    CHECK(y.extents == shape_of(p.result.view()));
    check_near(y, expected(Spec.view(), x));

    // d/dx of sum sin(y), x the first operand: cos(y) in y's place
    if (x[0].count() == 0) return;
    const auto loss = [&](auto... s) { return sum(sin(product(s...))); };
    const array slope = run([&](auto first, auto... rest) { return differentiate(loss(first, rest...), first); });
    for (int i = 0; i < x[0].count(); i += 3) {
        constexpr double h = 1e-5;
        const array before = x[0];
        std::vector<double> v;
        for (int k = 0; k < before.count(); ++k) v.push_back(before.at(k) + (k == i ? h : 0));
        x[0] = array_of(before.extents, v.data());
        const double above = run(loss).at(0);
        v[static_cast<std::size_t>(i)] -= 2 * h;
        x[0] = array_of(before.extents, v.data());
        const double below = run(loss).at(0);
        x[0] = before;
        CHECK(slope.at(i) == doctest::Approx((above - below) / (2 * h)).epsilon(1e-7));
    }
}

}  // namespace

TEST_CASE("one operand: transposes and sums") {
    check<"ij->ji">();
    check<"ij->i">();
    check<"ij->">();
    check<"abi->ia">();
    check<"ji">();
    check<"l->l">();
}
TEST_CASE("two operands: products of matrices, stacks of them, outer and inner products") {
    check<"ij,jk->ik">();
    check<"ij,kj->ik">();
    check<"ij,jk->ki">();
    check<"ji,jk">();
    check<"i,i->">();
    check<"i,j->ij">();
    check<"i,j->ji">();
    check<"ij,ij->ij">();
    check<"ij,j->ij">();
    check<"ij,ij->i">();
    check<"bhij,bhkj->bhik">();
    check<"bihj,bkhj->bhik">();
    check<"abij,ijk->kab">();
    check<"aij,kji->ak">();
    check<"ij,kl->">();
    check<"ijl,lk->ki">();
    check<"abhijk,kjihba->ahk">();
    check<"abhijk,khi->ijkabh">();
}
TEST_CASE("three operands, from left to right") {
    check<"ij,jk,ka->ia">();
    check<"i,j,k->kji">();
    check<"bi,ij,bj->b">();
}
TEST_CASE("nothing to sum, and sums of nothing") {
    check<"iz,zj->ij">();
    check<"zi,ij->zj">();
}
TEST_CASE("integers, and extents known only at run time") {
    CHECK(holds<std::int32_t>(
        value_of([](auto a, auto b) { return einsum<"ij,jk->ki">(a, b); },
                 array_of<std::int32_t>(shape(2, 2), {1, 2, 3, 4}), array_of<std::int32_t>(shape(2, 1), {5, 6})),
        shape(1, 2), {17, 39}));
    const array a = operand("ij", 1), b = operand("kj", 2);
    check_near(value_of<false>([](auto x, auto y) { return einsum<"ij,kj->ik">(x, y); }, a, b),
               expected("ij,kj->ik", {a, b}));
    CHECK_THROWS_AS(value_of<false>([](auto x, auto y) { return einsum<"ij,jk->ik">(x, y); }, a, b), wrong_shape);
}
