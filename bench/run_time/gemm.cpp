// SPDX-License-Identifier: BSL-1.0
// Matrix products, with and without bias and relu: squares, and the layers of a small network. Each is done with shapes
// in the types and with shapes that are known at run time only; who has no epilogue makes a second pass.
#include <telar/telar.hpp>

#include "plain.hpp"
#include "suite.hpp"
#if defined(TELAR_HAS_EIGEN)
#include <Eigen/Core>
#endif
#if defined(TELAR_HAS_OPENBLAS)
#include <cblas.h>
#endif
#if defined(TELAR_HAS_ONEDNN)
#include "onednn.hpp"
#endif

namespace {

using bench::access;
using bench::row;
using telar::dyn;
using telar::extent_t;

struct sizes {
    extent_t m, n, k;
    std::string text() const {
        std::string t = std::to_string(m);
        for (const extent_t e : {n, k}) t.append("x").append(std::to_string(e));
        return t;
    }
};

/// The operands of D = A B, of max(A B + bias, 0), or with B turned, and all peers on them.
class product {
public:
    product(sizes s, bool with_epilogue, bool b_is_turned)
        : s_(s),
          epilogue_(with_epilogue),
          turned_(b_is_turned),
          a(telar::tensor<float, dyn, dyn>::from(telar::shape(s.m, s.k), numbers(s.m * s.k, 1))),
          b(telar::tensor<float, dyn, dyn>::from(b_is_turned ? telar::shape(s.n, s.k) : telar::shape(s.k, s.n),
                                                 numbers(s.k * s.n, 2))),
          bias(telar::tensor<float, dyn>::from(telar::shape(s.n), numbers(s.n, 3))) {}

    bench::row row() const {
        const double m = static_cast<double>(s_.m), n = static_cast<double>(s_.n), k = static_cast<double>(s_.k);
        const bench::work w{2 * m * n * k, 4 * (m * k + k * n + m * n), access::read};
        return {workload(), s_.text(), w, {1e-4, 2e-7 * k + 1e-6}};
    }
    std::string workload() const {
        const std::string name = turned_ ? "dense layer W * X" : "matrix product";
        return epilogue_ ? name + (turned_ ? " + b, relu" : ", bias, relu") : name;
    }

    /// All write to the same memory, so that its place makes no difference.
    void add_peers(bench::row& r, std::span<float> y) {
        const auto m = s_.m, n = s_.n, k = s_.k;
        if (m * n * k <= 256 * 256 * 256 && !turned_)
            add(r, "plain loops", y, [=, this](float* to) {
                bench::plain::product(static_cast<std::size_t>(m), static_cast<std::size_t>(n),
                                      static_cast<std::size_t>(k), a.data(), b.data(), to);
                second_pass(to);
            });
#if defined(TELAR_HAS_EIGEN)
        using matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
        using view = Eigen::Map<matrix, Eigen::Aligned64>;
        add(r, "Eigen", y, [=, this](float* to) {
            const view left(a.data(), m, k), right(b.data(), b.extent(0), b.extent(1));
            view out(to, m, n);
            if (turned_) out.noalias() = left * right.transpose();
            else out.noalias() = left * right;
            const Eigen::Map<Eigen::RowVectorXf, Eigen::Aligned64> shift(bias.data(), n);
            if (epilogue_) out = (out.rowwise() + shift).cwiseMax(0.0f);
        });
#endif
#if defined(TELAR_HAS_OPENBLAS)
        const int im = static_cast<int>(m), in = static_cast<int>(n), ik = static_cast<int>(k);
        add(r, "OpenBLAS", y, [=, this](float* to) {
            if (m == 1)
                cblas_sgemv(CblasRowMajor, turned_ ? CblasNoTrans : CblasTrans, turned_ ? in : ik, turned_ ? ik : in, 1,
                            b.data(), turned_ ? ik : in, a.data(), 1, 0, to, 1);
            else
                cblas_sgemm(CblasRowMajor, CblasNoTrans, turned_ ? CblasTrans : CblasNoTrans, im, in, ik, 1, a.data(),
                            ik, b.data(), turned_ ? ik : in, 0, to, in);
            second_pass(to);
        });
#endif
#if defined(TELAR_HAS_ONEDNN)
        using bench::onednn::memory;
        const auto left = bench::onednn::dense({m, k}), out = bench::onednn::dense({m, n}),
                   shift = bench::onednn::dense({1, n});
        const auto right =
            turned_ ? dnnl::memory::desc({k, n}, dnnl::memory::data_type::f32, {1, k}) : bench::onednn::dense({k, n});
        dnnl::primitive_attr attributes;
        if (epilogue_) {
            dnnl::post_ops after;
            after.append_eltwise(1, dnnl::algorithm::eltwise_relu, 0, 0);
            attributes.set_post_ops(after);
        }
        const auto wanted =
            epilogue_ ? dnnl::matmul::desc(left, right, shift, out) : dnnl::matmul::desc(left, right, out);
        std::unordered_map<int, dnnl::memory> arguments{{DNNL_ARG_SRC, memory(left, a.data())},
                                                        {DNNL_ARG_WEIGHTS, memory(right, b.data())},
                                                        {DNNL_ARG_DST, memory(out, y.data())}};
        if (epilogue_) arguments.emplace(DNNL_ARG_BIAS, memory(shift, bias.data()));
        bench::onednn::call call(dnnl::matmul({wanted, attributes, bench::onednn::engine()}), std::move(arguments));
        r.add("oneDNN", std::move(call), y);
#endif
    }

private:
    static std::vector<float> numbers(extent_t count, std::uint64_t seed) {
        return bench::random_numbers(static_cast<std::size_t>(count), seed);
    }
    /// compute(where the product goes).
    template <class F> static void add(bench::row& r, const char* name, std::span<float> y, F compute) {
        r.add(
            name, [compute, to = y.data()] { compute(to); }, y);
    }
    /// What those without an epilogue do after the product: a loop that the compiler vectorises.
    void second_pass(float* to) const {
        if (!epilogue_) return;
        for (extent_t i = 0; i < s_.m; ++i, to += s_.n)
            for (extent_t j = 0; j < s_.n; ++j) to[j] = std::max(to[j] + bias.data()[j], 0.0f);
    }

