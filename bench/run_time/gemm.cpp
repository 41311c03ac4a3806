// SPDX-License-Identifier: BSL-1.0
// The matrix product beside OpenBLAS, one thread, float32. Variants alternate inside one process, since the clock of a
// machine drifts: compare ratios, not GFLOP/s of different runs.
//
//   g++ -std=c++20 -O3 -march=native -DTELAR_HAS_OPENBLAS -Iinclude bench/run_time/gemm.cpp -lopenblas
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <random>
#include <telar/kernels/cpu/contract.hpp>
#include <vector>
#if defined(TELAR_HAS_OPENBLAS)
#include <cblas.h>
extern "C" void openblas_set_num_threads(int);
#endif

namespace simd = telar::simd;

namespace {

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// Median time of each variant, in seconds per call; the variants take turns.
std::vector<double> medians(const std::vector<std::function<void()>>& variants, double operations) {
    const int calls = std::max(1, static_cast<int>(2e8 / operations));
    const int rounds = 31;
    std::vector<std::vector<double>> times(variants.size());
    for (int round = 0; round < rounds; ++round)
        for (std::size_t v = 0; v < variants.size(); ++v) {
            variants[v]();
            const double start = seconds();
            for (int call = 0; call < calls; ++call) variants[v]();
            times[v].push_back((seconds() - start) / calls);
        }
    std::vector<double> result;
    for (auto& t : times) {
        std::nth_element(t.begin(), t.begin() + rounds / 2, t.end());
        result.push_back(t[rounds / 2]);
    }
    return result;
}

void run(int m, int n, int k) {
    std::mt19937 random(1);
    std::uniform_real_distribution<float> uniform(-1, 1);
    const auto filled = [&](int size) {
        telar::buffer<float> x(static_cast<std::size_t>(size));
        for (int i = 0; i < size; ++i) x.data()[i] = uniform(random);
        return x;
    };
    const telar::buffer<float> a = filled(m * k), b = filled(k * n), bias = filled(n);
    telar::buffer<float> d(static_cast<std::size_t>(m * n));
    float* const out = d.data();
    const float* const shift = bias.data();
    const auto store_sum = [=](simd::vec<float> sum, std::ptrdiff_t i, std::ptrdiff_t j, int lanes) {
        simd::store_as(out + i * n + j, sum, lanes);
    };
    const auto bias_relu = [=](simd::vec<float> sum, std::ptrdiff_t i, std::ptrdiff_t j, int lanes) {
        simd::store_as(out + i * n + j, maximum(sum + simd::load_as<float>(shift + j, lanes), 0.0f), lanes);
    };
    std::vector<std::function<void()>> variants;
    for (const bool a_turned : {false, true})
        for (const bool b_turned : {false, true})
            variants.push_back([=, &a, &b] {
                simd::contract<float>(m, n, k, {a.data(), a_turned ? 1 : k, a_turned ? m : 1},
                                      {b.data(), b_turned ? 1 : n, b_turned ? k : 1}, nullptr, 0, store_sum);
            });
    variants.push_back([=, &a, &b] {
        simd::contract<float>(m, n, k, {a.data(), k, 1}, {b.data(), n, 1}, nullptr, 0, bias_relu);
    });
#if defined(TELAR_HAS_OPENBLAS)
    for (const bool a_turned : {false, true})
        for (const bool b_turned : {false, true})
            variants.push_back([=, &a, &b] {
                if (m == 1)
                    cblas_sgemv(CblasRowMajor, b_turned ? CblasNoTrans : CblasTrans, b_turned ? n : k, b_turned ? k : n,
                                1, b.data(), b_turned ? k : n, a.data(), 1, 0, out, 1);
                else
                    cblas_sgemm(CblasRowMajor, a_turned ? CblasTrans : CblasNoTrans,
                                b_turned ? CblasTrans : CblasNoTrans, m, n, k, 1, a.data(), a_turned ? m : k, b.data(),
                                b_turned ? k : n, 0, out, n);
            });
#endif
    const double operations = 2.0 * m * n * k;
    const std::vector<double> time = medians(variants, operations);
    std::printf("%5d x%5d x%5d |", m, n, k);
    for (std::size_t v = 0; v < 5; ++v) std::printf(" %6.1f", operations / time[v] * 1e-9);
    for (std::size_t v = 5; v < time.size(); ++v) std::printf(v == 5 ? " | %5.2f" : " %5.2f", time[v] / time[v - 5]);
    std::printf("\n");
    std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
    std::printf("telar %s, float32, one thread; NT: B is column-major\n", telar::instruction_set());
    std::printf("    m      n      k | GFLOP/s NN   NT     TN     TT   bias+relu");
#if defined(TELAR_HAS_OPENBLAS)
    openblas_set_num_threads(1);
    std::printf(" | time of OpenBLAS / ours, NN NT TN TT");
#endif
    std::printf("\n");
    if (argc == 4) {
        run(std::atoi(argv[1]), std::atoi(argv[2]), std::atoi(argv[3]));
        return 0;
    }
    struct sizes {
        int m, n, k;
    };
    for (const sizes s : {sizes{64, 64, 64},
                          {128, 128, 128},
                          {256, 256, 256},
                          {512, 512, 512},
                          {1024, 1024, 1024},
                          {1, 128, 784},
                          {8, 128, 784},
                          {32, 128, 784},
                          {128, 128, 784},
                          {784, 128, 32},
                          {32, 784, 128},
                          {1, 10, 128},
                          {32, 10, 128},
                          {128, 10, 128},
                          {1, 1024, 1024},
                          {1024, 1, 1024}})
        run(s.m, s.n, s.k);
}
