// SPDX-License-Identifier: BSL-1.0
// Random numbers in graphs, by the reference: their distributions, and which draws are alike.
#include <telar/expr/random.hpp>
#include <telar/expr/scan.hpp>

#include <doctest/doctest.h>
#include <cmath>
#include <telar/graph/verify.hpp>
#include <telar/kernels/reference/interpret.hpp>
#include <telar/passes/differentiate.hpp>
#include <telar/passes/pipeline.hpp>
#include <vector>

using namespace telar;
using namespace telar::ir::passes;
using namespace telar::ir::kernels;
using reference::array;

namespace {

/// f(state), as its graph is after the optimisations.
template <class F> std::vector<array> drawn(F f, std::uint64_t seed = 1, std::int64_t position = 0) {
    graph g;
    const symbol state = declare_leaf(g, 0, {dtype::int64, 0, shape(2)});
    for (const symbol s : f(state)) g.roots.push({s.id, -1, 0, 0});
    REQUIRE(g.error.what == mistake_kind::none);
    REQUIRE(verify(g));
    const double numbers[] = {static_cast<double>(seed), static_cast<double>(position)};
    array key(dtype::int64, shape(2));
    for (const double n : numbers) key.push(static_cast<std::int64_t>(n));
    growable<array> leaves;
    leaves.push(key);
    const auto results = reference::interpret(optimise(g), leaves);
    return {results.begin(), results.end()};
}
std::vector<double> list(const array& a) {
    std::vector<double> v;
    for (int i = 0; i < a.count(); ++i) v.push_back(a.at(i));
    return v;
}
/// E x^k
double moment(const std::vector<double>& x, int k) {
    double sum = 0;
    for (const double v : x) sum += std::pow(v, k);
    return sum / static_cast<double>(x.size());
}

}  // namespace

