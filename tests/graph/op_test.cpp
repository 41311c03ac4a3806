// SPDX-License-Identifier: BSL-1.0
// The roles in the op table are those that rewrites, printing and cost rely on.
#include "leaf.hpp"

#include <doctest/doctest.h>
#include <telar/graph/print.hpp>
#include <telar/graph/symbol.hpp>
#include <telar/passes/rewrite.hpp>

using namespace telar;
using namespace telar::ir;

namespace {

constexpr int extents_of(op k, int rank) {
    const attribute_range among = extents_among(info(k).attributes, rank);
    return among.first * 10 + among.end;
}
static_assert(extents_of(op::slice, 3) == 3 && extents_of(op::pad, 2) == 2 && extents_of(op::slice, 0) == 0);
static_assert(extents_of(op::extent, 0) == 1 && extents_of(op::scan, 0) == 1 && extents_of(op::argsort, 3) == 23);
static_assert(extents_of(op::windows, 3) == 0 && extents_of(op::add, 3) == 0 && extents_of(op::sum, 3) == 0);

static_assert(may_be_view(op::slice) && may_be_view(op::windows) && !may_be_view(op::pad) &&
              !may_be_view(op::overlap_add));
static_assert(!may_be_view(op::cast) && !may_be_view(op::iota));
static_assert(is_costly(op::exp) && is_costly(op::sum) && is_costly(op::matmul) && !is_costly(op::add));
static_assert(!is_costly(op::cast) && !is_costly(op::iota));
static_assert(may_refuse(op::gather, 0) && !may_refuse(op::gather, 1) && !may_refuse(op::sort, 0));

/// What every row has to keep, so that those who ask for one role alone are right.
constexpr bool is_consistent(const op_info& row) {
    if (row.group == family::elementwise) return row.attributes == told::nothing;
    if (row.group == family::reduction) return row.attributes == told::axes && row.costs == work::terms;
    if (row.group == family::contraction) return row.costs == work::products;
    if (row.attributes == told::indexed) return row.group == family::routine && row.arity > 1;
    return row.costs == work::none || row.costs == work::free || row.group == family::routine;
}
constexpr bool all_are_consistent() {
    for (const op_info& row : op_table)
        if (!is_consistent(row)) return false;
    return true;
}
static_assert(all_are_consistent());

}  // namespace

TEST_CASE("a rewrite resolves every attribute that is an extent") {
    graph g;
    const symbol x = leaf(g, 0, shape(dyn, 4));
    const extent_t n = x.extents()[0];
    const extent_t start[max_rank] = {n};
    const symbol padded = emit::pad(x, start, shape(g.dims.add(n, n), 4));
    const symbol part = emit::slice(padded, start, shape(n, 4));
    const symbol order = emit::argsort(emit::reshape(part, shape(g.dims.multiply(n, 4))), false, n);
    const symbol count = emit::extent(g, n, dtype::int64);
    for (const symbol& s : {part, order, count}) g.roots.push({s.id, -1, 0, 0});
    g.dims.unify(n, 6);
    const graph better = passes::rewrite(g, [](graph& out, const node& one) { return out.add(one); });
    int found = 0;
    for (const node& one : better.nodes) {
        const attribute_range among = extents_among(info(one.kind).attributes, one.extents.rank);
        for (int k = among.first; k < among.end; ++k, ++found) CHECK(is_number(one.attribute[k]));
    }
    CHECK(found == 2 + 2 + 1 + 1);
    CHECK(to_string(better).find("start=(6, 0)") != std::string::npos);
}
