// SPDX-License-Identifier: BSL-1.0
// Training steps against the optimisers' formulas, written out in double.
#include <telar/run/optimizers.hpp>

#include <doctest/doctest.h>
#include <telar/telar.hpp>

#include <cstring>
#include <limits>

using namespace telar;

namespace {

/// The loss sum((w - c)^2) + 0.5 (sum w)^2 and its gradient: 2 (w - c) + sum w.
using vector = tensor<double, 4>;
const vector start{1, -2, 0.5, 3}, centre{0.25, 0.5, -1, 2};

vector slope_at(const vector& w) {
    double sum = 0;
    for (const double v : w) sum += v;
    vector d;
    for (extent_t i = 0; i < 4; ++i) d(i) = 2 * (w(i) - centre(i)) + sum;
    return d;
}
double loss_at(const vector& w) {
    double sum = 0, squares = 0;
    for (extent_t i = 0; i < 4; ++i) sum += w(i), squares += (w(i) - centre(i)) * (w(i) - centre(i));
    return squares + 0.5 * sum * sum;
}
/// Runs some steps; `after(step number, w)` says by hand what w becomes.
template <class Optimizer, class After> void check_steps(Optimizer optimizer, After after) {
    variable<"w", vector> w(start);
    input<"c", vector> c;
    auto step = minimize(sum(square(w - c)) + 0.5 * square(sum(w)), optimizer);
    vector expected = start;
    for (int i = 1; i <= 5; ++i) {
        CAPTURE(i);
        const double loss = run(step, c = centre);
        CHECK(loss == doctest::Approx(loss_at(expected)).epsilon(1e-12));
        expected = after(i, expected);
        for (extent_t k = 0; k < 4; ++k) CHECK(w.value()(k) == doctest::Approx(expected(k)).epsilon(1e-14));
        expected = w.value();  // rounding must not add up
        CHECK(step.steps() == i);
    }
}
constexpr double rate = 0.01;

}  // namespace

