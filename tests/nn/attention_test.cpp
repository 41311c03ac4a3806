// SPDX-License-Identifier: BSL-1.0
#include <telar/nn/bind.hpp>
#include <telar/nn/layers/attention.hpp>
#include <telar/passes/pipeline.hpp>

#include "../support/cpu_target.hpp"

#include <doctest/doctest.h>

using namespace telar;

namespace {

struct one {
    nn::multi_head_attention att{2};
};

/// How many kernels of a call att(x) with these options attend: both products and the softmax in one.
int attending_kernels(bool is_masked, const nn::attention_options& options) {
    ir::graph g;
    nn::bound_model bound;
    bound.g = &g;
    bound.describes = true;
    bound.first_leaf = 2;
    one m{};
    nn::bind_model(m, bound);
    symbol x = expr::declare_leaf(g, 0, {dtype::float32, 0, shape(dyn, 5, 8)});
    const symbol mask = expr::declare_leaf(g, 1, {dtype::boolean, 0, shape(dyn, 5)});
    if (is_masked) x = nn::with_mask(x, mask);
    g.roots.push({m.att(x, options).id, -1, 0, 0});
    REQUIRE(g.error.what == ir::mistake_kind::none);
    int n = 0;
    for (const ir::kernel& k : ir::passes::make_schedule(ir::passes::optimise(g), support::cpu_target).kernels)
        n += k.kind == ir::kernel_kind::chain;
    return n;
}

}  // namespace

TEST_CASE("what predicts attends in one kernel, with masks, too") {
    CHECK(attending_kernels(false, {}) == 1);
    CHECK(attending_kernels(false, {.use_causal_mask = true}) == 1);
    CHECK(attending_kernels(true, {}) == 1);
    CHECK(attending_kernels(true, {.use_causal_mask = true}) == 1);
}
