// SPDX-License-Identifier: BSL-1.0
// What the compiler made of a program, what each kernel has to do, and how long it takes.
//
//     08_explain            the tables of a training step: the network of lesson 9, 32 images at a time
//     08_explain FILE       also writes the profile as trace events, for ui.perfetto.dev or chrome://tracing
#include <iostream>
#include <telar/io.hpp>
#include <telar/telar.hpp>

using namespace telar;

int main(int count, char** words) {
    variable<"W1", matrix<float, 128, 64>> W1;
    variable<"b1", tensor<float, 128>> b1;
    variable<"W2", matrix<float, 10, 128>> W2;
    variable<"b2", tensor<float, 10>> b2;
    generator random(1);
    glorot_uniform{}(W1.value(), random);
    glorot_uniform{}(W2.value(), random);

    input<"X", tensor<float, dyn, 64>> X;
    input<"labels", tensor<std::int32_t, dyn>> labels;
    auto logits = W2 * relu(W1 * X + b1) + b2;
    auto step = minimize(mean(sparse_softmax_cross_entropy(logits, labels)), adam{});

    // Before anything runs: the passes and the kernels, if every unknown extent is 32.
    std::cout << explain(step, 32) << '\n';

    // The same numbers are constants. The first kernel: a product, and three operations on each of its elements.
    static_assert(cost_of_kernel<decltype(step)::code>(0, 32).operations == 2 * 32 * 64 * 128 + 3 * 32 * 128);

    // While it runs: a profile watches. Random images do, since the time does not depend on what is seen.
    const auto x = random_uniform<float, 32, 64>(random);
    tensor<std::int32_t, 32> y;
    for (int i = 0; i < 32; ++i) y(i) = i % 10;
    run(step, X = x, labels = y);  // the first run allocates

    profile p;
    step.watch(p);
    for (int i = 0; i < 100; ++i) run(step, X = x, labels = y);
    step.stop_watching();
    std::cout << p;
    if (count > 1) save_trace(words[1], p);
}

// prints:
// /stage +nodes +kernels +operations +bytes moved +memory/
// /traced +[0-9]+ +[0-9]+ .*/
// ...
// /fuse +[0-9]+ +[0-9]+ .*/
//
// /kernel +kind +space +operations +bytes read +bytes written +ops.byte +computes/
// /     0 +product +[(]32, 128[)] k=64 +536,576 .* matmul, .*/
// ...
//
// /program +kernel +kind +space +calls +total ms +mean us +least us +share +GFLOP.s +GB.s +computes/
// / +0 +[0-9]+ +[a-z]+ +[(].*[)].* 100 .* % .*/
// ...
