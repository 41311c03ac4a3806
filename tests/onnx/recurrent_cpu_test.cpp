// SPDX-License-Identifier: BSL-1.0
// Published recurrent layers of one direction, compiled for the CPU: (steps, batch, features) there.
#include <doctest/doctest.h>

#include "cpu.hpp"

using namespace telar;
using onnx::block;
using onnx::check;
using onnx::floats;
using onnx::on;

namespace {

/// Weights (1, G H, F) -> (F, G H), the gates in the order given.
constexpr auto gates = [](auto weights, auto size, auto... order) {
    const auto rows = squeeze(weights, 0);
    return transpose(concat({slice(rows, 0, order * size, (order + 1) * size)...}, 0));
};

}  // namespace

TEST_CASE("lstm and gru") {
    if (!onnx::is_there()) return;
    constexpr auto f = telar::function([](auto x, auto w, auto u) {
        const auto zeros = sum(u, axes<0, 2>) * 0;
        const auto r = lstm(swap_axes(x, 0, 1), gates(w, 3, 0, 2, 3, 1), gates(u, 3, 0, 2, 3, 1), zeros);
        return expand_dims(std::get<1>(r), 0);
    });
    check(f, on<floats<1, 3, 2>, floats<1, 12, 2>, floats<1, 12, 3> >("lstm_defaults"));
    constexpr auto g = telar::function([](auto x, auto w, auto u, auto b) {
        const auto both = squeeze(b, 0);
        const auto r = gru(swap_axes(x, 0, 1), transpose(squeeze(w, 0)), transpose(squeeze(u, 0)),
                           slice(both, 0, 0, 15) + slice(both, 0, 15, 30));
        return expand_dims(std::get<1>(r), 0);
    });
    check(g, on<floats<2, 3, 3>, floats<1, 15, 3>, floats<1, 15, 5>, floats<1, 30> >("gru_seq_length"));
}
TEST_CASE("a scan with two states") {
    if (!onnx::is_there()) return;
    constexpr auto f = telar::function([](auto total, auto product, auto xs) {
        const auto step = [](auto s, auto p, auto x) {
            const auto sum_now = s + x, product_now = p * x;
            return scanned{states(sum_now, product_now), std::array{sum_now}};
        };
        const auto r = scan(step, states(total, product), over(xs));
        return std::tuple(r.state[0], r.state[1], r.kept[0]);
    });
    check(f, on<floats<2>, floats<2>, floats<3, 2> >("scan9_multi_state"));
}
