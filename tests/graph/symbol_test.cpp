// SPDX-License-Identifier: BSL-1.0
#include "leaf.hpp"

#include <doctest/doctest.h>
#include <telar/graph/symbol.hpp>
#include <telar/graph/verify.hpp>

using namespace telar;
using namespace telar::ir;

namespace {

constexpr bool literals_take_the_type_beside_them() {
    graph g;
    const symbol x = leaf(g, 0, shape(3), dtype::float64), i = leaf(g, 1, shape(3), dtype::int32);
    const symbol twice = 2 * x, next = i + 1, half = 1.5f / x;
    return twice.type() == dtype::float64 && next.type() == dtype::int32 && half.type() == dtype::float64 &&
           g.error.what == mistake_kind::none && verify(g);
}
constexpr mistake fraction_beside_integer() {
    graph g;
    const symbol i = leaf(g, 0, shape(3), dtype::int32);
    const symbol r = i * 2.5;
    return r.type() == dtype::int32 ? g.error : mistake{};
}
constexpr mistake mistake_names_the_line_of_the_operator() {
    graph g;
    const symbol a = leaf(g, 0, shape(2, 3)), b = leaf(g, 1, shape(4));
    const unsigned line = source_line::current().number + 1;
    const symbol c = a + b;
    return c.rank() == 2 && g.error.line == line ? g.error : mistake{};
}
constexpr bool linear_maps_multiply_as_on_paper() {
    graph g;
    const symbol w = leaf(g, 0, shape(10, 784)).as_linear(true), v = leaf(g, 1, shape(784, 5)).as_linear(true);
    const symbol one = leaf(g, 2, shape(784)), batch = leaf(g, 3, shape(dyn, 784)), cube = leaf(g, 4, shape(2, 3, 784));
    const symbol row = leaf(g, 5, shape(dyn, 10));
    const extent_t n = batch.extents()[0];
    return (w * one).extents() == shape(10) && (w * batch).extents() == shape(n, 10) &&
           (w * cube).extents() == shape(2, 3, 10) && (row * w).extents() == shape(row.extents()[0], 784) &&
           (w * v).extents() == shape(10, 5) && (w * v).linear && !(w * one).linear && verify(g);
}
constexpr bool who_stays_a_linear_map() {
    graph g;
    const symbol w = leaf(g, 0, shape(3, 3)).as_linear(true), x = leaf(g, 1, shape(3, 3)), s = leaf(g, 2, shape());
    return (w + w).linear && (w - w).linear && (-w).linear && (s * w).linear && (w * s).linear && (w / s).linear &&
           (2 * w).linear && !(w + x).linear && !(w * x).linear && !(x * x).linear && !(w / x).linear &&
           count(g, op::matmul) == 1 && (w.plain() * w.plain()).self().kind == op::mul;
}
constexpr bool comparisons_share_one_pair_of_operations() {
    graph g;
    const symbol a = leaf(g, 0, shape(3)), b = leaf(g, 1, shape(3));
    return (a < b).id == (b > a).id && (a <= b).id == (b >= a).id && (a == b).id == (b == a).id &&
           ((a < b) && (a != b)).type() == dtype::boolean && g.error.what == mistake_kind::none;
}
constexpr bool movements_to_the_same_shape_add_nothing() {
    graph g;
    const symbol a = leaf(g, 0, shape(2, dyn));
    const extent_t identity[] = {0, 1}, zero[] = {0, 0};
    const shape same = a.extents();
    return emit::reshape(a, same).id == a.id && emit::broadcast_to(a, same).id == a.id &&
           emit::transpose(a, identity).id == a.id && emit::slice(a, zero, same).id == a.id &&
           emit::pad(a, zero, same).id == a.id && emit::cast(a, a.type()).id == a.id && g.size() == 1;
}
constexpr bool a_row_has_one_axis_less() {
    graph g;
    const symbol a = leaf(g, 0, shape(3, dyn)), b = leaf(g, 1, shape(dyn, 2));
    const extent_t n = a.extents()[1];
    return a[1].extents() == shape(n) && a[-1].id == a[2].id && a[0].id != a[2].id && b[0].extents() == shape(2) &&
           b[-1].extents() == shape(2) && b[5][1].rank() == 0 && g.error.what == mistake_kind::none && verify(g);
}
constexpr mistake row_of(shape s, extent_t i) {
    graph g;
    const symbol a = leaf(g, 0, s), r = a[i];
    return r.g == &g ? g.error : mistake{};
}
constexpr mistake mistake_of(auto use) {
    graph g;
    const symbol a = leaf(g, 0, shape(2, 3)), b = leaf(g, 1, shape());
    use(a, b);
    return g.error;
}
constexpr bool is_refused(auto use) { return mistake_of(use).what == mistake_kind::value_of_a_symbol; }
constexpr bool no_value_is_known() {
    return is_refused([](symbol a, symbol b) { return a < b ? 1 : 0; }) &&
           is_refused([](symbol a, symbol) { return a == 1 ? 1 : 0; }) &&
           is_refused([](symbol a, symbol b) { return !(a > 0) || b > 0 ? 1 : 0; }) && is_refused([](symbol, symbol b) {
               int turns = 0;
               for (int i = 0; i < b; ++i) ++turns;
               return turns;
           }) &&
           is_refused([](symbol, symbol b) { return float{1} * static_cast<float>(b); }) &&
           is_refused([](symbol, symbol b) {
               const double number = b;
               return number;
           });
}
constexpr bool reductions_drop_or_keep_axes() {
    graph g;
    const symbol a = leaf(g, 0, shape(2, dyn, 4));
    const extent_t n = a.extents()[1];
    return emit::reduce(op::sum, a, 0b101, true).extents() == shape(1, n, 1) &&
           emit::reduce(op::sum, a, 0b101, false).extents() == shape(n) &&
           emit::reduce(op::sum, a, 0b111, false).extents() == shape() &&
           emit::reduce(op::argmax, a, 0b100, false).type() == dtype::int64 &&
           emit::reduce(op::sum, a, 0, true).id == a.id && verify(g);
}
constexpr bool counting_what_a_reduction_takes_together() {
    graph g;
    const symbol a = leaf(g, 0, shape(2, dyn, 4));
    const symbol known = emit::reduced_count(a, 0b101, dtype::float32),
                 later = emit::reduced_count(a, 0b010, dtype::int64);
    return known.self().kind == op::constant && number_of(known.self()) == 8 && later.self().kind == op::extent &&
           later.self().attribute[0] == a.extents()[1] && later.rank() == 0;
}

}  // namespace

