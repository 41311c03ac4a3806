// SPDX-License-Identifier: BSL-1.0
#include <telar/run/profile.hpp>

#include <doctest/doctest.h>
#include <telar/telar.hpp>

#include <chrono>
#include <sstream>
#include <string>

using namespace telar;

namespace {

constexpr auto two_products = [] {
    input<"X", tensor<float, dyn, 6>> X;
    variable<"V", matrix<float, 5, 6>> V;
    variable<"W", matrix<float, 3, 5>> W;
    return W * relu(V * X);
};
using code_of_two_products = decltype(compile(two_products()))::code;
static_assert(code_of_two_products::description().kernel_count == 2);

input<"X", tensor<float, dyn, 6>> X;

std::int64_t calls(const profile& p) {
    std::int64_t sum = 0;
    for (const profile::row& r : p.rows()) sum += r.calls;
    return sum;
}

}  // namespace

TEST_CASE("a session that is watched tells of every kernel of every run") {
    const auto y = two_products();
    const tensor<float, dyn, 6> x(shape(4, 6));
    session s;
    profile p;
    CHECK(s.run(y, X = x).extents() == shape(4, 3));  // nobody watches yet
    CHECK(calls(p) == 0);
    CHECK(p.total_time() == 0);

    s.watch(p);
    const auto before = std::chrono::steady_clock::now();
    for (int i = 0; i < 7; ++i) (void)s.run(y, X = x);
    const auto wall = std::chrono::steady_clock::now() - before;
    REQUIRE(p.rows().size() == 2);
    kernel_cost sum;
    for (const profile::row& r : p.rows()) {
        CHECK(r.calls == 7);
        CHECK(r.least >= 0);
        CHECK(r.time >= 7 * r.least);
        sum += r.cost;
    }
    CHECK(p.rows()[0].time >= p.rows()[1].time);
    CHECK(p.total_time() > 0);
    CHECK(p.total_time() <= std::chrono::duration_cast<std::chrono::nanoseconds>(wall).count());
    CHECK(sum.operations == 7 * cost_of_program<code_of_two_products>(4).operations);
    CHECK(sum.bytes() == 7 * cost_of_program<code_of_two_products>(4).bytes());

    s.stop_watching();
    (void)s.run(y, X = x);
    CHECK(calls(p) == 14);
}
TEST_CASE("programs that a watched session meets later are watched too, and each has its number") {
    variable<"v", tensor<float, 9>> v;
    session s;
    profile p;
    s.watch(p);
    (void)s.run(v * 2.f);
    (void)s.run(exp(v));
    (void)s.run(v * 2.f);
    (void)s.run(update(v = v + 1.f));
    REQUIRE(p.programs().size() == 3);
    for (const profile::row& r : p.rows()) CHECK(r.calls == (p.number_of(r.program) == 0 ? 2 : 1));
}
TEST_CASE("events follow each other; what is beyond the cap is counted") {
    const auto y = two_products();
    const tensor<float, dyn, 6> x(shape(3, 6));
    session s;
    profile p(5);
    s.watch(p);
    for (int i = 0; i < 4; ++i) (void)s.run(y, X = x);
    REQUIRE(p.events().size() == 5);
    CHECK(p.dropped() == 3);
    CHECK(calls(p) == 8);  // the table has them all
    CHECK(p.events()[0].start == 0);
    for (std::size_t i = 0; i < 5; ++i) {
        CHECK(p.events()[i].kernel == static_cast<int>(i % 2));
        CHECK(p.events()[i].duration >= 0);
        if (i > 0) CHECK(p.events()[i].start >= p.events()[i - 1].start + p.events()[i - 1].duration);
        CHECK(p.events()[i].cost == cost_of_kernel<code_of_two_products>(static_cast<int>(i % 2), 3));
    }
    p.clear();
    CHECK(p.events().empty());
    CHECK(p.dropped() == 0);
    (void)s.run(y, X = x);
    CHECK(calls(p) == 2);
}
TEST_CASE("an extent that changes from run to run is None") {
    const auto y = two_products();
    session s;
    profile p;
    s.watch(p);
    (void)s.run(y, X = tensor<float, dyn, 6>(shape(3, 6)));
    CHECK(p.rows()[0].space.extents[0] == 3);
    (void)s.run(y, X = tensor<float, dyn, 6>(shape(8, 6)));
    (void)s.run(y, X = tensor<float, dyn, 6>(shape(8, 6)));
    for (const profile::row& r : p.rows()) {
        CHECK(r.space.extents[0] == dyn);
        CHECK(r.space.depth == (r.kernel == 0 ? 6 : 5));
        CHECK(r.cost.operations == cost_of_kernel<code_of_two_products>(r.kernel, 3 + 8 + 8).operations);
    }
    std::ostringstream out;
    out << p;
    CHECK(out.str().find("(None, 5) k=6") != std::string::npos);
    CHECK(out.str().find("matmul, relu") != std::string::npos);
    CHECK(out.str().find(" 3 ") != std::string::npos);  // calls
}
TEST_CASE("a training step and a bare workspace; results are the same bits") {
    variable<"W", matrix<float, 2, 6>> W;
    const auto step_of = [&] { return minimize(mean(square(W * X)), sgd{.learning_rate = 0.1f}); };
    auto watched = step_of(), unwatched = step_of();
    tensor<float, dyn, 6> x(shape(4, 6));
    for (int i = 0; i < 24; ++i) x.data()[i] = 0.1f * static_cast<float>(i - 7);
    const auto start = [&] {
        for (int i = 0; i < 12; ++i) W.value().data()[i] = static_cast<float>(i % 5);
    };
    profile p;
    watched.watch(p);
    start();
    for (int i = 0; i < 3; ++i) watched(X = x);
    const auto learnt = W.value();
    start();
    for (int i = 0; i < 3; ++i) unwatched(X = x);
    CHECK(same(learnt, W.value()));
    using code = decltype(watched)::code;
    CHECK(calls(p) == 3 * code::description().kernel_count);
    watched.stop_watching();
    watched(X = x);
    CHECK(calls(p) == 3 * code::description().kernel_count);

    const auto program = compile(two_products());
    workspace w;
    profile q;
    w.watch(&q);
    (void)program(w, X = x);
    w.watch(nullptr);
    (void)program(w, X = x);
    CHECK(calls(q) == 2);
}
TEST_CASE("rates") {
    profile::row r{nullptr, 0};
    CHECK(r.operations_rate() == 0);
    r.calls = 4, r.time = 1000, r.cost = {3000, 400, 100};
    CHECK(r.mean() == 250);
    CHECK(r.operations_rate() == 3);
    CHECK(r.bytes_rate() == 0.5);
}
