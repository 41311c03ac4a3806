// SPDX-License-Identifier: BSL-1.0
// Costs, worked out by hand, as constants.
#include <telar/run/cost.hpp>

#include <doctest/doctest.h>
#include <telar/telar.hpp>

using namespace telar;
using namespace telar::ir::passes;

namespace {

template <class E> using code_of_expression = typename decltype(compile(std::declval<E>()))::code;

constexpr auto dense = [] {
    input<"X", tensor<float, dyn, 784>> X;
    variable<"W", matrix<float, 128, 784>> W;
    variable<"b", tensor<float, 128>> b;
    return relu(W * X + b);
};
using dense_code = code_of_expression<decltype(dense())>;
static_assert(dense_code::description().kernel_count == 1);
// A product, and one addition and one maximum for each of its elements. Read: X, W, b.
static_assert(cost_of_program<dense_code>(32) ==
              kernel_cost{2 * 32 * 128 * 784 + 2 * 32 * 128, 4 * (32 * 784 + 128 * 784 + 128), 4 * 32 * 128});
static_assert(cost_of_kernel<dense_code>(0, 32) == cost_of_program<dense_code>(32));
static_assert(cost_of_program<dense_code>(7).operations == 7 * (2 * 128 * 784 + 2 * 128));
static_assert(cost_of_program<dense_code>(0) == kernel_cost{});
// Node by node: X and W to the product; that and b to the sum; that to the relu. Two values in between.
static_assert(cost_after<dense_code, 0>(32) ==
              graph_cost{7, 3, 2 * 32 * 128 * 784 + 2 * 32 * 128,
                         4 * (32 * 784 + 128 * 784 + 32 * 128) + 4 * (2 * 32 * 128 + 128) + 4 * 2 * 32 * 128,
                         2 * 4 * 32 * 128});

constexpr auto softmax_of = telar::function([](auto x) {
    const auto e = exp(x - max(x, axis<1>, keep_dims));
    return e / sum(e, axis<1>, keep_dims);
});
using softmax_code = decltype(graph_of(softmax_of, tensor<float, 8, 100>{}));
static_assert(softmax_code::description().kernel_count == 1);
// max, sub, exp, sum, div of 800 elements; x is read once, y is written once: what lies between is read back.
static_assert(cost_of_program<softmax_code>() == kernel_cost{5 * 800, 4 * 800, 4 * 800});

constexpr auto chain = [] {
    input<"x", tensor<float, 1000>> x;
    const float a = 1, b = 2, c = 3, d = 4;
    return relu(tanh(sigmoid(x * a + b) * c + exp(-x * x)) * d - x);
};
using chain_code = code_of_expression<decltype(chain())>;
static_assert(chain_code::description().kernel_count == 1);
// Twelve operations on x and four numbers.
static_assert(cost_of_program<chain_code>() == kernel_cost{12'000, 4 * (1000 + 4), 4 * 1000});
// Node by node: five have one operand, four a number beside it, three two operands. Of twelve results eleven are
// intermediate: 4,000 bytes, which begin at multiples of 64.
static_assert(cost_after<chain_code, optimisation_count>() ==
              graph_cost{17, 12, 12'000, 5 * 8000 + 4 * 8004 + 3 * 12'000, 11 * 4032});

constexpr auto learning = [] {
    input<"X", tensor<float, dyn, 4>> X;
    input<"Y", tensor<float, dyn, 3>> Y;
    variable<"W1", matrix<float, 8, 4>> W1;
    variable<"b1", tensor<float, 8>> b1;
    variable<"W2", matrix<float, 3, 8>> W2;
    variable<"b2", tensor<float, 3>> b2;
    return minimize(mean(square(W2 * relu(W1 * X + b1) + b2 - Y)), sgd{});
};
using learning_code = decltype(learning())::code;
constexpr extent_t operations_of_training(extent_t n) {
    const extent_t products = 2 * (n * 4 * 8) + 2 * (n * 8 * 3)                       // forward
                              + 2 * (n * 3 * 8) + 2 * (n * 3 * 8) + 2 * (n * 8 * 4);  // dh, dW2, dW1
    const extent_t hidden = 3 * (n * 8) + n * 8 + n * 8;  // + b1, relu, is it positive; its derivative; sum for db1
    const extent_t output = 2 * (n * 3) + n * 3 + n * 3;  // + b2, - Y; square; sum
    const extent_t back = 2 * (n * 3) + n * 3;            // times 1/n, plus itself; sum for db2
    const extent_t numbers = 1 + 1 + 1;                   // loss / n, 1 / n, count of steps
    return products + hidden + output + back + numbers + 2 * (8 * 4 + 8 + 3 * 8 + 3);  // W - rate dW
}
static_assert(operations_of_training(5) == 1802);
static_assert(cost_of_program<learning_code>(5).operations == 1802);
static_assert(cost_of_program<learning_code>(64).operations == operations_of_training(64));
static_assert(cost_after<learning_code, optimisation_count>(5).operations == 1802);

/// The cost of the n-th product of a program.
template <class Code> constexpr kernel_cost product(int n, extent_t batch) {
    for (int k = 0; k < Code::description().kernel_count; ++k)
        if (Code::description().kernels[k].kind == kernel_kind::contract && n-- == 0)
            return cost_of_kernel<Code>(k, batch);
    return {};
}
// Reads X, W1, b1; writes h and, as one byte each, where it is positive.
static_assert(product<learning_code>(0, 5) ==
              kernel_cost{2 * 5 * 8 * 4 + 3 * 5 * 8, 4 * (5 * 4 + 8 * 4 + 8), 5 * 5 * 8});
// dW2 goes straight into W2: reads dy, h, W2 and the learning rate, writes W2.
static_assert(product<learning_code>(3, 5) ==
              kernel_cost{2 * 3 * 8 * 5 + 2 * 3 * 8, 4 * (5 * 3 + 5 * 8 + 3 * 8 + 1), 4 * 3 * 8});

// Batches share an operand; a reduction's result is small; a truth value is a byte, an index eight.
constexpr auto several = [] {
    input<"a", tensor<double, 2, 3, 4>> a;
    input<"b", tensor<double, 4, 5>> b;
    return fetch(matmul(a, b), sum(a, axis<0>), argmax(a, axis<1>), b > 1.0, transpose(b), concat(b, b, axis<0>));
};
using several_code = decltype(several())::code;
static_assert(cost_after<several_code, 0>().operations == 2 * 2 * 3 * 5 * 4 + 24 + 24 + 20);
static_assert(cost_after<several_code, 0>().kernels == 5);  // transpose is a view
static_assert(cost_of_program<several_code>().operations == 2 * 2 * 3 * 5 * 4 + 24 + 24 + 20);
static_assert(cost_of_program<several_code>().bytes_written ==
              8 * (2 * 3 * 5) + 8 * (3 * 4) + 8 * (2 * 4) + 20 + 8 * 20 + 8 * 40);

// Attention: two products, a softmax, an epilogue; the scores are in no memory that counts.
constexpr auto attention = [] {
    input<"q", tensor<float, 2, 3, 4>> q;
    input<"k", tensor<float, 2, 5, 4>> k;
    input<"v", tensor<float, 5, 6>> v;  // of both batches
    input<"w", tensor<float, 6>> w;
    return matmul(softmax(matmul(q, swap_axes(k, axes<1, 2>))), v) * w;
};
using attention_code = decltype(compile(attention()))::code;
static_assert(attention_code::description().kernel_count == 1);
static_assert(cost_of_kernel<attention_code>(0) ==
              kernel_cost{2 * (2 * 3 * 5 * 4) + 5 * (2 * 3 * 5) + 2 * 3 + 2 * (2 * 3 * 6 * 5) + 2 * 3 * 6,
                          4 * (2 * 3 * 4 + 2 * 5 * 4 + 5 * 6 + 6), 4 * (2 * 3 * 6)});
static_assert(attention_code::workspace_bytes() == 0);

}  // namespace

TEST_CASE("costs are the same at run time") {
    extent_t batch = 5;  // no constant
    CHECK(cost_of_program<learning_code>(batch) == cost_of_program<learning_code>(5));
    CHECK(cost_of_program<learning_code>(batch).operations == operations_of_training(batch));
    CHECK(cost_after<learning_code, 0>(batch) == cost_of(learning_code::trace_graph.thaw(), 5));
    CHECK(kernel_cost{1, 1, 3}.operations_per_byte() == 0.25);
    CHECK(kernel_cost{}.operations_per_byte() == 0);
}
