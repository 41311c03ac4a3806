// SPDX-License-Identifier: BSL-1.0
// Lesson 3. Sessions and what stands in a graph; then the same formula as TensorFlow 1 and as TensorFlow 2 have it.
#include <iostream>
#include <telar/telar.hpp>

using namespace telar;

constexpr auto line = telar::function([](auto x, auto w) { return w * x + 1; });  // 1 is a constant: it never changes

int main() {
    input<"x", tensor<float, dyn>> x;                  // a placeholder: each run is given its value
    variable<"w", tensor<float>> w(tensor<float>{2});  // a variable: its value stays between runs
    const auto y = line(x, w);
    const auto unused = exp(y) * x;  // part of no result below

    // ---- TensorFlow 1: a graph, then a session that runs what is asked for
    session s;
    std::cout << s.run(y, x = {0, 1, 2}) << '\n';
    s.run(update(w = w * 10.0f));
    std::cout << s.run(y, x = {0, 1, 2}) << '\n';

    // Two results in one run: y, of which both are made, is computed once.
    const auto [all, sums] = s.run(fetch(y, sum(y)), x = {0, 1, 2});
    std::cout << all << ' ' << sums << '\n';

    // Pruning: what is not asked for is not computed. Operations for a thousand numbers:
    const auto operations = [](const auto& program) { return explain(program, 1000).stages.back().cost.operations; };
    std::cout << "y: " << operations(y) << ", y and unused: " << operations(fetch(y, unused)) << '\n';

    // ---- TensorFlow 2: eager, operation after operation
    const tensor<float, 3> t = {0, 1, 2};
    std::cout << w.value() * t + 1.0f << '\n';

    // ---- TensorFlow 2: tf.function. The same text, traced once, then run as one program
    std::cout << line(t, w.value()) << '\n';
    std::cout << "the same bits: " << std::boolalpha << same(line(t, w.value()), s.run(y, x = t)) << '\n';
}

// prints:
// tensor([1. 3. 5.], shape=(3,), dtype=float32)
// tensor([ 1. 21. 41.], shape=(3,), dtype=float32)
// tensor([ 1. 21. 41.], shape=(3,), dtype=float32) tensor(63.0, shape=(), dtype=float32)
// y: 2000, y and unused: 4000
// tensor([ 1. 21. 41.], shape=(3,), dtype=float32)
// tensor([ 1. 21. 41.], shape=(3,), dtype=float32)
// the same bits: true
