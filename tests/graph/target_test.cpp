// SPDX-License-Identifier: BSL-1.0
// What a target's numbers do to schedules.
#include <telar/graph/target.hpp>

#include "../support/cpu_target.hpp"
#include "../support/random_graph.hpp"

#include <doctest/doctest.h>
#include <telar/expr/composite.hpp>
#include <telar/graph/verify_schedule.hpp>
#include <telar/passes/pipeline.hpp>

#include <string_view>

using namespace telar;
using namespace telar::ir;
using namespace telar::ir::passes;
using support::cpu_target;
using support::random_graph;

namespace {

schedule scheduled(const graph& g, const target& machine) {
    const graph best = optimise(g);
    schedule s = make_schedule(best, machine);
    const char* illegal = first_illegality(s, best.roots);
    CHECK(std::string_view(illegal ? illegal : "legal") == "legal");
    return s;
}
symbol declared(graph& g, int number, const shape& extents, dtype type = dtype::float32) {
    return declare_leaf(g, number, {type, 0, extents});
}
/// softmax(q k^T) v
graph attention() {
    graph g;
    const symbol q = declared(g, 0, shape(2, 6, 4)), k = declared(g, 1, shape(2, 5, 4)),
                 v = declared(g, 2, shape(2, 5, 3));
    g.roots.push({matmul(softmax(matmul(q, emit::swap_last(k))), v).id, -1, 0, 0});
    return g;
}
int chains_in(const schedule& s) {
    int chains = 0;
    for (const kernel& k : s.kernels) chains += k.kind == kernel_kind::chain;
    return chains;
}
/// W - x(i), which is W's new value.
graph new_value(emit::outside o) {
    graph g;
    const symbol w = declared(g, 0, shape(3, 4)), x = declared(g, 1, shape(9, 4)),
                 i = declared(g, 2, shape(3, 4), dtype::int64);
    g.roots.push({(w - emit::gather(x, i, 0, o)).id, 0, 0, 0});
    return g;
}
bool assigns_in_place(const schedule& s) {
    for (const slot& b : s.buffers)
        if (b.where == storage::state) return b.in_place != 0;
    FAIL("no state");
    return false;
}

}  // namespace

TEST_CASE("kernels are no larger than the target takes") {
    target machine = cpu_target;
    machine.most = {.nodes = 6, .instructions = 20, .accesses = 7, .scalars = 3};
    for (unsigned seed = 0; seed < 100; ++seed) {
        CAPTURE(seed);
        random_graph r(seed, seed % 2 ? dtype::float32 : dtype::int64);
        for (int i = 0; i < 5 + static_cast<int>(seed % 40); ++i) r.grow();
        for (int i = 0; i < 4; ++i) r.make_root(r.any_number());
        const schedule s = scheduled(r.g, machine);
        for (const kernel& k : s.kernels) {
            if (!s.fits || k.kind == kernel_kind::call) continue;
            CHECK(k.instructions <= 20);
            CHECK(k.accesses <= 7);
            CHECK(k.scalars <= 3);
        }
    }
}
TEST_CASE("a target without chains keeps its products apart") {
    target machine = cpu_target;
    CHECK(chains_in(scheduled(attention(), machine)) == 1);
    machine.products.has_chains = false;
    CHECK(chains_in(scheduled(attention(), machine)) == 0);
}
TEST_CASE("where errors are read at the end, nothing that may be refused is assigned in place") {
    target machine = cpu_target;
    CHECK(assigns_in_place(scheduled(new_value(emit::outside::is_refused), machine)));
    CHECK(assigns_in_place(scheduled(new_value(emit::outside::is_nothing), machine)));
    machine.errors = refusal::read_at_the_end;
    CHECK_FALSE(assigns_in_place(scheduled(new_value(emit::outside::is_refused), machine)));
    CHECK(assigns_in_place(scheduled(new_value(emit::outside::is_nothing), machine)));
}
TEST_CASE("what is cheap to repeat is stored where the target says so") {
    graph g;
    const symbol x = declared(g, 0, shape(4, 5)), cheap = x * 2 + 1;
    g.roots.push({matmul(emit::swap_last(x), x + cheap).id, -1, 0, 0});
    g.roots.push({emit::reduce(op::sum, cheap * x, 1, true).id, -1, 0, 0});
    target machine = cpu_target;
    const int repeated = scheduled(g, machine).kernels.size();
    machine.elements.repeated_operations = 0;
    CHECK(scheduled(g, machine).kernels.size() >= repeated);
}
TEST_CASE("a library takes large products, if one is linked") {
    constexpr library_products none{}, blas{.is_linked = true, .least_operations = 3e7, .least_extent = 64};
    static_assert(!none.takes(4096, 4096, 4096));
    static_assert(blas.takes(256, 256, 256));
    static_assert(!blas.takes(240, 240, 240));
    static_assert(!blas.takes(4096, 4096, 63));
}