TEST_CASE("uniforms: those of the generator; moments and evenly filled tenths") {
    const auto u = list(drawn([](symbol s) { return std::array{random_uniform<double>(s, extents<100, 201>)}; })[0]);
    REQUIRE(u.size() == 20100);
    generator g(1);  // the first draw of a function is from stream 0
    bool are_the_generators = true;
    for (std::size_t i = 0; i < u.size(); i += 2) {
        const auto block = uniforms_of<double>(g.block());
        are_the_generators = are_the_generators && u[i] == block[0] && u[i + 1] == block[1];
    }
    CHECK(are_the_generators);
    CHECK(std::abs(moment(u, 1) - 1 / 2.0) < 0.01);
    CHECK(std::abs(moment(u, 2) - 1 / 3.0) < 0.01);
    CHECK(std::abs(moment(u, 3) - 1 / 4.0) < 0.01);
    double counts[10]{}, chi = 0;
    for (const double x : u) counts[static_cast<int>(x * 10)] += 1;
    for (const double c : counts) chi += (c - 2010) * (c - 2010) / 2010;
    CHECK(chi < 27.9);  // one in a thousand, of 9 degrees of freedom
}
TEST_CASE("normals: moments of even and odd counts, and no two halves alike") {
    for (const bool odd : {false, true}) {
        const auto z = list(drawn([&](symbol s) {
            return std::array{odd ? random_normal<float>(s, extents<30001>)
                                  : random_normal<float>(s, extents<3, 10000>)};
        })[0]);
        REQUIRE(z.size() == (odd ? 30001 : 30000));
        CHECK(std::abs(moment(z, 1)) < 0.025);
        CHECK(std::abs(moment(z, 2) - 1) < 0.035);
        CHECK(std::abs(moment(z, 3)) < 0.1);
        CHECK(std::abs(moment(z, 4) - 3) < 0.25);
        double product = 0;
        for (std::size_t i = 0; i < 15000; ++i) product += z[i] * z[i + 15000] / 15000;
        CHECK(std::abs(product) < 0.035);
    }
    CHECK(drawn([](symbol s) { return std::array{random_normal<float>(s, extents<0>)}; })[0].count() == 0);
    CHECK(drawn([](symbol s) { return std::array{random_normal<float>(s, extents<>)}; })[0].count() == 1);
}
TEST_CASE("truncated normals: none beyond 2, the moments of the distribution, evenly filled tenths") {
    const auto z =
        list(drawn([](symbol s) { return std::array{random_truncated_normal<float>(s, extents<200, 101>)}; })[0]);
    REQUIRE(z.size() == 20200);
    const double inside = std::erf(std::sqrt(2.0));
    double most = 0, counts[10]{}, chi = 0;
    for (const double v : z) {
        most = std::max(most, std::abs(v));
        counts[std::min(9, static_cast<int>(5 * (1 + std::erf(v / std::sqrt(2.0)) / inside)))] += 1;
    }
    CHECK(most <= 2);
    CHECK(most > 1.99);
    for (const double c : counts) chi += (c - 2020) * (c - 2020) / 2020;
    CHECK(chi < 27.9);  // one in a thousand, of 9 degrees of freedom
    CHECK(std::abs(moment(z, 1)) < 0.025);
    CHECK(std::abs(moment(z, 2) - 0.7737) < 0.03);  // 1 - 4 phi(2) / inside
    const auto like = drawn([](symbol s) {
        const symbol x = emit::broadcast_to(emit::constant(*s.g, dtype::float64, 0), shape(0, 3));
        return std::array{random_truncated_normal_like(x, s)};
    });
    CHECK(like[0].type == dtype::float64);
    CHECK(like[0].count() == 0);
}
TEST_CASE("bernoulli and categorical: shares are the probabilities") {
    const auto r = drawn([](symbol s) {
        graph& g = *s.g;
        const symbol p = emit::cast(emit::iota(g, 5, dtype::float32), dtype::float32) / 4;  // 0, 1/4, ..., 1
        const shape many(4000, 5);
        return std::array{
            emit::cast(bernoulli(emit::broadcast_to(p, many), s), dtype::float32),
            emit::cast(categorical(emit::broadcast_to(emit::elementwise(op::log, p), many), s), dtype::float32)};
    });
    double share[5]{}, chosen[5]{};
    for (int i = 0; i < 20000; ++i) share[i % 5] += r[0].at(i) / 4000;
    for (int i = 0; i < 4000; ++i) chosen[static_cast<int>(r[1].at(i))] += 1 / 4000.0;
    for (int k = 0; k < 5; ++k) {
        CHECK(std::abs(share[k] - k / 4.0) < 0.03);
        CHECK(std::abs(chosen[k] - k / 10.0) < 0.03);
    }
    CHECK(share[0] == 0);
    CHECK(share[4] == doctest::Approx(1).epsilon(1e-12));
    CHECK(chosen[0] == 0);
}
TEST_CASE("draws: two of them differ and are never one; the same seed repeats them, another position does not") {
    const auto two = [](symbol s) {
        const auto a = random_words<std::int32_t>(s, extents<64>), b = random_words<std::int32_t>(s, extents<64>);
        CHECK(count(*s.g, op::random) == 2);
        return std::array{a, b};
    };
    const auto r = drawn(two), again = drawn(two), other = drawn(two, 2), later = drawn(two, 1, std::int64_t{1} << 32);
    CHECK(list(r[0]) == list(again[0]));
    CHECK(list(r[1]) == list(again[1]));
    int alike = 0;
    for (const auto* x : {&r[1], &other[0], &later[0]})
        for (int i = 0; i < 64; ++i) alike += r[0].at(i) == x->at(i);
    CHECK(alike == 0);
}
TEST_CASE("dropout: zeros at the rate, the rest scaled; its derivative is by the numbers that it used") {
    const auto r = drawn([](symbol s) {
        graph& g = *s.g;
        const symbol x = emit::cast(emit::iota(g, 10000, dtype::float64), dtype::float64) + 1, y = dropout(x, 0.25, s);
        const symbol dx = differentiate(emit::reduce(op::sum, y, 1, false), x);
        CHECK(count(g, op::random) == 1);
        return std::array{x, y, dx};
    });
    int zeros = 0;
    for (int i = 0; i < 10000; ++i) {
        const double y = r[1].at(i), dx = r[2].at(i);
        zeros += y == 0;
        CHECK(y == doctest::Approx(dx * r[0].at(i)).epsilon(1e-14));
        CHECK((dx == 0 || dx == 4.0 / 3));
    }
    CHECK(std::abs(zeros - 2500) < 180);
    const auto all = drawn([](symbol s) {
        const symbol one = emit::broadcast_to(emit::constant(*s.g, dtype::float32, 3), shape(7));
        return std::array{dropout(one, 0, s)};
    });
    for (const double y : list(all[0])) CHECK(y == 3);
}
TEST_CASE("dropout of whole lines: one draw for each") {
    const auto r = drawn([](symbol s) {
        const symbol one = emit::broadcast_to(emit::constant(*s.g, dtype::float32, 1), shape(500, 3, 2));
        return std::array{dropout(one, 0.5, s, extents<-1, 1, 2>)};
    });
    int zeros = 0;
    for (int n = 0; n < 500; ++n)
        for (int c = 0; c < 2; ++c) {
            const auto at = [&](int i) { return r[0].at((n * 3 + i) * 2 + c); };
            CHECK((at(0) == at(1) && at(1) == at(2)));
            CHECK((at(0) == 0 || at(0) == 2));
            zeros += at(0) == 0;
        }
    CHECK(std::abs(zeros - 500) < 80);
    graph g;
    const symbol state = declare_leaf(g, 0, {dtype::int64, 0, shape(2)});
    dropout(emit::broadcast_to(emit::constant(g, dtype::float32, 1), shape(4, 3)), 0.5, state, extents<-1, 2>);
    CHECK(g.error.what == mistake_kind::broadcast);
}
TEST_CASE("permutations: each number once, each place as often; lines move as one") {
    int first[5]{};
    for (int seed = 0; seed < 1000; ++seed) {
        const auto p = list(drawn([](symbol s) { return std::array{random_permutation(s, extents<5>)}; },
                                  static_cast<std::uint64_t>(seed))[0]);
        unsigned seen = 0;
        for (const double v : p) seen |= 1u << static_cast<int>(v);
        CHECK(seen == 31);
        ++first[static_cast<int>(p[0])];
    }
    for (const int n : first) CHECK(std::abs(n - 200) < 60);
    const auto r = drawn([](symbol s) {
        const symbol x = emit::reshape(emit::iota(*s.g, 40, dtype::int32), shape(20, 2));
        return std::array{shuffle(x, s)};
    });
    double sum = 0;
    bool is_moved = false;
    for (int i = 0; i < 20; ++i) {
        CHECK(r[0].at(2 * i + 1) == r[0].at(2 * i) + 1);
        sum += r[0].at(2 * i) / 2;
        is_moved = is_moved || r[0].at(2 * i) != 2 * i;
    }
    CHECK(sum == 190);
    CHECK(is_moved);
}
TEST_CASE("in the step of a scan a draw is one for all steps; numbers of a sequence are its own") {
    const auto r = drawn([](symbol s) {
        graph& g = *s.g;
        const symbol ones = emit::broadcast_to(emit::constant(g, dtype::float32, 1), shape(3, 64));
        const symbol before = emit::broadcast_to(emit::constant(g, dtype::float32, 0), shape(64));
        const symbol noise = random_uniform_like(ones, s);
        const auto same = scan([&](symbol h, symbol x) { return h + dropout(x, 0.5, s); }, states(before), over(ones));
        const auto own = scan([](symbol h, symbol x) { return h + x; }, states(before), over(noise));
        return std::array{same.kept[0], own.kept[0]};
    });
    int kept = 0, alike = 0;
    for (int i = 0; i < 64; ++i) {
        const double one = r[0].at(i), own = r[1].at(i);
        kept += one == 2;
        CHECK((one == 0 || one == 2));
        CHECK(r[0].at(64 + i) == 2 * one);
        CHECK(r[0].at(128 + i) == 3 * one);
        alike += r[1].at(64 + i) == 2 * own;
    }
    CHECK(kept > 12);
    CHECK(kept < 52);
    CHECK(alike == 0);
}
TEST_CASE("draws from keys: other numbers in each step of a scan, and the derivative sees the same") {
    const auto r = drawn([](symbol s) {
        graph& g = *s.g;
        const symbol x = emit::broadcast_to(emit::constant(g, dtype::float64, 1), shape(3, 64)) * 1;
        const symbol before = emit::broadcast_to(emit::constant(g, dtype::float64, 0), shape(64));
        const auto step = [](symbol h, symbol one, symbol key) { return h + dropout(one, 0.5, key); };
        const auto all = scan(step, states(before), over(x, random_keys_like(x, s)));
        const auto same = scan(step, states(before), over(x, random_keys(s, extents<3>)));
        return std::array{all.kept[0], same.kept[0], differentiate(sum(all.state[0]), x)};
    });
    int alike[2]{}, of_other_keys = 0;
    for (int i = 0; i < 64; ++i) {
        const double first = r[0].at(i), second = r[0].at(64 + i) - first, third = r[0].at(128 + i) - first - second;
        alike[0] += first == second, alike[1] += second == third;
        of_other_keys += r[1].at(i) == first;
        CHECK(r[2].at(i) == first);
        CHECK(r[2].at(64 + i) == second);
        CHECK(r[2].at(128 + i) == third);
    }
    for (const int n : {alike[0], alike[1], of_other_keys}) CHECK((n > 12 && n < 52));
}
