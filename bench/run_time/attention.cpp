// SPDX-License-Identifier: BSL-1.0
// Scaled dot-product attention: softmax(Q K^T / sqrt(d)) V for several heads, with and without a causal mask; one query
// against many keys.
#include "plain.hpp"
#include "tensors.hpp"

#include <algorithm>
#include <cmath>
#if defined(TELAR_HAS_EIGEN)
#include <Eigen/Core>
#endif
#if defined(TELAR_HAS_OPENBLAS)
#include <cblas.h>
#endif

namespace {

using bench::array;
using bench::random_tensor;
using bench::row;
using telar::extent_t;
#if defined(TELAR_HAS_EIGEN)
using eigen_matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using eigen_map = Eigen::Map<eigen_matrix>;
using eigen_constant = Eigen::Map<const eigen_matrix>;
#endif

template <extent_t Batch, extent_t Heads, extent_t Queries, extent_t Keys, extent_t Depth, bool Causal>
void attend(bench::suite& suite) {
    const std::string workload = Causal ? "attention, causal" : "attention";
    const std::string size = std::to_string(Batch) + "x" + std::to_string(Heads) + "x" + std::to_string(Queries) + "x" +
                             std::to_string(Keys) + "x" + std::to_string(Depth);
    if (!suite.wants(workload, size)) return;
    const float scale = 1 / std::sqrt(static_cast<float>(Depth));
    const auto q = random_tensor<Batch, Heads, Queries, Depth>(1);
    const auto k = random_tensor<Batch, Heads, Keys, Depth>(2), v = random_tensor<Batch, Heads, Keys, Depth>(3);
    telar::tensor<bool, Queries, Keys> seen;
    for (extent_t i = 0; i < Queries; ++i)
        for (extent_t j = 0; j < Keys; ++j) seen(i, j) = j <= i;
    array<Batch, Heads, Queries, Depth> y;
    const double pairs = Causal ? Queries * (Queries + 1) / 2.0 : 1.0 * Queries * Keys, heads = Batch * Heads;
    row r(workload, size,
          {heads * pairs * (4.0 * Depth + bench::exp_operations + 4), 8.0 * heads * (Queries + Keys) * Depth},
          {1e-4, 1e-5});

    const telar::input<"q", array<Batch, Heads, Queries, Depth>> Q;
    const telar::input<"k", array<Batch, Heads, Keys, Depth>> K;
    const telar::input<"v", array<Batch, Heads, Keys, Depth>> V;
    const telar::input<"s", array<Batch, Heads, Queries, Keys>> S;
    const telar::input<"seen", telar::tensor<bool, Queries, Keys>> M;
    const auto scores = [&] {
        const auto all = matmul(Q, swap_axes(K, telar::axes<2, 3>)) * (1 / std::sqrt(double(Depth)));
        if constexpr (Causal) return where(M, all, -1e9);
        else return all;
    }();
    const auto fed = [&](const auto& program, telar::workspace& space, auto& to) {
        if constexpr (Causal) program.into(space, to, Q = q, K = k, V = v, M = seen);
        else program.into(space, to, Q = q, K = k, V = v);
    };
    const auto program = telar::compile(matmul(softmax(scores), V));
    telar::workspace space;
    r.add(
        "telar", [&] { fed(program, space, y); }, y.span());

    const auto first = telar::compile(scores);
    const auto second = telar::compile(softmax(S));
    const auto third = telar::compile(matmul(S, V));
    array<Batch, Heads, Queries, Keys> s, weights;
    telar::workspace of_first, of_second, of_third;
    r.add(
        "telar, three kernels",
        [&] {
            if constexpr (Causal) first.into(of_first, s, Q = q, K = k, M = seen);
            else first.into(of_first, s, Q = q, K = k);
            second.into(of_second, weights, S = s);
            third.into(of_third, y, S = weights, V = v);
        },
        y.span());
    r.add(
        "plain loops",
        [&] {
            bench::plain::attention(Batch * Heads, Queries, Keys, Depth, Causal, scale, q.data(), k.data(), v.data(),
                                    s.data(), y.data());
        },
        y.span());
    [[maybe_unused]] const auto mask_and_normalise = [&](extent_t i, float* scores_of_row) {
        const extent_t count = Causal ? i + 1 : Keys;
        bench::plain::softmax_in_place(static_cast<std::size_t>(count), scores_of_row);
        std::fill(scores_of_row + count, scores_of_row + Keys, 0.0f);
    };
#if defined(TELAR_HAS_EIGEN)
    r.add(
        "Eigen",
        [&] {
            for (extent_t h = 0; h < Batch * Heads; ++h) {
                const eigen_constant a(q.data() + h * Queries * Depth, Queries, Depth),
                    b(k.data() + h * Keys * Depth, Keys, Depth), c(v.data() + h * Keys * Depth, Keys, Depth);
                eigen_map p(s.data(), Queries, Keys), out(y.data() + h * Queries * Depth, Queries, Depth);
                p.noalias() = (a * scale) * b.transpose();
                for (extent_t i = 0; i < Queries; ++i) {
                    auto line = p.row(i).head(Causal ? i + 1 : Keys).array();
                    line = (line - line.maxCoeff()).exp();
                    line *= 1 / line.sum();
                    if (Causal) p.row(i).tail(Keys - i - 1).setZero();
                }
                out.noalias() = p * c;
            }
        },
        y.span());
#endif
#if defined(TELAR_HAS_OPENBLAS)
    r.add(
        "OpenBLAS and loops",
        [&] {
            constexpr int m = Queries, n = Keys, d = Depth;
            for (extent_t h = 0; h < Batch * Heads; ++h) {
                const float *a = q.data() + h * m * d, *b = k.data() + h * n * d, *c = v.data() + h * n * d;
                float *p = s.data(), *out = y.data() + h * m * d;
                if (m == 1) cblas_sgemv(CblasRowMajor, CblasNoTrans, n, d, scale, b, d, a, 1, 0, p, 1);
                else cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, n, d, scale, a, d, b, d, 0, p, n);
                for (int i = 0; i < m; ++i) mask_and_normalise(i, p + i * n);
                if (m == 1) cblas_sgemv(CblasRowMajor, CblasTrans, n, d, 1, c, d, p, 1, 0, out, 1);
                else cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, d, n, 1, p, n, c, d, 0, out, d);
            }
        },
        y.span());
#endif
    suite.run(r);
}

}  // namespace

int main(int argc, char** argv) {
    bench::suite suite("attention", argc, argv);
    attend<1, 8, 128, 128, 64, false>(suite);
    attend<1, 8, 512, 512, 64, false>(suite);
    attend<4, 8, 64, 64, 32, false>(suite);
    attend<1, 8, 1, 1024, 64, false>(suite);
    attend<1, 8, 128, 128, 64, true>(suite);
    attend<1, 8, 512, 512, 64, true>(suite);
    attend<4, 8, 64, 64, 32, true>(suite);
    return suite.finish();
}