TEST_CASE("sgd") {
    check_steps(sgd{.learning_rate = 0.01}, [](int, vector w) {
        const vector g = slope_at(w);
        for (extent_t k = 0; k < 4; ++k) w(k) -= rate * g(k);
        return w;
    });
}
TEST_CASE("momentum, plain and Nesterov's") {
    for (const bool nesterov : {false, true}) {
        vector v;
        check_steps(momentum{.learning_rate = 0.01, .decay = 0.5f, .nesterov = nesterov}, [&](int, vector w) {
            const vector g = slope_at(w);
            for (extent_t k = 0; k < 4; ++k) {
                v(k) = 0.5 * v(k) - rate * g(k);
                w(k) += nesterov ? 0.5 * v(k) - rate * g(k) : v(k);
            }
            return w;
        });
    }
}
TEST_CASE("adam") {
    vector m, v;
    check_steps(adam{.learning_rate = 0.01}, [&](int i, vector w) {
        const double b1 = 0.9, b2 = 0.999;
        const vector g = slope_at(w);
        for (extent_t k = 0; k < 4; ++k) {
            m(k) = b1 * m(k) + (1 - b1) * g(k);
            v(k) = b2 * v(k) + (1 - b2) * g(k) * g(k);
            w(k) -= rate * std::sqrt(1 - std::pow(b2, i)) / (1 - std::pow(b1, i)) * m(k) / (std::sqrt(v(k)) + 1e-7);
        }
        return w;
    });
}
TEST_CASE("gradients clipped by their common norm") {
    for (const double most : {0.5, 1e6})
        check_steps(clip_by_global_norm(sgd{.learning_rate = 0.01}, most), [=](int, vector w) {
            const vector g = slope_at(w);
            double norm = 0;
            for (const double d : g) norm += d * d;
            const double scale = most / std::max(std::sqrt(norm), most);
            for (extent_t k = 0; k < 4; ++k) w(k) -= rate * scale * g(k);
            return w;
        });
}
TEST_CASE("variables of two bytes: a step is computed in float32, which all that it remembers is too") {
    variable<"w", tensor<float16, 4>> w({300.0f, -200.0f, 0.5f, 3.0f});  // the squares are no float16
    auto step = minimize(sum(0.5 * square(w)), clip_by_global_norm(adam{.learning_rate = 0.01}, 1));
    double m[4]{}, v[4]{};
    for (int i = 1; i <= 5; ++i) {
        const auto before = w.value();
        double squares = 0;
        for (const float x : before) squares += double{x} * double{x};
        run(step);
        for (int k = 0; k < 4; ++k) {
            const double g = double{float{before(k)}} / std::sqrt(squares), b1 = 0.9, b2 = 0.999;
            m[k] = b1 * m[k] + (1 - b1) * g;
            v[k] = b2 * v[k] + (1 - b2) * g * g;
            const double moved =
                rate * std::sqrt(1 - std::pow(b2, i)) / (1 - std::pow(b1, i)) * m[k] / (std::sqrt(v[k]) + 1e-7);
            CHECK(float{w.value()(k)} == doctest::Approx(float{before(k)} - moved).epsilon(0x1p-11));
        }
    }
}
TEST_CASE("a scaled loss: gradients that float16 cannot hold, and steps that are passed over") {
    variable<"w", tensor<float16, 4>> w({1.0f, 2.0f, 3.0f, 4.0f});
    variable<"b", tensor<float16>> b;
    input<"x", tensor<float16, 4>> x;
    input<"c", tensor<float16>> c;
    const auto loss = (sum(w * x) + b) * c;  // its derivative by w is x c
    const tensor<float16, 4> small = {0x1p-10f, 0x1p-10f, 0x1p-10f, 0x1p-10f};
    const tensor<float16> tiny(float16(0x1p-16f)), infinite(std::numeric_limits<float16>::infinity());
    constexpr double large = 0x1p20;
    auto plain = minimize(loss, sgd{.learning_rate = large}, wrt(w));
    run(plain, x = small, c = tiny);
    CHECK(float{w.value()(0)} == 1);  // 2^-26 is 0 in float16
    auto step = minimize(loss, loss_scale_optimizer{sgd{.learning_rate = large}, 32768, 2}, wrt(w, b));
    CHECK(float{run(step, x = small, c = tiny).item()} == doctest::Approx(10 * 0x1p-26).epsilon(1));
    for (int k = 0; k < 4; ++k) CHECK(float{w.value()(k)} == float(k + 1) - 0x1p-6f);
    CHECK(float{b.value().item()} == -16);
    const auto before = w.value();
    run(step, x = small, c = infinite);
    CHECK(same(w.value(), before));
    CHECK(float{b.value().item()} == -16);
    for (const double scale : {16384.0, 16384.0, 32768.0})  // two steps in a row double it
        for (const auto& state : step.remembered()) {
            INFO(std::string(state.name));
            if (!state.name.ends_with("/dynamic_scale")) continue;
            float held;
            std::memcpy(&held, state.data, sizeof held);
            CHECK(held == scale);
            if (state.name.starts_with("b/")) run(step, x = small, c = tiny);
        }
}
TEST_CASE("a hyper-parameter has the type of the parameters, to the bit") {
    variable<"w", tensor<double>> w(tensor<double>{1.0});
    variable<"v", tensor<float>> v(tensor<float>{1.0f});
    auto step = minimize(3 * w, sgd{.learning_rate = 0.1});
    run(step);
    CHECK(w.value().item() == 1.0 - 0.1 * 3);
    step.optimizer.learning_rate = 0.7;
    w = tensor<double>{1.0};
    run(step);
    CHECK(w.value().item() == 1.0 - 0.7 * 3);
    auto mixed = minimize(3 * cast<double>(v) + 3 * w, sgd{.learning_rate = 0.1});
    w = tensor<double>{1.0};
    run(mixed);
    CHECK(w.value().item() == 1.0 - 0.1 * 3);
    CHECK(v.value().item() == 1.0f - 0.1f * 3);
}
