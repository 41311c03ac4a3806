// SPDX-License-Identifier: BSL-1.0
// What the programs of bench/fit share: made-up data, an epoch of fit, one prediction. Each prints one line of JSON, as
// its peers in Python do.
#pragma once
#include <telar/nn.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

namespace bench {
using namespace telar;
using clock = std::chrono::steady_clock;

inline double seconds_since(clock::time_point start) {
    return std::chrono::duration<double>(clock::now() - start).count();
}
inline double median(std::vector<double> x) {
    std::sort(x.begin(), x.end());
    return x[x.size() / 2];
}
/// x_i = ((37 i) mod 101) / 101, of sample n plus 1 in the rows that its label says: something can be learnt.
template <class X> void fill(X& x, tensor<int, dyn>& labels) {
    const auto rows = static_cast<std::size_t>(x.extent(0)), width = x.size() / rows;
    for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = static_cast<float>((37 * i) % 101) / 101;
    for (std::size_t n = 0; n < rows; ++n) {
        labels.data()[n] = static_cast<int>(n * 7 % 10);
        const std::size_t first = static_cast<std::size_t>(labels.data()[n]) * width / 10;
        for (std::size_t i = 0; i < width / 10; ++i) x.data()[n * width + first + i] += 1;
    }
}

/// Batches of 128, Adam. first: from the start of the program to the end of the first epoch; epoch: the median of the
/// others; predict: of one sample.
template <class Net, extent_t... Extents> int run(const char* name, extent_t samples, int epochs) {
    static const clock::time_point start = clock::now();
    tensor<float, dyn, Extents...> x;
    x.resize(shape(samples, Extents...));
    tensor<int, dyn> y;
    y.resize(shape(samples));
    fill(x, y);
    nn::model<Net, tensor<float, dyn, Extents...>> net(1);
    auto trainer = nn::compile<nn::sparse_categorical_crossentropy{.from_logits = true}>(net, adam{});
    std::vector<double> times;
    double first = 0, loss = 0, before = 0;
    for (int epoch = 0; epoch < epochs; ++epoch) {
        const clock::time_point begin = clock::now();
        loss = trainer.fit(x, y, {.epochs = 1, .batch_size = 128, .verbose = 0})["loss"][0];
        if (epoch == 0) first = seconds_since(start), before = loss;
        else times.push_back(seconds_since(begin));
    }
    tensor<float, 1, Extents...> one;
    std::copy_n(x.data(), one.size(), one.data());
    std::vector<double> calls;
    for (int i = 0; i < 201; ++i) {
        const clock::time_point begin = clock::now();
        const auto z = net(one);
        calls.push_back(seconds_since(begin));
        loss += 0 * static_cast<double>(z.data()[0]);
    }
    std::printf(
        "{\"peer\": \"telar\", \"model\": \"%s\", \"first\": %.6g, \"epoch\": %.6g, \"predict\": %.6g, "
        "\"loss\": [%.6g, %.6g]}\n",
        name, first, median(times), median(calls), before, loss);
    return loss < before ? 0 : 1;
}
}  // namespace bench