TEST_CASE("a literal takes the element type of the operand beside it") {
    static_assert(literals_take_the_type_beside_them());
    CHECK(literals_take_the_type_beside_them());
    static_assert(fraction_beside_integer().what == mistake_kind::literal_type);
    CHECK(fraction_beside_integer().lhs_type == dtype::int32);
}
TEST_CASE("a mistake names the line of the user's operator and both shapes") {
    constexpr mistake m = mistake_names_the_line_of_the_operator();
    static_assert(m.what == mistake_kind::broadcast && m.where == op::add);
    CHECK(m.lhs == shape(2, 3));
    CHECK(m.rhs == shape(4));
}
TEST_CASE("a linear map times something is the product of the textbook") {
    static_assert(linear_maps_multiply_as_on_paper());
    CHECK(linear_maps_multiply_as_on_paper());
    static_assert(who_stays_a_linear_map());
    CHECK(who_stays_a_linear_map());
}
TEST_CASE("> and >= are < and <= the other way round") {
    static_assert(comparisons_share_one_pair_of_operations());
    CHECK(comparisons_share_one_pair_of_operations());
}
TEST_CASE("a movement that moves nothing is no node") {
    static_assert(movements_to_the_same_shape_add_nothing());
    CHECK(movements_to_the_same_shape_add_nothing());
}
TEST_CASE("x[i] is a row") {
    static_assert(a_row_has_one_axis_less());
    CHECK(a_row_has_one_axis_less());
    static_assert(row_of(shape(3, 2), 3).what == mistake_kind::slice_range);
    CHECK(row_of(shape(3, 2), -4).what == mistake_kind::slice_range);
    CHECK(row_of(shape(3, 2), -3).what == mistake_kind::none);
    CHECK(row_of(shape(), 0).what == mistake_kind::axis);
}
TEST_CASE("a condition or a number that depends on a symbol is a mistake, and names the operation") {
    static_assert(no_value_is_known());
    CHECK(no_value_is_known());
    const mistake m = mistake_of([](symbol a, symbol b) { return a < b ? 1 : 0; });
    CHECK(m.where == op::less);
    CHECK(m.lhs == shape(2, 3));
    CHECK(m.line != 0);
}
TEST_CASE("reductions") {
    static_assert(reductions_drop_or_keep_axes());
    CHECK(reductions_drop_or_keep_axes());
    static_assert(counting_what_a_reduction_takes_together());
    CHECK(counting_what_a_reduction_takes_together());
}
