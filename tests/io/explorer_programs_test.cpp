// SPDX-License-Identifier: BSL-1.0
// What is explored in several parts: blocks, scans, models of layers, steps whose update is a program of its own.
#include <telar/io/explorer.hpp>

#include <doctest/doctest.h>
#include <telar/nn/trainer.hpp>
#include <telar/telar.hpp>

#include <set>

using namespace telar;
using namespace telar::io::explorer;

namespace {

constexpr auto twice_tanh = compile_once(telar::function([](auto x, auto W) { return tanh(tanh(matmul(x, W)) + x); }));
constexpr auto summed = telar::function([](auto xs, auto s) {
    return scan([](symbol state, symbol x) { return tanh(state + x); }, states(s), over(xs)).state[0];
});
struct mlp {
    nn::dense hidden{8, nn::relu}, out{3};
    constexpr symbol operator()(symbol x) const { return out(hidden(x)); }
};

/// Every live operation of the optimised graph is a view, a number or a leaf, belongs to a scan, or to a kernel.
void check_members(const explored_program& p) {
    std::set<int> computed;
    for (const kernel_row& k : p.kernels) {
        CHECK(!k.nodes.empty());
        computed.insert(k.nodes.begin(), k.nodes.end());
    }
    const ir::graph& g = p.stages.back().g;
    for (int i = 0; i < g.size(); ++i) {
        const auto group = ir::info(g[i].kind).group;
        CAPTURE(name_of(g[i].kind));
        if (group == ir::family::elementwise || group == ir::family::contraction || group == ir::family::reduction)
            CHECK((computed.contains(i) || p.is_view(i)));
    }
}

}  // namespace

TEST_CASE("a block is a program of its own, with the extents of its first call") {
    input<"x", tensor<float, dyn, 4>> x;
    variable<"W", tensor<float, 4, 4>> W;
    const auto y = twice_tanh(twice_tanh(x, W), W);
    const auto all = programs_of(subject_of(y, x = ones<float, 5, 4>()), 1);
    REQUIRE(all.size() == 2);
    CHECK(all[0].name == "program");
    CHECK(all[1].name == "block 0");
    int calls = 0;
    for (const kernel_row& k : all[0].kernels) {
        if (k.kind != "call") continue;
        ++calls;
        CHECK(k.computes == "block 0");
        CHECK(k.cost == [&] {
            kernel_cost sum;
            for (const kernel_row& inner : all[1].kernels) sum += inner.cost;
            return sum;
        }());
        CHECK(k.cost.operations == 5 * 4 * (2 * 4 + 3));
    }
    CHECK(calls == 2);
    for (const explored_program& p : all) check_members(p);
    CHECK(all[0].eager[static_cast<std::size_t>(all[0].stages[0].g.roots[0].id)].count == 20);
    CHECK(all[1].eager.empty());
}
TEST_CASE("the kernels of a scan run once for each step") {
    input<"xs", tensor<float, 7, 3>> xs;
    input<"s", tensor<float, 3>> s;
    const auto y = summed(xs, s);
    const auto values = programs_of(subject_of(y, xs = ones<float, 7, 3>(), s = zeros<float, 3>()), 1);
    const explored_program& p = values.at(0);
    bool repeats = false;
    for (const kernel_row& k : p.kernels) repeats = repeats || k.times == 7;
    CHECK(repeats);
    check_members(p);
    float state = 0;
    for (int i = 0; i < 7; ++i) state = std::tanh(state + 1);
    const summary& last = p.eager.at(static_cast<std::size_t>(p.stages[0].g.roots[0].id));
    CHECK(last.greatest == doctest::Approx(state));
}
TEST_CASE("a model of layers, and its training step of two programs") {
    nn::model<mlp, tensor<float, dyn, 4>> net(1);
    const auto x = ones<float, 2, 4>();
    const explored_program p = programs_of(subject_of_model(net, x), 1).at(0);
    CHECK(p.stages[0].g.regions.path_of(p.stages[0].g.roots[0].id) == "out");
    REQUIRE(p.lazy.size() == p.base.size());
    CHECK(p.eager.at(static_cast<std::size_t>(p.stages[0].g.roots[0].id)).count == 6);
    CHECK(programs_of(subject_of_model(net), 1).at(0).eager.empty());

    auto trainer = nn::compile<nn::mean_squared_error{}>(net, adam{});
    const auto step = programs_of(subjects_of_step(trainer.step()), 32);
    REQUIRE(step.size() == 2);
    CHECK(step[0].name == "step");
    CHECK(step[1].name == "update");
    for (const explored_program& each : step) check_members(each);
    bool reads_kernel = false;
    for (const leaf& l : step[0].leaves) reads_kernel = reads_kernel || l.name == "hidden.kernel";
    CHECK(reads_kernel);
}
