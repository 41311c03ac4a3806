// SPDX-License-Identifier: BSL-1.0
// Element-wise functions that few vectorise: the gamma function's logarithm and its derivative, erfc, hypot, logaddexp;
// beside loops over the standard library, and Eigen where it has them.
#include <telar/telar.hpp>

#include "suite.hpp"
#if defined(TELAR_HAS_EIGEN)
#include <Eigen/Core>
#if __has_include(<unsupported/Eigen/SpecialFunctions>)
#include <unsupported/Eigen/SpecialFunctions>
#define TELAR_HAS_EIGEN_SPECIAL 1
#endif
#endif

#include <cmath>

namespace {

using bench::access;
using bench::row;
constexpr telar::extent_t count = 100'000;
using numbers = telar::tensor<float, count>;

numbers random_tensor(std::uint64_t seed, float low, float high) {
    return numbers::from(telar::shape(count), bench::random_numbers(count, seed, low, high));
}
const telar::input<"x", numbers> X;
const telar::input<"y", numbers> Y;
#if defined(TELAR_HAS_EIGEN_SPECIAL)
using eigen_view = Eigen::Map<Eigen::ArrayXf, Eigen::Aligned64>;
#endif

/// A function of one or two tensors: telar's expression, and one element by the standard library.
template <class E, class F, class By>
void compare(bench::suite& suite, const std::string& name, double operations, const E& expression, float low,
             float high, F one, [[maybe_unused]] By by_eigen) {
    if (!suite.wants(name, "1e5")) return;
    auto x = random_tensor(1, low, high), y = random_tensor(2, low, high);
    numbers z;
    row r(name, "1e5", {operations * count, 8.0 * count, access::copy}, {1e-5, 1e-5});
    const auto program = telar::compile(expression);
    telar::workspace w;
    r.add(
        "telar", [&] { program.into(w, z, X = x, Y = y); }, z.span());
    r.add(
        "std::",
        [&] {
            for (std::size_t i = 0; i < z.size(); ++i) z.data()[i] = one(x.data()[i], y.data()[i]);
        },
        z.span());
#if defined(TELAR_HAS_EIGEN_SPECIAL)
    if constexpr (!std::is_same_v<By, std::nullptr_t>)
        r.add(
            "Eigen", [&] { by_eigen(eigen_view(z.data(), count), eigen_view(x.data(), count)); }, z.span());
#endif
    suite.run(r);
}

}  // namespace

int main(int argc, char** argv) {
    bench::suite suite("special_functions", argc, argv);
    // what an expression does not read may be fed all the same
    compare(
        suite, "lgamma", 60, lgamma(X), 0.1f, 20.0f, [](float x, float) { return std::lgamma(x); },
        [](auto z, auto x) { z = x.lgamma(); });
    compare(
        suite, "erfc", 50, erfc(X), -4.0f, 4.0f, [](float x, float) { return std::erfc(x); },
        [](auto z, auto x) { z = x.erfc(); });
    compare(
        suite, "hypot", 12, hypot(X, Y), -3.0f, 3.0f, [](float x, float y) { return std::hypot(x, y); }, nullptr);
    compare(
        suite, "logaddexp", 50, logaddexp(X, Y), -9.0f, 9.0f,
        [](float x, float y) { return std::max(x, y) + std::log1p(std::exp(-std::abs(x - y))); }, nullptr);
    return suite.finish();
}
