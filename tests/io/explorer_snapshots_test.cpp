// SPDX-License-Identifier: BSL-1.0
// What the explorer says of the passes: it is the graph that the pipeline gives, and each value is followed to where
// the reference interpreter finds it.
#include <telar/io/explorer/snapshots.hpp>

#include "../support/random_graph.hpp"

#include <doctest/doctest.h>
#include <telar/graph/open_region.hpp>
#include <telar/graph/print.hpp>
#include <telar/io/explorer/values.hpp>

#include <string>
#include <string_view>
#include <vector>

using namespace telar;
using namespace telar::ir::passes;
using io::explorer::change;
using io::explorer::snapshot;
using io::explorer::snapshots_of;
using support::random_graph;

namespace {

std::string text_of(const graph& g) { return to_string(g, std::vector<std::string_view>{}); }

core::growable<support::array> values_of(const graph& g, const core::growable<support::array>& leaves) {
    return io::explorer::values_of_nodes(g, {}, leaves);
}
bool equal(const support::array& a, const support::array& b) {
    if (a.type != b.type || a.extents != b.extents) return false;
    for (int i = 0; i < a.count(); ++i)
        if (support::distance(a.at(i), b.at(i)) != 0) return false;
    return true;
}
void check_counts(const snapshot& before, const snapshot& after) {
    CHECK(after.becomes.size() == before.g.size());
    CHECK(after.from.size() == after.g.size());
    CHECK(before.g.size() - after.removed - after.merged + after.count(change::added) == after.g.size());
    for (int j = 0; j < after.g.size(); ++j)
        if (after.from[j] >= 0) CHECK(after.becomes[after.from[j]] == j);
    for (int r = 0; r < after.g.roots.size(); ++r) CHECK(after.becomes[before.g.roots[r].id] == after.g.roots[r].id);
}

}  // namespace

TEST_CASE("each graph is the pipeline's, and no value is lost or taken for another") {
    int removed = 0, merged = 0, replaced = 0, added = 0;
    for (unsigned seed = 0; seed < 150; ++seed) {
        CAPTURE(seed);
        random_graph r(seed, support::type_of_seed(seed));
        support::grow_results(r, seed);
        const std::vector<snapshot> all = snapshots_of(r.g);
        REQUIRE(all.size() == optimisation_count + 1);
        CHECK(text_of(all[0].g) == text_of(r.g));
        graph g = r.g;
        auto before = values_of(g, r.leaves);
        for (std::size_t s = 1; s < all.size(); ++s) {
            CAPTURE(s);
            const snapshot& now = all[s];
            const auto live = live_nodes(g);
            g = optimisations[s - 1](g);
            CHECK(now.pass == optimisations[s - 1].name);
            REQUIRE(text_of(now.g) == text_of(g));
            check_counts(all[s - 1], now);
            const auto after = values_of(g, r.leaves);
            for (int i = 0; i < before.size(); ++i) {
                CAPTURE(i);
                const int j = now.becomes[i];
                if (live[i]) CHECK(j >= 0);
                if (j >= 0) CHECK(equal(before[i], after[j]));
            }
            removed += now.removed, merged += now.merged;
            replaced += now.count(change::replaced), added += now.count(change::added);
            before = after;
        }
    }
    CHECK(removed > 100);  // the random graphs have all of it
    CHECK(merged > 20);
    CHECK(replaced > 10);
    CHECK(added > 10);
}
TEST_CASE("what simplify and drop_dead_nodes do to a small graph") {
    graph g;
    node n;
    n.kind = op::leaf;
    n.extents = shape(2, 3);
    const symbol x{&g, g.add(n)};
    const symbol twice = ir::emit::elementwise(op::neg, ir::emit::elementwise(op::neg, x));  // is x
    const symbol unused = ir::emit::elementwise(op::exp, x);
    const symbol y = ir::emit::elementwise(op::tanh, twice);
    g.roots.push({y.id, -1, 0, 0});
    const std::vector<snapshot> all = snapshots_of(g);
    const snapshot &simplified = all[1], &dropped = all[2];
    CHECK(simplified.pass == "simplify");
    CHECK(simplified.becomes[twice.id] == simplified.becomes[x.id]);
    CHECK(simplified.merged == 1);
    CHECK(simplified.removed == 0);
    CHECK(simplified.changes[simplified.becomes[y.id]] == change::none);  // it reads the same value
    CHECK(dropped.pass == "drop_dead_nodes");
    CHECK(dropped.becomes[simplified.becomes[unused.id]] == -1);
    CHECK(dropped.removed == simplified.g.size() - 2);  // all but x and y
    CHECK(dropped.g.size() == 2);
    for (const change c : dropped.changes) CHECK(c == change::none);
}
TEST_CASE("nodes keep their regions") {
    graph g;
    node n;
    n.kind = op::leaf;
    n.extents = shape(4);
    const symbol x{&g, g.add(n)};
    symbol y = x;
    {
        ir::open_region outer(g, "outer", "block");
        y = ir::emit::elementwise(op::exp, y);
        ir::open_region inner(g, "inner", "dense", "units=4");
        y = ir::emit::elementwise(op::tanh, y);
    }
    y = ir::emit::elementwise(op::sin, y);
    g.roots.push({y.id, -1, 0, 0});
    for (const snapshot& s : snapshots_of(g)) {
        REQUIRE(s.g.size() == 4);
        CHECK(s.g.regions.path_of(0) == "");
        CHECK(s.g.regions.path_of(1) == "outer");
        CHECK(s.g.regions.path_of(2) == "outer.inner");
        CHECK(s.g.regions.path_of(3) == "");
    }
}
