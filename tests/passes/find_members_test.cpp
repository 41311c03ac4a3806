// SPDX-License-Identifier: BSL-1.0
// What a kernel computes, and what lies in memory for it.
#include <telar/passes/find_members.hpp>

#include "../graph/leaf.hpp"
#include "../support/cpu_target.hpp"
#include "../support/random_graph.hpp"

#include <doctest/doctest.h>
#include <telar/expr/composite.hpp>
#include <telar/passes/pipeline.hpp>

#include <vector>

using namespace telar;
using namespace telar::ir::passes;

namespace {

/// Every kernel has what it reads: computed by itself, before it reads it, or stored by a kernel that runs before.
void check_promises(graph g) {
    const growable<view> all = views(g);
    const grouping groups = complete_groups(g, all, support::cpu_target, group_nodes(g, all, support::cpu_target));
    const auto is_free = [&](int base) { return fusion::is_free_source(g[base].kind); };
    REQUIRE(groups.first_member.size() == groups.order.size() + 1);
    std::vector<bool> is_stored(static_cast<std::size_t>(g.size()), false);
    for (int k = 0; k < groups.order.size(); ++k) {
        std::vector<bool> is_computed(static_cast<std::size_t>(g.size()), false);
        int before = -1;
        for (const int i : groups.members_of(k)) {
            CHECK(i > before);  // in the order of the array, none twice
            before = i;
            for (int a = 0; a < info(g[i].kind).arity; ++a) {
                const int base = all[g[i].in[a]].base;
                CHECK((is_free(base) || is_stored[static_cast<std::size_t>(base)] ||
                       is_computed[static_cast<std::size_t>(base)]));
            }
            is_computed[static_cast<std::size_t>(i)] = true;
        }
        for (const int i : groups.members_of(k))
            if (groups.of[i] == groups.order[k] && groups.buffered[i]) is_stored[static_cast<std::size_t>(i)] = true;
    }
    for (const root& r : g.roots) {
        const int base = all[r.id].base;
        CHECK((is_free(base) || is_stored[static_cast<std::size_t>(base)]));
    }
}
/// How many kernels compute each node, for roots made by f of a leaf (4,5).
template <class F> std::vector<int> kernels_that_compute(F f) {
    graph g;
    const std::vector<symbol> roots = f(leaf(g, 0, shape(4, 5)));
    for (const symbol& s : roots) g.roots.push({s.id, -1, 0, 0});
    const growable<view> all = views(g);
    const grouping groups = complete_groups(g, all, support::cpu_target, group_nodes(g, all, support::cpu_target));
    std::vector<int> times(static_cast<std::size_t>(g.size()), 0);
    for (int k = 0; k < groups.order.size(); ++k)
        for (const int i : groups.members_of(k)) ++times[static_cast<std::size_t>(i)];
    return times;
}

}  // namespace

TEST_CASE("a kernel has what it reads, for random graphs") {
    for (unsigned seed = 0; seed < 300; ++seed) {
        CAPTURE(seed);
        support::random_graph r(seed, seed % 2 ? dtype::float32 : dtype::int64);
        for (int i = 0; i < 5 + static_cast<int>(seed % 60); ++i) r.grow();
        for (int i = 0; i < 4; ++i) r.make_root(r.any_number());
        r.make_root(r.numbers.back());
        check_promises(optimise(r.g));
    }
}
TEST_CASE("what nothing needs is computed by no kernel") {
    int unused = -1;
    const auto times = kernels_that_compute([&](symbol x) {
        unused = tanh(x).id;
        return std::vector<symbol>{exp(x)};
    });
    CHECK(times[static_cast<std::size_t>(unused)] == 0);
}
TEST_CASE("two kernels repeat cheap work on leaves; costly work one of them does for both") {
    const auto often = [](auto f) {
        int id = -1;
        const auto times = kernels_that_compute([&](symbol x) {
            const symbol y = f(x);
            id = y.id;
            return std::vector<symbol>{softmax(y, 1), softmax(y, 0)};
        });
        return times[static_cast<std::size_t>(id)];
    };
    CHECK(often([](symbol x) { return x * 2 + 1; }) == 2);
    CHECK(often([](symbol x) { return tanh(x); }) == 1);
}
