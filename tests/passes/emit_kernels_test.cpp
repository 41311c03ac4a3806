// SPDX-License-Identifier: BSL-1.0
// What a schedule promises: kernels of bounded size, reads after writes, assignments in place only where that is legal.
#include <telar/passes/emit_kernels.hpp>

#include "../support/cpu_target.hpp"
#include "../support/random_graph.hpp"

#include <doctest/doctest.h>
#include <telar/expr/composite.hpp>
#include <telar/graph/verify.hpp>
#include <telar/graph/verify_schedule.hpp>
#include <telar/passes/pipeline.hpp>

#include <array>
#include <string_view>

using namespace telar;
using namespace telar::ir::passes;
using support::random_graph;

namespace {

/// The schedule of a graph; a legal one.
schedule scheduled(const graph& g, const target& machine = support::cpu_target) {
    const graph best = optimise(g);
    schedule s = make_schedule(best, machine);
    const char* illegal = first_illegality(s, best.roots);
    CHECK(std::string_view(illegal ? illegal : "legal") == "legal");
    return s;
}
/// The schedule of one new value for a variable (3,3).
template <class F> schedule assigned(F f) {
    graph g;
    const symbol w = declare_leaf(g, 0, {dtype::float32, 0, shape(3, 3)}),
                 v = declare_leaf(g, 1, {dtype::float32, 0, shape(3, 3)});
    f(g, w, v);
    REQUIRE(verify(g));
    return scheduled(g);
}
bool is_in_place(const schedule& s, int root = 0) {
    for (const slot& b : s.buffers)
        if (b.where == storage::state && b.index == root) return b.in_place != 0;
    FAIL("no state");
    return false;
}

}  // namespace

TEST_CASE("schedules of random graphs are legal") {
    for (unsigned seed = 0; seed < 300; ++seed) {
        CAPTURE(seed);
        random_graph r(seed, seed % 2 ? dtype::float32 : dtype::int64);
        for (int i = 0; i < 5 + static_cast<int>(seed % 60); ++i) r.grow();
        for (int i = 0; i < 4; ++i) r.make_root(r.any_number());
        r.make_root(r.numbers.back());
        r.make_root(emit::elementwise(op::neg, r.numbers[0]), 0);
        for (const int most_nodes : {support::cpu_target.most.nodes, 5}) {
            CAPTURE(most_nodes);
            CHECK(scheduled(r.g, with_kernels_of(support::cpu_target, most_nodes)).fits);
        }
    }
}
TEST_CASE("in place where every read comes before the write") {
    const auto one = [](auto f) {
        return assigned([=](graph& g, symbol w, symbol v) { g.roots.push({symbol{f(w, v)}.id, 0, 0, 0}); });
    };
    CHECK(is_in_place(one([](symbol w, symbol v) { return w - 0.1 * v; })));
    CHECK(is_in_place(one([](symbol w, symbol v) { return w - matmul(v, v); })));
    CHECK(is_in_place(one([](symbol w, symbol v) { return v * sum(w); })));         // read by an earlier kernel
    CHECK(is_in_place(one([](symbol w, symbol) { return w / sum(w, 1, true); })));  // each row before it is written
    CHECK(!is_in_place(one([](symbol w, symbol) { return w + emit::swap_last(w); })));
    CHECK(!is_in_place(one([](symbol w, symbol v) { return matmul(w, v); })));
    CHECK(!is_in_place(one([](symbol w, symbol) {
        return emit::concat(emit::slice(w, std::array<extent_t, 6>{1}.data(), shape(2, 3)),
                            emit::slice(w, std::array<extent_t, 6>{}.data(), shape(1, 3)), 0);
    })));
}
TEST_CASE("variables that read each other are not both written in place") {
    const schedule swapped = assigned([](graph& g, symbol w, symbol v) {
        g.roots.push({v.id, 0, 0, 0});
        g.roots.push({w.id, 1, 0, 0});
    });
    CHECK(!(is_in_place(swapped, 0) && is_in_place(swapped, 1)));
    const schedule read_again =
        assigned([](graph& g, symbol w, symbol v) {  // a result that reads the old w in another order
            g.roots.push({(w - v).id, 0, 0, 0});
            g.roots.push({matmul(w, emit::swap_last(w)).id, -1, 0, 0});
        });
    int write = -1, last_read = -1;
    for (int n = 0; n < read_again.kernels.size(); ++n)
        for (int a = 0; a < read_again.kernels[n].accesses; ++a) {
            const slot& b = read_again.buffers[read_again.accesses[read_again.kernels[n].first_access + a].buffer];
            if (b.where == storage::state) write = n;
            if (b.where == storage::leaf && b.index == 0) last_read = n;
        }
    CHECK((!is_in_place(read_again) || last_read <= write));
}
