// SPDX-License-Identifier: BSL-1.0
// Work on rows: softmax, layer normalisation, sums over either axis, cross-entropy with its gradient.
#include "plain.hpp"
#include "tensors.hpp"
#if defined(TELAR_HAS_EIGEN)
#include <Eigen/Core>
#endif
#if defined(TELAR_HAS_XTENSOR)
#include "xtensor.hpp"

#include <xtensor/xmath.hpp>
#include <xtensor/xview.hpp>
#endif
#if defined(TELAR_HAS_ONEDNN)
#include "onednn.hpp"
#endif

namespace {

using bench::access;
using bench::array;
using bench::random_tensor;
using bench::row;

#if defined(TELAR_HAS_EIGEN)
using eigen_rows = Eigen::Map<Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>, Eigen::Aligned64>;
using eigen_row = Eigen::Map<Eigen::Array<float, 1, Eigen::Dynamic>, Eigen::Aligned64>;
template <telar::extent_t R, telar::extent_t C> eigen_rows eigen(array<R, C>& t) { return eigen_rows(t.data(), R, C); }
template <telar::extent_t N> eigen_row eigen(array<N>& t) { return eigen_row(t.data(), N); }
#endif
#if defined(TELAR_HAS_XTENSOR)
using bench::span_of;
using bench::xtensor;
#endif

template <telar::extent_t R, telar::extent_t C> void softmax(bench::suite& suite, const std::string& size) {
    const std::string workload = "softmax of rows";
    if (!suite.wants(workload, size)) return;
    auto x = random_tensor<R, C>(1, -4, 4);
    row r(workload, size, {(bench::exp_operations + 4) * R * C, 8.0 * R * C, access::copy}, {1e-5, 1e-7});

    const telar::input<"x", array<R, C>> X;
    const auto program = telar::compile(softmax(X));
    telar::workspace w;
    array<R, C> y;
    r.add(
        "telar", [&] { program.into(w, y, X = x); }, y.span());
    r.add(
        "plain loops", [&] { bench::plain::softmax(R, C, x.data(), y.data()); }, y.span());
#if defined(TELAR_HAS_EIGEN)
    r.add(
        "Eigen",
        [&] {
            const auto in = eigen(x);
            auto out = eigen(y);
            for (Eigen::Index i = 0; i < R; ++i) {
                out.row(i) = (in.row(i) - in.row(i).maxCoeff()).exp();
                out.row(i) *= 1 / out.row(i).sum();
            }
        },
        y.span());
#endif
#if defined(TELAR_HAS_XTENSOR)
    const auto ex = xtensor(x);
    auto by_xtensor = ex;
    r.add(
        "xtensor",
        [&] {
            for (std::size_t i = 0; i < R; ++i) {
                const auto in = xt::view(ex, i, xt::all());
                auto out = xt::view(by_xtensor, i, xt::all());
                xt::noalias(out) = xt::exp(in - xt::amax(in, xt::evaluation_strategy::immediate)());
                out *= 1 / xt::sum(out, xt::evaluation_strategy::immediate)();
            }
        },
        span_of(by_xtensor));
#endif
#if defined(TELAR_HAS_ONEDNN)
    const auto layout = bench::onednn::dense({R, C});
    bench::onednn::call call(
        dnnl::softmax_forward({{dnnl::prop_kind::forward_inference, layout, 1}, bench::onednn::engine()}),
        {{DNNL_ARG_SRC, bench::onednn::memory(layout, x.data())},
         {DNNL_ARG_DST, bench::onednn::memory(layout, y.data())}});
    r.add(
        "oneDNN", [&] { call(); }, y.span());
#endif
    suite.run(r);
}

template <telar::extent_t R, telar::extent_t C> void layer_norm(bench::suite& suite, const std::string& size) {
    const std::string workload = "layer norm";
    if (!suite.wants(workload, size)) return;
    const float epsilon = 1e-5f;
    auto x = random_tensor<R, C>(2, -1, 3);
    auto gamma = random_tensor<C>(3), beta = random_tensor<C>(4);
    row r(workload, size, {8.0 * R * C, 8.0 * R * C, access::copy}, {1e-5, 2e-6});

    const telar::input<"x", array<R, C>> X;
    const telar::input<"gamma", array<C>> G;
    const telar::input<"beta", array<C>> B;
    const auto program = telar::compile(layer_norm(X, G, B, epsilon));
    telar::workspace w;
    array<R, C> y;
    r.add(
        "telar", [&] { program.into(w, y, X = x, G = gamma, B = beta); }, y.span());
    r.add(
        "plain loops", [&] { bench::plain::layer_norm(R, C, x.data(), gamma.data(), beta.data(), epsilon, y.data()); },
        y.span());
#if defined(TELAR_HAS_EIGEN)
    r.add(
        "Eigen",
        [&] {
            const auto in = eigen(x);
            auto out = eigen(y);
            for (Eigen::Index i = 0; i < R; ++i) {
                const float mean = in.row(i).mean();
                const float scale = 1 / std::sqrt((in.row(i) - mean).square().mean() + epsilon);
                out.row(i) = (in.row(i) - mean) * scale * eigen(gamma) + eigen(beta);
            }
        },
        y.span());
#endif
#if defined(TELAR_HAS_XTENSOR)
    const auto ex = xtensor(x);
    const auto eg = xtensor(gamma), eb = xtensor(beta);
    auto by_xtensor = ex;
    r.add(
        "xtensor",
        [&] {
            for (std::size_t i = 0; i < R; ++i) {
                const auto in = xt::view(ex, i, xt::all());
                auto out = xt::view(by_xtensor, i, xt::all());
                const float mean = xt::sum(in, xt::evaluation_strategy::immediate)() / C;
                xt::noalias(out) = in - mean;
                const float variance = xt::sum(xt::square(out), xt::evaluation_strategy::immediate)() / C;
                out = out * (1 / std::sqrt(variance + epsilon)) * eg + eb;
            }
        },
        span_of(by_xtensor));
#endif
#if defined(TELAR_HAS_ONEDNN)
    const auto layout = bench::onednn::dense({R, C}), vector = bench::onednn::dense({C});
    using flags = dnnl::normalization_flags;
    bench::onednn::call call(dnnl::layer_normalization_forward({{dnnl::prop_kind::forward_inference, layout, epsilon,
                                                                 flags::use_scale | flags::use_shift},
                                                                bench::onednn::engine()}),
                             {{DNNL_ARG_SRC, bench::onednn::memory(layout, x.data())},
                              {DNNL_ARG_SCALE, bench::onednn::memory(vector, gamma.data())},
                              {DNNL_ARG_SHIFT, bench::onednn::memory(vector, beta.data())},
                              {DNNL_ARG_DST, bench::onednn::memory(layout, y.data())}});
    r.add(
        "oneDNN", [&] { call(); }, y.span());
#endif
    suite.run(r);
}

/// Sums over the rows' elements, or over the columns'.
template <bool OfRows, telar::extent_t N> void sums(bench::suite& suite, const std::string& size) {
    const std::string workload = OfRows ? "sums of rows" : "sums of columns";
    if (!suite.wants(workload, size)) return;
    auto x = random_tensor<N, N>(5);
    row r(workload, size, {1.0 * N * N, 4.0 * N * N, access::read}, {1e-5, 1e-4});

    const telar::input<"x", array<N, N>> X;
    const auto program = telar::compile(sum(X, telar::axis < OfRows ? 1 : 0 >));
    telar::workspace w;
    array<N> y;
    r.add(
        "telar", [&] { program.into(w, y, X = x); }, y.span());
    r.add(
        "plain loops", [&] { (OfRows ? bench::plain::row_sums : bench::plain::column_sums)(N, N, x.data(), y.data()); },
        y.span());
#if defined(TELAR_HAS_EIGEN)
    r.add(
        "Eigen",
        [&] {
            if constexpr (OfRows) eigen(y) = eigen(x).rowwise().sum().transpose();
            else eigen(y) = eigen(x).colwise().sum();
        },
        y.span());
#endif
#if defined(TELAR_HAS_XTENSOR)
    const auto ex = xtensor(x);
    xt::xtensor<float, 1> by_xtensor = xtensor(y);
    r.add(
        "xtensor", [&] { xt::noalias(by_xtensor) = xt::sum(ex, {OfRows ? 1 : 0}, xt::evaluation_strategy::immediate); },
        [&] { return std::vector<float>(by_xtensor.begin(), by_xtensor.end()); });
#endif
#if defined(TELAR_HAS_ONEDNN)
    const auto from = bench::onednn::dense({N, N}),
               to = OfRows ? bench::onednn::dense({N, 1}) : bench::onednn::dense({1, N});
    bench::onednn::call call(
        dnnl::reduction({{dnnl::algorithm::reduction_sum, from, to, 0, 0}, bench::onednn::engine()}),
        {{DNNL_ARG_SRC, bench::onednn::memory(from, x.data())}, {DNNL_ARG_DST, bench::onednn::memory(to, y.data())}});
    r.add(
        "oneDNN", [&] { call(); }, y.span());
#endif
    suite.run(r);
}

/// The mean of -log softmax(z)[label] and its gradient by z: the gradient is compared.
template <telar::extent_t R, telar::extent_t C> void cross_entropy(bench::suite& suite, const std::string& size) {
    const std::string workload = "cross-entropy, value and gradient";
    if (!suite.wants(workload, size)) return;
    auto z = random_tensor<R, C>(6, -4, 4);
    telar::tensor<std::int32_t, R> labels;
    for (telar::extent_t i = 0; i < R; ++i) labels.data()[i] = static_cast<std::int32_t>(i * 7 % C);
    row r(workload, size, {(bench::exp_operations + 4) * R * C, 8.0 * R * C, access::copy}, {1e-4, 1e-8});

    const telar::input<"z", array<R, C>> Z;
    const telar::input<"labels", telar::tensor<std::int32_t, R>> L;
    const auto loss = mean(sparse_softmax_cross_entropy(Z, L));
    const auto program = telar::compile(telar::fetch(loss, gradient(loss, Z)));
    telar::workspace w;
    telar::tensor<float> value;
    array<R, C> g;
    r.add(
        "telar", [&] { program.into(w, std::tie(value, g), Z = z, L = labels); }, g.span());
    const auto only_gradient = telar::compile(gradient(loss, Z));
    telar::workspace w2;
    r.add(
        "telar, gradient alone", [&] { only_gradient.into(w2, g, Z = z, L = labels); }, g.span());

    r.add(
        "plain loops",
        [&] { bench::do_not_optimise(bench::plain::cross_entropy(R, C, z.data(), labels.data(), g.data())); },
        g.span());
#if defined(TELAR_HAS_EIGEN)
    r.add(
        "Eigen",
        [&] {
            const auto in = eigen(z);
            auto out = eigen(g);
            const float share = 1.0f / R;
            float sum = 0;
            for (Eigen::Index i = 0; i < R; ++i) {
                const int label = labels.data()[i];
                const float most = in.row(i).maxCoeff();
                out.row(i) = (in.row(i) - most).exp();
                const float exponentials = out.row(i).sum();
                sum += std::log(exponentials) - (in(i, label) - most);
                out.row(i) *= share / exponentials;
                out(i, label) -= share;
            }
            bench::do_not_optimise(sum * share);
        },
        g.span());
#endif
    suite.run(r);
}

}  // namespace

int main(int argc, char** argv) {
    bench::suite suite("rows", argc, argv);
    softmax<256, 1000>(suite, "256x1000");
    layer_norm<256, 768>(suite, "256x768");
    sums<true, 1024>(suite, "1024x1024");
    sums<false, 1024>(suite, "1024x1024");
    cross_entropy<128, 10>(suite, "128x10");
    cross_entropy<256, 1000>(suite, "256x1000");
    return suite.finish();
}
