// SPDX-License-Identifier: BSL-1.0
// When a product, its rows' work and their product become one kernel, when not, and that the schedule gives what the
// graph gives.
#include <telar/passes/chain_products.hpp>

#include "../support/schedule_runner.hpp"

#include <doctest/doctest.h>
#include <telar/expr/composite.hpp>
#include <telar/passes/differentiate.hpp>

#include <cmath>
#include <vector>

using namespace telar;
using namespace telar::ir::passes;
using namespace telar::ir::kernels;
using support::array;

namespace {

struct kernel_counts {
    int chains = 0, products = 0, others = 0;
    friend bool operator==(const kernel_counts&, const kernel_counts&) = default;
};
doctest::String toString(const kernel_counts& k) {
    return (std::to_string(k.chains) + " chains, " + std::to_string(k.products) + " products, " +
            std::to_string(k.others) + " others")
        .c_str();
}
kernel_counts kernels_of(const schedule& s) {
    kernel_counts k;
    for (const kernel& one : s.kernels)
        ++(one.kind == kernel_kind::chain ? k.chains : one.kind == kernel_kind::contract ? k.products : k.others);
    return k;
}

/// q (B,2,T,4), k (B,2,S,4), v (B,2,S,E), a mask (T,S) and weights (4,4).
struct case_extents {
    extent_t batch, rows, keys, columns;
};
template <class F> kernel_counts check(F f, case_extents n = {2, 3, 5, 4}, dtype type = dtype::float32) {
    graph g;
    growable<array> leaves;
    const auto leaf_of = [&](const shape& named, const shape& extents, dtype t) {
        array a(t, extents);
        for (int i = 0; i < a.count(); ++i) {
            const double x = std::sin(1.7 * (i + 1) + leaves.size());
            if (t == dtype::boolean) a.push(x > -0.3);
            else a.push(x);
        }
        const int number = leaves.push(a);
        return declare_leaf(g, number, {t, 0, named});
    };
    const symbol q = leaf_of(shape(dyn, 2, dyn, 4), shape(n.batch, 2, n.rows, 4), type),
                 k = leaf_of(shape(dyn, 2, dyn, 4), shape(n.batch, 2, n.keys, 4), type),
                 v = leaf_of(shape(dyn, 2, dyn, dyn), shape(n.batch, 2, n.keys, n.columns), type),
                 mask = leaf_of(shape(dyn, dyn), shape(n.rows, n.keys), dtype::boolean),
                 w = leaf_of(shape(4, 4), shape(4, 4), type);
    for (const symbol r : std::vector<symbol>(f(q, k, v, mask, w))) g.roots.push({r.id, -1, 0, 0});
    REQUIRE(g.error.what == mistake_kind::none);
    const graph best = optimise(g);
    const schedule s = make_schedule(best, support::cpu_target);
    const auto expected = support::interpreted(g, leaves);
    const auto got = support::run_schedule(best, s, leaves);
    for (int r = 0; r < expected.size(); ++r) {
        const array& one = got.results[static_cast<std::size_t>(r)];
        REQUIRE(one.extents == expected[r].extents);
        for (int i = 0; i < expected[r].count(); ++i)
            REQUIRE(support::distance(one.at(i), expected[r].at(i)) <= 1e-5 * (1 + std::abs(expected[r].at(i))));
    }
    return kernels_of(s);
}
using list = std::vector<symbol>;

symbol scores(symbol q, symbol k) { return matmul(q, swap_axes(k, -1, -2)) * 0.5; }

}  // namespace

