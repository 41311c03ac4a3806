// SPDX-License-Identifier: BSL-1.0
// A choice, compiled for the CPU: what runs, and what it comes to.
#include <doctest/doctest.h>
#include <telar/telar.hpp>

#include <cmath>

using namespace telar;
using namespace telar::runtime;

namespace {

constexpr auto deep = telar::function([](auto x, auto w) { return tanh(matmul(tanh(matmul(x, w)), w)); });
constexpr auto flat = telar::function([](auto x, auto w) { return x * sum(w); });

/// How many products run.
class products final : public kernel_observer {
public:
    int count = 0;
    void kernel_begins(const program_tables& p, const extent_t*, int k) override {
        count += p.kernels[k].kind == kernel_kind::contract;
    }
    void kernel_ended(const program_tables&, const extent_t*, int) override {}
};

}  // namespace

TEST_CASE("the products of the chosen side alone run, forward and backward; lines known at run time") {
    input<"p", tensor<bool>> p;
    input<"x", tensor<double, dyn, 3>> data;
    variable<"w", tensor<double, 3, 3>> weights({{0.5, 0.25, -0.5}, {-0.5, 0.25, 0.125}, {0.25, 0.75, 0.5}});
    const auto y = cond(p, deep, flat, data, weights);
    const auto results = fetch(y, gradient(sum(square(y)), weights));
    const auto plain = deep(data, weights);
    const auto wanted = fetch(plain, gradient(sum(square(plain)), weights));
    session s;
    products ran;
    s.watch(ran);
    for (const auto& [chosen, lines] : {std::pair{true, 4}, {false, 4}, {false, 1}, {true, 7}, {true, 0}}) {
        tensor<double, dyn, 3> values(shape{lines, 3});
        for (std::size_t i = 0; i < values.size(); ++i) values.data()[i] = std::sin(static_cast<double>(i * i));
        ran.count = 0;
        const auto [got, slope] = s.run(results, p = tensor<bool>(chosen), data = values);
        CHECK(ran.count == (chosen ? 5 : 0));  // two, and on the way back three: none by x at the bottom
        if (chosen) {
            const auto [value, dw] = s.run(wanted, data = values);
            for (std::size_t i = 0; i < value.size(); ++i) CHECK(got.data()[i] == doctest::Approx(value.data()[i]));
            for (std::size_t i = 0; i < 9; ++i) CHECK(slope.data()[i] == doctest::Approx(dw.data()[i]));
        } else {
            double squares = 0;
            for (const double v : values) squares += v * v;
            for (std::size_t i = 0; i < got.size(); ++i)
                CHECK(got.data()[i] == doctest::Approx(values.data()[i] * 1.625));
            for (std::size_t i = 0; i < 9; ++i) CHECK(slope.data()[i] == doctest::Approx(2 * 1.625 * squares));
        }
    }
}
