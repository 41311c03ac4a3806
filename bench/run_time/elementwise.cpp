// SPDX-License-Identifier: BSL-1.0
// Element-wise work: a line through relu, which moves memory, and a chain of twelve operations, which computes.
#include "plain.hpp"
#include "tensors.hpp"
#if defined(TELAR_HAS_EIGEN)
#include <Eigen/Core>
#endif
#if defined(TELAR_HAS_XTENSOR)
#include "xtensor.hpp"

#include <xtensor/xmath.hpp>
#endif

namespace {

using bench::access;
using bench::array;
using bench::random_tensor;
using bench::row;

#if defined(TELAR_HAS_EIGEN)
using eigen_view = Eigen::Map<Eigen::ArrayXf, Eigen::Aligned64>;
template <telar::extent_t N> eigen_view eigen(array<N>& t) { return eigen_view(t.data(), N); }
#endif
#if defined(TELAR_HAS_XTENSOR)
using bench::span_of;
using bench::xtensor;
#endif

template <telar::extent_t N> void line_through_relu(bench::suite& suite, const std::string& size) {
    const std::string workload = "relu(a * x + b)";
    if (!suite.wants(workload, size)) return;
    auto a = random_tensor<N>(1), x = random_tensor<N>(2), b = random_tensor<N>(3);
    row r(workload, size, {3.0 * N, 16.0 * N, access::three_to_one});

    const telar::input<"a", array<N>> A;
    const telar::input<"x", array<N>> X;
    const telar::input<"b", array<N>> B;
    const auto program = telar::compile(relu(A * X + B));
    telar::workspace w;
    array<N> y;
    r.add(
        "telar", [&] { program.into(w, y, A = a, X = x, B = b); }, y.span());

    r.add(
        "plain loops", [&] { bench::plain::relu_of_line(N, a.data(), x.data(), b.data(), y.data()); }, y.span());
#if defined(TELAR_HAS_EIGEN)
    r.add(
        "Eigen", [&] { eigen(y) = (eigen(a) * eigen(x) + eigen(b)).max(0.0f); }, y.span());
#endif
#if defined(TELAR_HAS_XTENSOR)
    const xt::xtensor<float, 1> xa = xtensor(a), xx = xtensor(x), xb = xtensor(b);
    xt::xtensor<float, 1> by_xtensor = xx;
    r.add(
        "xtensor", [&] { xt::noalias(by_xtensor) = xt::maximum(xa * xx + xb, 0.0f); }, span_of(by_xtensor));
#endif
    suite.run(r);
}

template <telar::extent_t N> void chain(bench::suite& suite, const std::string& size) {
    const std::string workload = "chain of 12";
    if (!suite.wants(workload, size)) return;
    const float a = 0.9f, b = 0.1f, c = 1.1f, d = 1.5f;
    auto x = random_tensor<N>(4, -2, 2);
    const double operations = 8 + bench::sigmoid_operations + bench::exp_operations + bench::tanh_operations;
    row r(workload, size, {operations * N, 8.0 * N, access::copy}, {1e-5, 2e-6});

    const telar::input<"x", array<N>> X;
    const auto program = telar::compile(relu(tanh(sigmoid(X * a + b) * c + exp(-X * X)) * d - X));
    telar::workspace w;
    array<N> y;
    r.add(
        "telar", [&] { program.into(w, y, X = x); }, y.span());

    r.add(
        "plain loops", [&] { bench::plain::chain(N, x.data(), a, b, c, d, y.data()); }, y.span());
#if defined(TELAR_HAS_EIGEN)
    r.add(
        "Eigen",
        [&] {
            const auto e = eigen(x);
            eigen(y) = (((e * a + b).logistic() * c + (-e * e).exp()).tanh() * d - e).max(0.0f);
        },
        y.span());
#endif
#if defined(TELAR_HAS_XTENSOR)
    const xt::xtensor<float, 1> e = xtensor(x);
    xt::xtensor<float, 1> by_xtensor = e;
    // With maximum as the root xtensor computes all of it without SIMD: clipped in a second pass it is faster.
    r.add(
        "xtensor",
        [&] {
            xt::noalias(by_xtensor) = xt::tanh(c / (1.0f + xt::exp(-(e * a + b))) + xt::exp(-e * e)) * d - e;
            xt::noalias(by_xtensor) = xt::maximum(by_xtensor, 0.0f);
        },
        span_of(by_xtensor));
#endif
    suite.run(r);
}

}  // namespace

int main(int argc, char** argv) {
    bench::suite suite("elementwise", argc, argv);
    line_through_relu<1'000>(suite, "1e3");
    line_through_relu<100'000>(suite, "1e5");
    line_through_relu<10'000'000>(suite, "1e7");
    chain<1'000>(suite, "1e3");
    chain<100'000>(suite, "1e5");
    chain<10'000'000>(suite, "1e7");
    return suite.finish();
}
