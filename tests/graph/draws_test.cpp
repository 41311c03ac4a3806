// SPDX-License-Identifier: BSL-1.0
// A draw of random numbers belongs to its place in the user's program: what is computed again draws the same again, and
// two calls differ, however functions are nested.
#include "../support/arrays.hpp"

#include <doctest/doctest.h>
#include <string>
#include <telar/telar.hpp>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

using namespace telar;
using namespace telar::ir::passes;
using namespace telar::ir::kernels;
using reference::array;

namespace {

constexpr int n = 40;

// ---------------------------------------------------------------- 2 m x^2 for a mask m, in every wrapping
struct masked {
    constexpr symbol operator()(symbol x, symbol r) const { return dropout(x, 0.5, r) * x; }
};
template <class F> struct plain : F {};
template <class F> struct in_checkpoint {
    constexpr symbol operator()(symbol x, symbol r) const { return checkpoint(telar::function(F{}))(x, r); }
};
template <class F> struct in_block {
    constexpr symbol operator()(symbol x, symbol r) const { return compile_once(telar::function(F{}))(x, r); }
};
template <class F> struct derivative_again {
    constexpr auto operator()(symbol dy, symbol x, symbol r) const {
        return std::tuple(gradient(sum(telar::function(F{})(x, r) * dy), x), r);
    }
};
template <class F> struct in_custom_gradient {
    constexpr symbol operator()(symbol x, symbol r) const {
        return custom_gradient(telar::function(F{}), telar::function(derivative_again<F>{}))(x, r);
    }
};
template <class F> struct another {
    constexpr symbol operator()(symbol x, symbol r) const { return F{}(dropout(x, 0.25, r), r); }
};
template <class F> struct chosen {
    constexpr symbol operator()(symbol x, symbol r) const {
        return cond(sum(x) > -1, telar::function(F{}), telar::function(another<F>{}), x, r);
    }
};
template <class F> struct chosen_second {  // the side before it draws, too
    constexpr symbol operator()(symbol x, symbol r) const {
        return cond(sum(x) < -1, telar::function(another<F>{}), telar::function(F{}), x, r);
    }
};
template <class F> struct in_grad {
    constexpr symbol operator()(symbol x, symbol r) const {
        struct total {
            constexpr symbol operator()(symbol v, symbol s) const { return sum(F{}(v, s)); }
        };
        return grad(telar::function(total{}), range<0, 1>)(x, r) * x / 2;
    }
};
template <class F> struct in_scan {
    constexpr symbol operator()(symbol x, symbol r) const {
        const auto step = [](symbol h, symbol line, symbol key) { return h + F{}(line, key); };
        const symbol lines = broadcast_to(x, extents<3, n>);
        return scan(step, states(0 * x), over(lines, random_keys(r, extents<3>))).state[0];
    }
};
template <class F> struct in_while {  // its condition draws as well
    constexpr symbol operator()(symbol x, symbol r) const {
        return while_loop([&](symbol y) { return sum(y) < sum(random_uniform_like(x, r)); },
                          [&](symbol y) { return y + F{}(x, r); }, states(0 * x))[0];
    }
};

// ---------------------------------------------------------------- traced when the test runs, and interpreted
struct outcome {
    bool is_legal = false;
    std::vector<array> values;
};
template <class F> outcome interpreted_now(F f) {
    graph g;
    const symbol x = declare_leaf(g, 0, {dtype::float64, 0, shape(n)});
    const symbol r = declare_leaf(g, 1, {dtype::int64, 0, shape(2)});
    for (const symbol s : f(x, r)) g.roots.push({s.id, -1, 0, 0});
    if (g.error.what != mistake_kind::none) return {};
    settle_calls(g);
    growable<array> leaves;
    leaves.push(array(dtype::float64, shape(n)));
    for (int i = 0; i < n; ++i) leaves[0].push(1.0);
    leaves.push(array(dtype::int64, shape(2)));
    leaves[1].push(std::int64_t{5});
    leaves[1].push(std::int64_t{0});
    const char* why = first_illegality(g);
    CHECK_MESSAGE(why == nullptr, why);
    const auto values = support::interpreted(g, leaves);
    for (int i = 0; i < g.blocks.size(); ++i) g.blocks[i].body = optimise(g.blocks[i].body);
    const auto blocks = g.blocks;
    graph better = optimise(std::move(g));
    better.blocks = blocks;
    const auto optimised = support::interpreted(better, leaves);
    for (int k = 0; k < values.size(); ++k)
        for (int i = 0; i < values[k].count(); ++i) CHECK(values[k].at(i) == optimised[k].at(i));
    return {true, {values.begin(), values.end()}};
}
int alike(const array& a, const array& b) {
    int same = 0;
    for (int i = 0; i < n; ++i) same += a.at(i) == b.at(i);
    return same;
}
const array& value_of_masked() {
    static const array value = interpreted_now([](symbol x, symbol r) { return std::array{masked{}(x, r)}; }).values[0];
    return value;
}

/// f twice in one function, which is 2 m x^2 each time: the slope by x is what the values say; the two differ.
template <class F> bool keeps_its_draws(bool is_masked_alone, bool has_zeros = true) {
    const auto of = interpreted_now([](symbol x, symbol r) {
        const symbol a = F{}(x, r), b = F{}(x, r);
        return std::array{a, b, gradient(sum(a), x), gradient(sum(b), x), gradient(sum(a + b), x)};
    });
    if (!of.is_legal) return false;
    const auto& [a, b, da, db, both] = std::tie(of.values[0], of.values[1], of.values[2], of.values[3], of.values[4]);
    int zeros = 0;
    for (int i = 0; i < n; ++i) {
        zeros += a.at(i) == 0;
        CHECK(da.at(i) == 2 * a.at(i));
        CHECK(db.at(i) == 2 * b.at(i));
        CHECK(both.at(i) == 2 * (a.at(i) + b.at(i)));
    }
    if (has_zeros) CHECK(zeros > 0);
    CHECK(zeros < n - 5);
    CHECK(alike(a, b) < n - 5);
    if (is_masked_alone) CHECK(alike(a, value_of_masked()) == n);
    return true;
}

template <class F> inline constexpr bool draws_first = true;
template <> inline constexpr bool draws_first<in_scan<masked>> = false;
template <> inline constexpr bool draws_first<chosen_second<masked>> = false;

int legal = 0;
template <template <class> class Outer, template <class> class Inner>
void check_pair(const char* outer, const char* inner) {
    INFO(outer, " of ", inner);
    const bool is_masked_alone = draws_first<Outer<masked>> && draws_first<Inner<masked>>;
    constexpr bool has_zeros =
        !std::is_same_v<Outer<Inner<masked>>, in_scan<in_scan<masked>>>;  // the sum of nine masks
    legal += keeps_its_draws<Outer<Inner<masked>>>(is_masked_alone, has_zeros);
}
template <template <class> class Outer> void check_outer(const char* outer) {
    check_pair<Outer, plain>(outer, "nothing");
    check_pair<Outer, in_checkpoint>(outer, "checkpoint");
    check_pair<Outer, in_block>(outer, "compile_once");
    check_pair<Outer, in_custom_gradient>(outer, "custom_gradient");
    check_pair<Outer, chosen>(outer, "cond");
    check_pair<Outer, chosen_second>(outer, "cond, the other side");
    check_pair<Outer, in_grad>(outer, "grad");
    check_pair<Outer, in_scan>(outer, "scan");
}

}  // namespace

