// SPDX-License-Identifier: BSL-1.0
// An amplifier for audio: a small recurrent net behind a plain class, sample by sample, without the heap.
#include <array>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <new>
#include <span>
#include <vector>

// ---------------------------------------------------------------- amplifier.hpp: all that a plug-in includes
#include <telar/callable.hpp>

class amplifier {
public:
    explicit amplifier(unsigned seed);  // a copy has the same weights, and a state of its own
    float process(float sample) { return next_(sample); }
    void process(std::span<float> samples) {
        for (float& s : samples) next_.into(s, s);
    }
    void reset() { next_.reset(); }

private:
    telar::callable<float(float)> next_;
};

// ---------------------------------------------------------------- amplifier.cpp: the only file that telar compiles
#include <telar/nn.hpp>

using namespace telar;

namespace {

constexpr int units = 20;
using state = tensor<float, 1, units>;

/// One sample and the state before it -> one sample and the state behind it.
struct net {
    nn::parameter kernel{}, recurrent_kernel{}, bias{};
    nn::dense out{1};
    constexpr std::array<symbol, 3> operator()(symbol x, symbol h, symbol c) const {
        const auto [next_h, next_c] = lstm_cell(x, h, c, kernel(x, shape(1, 4 * units)),
                                                recurrent_kernel(x, shape(units, 4 * units), nn::orthogonal_matrix()),
                                                bias(x, shape(4 * units), nn::forget_bias(units)));
        return {x + out(next_h), next_h, next_c};
    }
};

callable<float(float)> compiled(unsigned seed) {
    const nn::model<net, tensor<float, 1, 1>, state, state> weights(seed);  // or read from a file
    const variable<"h", state> h;
    const variable<"c", state> c;
    return [&](auto sample) {
        const auto [y, next_h, next_c] = weights(reshape(sample, extents<1, 1>), h, c);
        return fetch(reshape(y, extents<>), h = next_h, c = next_c);
    };
}

}  // namespace

amplifier::amplifier(unsigned seed) : next_(compiled(seed)) {}

// ---------------------------------------------------------------- a program that uses it
long allocations = 0;
[[gnu::noinline]] void* operator new(std::size_t bytes) {
    ++allocations;
    if (void* p = std::malloc(bytes)) return p;
    throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }

int main() {
    std::vector<float> samples(48000);  // a second
    for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = 0.5f * std::sin(0.0576f * static_cast<float>(i));

    amplifier left(1);
    const float first = left.process(samples[0]);
    amplifier right = left;  // goes on from there
    left.reset();
    std::cout << "again from the beginning: " << (left.process(samples[0]) == first) << '\n';

    const auto in_one_go = [](amplifier a, std::vector<float> x) {
        a.process(x);
        return x.back();
    };
    left.reset();
    float y = 0;
    for (const float x : samples) y = left.process(x);
    left.reset();
    std::cout << "a block is its samples:   " << (in_one_go(left, samples) == y) << '\n';

    std::vector<amplifier> voices(64, right);  // one set of weights, 64 states
    for (amplifier& v : voices) v.process(0.f);
    const long before = allocations;
    for (amplifier& v : voices) v.process(std::span(samples).first(64));
    std::cout << "allocations in process:   " << allocations - before << '\n';

    const auto begin = std::chrono::steady_clock::now();
    left.process(samples);
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begin;
    std::cout << "a sample takes " << std::lround(took.count() / static_cast<double>(samples.size())) << " ns\n";
}

// prints:
// again from the beginning: 1
// a block is its samples:   1
// allocations in process:   0
// /a sample takes [0-9]+ ns/