    sizes s_;
    bool epilogue_, turned_;

public:
    telar::tensor<float, dyn, dyn> a, b;
    telar::tensor<float, dyn> bias;
};

template <bool Epilogue, bool Turned, class A, class B, class Bias>
auto expression(const A& left, const B& right, const Bias& bias) {
    if constexpr (Turned && Epilogue) return relu(right * left + bias);
    else if constexpr (Turned) return right * left;
    else if constexpr (Epilogue) return relu(matmul(left, right) + bias);
    else return matmul(left, right);
}

template <bool Epilogue, bool Turned, extent_t M, extent_t N, extent_t K> void measure(bench::suite& suite) {
    product p({M, N, K}, Epilogue, Turned);
    if (!suite.wants(p.workload(), sizes{M, N, K}.text())) return;
    bench::row r = p.row();

    using right_type = std::conditional_t<Turned, telar::matrix<float, N, K>, telar::tensor<float, K, N>>;
    const telar::input<"A", telar::tensor<float, M, K>> A;
    const telar::input<"B", right_type> B;
    const telar::input<"bias", telar::tensor<float, N>> Bias;
    const auto program = telar::compile(expression<Epilogue, Turned>(A, B, Bias));
    telar::workspace w;
    const telar::tensor<float, M, K> a(p.a);
    const right_type b(telar::tensor<float, dyn, dyn>(p.b));
    const telar::tensor<float, N> bias(p.bias);
    telar::tensor<float, M, N> y;
    r.add(
        "telar",
        [&] {
            if constexpr (Epilogue) program.into(w, y, A = a, B = b, Bias = bias);
            else program.into(w, y, A = a, B = b);
        },
        y.span());

    using dyn_right = std::conditional_t<Turned, telar::matrix<float, dyn, dyn>, telar::tensor<float, dyn, dyn>>;
    const telar::input<"A", telar::tensor<float, dyn, dyn>> DynA;
    const telar::input<"B", dyn_right> DynB;
    const telar::input<"bias", telar::tensor<float, dyn>> DynBias;
    const auto dyn_program = telar::compile(expression<Epilogue, Turned>(DynA, DynB, DynBias));
    telar::workspace dyn_w;
    const dyn_right dyn_b(telar::tensor<float, dyn, dyn>(p.b));
    telar::tensor<float, dyn, dyn> dyn_y(telar::shape(M, N));
    r.add(
        "telar, run-time sizes",
        [&] {
            if constexpr (Epilogue) dyn_program.into(dyn_w, dyn_y, DynA = p.a, DynB = dyn_b, DynBias = p.bias);
            else dyn_program.into(dyn_w, dyn_y, DynA = p.a, DynB = dyn_b);
        },
        dyn_y.span());

    p.add_peers(r, y.span());
    suite.run(r);
}
template <extent_t M, extent_t N, extent_t K> void both(bench::suite& suite) {
    measure<false, false, M, N, K>(suite);
    measure<true, false, M, N, K>(suite);
}
/// W as a layer holds it: one row for each output.
template <extent_t M, extent_t N, extent_t K> void layer(bench::suite& suite) { measure<true, true, M, N, K>(suite); }

}  // namespace

int main(int argc, char** argv) {
    bench::suite suite("gemm", argc, argv);
    both<64, 64, 64>(suite);
    both<128, 128, 128>(suite);
    both<256, 256, 256>(suite);
    both<512, 512, 512>(suite);
    both<1024, 1024, 1024>(suite);
    both<2048, 2048, 2048>(suite);
    both<1, 128, 784>(suite);
    both<8, 128, 784>(suite);
    both<32, 128, 784>(suite);
    both<128, 128, 784>(suite);
    both<1, 10, 128>(suite);
    both<8, 10, 128>(suite);
    both<32, 10, 128>(suite);
    both<128, 10, 128>(suite);
    layer<1, 128, 784>(suite);
    layer<8, 128, 784>(suite);
    layer<32, 128, 784>(suite);
    layer<128, 128, 784>(suite);
    return suite.finish();
}
