// SPDX-License-Identifier: BSL-1.0
// A workspace in the caller's memory: the same values, nothing from the heap, and memory_bytes is what it takes.
#include <telar/run/table_memory.hpp>

#include <doctest/doctest.h>
#include <telar/telar.hpp>

#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "../support/counted_heap.hpp"

using namespace telar;
using counted_heap::allocations_of;

namespace {

constexpr auto inner_block = telar::function([](symbol x) { return softmax(x) * sum(x, axis<0>); });
constexpr auto outer_block = telar::function([](symbol x) {
    const auto f = compile_once(inner_block);
    return tanh(f(x)) + softmax(f(x + 1));
});

template <class Code> constexpr std::size_t bytes_of(extent_t batch) {
    core::growable<extent_t> dims(Code::plan_sizes.dims, batch);
    ir::evaluate(Code::plan.dims.table.data(), Code::plan_sizes.dims, dims.data());
    return workspace::memory_bytes(Code::description(), dims.data());
}
/// Memory that begins where it may, and is all 0xff, as what was used before is not 0.
struct given {
    std::vector<std::byte> bytes;
    std::span<std::byte> span(std::size_t begin, std::size_t size) {
        bytes.assign(begin + size, std::byte{0xff});
        return std::span(bytes).subspan(begin);
    }
};
/// Runs a program of one input in memory and on the heap, at several batches.
template <class Program, class Input> void check(const Program& p, const Input& X, std::vector<extent_t> batches) {
    using code = typename Program::code;
    const auto x_of = [&](extent_t n) {
        shape s = Input::leaf::type.extents;
        if (s[0] == dyn) s[0] = n;
        auto x = Input::value_t::uninitialized(s);
        for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = 0.1f * static_cast<float>(i % 7) - 0.2f;
        return x;
    };
    std::size_t most = 0;
    for (const extent_t n : batches) most = std::max(most, bytes_of<code>(n));
    given memory;
    for (const std::size_t begin : {0u, 1u, 24u}) {
        const auto all = memory.span(begin, most);
        workspace here(all), on_heap;
        for (const extent_t n : batches) {
            const auto x = x_of(n);
            const auto expected = p(on_heap, X = x);
            auto y = expected;
            if (y.bytes() > 0) std::memset(y.data(), 0, y.bytes());
            CHECK(allocations_of([&] { p.into(here, y, X = x); }) == 0);
            CHECK(same(y, expected));
            CHECK(here.arena_bytes() == on_heap.arena_bytes());
        }
    }
    for (const extent_t n : batches) {  // what is asked for is used, but for what alignment may cost
        workspace small(memory.span(0, bytes_of<code>(n) - runtime::table_memory::bytes_around - 1));
        const auto x = x_of(n);
        workspace on_heap;
        auto y = p(on_heap, X = x);
        CHECK_THROWS_AS(p.into(small, y, X = x), invalid_argument);
        CHECK_THROWS_AS(p.into(small, y, X = x), invalid_argument);
    }
}

}  // namespace

TEST_CASE("kernels and temporaries; the batch may change") {
    const input<"X", tensor<float, dyn, 5>> X;
    const variable<"W", matrix<float, 5, 5>> W(matrix<float, 5, 5>(full<float, 5, 5>(0.3f)));
    const auto y = softmax(tanh(W * X)) + softmax(W * tanh(W * X));
    check(compile(y), X, {3, 40, 1, 3, 0});
}
TEST_CASE("a program without unknown extents, and one after the other") {
    const input<"X", tensor<float, 4, 6>> X;
    const auto y = softmax(exp(X) - sum(X, axis<0>));
    check(compile(y), X, {1});

    alignas(64) static std::byte memory[16384];
    workspace w(memory);
    const auto p = compile(y);
    const auto q = compile(tanh(y));
    const auto r = compile(sum(softmax(exp(X)), axis<0>));
    const auto x = full<float, 4, 6>(0.5f);
    tensor<float, 4, 6> a;
    tensor<float, 6> b;
    CHECK(allocations_of([&] {
              for (int i = 0; i < 3; ++i) {
                  p.into(w, a, X = x);
                  r.into(w, b, X = x);
              }
          }) == 0);
    CHECK(same(a, run(y, X = x)));
    q.into(w, a, X = x);
    CHECK(same(a, run(tanh(y), X = x)));
}
TEST_CASE("a scan") {
    const input<"X", tensor<float, dyn, 3, 2>> X;
    const auto W = full<float, 2, 16>(0.2f);
    const auto U = full<float, 4, 16>(-0.1f);
    const auto [all, h, c] = lstm(X, W, U, full<float, 16>(0.3f));
    check(compile(all + expand_dims(h * c, axes<1>)), X, {2, 5, 1, 2});
}
TEST_CASE("blocks, which call others") {
    const input<"X", tensor<float, dyn, 5>> X;
    const auto f = compile_once(outer_block);
    const auto y = f(X) + f(tanh(f(X)));
    static_assert(decltype(compile(y))::code::block_count == 2);
    check(compile(y), X, {4, 9, 1});
}
TEST_CASE("memory that does not even hold the table of itself") {
    std::byte none[8];
    CHECK_THROWS_AS(workspace{std::span<std::byte>(none)}, invalid_argument);
}
TEST_CASE("a workspace that is moved goes on") {
    alignas(64) static std::byte memory[8192];
    const input<"X", tensor<float, 3>> X;
    const auto p = compile(softmax(X) + tanh(softmax(X)));
    const tensor<float, 3> x = {1, 2, 3};
    tensor<float, 3> y, z;
    workspace w(memory);
    p.into(w, y, X = x);
    workspace moved = std::move(w);
    CHECK(allocations_of([&] { p.into(moved, z, X = x); }) == 0);
    CHECK(same(y, z));
    workspace copied = moved;  // on the heap
    CHECK(allocations_of([&] { p.into(copied, z, X = x); }) > 0);
}