TEST_CASE("attention is one kernel") {
    constexpr kernel_counts one{1, 0, 0};
    for (const case_extents n :
         {case_extents{2, 3, 5, 4}, {1, 1, 1, 1}, {3, 7, 1, 2}, {2, 1, 9, 5}, {2, 3, 0, 4}, {0, 3, 4, 2}}) {
        CAPTURE(n.rows);
        CAPTURE(n.keys);
        const auto plain = [](symbol q, symbol k, symbol v, symbol, symbol) {
            return list{matmul(softmax(scores(q, k)), v)};
        };
        const auto masked = [](symbol q, symbol k, symbol v, symbol m, symbol) {
            return list{matmul(softmax(where(m, scores(q, k), -1e9)), v)};
        };
        if (n.keys > 0) {
            CHECK(check(plain, n) == one);
            CHECK(check(masked, n) == one);
        }
        CHECK(check(
                  [](symbol q, symbol k, symbol v, symbol m, symbol) {  // other work on the rows
                      const symbol r = relu(where(m, scores(q, k), 0));
                      return list{matmul(r / (sum(r, 3, true) + 1), v)};
                  },
                  n) == one);
        CHECK(check(
                  [](symbol q, symbol k, symbol v, symbol, symbol) {  // two sums, the second of what the first gave
                      const symbol s = scores(q, k), t = tanh(s - sum(s, 3, true));
                      return list{matmul(t * sqrt(1 + sum(square(t), 3, true)) + s, v)};
                  },
                  n) == one);
    }
}
TEST_CASE("what follows the second product goes along") {
    CHECK(check([](symbol q, symbol k, symbol v, symbol, symbol) {
              return list{relu(matmul(softmax(scores(q, k)), v) + 1) * q};
          }) == kernel_counts{1, 0, 0});
}
TEST_CASE("a mask that is an expression, rows that are sums, heads that share keys") {
    CHECK(check([](symbol q, symbol k, symbol v, symbol, symbol w) {
              const symbol projected = matmul(q, w);  // its kernel is another
              return list{matmul(softmax(scores(projected, k)), v)};
          }) == kernel_counts{1, 1, 0});
    CHECK(check([](symbol q, symbol k, symbol v, symbol, symbol) {
              const extent_t first[max_rank]{};
              shape s = k.extents(), t = v.extents();
              s[1] = t[1] = 1;
              return list{matmul(softmax(scores(q, emit::slice(k, first, s))), emit::slice(v, first, t))};
          }) == kernel_counts{1, 0, 0});
    CHECK(check([](symbol q, symbol k, symbol v, symbol, symbol) {  // the mask is a kernel, of one row
              const symbol s = scores(q, k);
              const symbol place = emit::iota(*q.g, s.extents()[3], dtype::float32);
              return list{matmul(softmax(where(place <= 2.0, s, -1e9)), v)};
          }) == kernel_counts{1, 0, 1});
}
TEST_CASE("float64 as well, two bytes by the casts around them") {
    const auto attend = [](symbol q, symbol k, symbol v, symbol, symbol) {
        return list{matmul(softmax(scores(q, k)), v)};
    };
    CHECK(check(attend, {2, 3, 5, 4}, dtype::float64) == kernel_counts{1, 0, 0});
    CHECK(check(attend, {2, 3, 5, 4}, dtype::bfloat16).chains == 1);
}
TEST_CASE("one after the other, and beside each other") {
    CHECK(check([](symbol q, symbol k, symbol v, symbol, symbol w) {
              const symbol first = matmul(softmax(scores(q, k)), k),
                           second = matmul(softmax(scores(matmul(first, w), k)), v);
              return list{second, matmul(softmax(scores(q, q)), q)};
          }) == kernel_counts{3, 1, 0});
}
TEST_CASE("not where another reader needs the scores or the weights") {
    CHECK(check([](symbol q, symbol k, symbol v, symbol, symbol) {
              const symbol p = softmax(scores(q, k));
              return list{matmul(p, v), p};
          }) == kernel_counts{0, 2, 1});
    CHECK(check([](symbol q, symbol k, symbol v, symbol, symbol) {
              const symbol s = scores(q, k);
              return list{matmul(softmax(s), v), s};
          }) == kernel_counts{0, 2, 1});
    CHECK(check([](symbol q, symbol k, symbol v, symbol, symbol) {
              const symbol p = softmax(scores(q, k));
              return list{matmul(p, v), matmul(p, k)};
          }) == kernel_counts{0, 3, 1});
    CHECK(check([](symbol q, symbol k, symbol v, symbol, symbol) {  // the sums of the rows, too
              const symbol s = scores(q, k), e = exp(s), total = sum(e, 3, true);
              return list{matmul(e / total, v), total};
          })
              .chains == 0);
}
TEST_CASE("not where the pattern is another") {
    CHECK(check([](symbol q, symbol k, symbol v, symbol, symbol) {  // along the other axis
              return list{matmul(softmax(scores(q, k), 2), v)};
          })
              .chains == 0);
    CHECK(check([](symbol q, symbol k, symbol v, symbol, symbol) {  // no sums: a product's epilogue
              return list{matmul(relu(scores(q, k)), v)};
          }) == kernel_counts{0, 2, 0});
    CHECK(check([](symbol q, symbol k, symbol v, symbol, symbol) {  // the weights are a right operand
              return list{matmul(swap_axes(v, -1, -2), swap_axes(softmax(scores(q, k)), -1, -2)) + 1};
          })
              .chains <= 1);
    CHECK(check([](symbol q, symbol k, symbol, symbol, symbol) {  // both operands
              const symbol p = softmax(scores(q, k));
              return list{matmul(p, swap_axes(p, -1, -2))};
          })
              .chains == 0);
    CHECK(check([](symbol q, symbol k, symbol v, symbol, symbol) {  // its own rows are read again at the end
              const symbol e = exp(scores(q, k));
              return list{matmul(e, v) / sum(e, 3, true)};
          })
              .chains == 0);
    CHECK(check([](symbol q, symbol k, symbol v, symbol, symbol) {  // one value for each row is no row
              return list{matmul(sum(scores(q, k), 3, true), sum(v, 2, true))};
          })
              .chains == 0);
}
TEST_CASE("training needs the weights: three kernel_counts, and the gradient's own") {
    const auto counted = check([](symbol q, symbol k, symbol v, symbol, symbol) {
        const symbol loss = sum(square(matmul(softmax(scores(q, k)), v)));
        const symbol parameters[] = {q, k, v};
        symbol d[3];
        differentiate(loss, parameters, 3, d);
        return list{loss, d[0], d[1], d[2]};
    });
    CHECK(counted.chains == 0);
}
TEST_CASE("a chain's groups hold no more nodes than asked for") {
    graph g;
    const symbol q = declare_leaf(g, 0, {dtype::float32, 0, shape(2, 6, 4)}),
                 k = declare_leaf(g, 1, {dtype::float32, 0, shape(2, 5, 4)}),
                 v = declare_leaf(g, 2, {dtype::float32, 0, shape(2, 5, 3)});
    g.roots.push({matmul(softmax(scores(q, k)), v).id, -1, 0, 0});
    const graph best = optimise(g);
    CHECK(kernels_of(make_schedule(best, support::cpu_target)).chains == 1);
    CHECK(kernels_of(make_schedule(best, with_kernels_of(support::cpu_target, 4))).chains == 0);
}
TEST_CASE("matrices of known extents stay three kernel_counts, unless there is much between them") {
    const auto chains_of = [](const shape& q_extents, const shape& k_extents) {
        graph g;
        const symbol q = declare_leaf(g, 0, {dtype::float32, 0, q_extents}),
                     k = declare_leaf(g, 1, {dtype::float32, 0, k_extents});
        g.roots.push({matmul(softmax(scores(q, k)), k).id, -1, 0, 0});
        return kernels_of(make_schedule(optimise(g), support::cpu_target)).chains;
    };
    CHECK(chains_of(shape(100, 4), shape(200, 4)) == 0);
    CHECK(chains_of(shape(1, 100, 4), shape(1, 200, 4)) == 0);
    CHECK(chains_of(shape(2, 100, 4), shape(2, 200, 4)) == 1);
    CHECK(chains_of(shape(dyn, 4), shape(200, 4)) == 1);
    CHECK(chains_of(shape(4000, 4), shape(2000, 4)) == 1);
}
