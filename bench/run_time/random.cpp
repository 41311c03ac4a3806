// SPDX-License-Identifier: BSL-1.0
// Random numbers: uniform, normal, and a layer of dropout; beside the generator one block at a time, and the standard
// library's Mersenne twister.
#include "tensors.hpp"

#include <random>

namespace {

using bench::access;
using bench::array;
using bench::row;

/// Ten rounds of two products and four exclusive ors for each four numbers, a shift, a conversion, a product.
constexpr double uniform_operations = 10 * 6 / 4.0 + 3;

template <telar::extent_t N> void uniform(bench::suite& suite, const std::string& size) {
    if (!suite.wants("uniform", size)) return;
    row r("uniform", size, {uniform_operations * N, 4.0 * N, access::copy});
    telar::random_state<"rng"> rng(1);
    const auto program = telar::compile(telar::random_uniform<float>(rng, telar::extents<N>));
    telar::workspace w;
    array<N> y;
    r.add(
        "telar",
        [&] {
            rng.value()(1) = 0;
            program.into(w, y);
        },
        y.span());
    r.add(
        "telar::generator",
        [&] {
            telar::generator g(1);
            g.fill_uniform(y.span(), 0.0f, 1.0f);
        },
        y.span());
    std::mt19937 twister(1);
    r.add("std::mt19937", [&] {
        for (float& u : y) u = static_cast<float>(twister() >> 8) * 0x1p-24f;
    });
    suite.run(r);
}
template <telar::extent_t N> void normal(bench::suite& suite, const std::string& size) {
    if (!suite.wants("normal", size)) return;
    row r("normal", size, {(uniform_operations + bench::log_operations / 2 + 30) * N, 4.0 * N, access::copy});
    telar::random_state<"rng"> rng(1);
    const auto program = telar::compile(telar::random_normal<float>(rng, telar::extents<N>));
    telar::workspace w;
    array<N> y;
    r.add("telar", [&] { program.into(w, y); });
    telar::generator g(1);
    r.add("telar::generator", [&] { g.fill_normal(y.span(), 0, 1); });
    std::mt19937 twister(1);
    std::normal_distribution<float> distribution;
    r.add("std::mt19937", [&] {
        for (float& z : y) z = distribution(twister);
    });
    suite.run(r);
}
template <telar::extent_t N> void dropout(bench::suite& suite, const std::string& size) {
    if (!suite.wants("dropout", size)) return;
    row r("dropout", size, {(uniform_operations + 2) * N, 8.0 * N, access::copy});
    const auto x = bench::random_tensor<N>(1);
    const telar::input<"x", array<N>> X;
    telar::random_state<"rng"> rng(1);
    const auto program = telar::compile(telar::dropout(X, 0.5f, rng));
    telar::workspace w;
    array<N> y;
    r.add("telar", [&] { program.into(w, y, X = x); });
    std::mt19937 twister(1);
    r.add("std::mt19937", [&] {
        for (std::size_t i = 0; i < x.size(); ++i) y.data()[i] = twister() >> 31 ? x.data()[i] * 2 : 0;
    });
    suite.run(r);
}

}  // namespace

int main(int argc, char** argv) {
    bench::suite suite("random", argc, argv);
    uniform<1'000>(suite, "1e3");
    uniform<1'000'000>(suite, "1e6");
    normal<1'000>(suite, "1e3");
    normal<1'000'000>(suite, "1e6");
    dropout<1'000>(suite, "1e3");
    dropout<1'000'000>(suite, "1e6");
    return suite.finish();
}
