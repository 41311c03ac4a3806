// SPDX-License-Identifier: BSL-1.0
// What a gradient costs: the time of value and gradients together, divided by the time of the value alone. Each
// gradient is checked first, against a difference quotient of the same formula in double.
#include <cstdio>
#include <numeric>

#include "tensors.hpp"

namespace {

using bench::access;
using bench::array;
using bench::random_tensor;
using telar::extent_t;
using numbers = std::vector<double>;

numbers in_double(const auto& t) { return numbers(t.begin(), t.end()); }

/// <gradient, d> beside (f(x + h d) - f(x - h d)) / 2 h, for some direction d; ends the program if they differ.
void check(const char* name, const numbers& x, const auto& gradient, const auto& f) {
    const auto direction = bench::random_numbers(x.size(), 99);
    const double h = 1e-6;  // small, so that few numbers pass a kink
    numbers up = x, down = x;
    double along = 0, size = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double d = static_cast<double>(direction[i]), g = static_cast<double>(gradient.data()[i]);
        up[i] += h * d, down[i] -= h * d;
        along += g * d, size += std::fabs(g * d);
    }
    const double quotient = (f(up) - f(down)) / (2 * h);
    if (std::fabs(along - quotient) <= 1e-5 * size + 1e-7) return;
    std::fprintf(stderr, "%s: the gradient along a direction is %.9g, the difference quotient %.9g\n", name, along,
                 quotient);
    std::exit(1);
}

/// One row: the value, value and gradients, the gradients alone.
template <class Value, class Both, class... Feeds>
void measure(bench::suite& suite, bench::row r, const Value& value, const Both& both, const Feeds&... feeds) {
    telar::workspace w, w2;
    telar::tensor<float> y;
    auto all = both(w2, feeds...);
    r.add(
        "value", [&] { value.into(w, y, feeds...); }, y.span());
    r.add(
        "value and gradients",
        [&] { std::apply([&](auto&... results) { both.into(w2, std::tie(results...), feeds...); }, all); },
        std::get<0>(all).span());
    suite.run(r);
}

template <extent_t N> void sum_of(bench::suite& suite) {
    const auto x = random_tensor<N>(1);
    const telar::input<"x", array<N>> X;
    const auto y = sum(X);
    const auto both = telar::compile(telar::fetch(y, gradient(y, X)));
    telar::workspace w;
    check("sum", in_double(x), std::get<1>(both(w, X = x)),
          [](const numbers& v) { return std::accumulate(v.begin(), v.end(), 0.0); });
    measure(suite, {"sum", std::to_string(N), {1.0 * N, 4.0 * N, access::read}, {1e-5, 1e-4}}, telar::compile(y), both,
            X = x);
}

template <extent_t N> void product(bench::suite& suite) {
    const auto a = random_tensor<N, N>(1), b = random_tensor<N, N>(2), c = random_tensor<N, N>(3);
    const telar::input<"A", array<N, N>> A;
    const telar::input<"B", array<N, N>> B;
    const telar::input<"C", array<N, N>> C;
    const auto y = sum(matmul(A, B) * C);  // C: what comes back, a matrix without structure
    const auto both = telar::compile(telar::fetch(y, gradient(y, A), gradient(y, B)));
    telar::workspace w;
    const auto all = both(w, A = a, B = b, C = c);
    const auto f = [&](const numbers& left, const numbers& right) {
        double total = 0;
        for (std::size_t i = 0; i < N; ++i)
            for (std::size_t p = 0; p < N; ++p)
                for (std::size_t j = 0; j < N; ++j)
                    total += left[i * N + p] * right[p * N + j] * static_cast<double>(c.data()[i * N + j]);
        return total;
    };
    const numbers da = in_double(a), db = in_double(b);
    check("product, left", da, std::get<1>(all), [&](const numbers& v) { return f(v, db); });
    check("product, right", db, std::get<2>(all), [&](const numbers& v) { return f(da, v); });
    measure(suite, {"product, general cotangent", std::to_string(N) + "^3", {2.0 * N * N * N, 0}, {1e-3, 1e-1}},
            telar::compile(y), both, A = a, B = b, C = c);
}

template <extent_t Rows, extent_t Columns> void logistic_regression(bench::suite& suite) {
    const auto x = random_tensor<Rows, Columns>(1);
    const auto weights = random_tensor<Columns>(2);
    array<Rows> labels;
    for (extent_t i = 0; i < Rows; ++i) labels.data()[i] = static_cast<float>(i * 7 % 3 % 2);
    const telar::input<"X", array<Rows, Columns>> X;
    const telar::input<"w", array<Columns>> W;
    const telar::input<"b", telar::tensor<float>> B;
    const telar::input<"t", array<Rows>> T;
    const auto y = binary_cross_entropy(T, matmul(X, W) + B, telar::from_logits);
    const auto both = telar::compile(telar::fetch(y, gradient(y, W), gradient(y, B)));
    telar::workspace w;
    const telar::tensor<float> bias(0.1f);
    const auto all = both(w, X = x, W = weights, B = bias, T = labels);
    check("logistic regression", in_double(weights), std::get<1>(all), [&](const numbers& v) {
        double total = 0;
        for (std::size_t i = 0; i < Rows; ++i) {
            double z = static_cast<double>(bias.item());
            for (std::size_t j = 0; j < Columns; ++j) z += static_cast<double>(x.data()[i * Columns + j]) * v[j];
            total += std::log1p(std::exp(z)) - z * static_cast<double>(labels.data()[i]);
        }
        return total / Rows;
    });
    measure(suite,
            {"logistic regression",
             std::to_string(Rows) + "x" + std::to_string(Columns),
             {2.0 * Rows * Columns, 4.0 * Rows * Columns, access::read},
             {1e-5, 1e-6}},
            telar::compile(y), both, X = x, W = weights, B = bias, T = labels);
}

/// In a function its numbers are constants of the graph. In an expression each is captured, and a captured one is never
/// taken for another: the value and its gradient, fetched together, would each compute their own chain.
constexpr auto chain_of_12 =
    telar::function([](auto x) { return sum(relu(tanh(sigmoid(x * 0.9f + 0.1f) * 1.1f + exp(-x * x)) * 1.5f - x)); });

template <extent_t N> void chain(bench::suite& suite, const std::string& size) {
    const auto x = random_tensor<N>(1, -2, 2);
    const telar::input<"x", array<N>> X;
    const auto [value, slope] = value_and_grad(chain_of_12)(X);
    const auto both = telar::compile(telar::fetch(value, slope));
    telar::workspace w;
    check("chain", in_double(x), std::get<1>(both(w, X = x)), [](const numbers& v) {
        double total = 0;
        for (const double e : v)
            total +=
                std::max(std::tanh(1 / (1 + std::exp(-(e * 0.9f + 0.1f))) * 1.1f + std::exp(-e * e)) * 1.5f - e, 0.0);
        return total;
    });
    const double operations = 9 + bench::sigmoid_operations + bench::exp_operations + bench::tanh_operations;
    measure(suite, {"chain of 12, summed", size, {operations * N, 4.0 * N, access::read}, {1e-5, 1e-3}},
            telar::compile(value), both, X = x);
}

}  // namespace

int main(int argc, char** argv) {
    bench::suite suite("gradient_cost", argc, argv);
    sum_of<4096>(suite);
    product<256>(suite);
    logistic_regression<1024, 64>(suite);
    chain<1'000>(suite, "1e3");
    chain<100'000>(suite, "1e5");
    return suite.finish();
}
