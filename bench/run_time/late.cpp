// SPDX-License-Identifier: BSL-1.0
// Programs that are compiled late beside the same compiled with the C++ program: what interpreting kernels costs.
#include "tensors.hpp"

#include <telar/telar.hpp>

namespace {

using bench::access;
using bench::array;
using bench::random_tensor;
using bench::row;

/// A function of one tensor, both ways.
template <class Array, class F>
void both(bench::suite& suite, const std::string& workload, const std::string& size, double operations, double bytes,
          Array x, const F& f) {
    if (!suite.wants(workload, size)) return;
    row r(workload, size, {operations, bytes, access::copy}, {1e-4, 1e-6});
    const telar::input<"x", Array> X;
    const auto early = telar::compile(f(X));
    const auto after = telar::compile(telar::late(f(X)));
    telar::workspace w, v;
    auto y = early(w, X = x);
    auto z = after(v, X = x);
    r.add(
        "telar", [&] { early.into(w, y, X = x); }, y.span());
    r.add(
        "telar, late", [&] { after.into(v, z, X = x); }, z.span());
    suite.run(r);
}
template <telar::extent_t N> void chain(bench::suite& suite, const std::string& size) {
    both(suite, "chain of 12", size, 60.0 * N, 8.0 * N, random_tensor<N>(1, -4, 4),
         [](const auto& x) { return relu(tanh(sigmoid(x * 0.7f + 0.1f) * 1.3f + exp(-(x * x))) * 0.9f - x); });
}
template <telar::extent_t R, telar::extent_t C> void rows(bench::suite& suite, const std::string& size) {
    const double n = static_cast<double>(R * C);
    both(suite, "softmax of rows", size, 24 * n, 8 * n, random_tensor<R, C>(1, -4, 4),
         [](const auto& x) { return softmax(x); });
    both(suite, "layer normalisation", size, 8 * n, 8 * n, random_tensor<R, C>(2, -4, 4), [](const auto& x) {
        const auto centred = x - mean(x, telar::axis<1>, telar::keep_dims);
        return centred / sqrt(mean(square(centred), telar::axis<1>, telar::keep_dims) + 1e-5f);
    });
    both(suite, "sum of rows", size, n, 4 * n, random_tensor<R, C>(3, -4, 4),
         [](const auto& x) { return sum(x, telar::axis<1>); });
    both(suite, "sum of columns", size, n, 4 * n, random_tensor<R, C>(4, -4, 4),
         [](const auto& x) { return sum(x, telar::axis<0>); });
}
template <telar::extent_t N> void product(bench::suite& suite, const std::string& size) {
    const double n = N;
    both(suite, "product, bias, tanh", size, 2 * n * n * n, 12 * n * n, random_tensor<N, N>(5, -1, 1),
         [](const auto& x) { return tanh(matmul(x, x) + 0.5f); });
}

/// A training step, each with variables of its own, which stay as they are: the losses are compared.
template <telar::extent_t Batch> void training(bench::suite& suite, const std::string& size) {
    const std::string workload = "MLP 784-128-10, training";
    if (!suite.wants(workload, size)) return;
    row r(workload, size, {6.0 * Batch * (784 * 128 + 1280), 20.0 * 101'770, access::copy}, {1e-2, 1e-3});
    const telar::input<"x", array<Batch, 784>> X;
    const telar::input<"label", telar::tensor<std::int32_t, Batch>> Label;
    auto x = random_tensor<Batch, 784>(1, 0, 1);
    telar::tensor<std::int32_t, Batch> label;
    for (telar::extent_t i = 0; i < Batch; ++i) label(i) = static_cast<std::int32_t>(i % 10);
    struct model {
        telar::variable<"W1", array<784, 128>> W1{random_tensor<784, 128>(2, -0.05f, 0.05f)};
        telar::variable<"b1", array<128>> b1{array<128>{}};
        telar::variable<"W2", array<128, 10>> W2{random_tensor<128, 10>(3, -0.1f, 0.1f)};
        telar::variable<"b2", array<10>> b2{array<10>{}};
    };
    model models[2];
    const auto add = [&](const char* name, const auto& how, model& m, array<1>& loss) {
        const auto logits = matmul(relu(matmul(X, m.W1) + m.b1), m.W2) + m.b2;
        auto step =
            telar::minimize(how(mean(sparse_softmax_cross_entropy(logits, Label))), telar::adam{.learning_rate = 0});
        r.add(
            name, [&, step]() mutable { loss(0) = run(step, X = x, Label = label).item(); }, loss.span());
    };
    array<1> first, second;
    add(
        "telar", [](const auto& loss) { return loss; }, models[0], first);
    add(
        "telar, late", [](const auto& loss) { return telar::late(loss); }, models[1], second);
    suite.run(r);
}

}  // namespace

int main(int argc, char** argv) {
    bench::suite suite("late", argc, argv);
    chain<100'000>(suite, "1e5");
    chain<1'000>(suite, "1e3");
    rows<100, 1'000>(suite, "100 x 1000");
    rows<10'000, 10>(suite, "10000 x 10");
    product<128>(suite, "128");
    product<512>(suite, "512");
    product<16>(suite, "16");
    training<128>(suite, "batch 128");
    return suite.finish();
}
