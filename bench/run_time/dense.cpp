// SPDX-License-Identifier: BSL-1.0
// A tiny network 1-8-8-1 with tanh, one number at a time: latency and dispatch.
#include <telar/telar.hpp>

#include "plain.hpp"
#include "suite.hpp"
#if defined(TELAR_HAS_EIGEN)
#include <Eigen/Core>
#endif
#if defined(TELAR_HAS_RTNEURAL)
#define RTNEURAL_USE_EIGEN 1
#define RTNEURAL_DEFAULT_ALIGNMENT 32
#include <RTNeural/RTNeural.h>
#endif

int main(int argc, char** argv) {
    bench::suite suite("dense", argc, argv);
    const std::string workload = "dense 1-8-8-1, tanh", size = "batch 1";
    // tanh of 16, 1*8 + 8*8 + 8*1 multiply-adds
    bench::row r(workload, size, {16 * bench::tanh_operations + 2 * 80, 0}, {1e-5, 2e-6});
    float x = 0.3f;

    telar::variable<"W1", telar::matrix<float, 8, 1>> W1;
    telar::variable<"b1", telar::tensor<float, 8>> b1;
    telar::variable<"W2", telar::matrix<float, 8, 8>> W2;
    telar::variable<"b2", telar::tensor<float, 8>> b2;
    telar::variable<"W3", telar::matrix<float, 1, 8>> W3;
    telar::variable<"b3", telar::tensor<float, 1>> b3;
    const auto fill = [](auto& v, std::uint64_t seed) {
        const auto numbers = bench::random_numbers(v.value().size(), seed);
        std::copy(numbers.begin(), numbers.end(), v.value().begin());
    };
    fill(W1, 1), fill(b1, 2), fill(W2, 3), fill(b2, 4), fill(W3, 5), fill(b3, 6);

    const telar::input<"x", telar::tensor<float, 1>> X;
    const auto program = telar::compile(W3 * tanh(W2 * tanh(W1 * X + b1) + b2) + b3);
    telar::workspace w;
    telar::tensor<float, 1> in = {x}, y;
    r.add(
        "telar",
        [&] {
            in.data()[0] = x;
            program.into(w, y, X = in);
        },
        y.span());

    float by_loops = 0;
    r.add(
        "plain loops",
        [&] {
            by_loops = bench::plain::dense_1_8_8_1(x, W1.value().data(), b1.value().data(), W2.value().data(),
                                                   b2.value().data(), W3.value().data(), b3.value().data()[0]);
        },
        std::span(&by_loops, 1));
#if defined(TELAR_HAS_EIGEN)
    using vector = Eigen::Matrix<float, 8, 1>;
    using rows = Eigen::Matrix<float, 8, 8, Eigen::RowMajor>;
    const vector e1 = Eigen::Map<const vector>(W1.value().data()), c1 = Eigen::Map<const vector>(b1.value().data()),
                 c2 = Eigen::Map<const vector>(b2.value().data()), e3 = Eigen::Map<const vector>(W3.value().data());
    const Eigen::Matrix<float, 8, 8> e2 = Eigen::Map<const rows>(W2.value().data());
    float by_eigen = 0;
    r.add(
        "Eigen",
        [&] {
            const vector h = (e1 * x + c1).array().tanh();
            vector g = c2;
            g.noalias() += e2 * h;
            by_eigen = e3.dot(vector(g.array().tanh())) + b3.value().data()[0];
        },
        std::span(&by_eigen, 1));
#endif
#if defined(TELAR_HAS_RTNEURAL)
    RTNeural::ModelT<float, 1, 1, RTNeural::DenseT<float, 1, 8>, RTNeural::TanhActivationT<float, 8>,
                     RTNeural::DenseT<float, 8, 8>, RTNeural::TanhActivationT<float, 8>, RTNeural::DenseT<float, 8, 1>>
        model;
    const auto set = [](auto& layer, const auto& weights, const auto& bias) {
        std::vector<std::vector<float>> lines;
        const auto& value = weights.value();
        for (telar::extent_t i = 0; i < value.extent(0); ++i)
            lines.emplace_back(value.data() + i * value.extent(1), value.data() + (i + 1) * value.extent(1));
        layer.setWeights(lines);
        layer.setBias(bias.value().data());
    };
    set(model.get<0>(), W1, b1), set(model.get<2>(), W2, b2), set(model.get<4>(), W3, b3);
    model.reset();
    float by_rtneural = 0;
    r.add(
        "RTNeural (Eigen)", [&] { by_rtneural = model.forward(&x); }, std::span(&by_rtneural, 1));
#endif
    suite.run(r);
    return suite.finish();
}