TEST_CASE("two deep in all pairs: the derivative is by the numbers of the value, two calls differ") {
    check_outer<plain>("nothing");
    check_outer<in_checkpoint>("checkpoint");
    check_outer<in_block>("compile_once");
    check_outer<in_custom_gradient>("custom_gradient");
    check_outer<chosen>("cond");
    check_outer<chosen_second>("cond, the other side");
    check_outer<in_grad>("grad");
    check_outer<in_scan>("scan");
    CHECK(legal == 64);
}
TEST_CASE("a scan in the steps of another, in all that is traced again, and all that is traced again in it") {
    CHECK(keeps_its_draws<in_block<in_scan<in_scan<in_custom_gradient<masked>>>>>(false, false));
    CHECK(keeps_its_draws<in_scan<in_checkpoint<in_scan<in_checkpoint<masked>>>>>(false, false));
    CHECK(keeps_its_draws<in_custom_gradient<in_scan<in_scan<in_block<masked>>>>>(false, false));
    CHECK(keeps_its_draws<chosen_second<in_scan<chosen<in_scan<masked>>>>>(false, false));
}
TEST_CASE("while_loop: draws of the condition and of the step stay what they are; two loops differ") {
    const auto check = []<class F>(F) {
        const auto of = interpreted_now([](symbol x, symbol r) {
            const symbol a = in_while<F>{}(x, r), b = in_while<F>{}(x, r), c = random_uniform_like(x, r);
            return std::array{a, b, c};
        });
        REQUIRE(of.is_legal);
        CHECK(alike(of.values[0], of.values[1]) < n - 5);
        // the condition has the first number, the step the second: as where they are written one after the other
        const auto flat = interpreted_now([](symbol x, symbol r) {
            const symbol first = random_uniform_like(x, r), a = F{}(x, r), second = random_uniform_like(x, r),
                         b = F{}(x, r), c = random_uniform_like(x, r);
            return std::array{0 * first + a, 0 * second + b, c};
        });
        for (std::size_t k = 0; k < 3; ++k) CHECK(alike(of.values[k], flat.values[k]) == n);
    };
    check(masked{});
    check(in_checkpoint<masked>{});
    check(in_block<masked>{});
    check(in_grad<masked>{});
    check(in_custom_gradient<masked>{});
    check(chosen<masked>{});
}
TEST_CASE("what a custom gradient draws beyond its function is no draw of anything else") {
    struct noisy_slope {
        constexpr auto operator()(symbol dy, symbol x, symbol r) const {
            const symbol again = random_uniform_like(x, r), own = random_uniform_like(x, r);
            return std::tuple(0 * dy + again + 2 * own, r);
        }
    };
    struct drawn {
        constexpr symbol operator()(symbol x, symbol r) const { return x + random_uniform_like(x, r); }
    };
    struct of_no_draw {
        constexpr symbol operator()(symbol x, symbol) const { return 2 * x; }
    };
    const auto of = interpreted_now([](symbol x, symbol r) {
        const auto noisy = custom_gradient(telar::function(drawn{}), telar::function(noisy_slope{}));
        const auto noise = custom_gradient(telar::function(of_no_draw{}), telar::function(noisy_slope{}));
        const symbol a = noisy(x, r), next = random_uniform_like(x, r), third = random_uniform_like(x, r);
        const symbol c = noise(x, r), d = compile_once(noise)(x, r), e = compile_once(noise)(x, r);
        return std::array{
            a, next, third, gradient(sum(a), x), gradient(sum(c), x), gradient(sum(d), x), gradient(sum(e), x)};
    });
    REQUIRE(of.is_legal);
    int as_forward = 0;
    for (int i = 0; i < n; ++i) {
        const double own = of.values[3].at(i) - (of.values[0].at(i) - 1);  // 2 times what D alone draws
        for (std::size_t k : {0u, 1u, 2u}) as_forward += std::abs(own / 2 - of.values[k].at(i) + (k == 0)) < 1e-12;
    }
    CHECK(as_forward == 0);
    for (std::size_t i = 3; i < 7; ++i)
        for (std::size_t k = 3; k < i; ++k) CHECK(alike(of.values[i], of.values[k]) == 0);
}
