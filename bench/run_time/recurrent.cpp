// SPDX-License-Identifier: BSL-1.0
// Recurrent cells of one input and a dense layer behind them: a sample at a time, as in audio, and a block of samples.
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

namespace {

using telar::extent_t;

/// Numbers of a layer with `gates` gates and H units, as Keras keeps them.
template <int H, int gates> struct weights {
    std::vector<float> w = bench::random_numbers(gates * H, 1, -0.5f, 0.5f);
    std::vector<float> u = bench::random_numbers(static_cast<std::size_t>(H) * gates * H, 2, -0.3f, 0.3f);
    std::vector<float> b = bench::random_numbers(gates * H * (gates == 3 ? 2 : 1), 3, -0.5f, 0.5f);
    std::vector<float> dense = bench::random_numbers(H, 4);
    float bias = 0.1f;
};
std::vector<std::vector<float>> lines(const std::vector<float>& from, std::size_t columns) {
    std::vector<std::vector<float>> all;
    for (std::size_t i = 0; i < from.size(); i += columns)
        all.emplace_back(from.begin() + static_cast<std::ptrdiff_t>(i),
                         from.begin() + static_cast<std::ptrdiff_t>(i + columns));
    return all;
}
template <class V> void fill(V& variable, const std::vector<float>& numbers) {
    std::copy(numbers.begin(), numbers.end(), variable.value().begin());
}

constexpr int block = 64;

template <int H, int gates, bool ByBlock> struct network {
    static constexpr int samples = ByBlock ? block : 1;
    static constexpr bool is_lstm = gates == 4;

    telar::variable<"W", telar::tensor<float, 1, gates * H>> W;
    telar::variable<"U", telar::tensor<float, H, gates * H>> U;
    telar::variable<"b",
                    std::conditional_t<is_lstm, telar::tensor<float, gates * H>, telar::tensor<float, 2, gates * H>>>
        b;
    telar::variable<"D", telar::tensor<float, H, 1>> D;
    telar::variable<"d", telar::tensor<float, 1>> d;
    telar::variable<"h", telar::tensor<float, H>, false> h;
    telar::variable<"c", telar::tensor<float, H>, false> c;
    telar::input<"x", telar::tensor<float, samples, 1>> x;
    telar::session session;

    explicit network(const weights<H, gates>& from) {
        fill(W, from.w), fill(U, from.u), fill(b, from.b), fill(D, from.dense), fill(d, {from.bias});
        reset();
    }
    void reset() { fill(h, std::vector<float>(H)), fill(c, std::vector<float>(H)); }
    auto step() const {
        if constexpr (is_lstm) {
            const auto all = telar::lstm(x, W, U, b, h, c);
            return telar::fetch(telar::matmul(std::get<0>(all), D) + d, h = std::get<1>(all), c = std::get<2>(all));
        } else {
            const auto all = telar::gru(x, W, U, b, h);
            return telar::fetch(telar::matmul(std::get<0>(all), D) + d, h = std::get<1>(all));
        }
    }
};

template <int H, int gates, bool ByBlock> void measure(bench::suite& suite) {
    constexpr bool is_lstm = gates == 4;
    constexpr int samples = ByBlock ? block : 1;
    const std::string workload = std::string(is_lstm ? "LSTM" : "GRU") + " 1-" + std::to_string(H) + ", dense 1";
    const std::string size = ByBlock ? "block of " + std::to_string(block) : "a sample";
    if (!suite.wants(workload, size)) return;
    const double transcendental = is_lstm ? 3 * bench::sigmoid_operations + 2 * bench::tanh_operations
                                          : 2 * bench::sigmoid_operations + bench::tanh_operations;
    bench::row r(workload, size, {samples * H * (2.0 * gates * (H + 1) + transcendental + 2), 0}, {1e-4, 1e-5});
    const weights<H, gates> numbers;
    const std::vector<float> input = bench::random_numbers(samples, 5);

    // Compared after some samples from silence; timed from wherever they are by then.
    constexpr int before = 8;
    network<H, gates, ByBlock> net(numbers);
    telar::tensor<float, samples, 1> x, y;
    std::copy(input.begin(), input.end(), x.begin());
    const auto step = net.step();
    const auto run = [&] { net.session.run_into(std::tie(y), step, net.x = x); };
    r.add(
        "telar", run, [&] { return std::vector<float>(y.begin(), y.end()); },
        [&] {
            net.reset();
            for (int i = 0; i < before; ++i) run();
        });
#if defined(TELAR_HAS_RTNEURAL)
    using layer = std::conditional_t<is_lstm, RTNeural::LSTMLayerT<float, 1, H>, RTNeural::GRULayerT<float, 1, H>>;
    RTNeural::ModelT<float, 1, 1, layer, RTNeural::DenseT<float, H, 1>> model;
    model.template get<0>().setWVals(lines(numbers.w, gates * H));
    model.template get<0>().setUVals(lines(numbers.u, gates * H));
    if constexpr (is_lstm) {
        std::vector<float> b = numbers.b;
        model.template get<0>().setBVals(b);
    } else {
        model.template get<0>().setBVals(lines(numbers.b, gates * H));
    }
    model.template get<1>().setWeights(lines(numbers.dense, H));
    model.template get<1>().setBias(&numbers.bias);
    model.reset();
    std::vector<float> out(samples);
    const auto forward = [&] {
        for (int i = 0; i < samples; ++i)
            out[static_cast<std::size_t>(i)] = model.forward(&input[static_cast<std::size_t>(i)]);
    };
    r.add(
        "RTNeural (Eigen)", forward, [&] { return out; },
        [&] {
            model.reset();
            for (int i = 0; i < before; ++i) forward();
        });
#endif
    suite.run(r);
}

}  // namespace

int main(int argc, char** argv) {
    bench::suite suite("recurrent", argc, argv);
    measure<20, 4, false>(suite);
    measure<40, 4, false>(suite);
    measure<40, 4, true>(suite);
    measure<20, 3, false>(suite);
    measure<40, 3, false>(suite);
    measure<40, 3, true>(suite);
    return suite.finish();
}
