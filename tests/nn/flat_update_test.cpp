// SPDX-License-Identifier: BSL-1.0
// All parameters of a model are updated as one tensor: the same numbers as one by one.
#include <doctest/doctest.h>
#include <telar/nn.hpp>
#include <telar/run/profile.hpp>

#include <cstring>

using namespace telar;

namespace {
/// Odd sizes, so that there are gaps between the values; statistics, which are not trained; one layer twice.
struct net {
    nn::embedding words{5, 3};
    nn::dense twice{3, nn::tanh}, out{7};
    nn::batch_norm norm{};
    constexpr symbol operator()(symbol x) const { return out(norm(twice(twice(words(x))))); }
};
using model = nn::model<net, tensor<std::int32_t, dyn>>;
using words = input<"words", tensor<std::int32_t, dyn>>;

template <class Optimizer> struct one_by_one : Optimizer { static constexpr bool per_element = false; };

auto loss_of(const model& m) { return mean(square(m(words{}) - 0.5f)); }
template <class Optimizer> auto step_of(const model& m, const Optimizer& o) {
    return minimize(loss_of(m), o, nn::wrt(m));
}
bool same_bits(const model& a, const model& b) {
    for (int k = 0; k < model::parameter_count(); ++k) {
        const auto& v = model::leaf::info(k).type;
        if (std::memcmp(a.data(k), b.data(k), std::size_t(v.extents.count()) * size_of(v.type)) != 0) return false;
    }
    return true;
}
template <class Optimizer> void check(const Optimizer& o) {
    const tensor<std::int32_t, 4> some = {0, 3, 1, 3};
    const tensor<std::int32_t, 2> others = {4, 2};
    model together(7), alone(7), begun(7);
    auto flat = step_of(together, o);
    one_by_one<Optimizer> p;
    static_cast<Optimizer&>(p) = o;
    auto fused = step_of(alone, p);
    static_assert(!std::is_void_v<typename decltype(flat)::next_code>);
    static_assert(std::is_void_v<typename decltype(fused)::next_code>);
    for (int i = 0; i < 3; ++i) {
        CHECK(run(flat, words{} = some).item() == run(fused, words{} = some).item());
        run(flat, words{} = others);
        run(fused, words{} = others);
    }
    CHECK(same_bits(together, alone));
    CHECK(!same_bits(together, begun));
    CHECK(flat.steps() == 6);
}
}  // namespace

TEST_CASE("the numbers are those of updates one by one") {
    check(adamw{.learning_rate = 0.05});
    check(clipped_by_global_norm<momentum>{{.learning_rate = 0.05}, 1e-3});
    check(with_options<optimizer_options{.weight_decay = 0.1,
                                         .clipvalue = 1e-3,
                                         .use_ema = true,
                                         .ema_overwrite_frequency = 2,
                                         .gradient_accumulation_steps = 2}>(adam{.learning_rate = 0.05}));
}
TEST_CASE("a copy of a step goes on from there") {
    const tensor<std::int32_t, 3> x = {0, 1, 4};
    model m(3);
    auto step = step_of(m, adam{.learning_rate = 0.1});
    run(step, words{} = x);
    auto copy = step;
    const model then = m;
    run(step, words{} = x);
    const model later = m;
    m = then;
    run(copy, words{} = x);
    CHECK(same_bits(m, later));
}
TEST_CASE("a run that is refused changes nothing") {
    const tensor<std::int32_t, 2> x = {0, 1}, outside = {0, 5};
    model m(3);
    auto step = step_of(m, adam{.learning_rate = 0.1});
    run(step, words{} = x);
    const model before = m;
    CHECK_THROWS_AS(run(step, words{} = outside), index_error);
    CHECK(same_bits(m, before));
    CHECK(step.steps() == 1);
}
TEST_CASE("explain tells of both programs, and a watcher sees both") {
    model m;
    auto step = step_of(m, sgd{});
    const explanation e = explain(step, 4);
    CHECK(e.kernels.back().space == "(128,)");  // each in lines of 16: 15 + 9 + 3 + 21 + 7 + 3 + 3 numbers
    profile p;
    step.watch(p);
    run(step, words{} = tensor<std::int32_t, 1>{0});
    CHECK(p.programs().size() == 2);
}
