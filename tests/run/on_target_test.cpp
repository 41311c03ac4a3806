// SPDX-License-Identifier: BSL-1.0
// Programs on the reference as their target: the values are those of the CPU, and errors are read with the results.
#include <telar/kernels/reference/launch.hpp>

#include <doctest/doctest.h>
#include <telar/telar.hpp>

#include <cmath>
#include <cstddef>

using namespace telar;

namespace {

int launched = 0;
void counted_launch(const ir::kernels::kernel_arguments& k) {
    ++launched;
    ir::kernels::reference::launch(k);
}
ir::kernels::kernel_function function_of(const ir::kernel& k, const ir::instruction*) {
    return k.kind == ir::kernel_kind::call ? nullptr : &counted_launch;
}
ir::kernels::kernel_function of_no_product(const ir::kernel& k, const ir::instruction*) {
    return k.kind == ir::kernel_kind::contract ? nullptr : &ir::kernels::reference::launch;
}
const void* no_loops() { return nullptr; }

constexpr ir::target stopping = ir::kernels::reference::reference_target;
constexpr ir::target deferring = [] {
    ir::target t = stopping;
    t.errors = ir::refusal::read_at_the_end;
    return t;
}();

struct reference {
    static constexpr ir::kernels::kernel_source source = ir::kernels::reference::reference_kernels;
};
struct counting {
    static constexpr ir::kernels::kernel_source source{&stopping, &function_of, &no_loops};
};
struct counting_to_the_end {
    static constexpr ir::kernels::kernel_source source{&deferring, &function_of, &no_loops};
};
struct without_products {
    static constexpr ir::kernels::kernel_source source{&stopping, &of_no_product, &no_loops};
};

template <class A, class B> float distance(const A& a, const B& b) {
    REQUIRE(a.extents() == b.extents());
    float most = 0;
    for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a.data()[i] - b.data()[i]));
    return most;
}

}  // namespace

TEST_CASE("a program of loops, products and a routine gives the CPU's values") {
    variable<"W", matrix<float, 3, 5>> W;
    generator random(1);
    glorot_uniform{}(W.value(), random);
    const input<"X", tensor<float, dyn, 5>> X;
    const auto x = random_normal<float, 4, 5>(random);
    const auto y = softmax(W * cumsum(X, axis<1>));
    CHECK(distance(run(y, X = x), run(on_target<reference>(y), X = x)) < 1e-6f);
    const auto dW = gradient(mean(square(y)), W);
    CHECK(distance(run(dW, X = x), run(on_target<reference>(dW), X = x)) < 1e-6f);
    // What contains a marked expression runs there as a whole.
    launched = 0;
    const auto twice = run(on_target<counting>(y) * 2, X = x);
    CHECK(distance(twice, run(y * 2, X = x)) < 1e-6f);
    CHECK(launched >= 3);
}
TEST_CASE("a kernel that the target lacks is refused by name") {
    const input<"A", tensor<float, 2, 2>> A;
    const auto y = on_target<without_products>(matmul(A, A));
    CHECK_THROWS_AS(run(y, A = tensor<float, 2, 2>{{1, 2}, {3, 4}}), no_kernel);
}
TEST_CASE("an index out of range stops the run, or is read at its end; neither assigns") {
    variable<"W", tensor<float, 3>> W;
    W = tensor<float, 3>{1, 2, 3};
    const input<"i", tensor<std::int32_t, 2>> i;
    const tensor<std::int32_t, 2> wrong{0, 3}, right{0, 2};
    const auto next = W + sum(exp(gather(W, i)));
    const auto check = [&](auto assigned) {
        launched = 0;
        CHECK_THROWS_WITH_AS(run(update(W = assigned), i = wrong), "gather: index 3 is outside of an axis of extent 3",
                             index_error);
        CHECK(W.value()(0) == 1);
        CHECK(W.value()(2) == 3);
        return launched;
    };
    const int until_stopped = check(on_target<counting>(next)), all = check(on_target<counting_to_the_end>(next));
    CHECK(until_stopped == 1);
    CHECK(all > until_stopped);
    // The note is gone with the run.
    run(update(W = on_target<counting_to_the_end>(next)), i = right);
    CHECK(W.value()(0) == doctest::Approx(1 + std::exp(1.0) + std::exp(3.0)));
}
