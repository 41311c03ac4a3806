// SPDX-License-Identifier: BSL-1.0
// How many kernels run, and of what kind: what must be one kernel is one.
#include <telar/passes/fuse.hpp>

#include "../graph/leaf.hpp"
#include "../support/cpu_target.hpp"

#include <doctest/doctest.h>
#include <telar/expr/composite.hpp>
#include <telar/passes/differentiate.hpp>
#include <telar/passes/pipeline.hpp>

#include <vector>

using namespace telar;
using namespace telar::ir::passes;

namespace {

struct kernel_counts {
    int loops = 0, products = 0;
    friend bool operator==(const kernel_counts&, const kernel_counts&) = default;
};
doctest::String toString(const kernel_counts& k) {
    return (std::to_string(k.loops) + " loops, " + std::to_string(k.products) + " products").c_str();
}
kernel_counts of(const graph& g) {
    const schedule s = make_schedule(optimise(g), support::cpu_target);
    kernel_counts k;
    for (const kernel& one : s.kernels) ++(one.kind == kernel_kind::loop ? k.loops : k.products);
    return k;
}
/// f on leaves x (N,5), w (5,7), b (7), r (N,7).
template <class F> kernel_counts kernels_of(F f) {
    graph g;
    const symbol x = leaf(g, 0, shape(dyn, 5)), w = leaf(g, 1, shape(5, 7)), b = leaf(g, 2, shape(7)),
                 r = leaf(g, 3, shape(dyn, 7));
    std::vector<symbol> roots;
    const auto result = f(x, w, b, r);
    if constexpr (std::is_same_v<std::remove_const_t<decltype(result)>, symbol>) roots = {result};
    else roots.assign(result.begin(), result.end());
    for (const symbol& s : roots) g.roots.push({s.id, -1, 0, 0});
    REQUIRE(g.error.what == mistake_kind::none);
    return of(g);
}

}  // namespace

