// SPDX-License-Identifier: BSL-1.0
// Attention with masks, and with operands that are views: against the reference.
#include "chain_cases.hpp"

#include <telar/expr/arrange.hpp>
#include <telar/expr/composite.hpp>

#include <limits>

using namespace telar;
using namespace telar::ir;
using namespace chains;
using support::roundings;

namespace {

// clang-format off
constexpr auto biased = telar::function([](auto q, auto k, auto v, auto bias) { return matmul(softmax(matmul(q, swap_axes(k, -1, -2)) / 4 + bias), v); });
constexpr auto masked = telar::function([](auto q, auto k, auto v, auto seen) { return matmul(softmax(where(seen, matmul(q, swap_axes(k, -1, -2)), -1e9)), v) + 1; });
constexpr auto of_columns = telar::function([](auto q, auto k, auto v) { return matmul(softmax(matmul(swap_axes(q, 1, 2), k)), swap_axes(v, 1, 2)); });
constexpr auto split = [](auto x, extent_t heads, extent_t width) { return transpose(emit::reshape(x, shape(x.extents()[0], x.extents()[1], heads, width)), axes<0, 2, 1, 3>); };
constexpr auto of_heads = telar::function([](auto q, auto k, auto v) {  // (B,T,3*8), views of strides
    return matmul(softmax(matmul(split(q, 3, 8), swap_axes(split(k, 3, 8), 2, 3)) / 3), split(v, 3, 8));
});
constexpr auto shared_keys = telar::function([](auto q, auto k, auto v) {  // (B,H,T,D), (B,1,S,D), (B,1,S,E)
    return matmul(softmax(matmul(q, swap_axes(k, 2, 3))), v);
});
// clang-format on

}  // namespace

TEST_CASE("masks: of each pair, of each key, of what comes later; a row that sees nothing") {
    generator g(2);
    for_all_extents([&](const case_extents& n) {
        if (n.keys == 0) return;
        const auto q = cube<float>(g, n.batch, n.rows, n.depth), k = cube<float>(g, n.batch, n.keys, n.depth),
                   v = cube<float>(g, n.batch, n.keys, n.columns);
        auto seen = random_tensor<bool, dyn, dyn>(g, shape(n.rows, n.keys));
        CHECK(error_of_chain(masked, q, k, v, seen) < roundings<float>(100));
        CHECK(error_of_chain(masked, q, k, v, random_tensor<bool, dyn, 1, dyn>(g, shape(n.batch, 1, n.keys))) <
              roundings<float>(100));
        auto bias = random_tensor<float, dyn, dyn>(g, shape(n.rows, n.keys), -1, 1);
        for (extent_t i = 0; i < n.rows; ++i)
            for (extent_t j = 0; j < n.keys; ++j) {
                seen(i, j) = j <= i;
                if (j > i) bias(i, j) = -std::numeric_limits<float>::infinity();
            }
        CHECK(error_of_chain(masked, q, k, v, seen) < roundings<float>(100));
        CHECK(error_of_chain(biased, q, k, v, bias) < roundings<float>(100));
    });
}
TEST_CASE("operands in columns, heads that are strided views, heads that share keys") {
    generator g(3);
    for_all_extents([&](const case_extents& n) {
        if (n.keys == 0) return;
        CHECK(error_of_chain(of_columns, cube<float>(g, n.batch, n.depth, n.rows),
                             cube<float>(g, n.batch, n.depth, n.keys),
                             cube<float>(g, n.batch, n.columns, n.keys)) < roundings<float>(60));
        CHECK(error_of_chain(of_heads, random_tensor<float, dyn, dyn, 24>(g, shape(n.batch, n.rows, 24), -1, 1),
                             random_tensor<float, dyn, dyn, 24>(g, shape(n.batch, n.keys, 24), -1, 1),
                             random_tensor<float, dyn, dyn, 24>(g, shape(n.batch, n.keys, 24), -1, 1)) <
              roundings<float>(60));
        const shape queries(n.batch, 3, n.rows, n.depth), keys(n.batch, 1, n.keys, n.depth),
            values(n.batch, 1, n.keys, n.columns);
        CHECK(error_of_chain(shared_keys, random_tensor<float, dyn, 3, dyn, dyn>(g, queries, -1, 1),
                             random_tensor<float, dyn, 1, dyn, dyn>(g, keys, -1, 1),
                             random_tensor<float, dyn, 1, dyn, dyn>(g, values, -1, 1)) < roundings<float>(60));
    });
}