TEST_CASE("element-wise work is one loop") {
    CHECK(kernels_of([](symbol, symbol, symbol b, symbol r) { return tanh(r * 2 + b) * r - b; }) ==
          kernel_counts{1, 0});
    CHECK(kernels_of([](symbol, symbol, symbol b, symbol r) {
              return std::array{r + b, r * b, r - b};
          }) == kernel_counts{1, 0});
}
TEST_CASE("a row kernel") {
    CHECK(kernels_of([](symbol, symbol, symbol, symbol r) { return softmax(r); }) == kernel_counts{1, 0});
    CHECK(kernels_of([](symbol, symbol, symbol b, symbol r) { return layer_norm(r, b, b); }) == kernel_counts{1, 0});
    CHECK(kernels_of([](symbol, symbol, symbol, symbol r) { return sum(square(r - 1), 1); }) == kernel_counts{1, 0});
    CHECK(kernels_of([](symbol, symbol, symbol, symbol r) { return logsumexp(r, 1); }) == kernel_counts{1, 0});
    CHECK(kernels_of([](symbol, symbol, symbol, symbol r) { return softmax(r, 0); }) == kernel_counts{1, 0});
}
TEST_CASE("a product takes its epilogue along") {
    CHECK(kernels_of([](symbol x, symbol w, symbol b, symbol) { return relu(matmul(x, w) + b); }) ==
          kernel_counts{0, 1});
    CHECK(kernels_of([](symbol x, symbol w, symbol b, symbol r) { return tanh(matmul(x, w) * r + b) * 0.5 + r; }) ==
          kernel_counts{0, 1});
    CHECK(kernels_of([](symbol x, symbol w, symbol b, symbol) {
              return matmul(relu(matmul(x, w) + b), transpose(w));
          }) == kernel_counts{0, 2});
    CHECK(kernels_of([](symbol x, symbol w, symbol b, symbol) { return softmax(matmul(x, w) + b); }) ==
          kernel_counts{1, 1});
}
TEST_CASE("views cost nothing, reshapes of them one copy") {
    CHECK(kernels_of([](symbol, symbol, symbol, symbol r) { return transpose(slice(r, 1, 1, 4)) * 2; }) ==
          kernel_counts{1, 0});
    CHECK(kernels_of([](symbol x, symbol w, symbol, symbol) { return matmul(transpose(w), transpose(x)); }) ==
          kernel_counts{0, 1});
    CHECK(kernels_of([](symbol, symbol w, symbol, symbol) { return reshape(transpose(w), shape(35)) + 1; }) ==
          kernel_counts{2, 0});
}
TEST_CASE("a perceptron's training step: two products, their epilogues, a column sum") {
    graph g;
    const symbol x = leaf(g, 0, shape(dyn, 5)), w = leaf(g, 1, shape(5, 7)), b = leaf(g, 2, shape(7)),
                 y = leaf(g, 3, shape(dyn, 7));
    const symbol loss = mean(softmax_cross_entropy(matmul(x, w) + b, y));
    const symbol parameters[] = {w, b};
    symbol d[2];
    differentiate(loss, parameters, 2, d);
    g.roots.push({loss.id, -1, 0, 0});
    g.roots.push({(w - 0.1 * d[0]).id, 1, 0, 0});
    g.roots.push({(b - 0.1 * d[1]).id, 2, 0, 0});
    const schedule s = make_schedule(optimise(g), support::cpu_target);
    int products = 0;
    for (const kernel& k : s.kernels) products += k.kind == kernel_kind::contract;
    CHECK(products == 2);
    CHECK(s.kernels.size() <= 9);
    for (const slot& k : s.buffers)
        if (k.where == storage::state) CHECK(k.in_place == 1);  // dW is never in memory, W is changed where it lies
}
TEST_CASE("labels are looked at once, before; then a loss and its derivative are one row kernel") {
    for (const dtype type : {dtype::int32, dtype::int64, dtype::uint8}) {
        graph g;
        const symbol z = leaf(g, 0, shape(dyn, 7)), labels = leaf(g, 1, shape(dyn), type);
        const symbol loss = sum(sparse_softmax_cross_entropy(z, labels));
        g.roots.push({loss.id, -1, 0, 0});
        g.roots.push({differentiate(loss, z).id, -1, 0, 0});
        const schedule s = make_schedule(optimise(g), support::cpu_target);
        REQUIRE(s.kernels.size() == 3);  // and the sum
        CHECK(s.kernels[0].kind == kernel_kind::routine);
        CHECK(s.kernels[1].kind == kernel_kind::loop);
    }
}
TEST_CASE("groups depend on earlier ones only") {
    graph g;
    symbol x = leaf(g, 0, shape(3, 3));
    for (int i = 0; i < 50; ++i)
        x = tanh(x) * 0.5 + emit::swap_last(x * sigmoid(x)) - emit::reduce(op::sum, x, 1u << i % 2, true);
    g.roots.push({x.id, -1, 0, 0});
    const graph best = optimise(g);
    graph copy = best;
    const growable<view> all = views(copy);
    for (const int most : {40, 8, 1}) {
        const target machine = with_kernels_of(support::cpu_target, most);
        const grouping groups = complete_groups(best, all, machine, group_nodes(best, all, machine));
        std::vector<int> place(static_cast<std::size_t>(groups.groups.size()), -1);
        for (int i = 0; i < groups.order.size(); ++i) place[static_cast<std::size_t>(groups.order[i])] = i;
        for (int i = 0; i < best.size(); ++i)
            for (int k = 0; k < info(best[i].kind).arity && groups.of[i] >= 0; ++k) {
                const int base = all[best[i].in[k]].base, other = groups.of[base];
                if (other >= 0)
                    CHECK(place[static_cast<std::size_t>(other)] <= place[static_cast<std::size_t>(groups.of[i])]);
                if (other == groups.of[i] && other >= 0) CHECK(base == best[i].in[k]);  // never through a view
            }
        for (const group& k : groups.groups) CHECK(k.nodes <= most);
    }
}
