// SPDX-License-Identifier: BSL-1.0
// Runs a model once, in memory that is known when the program is compiled, and says what that took.
#pragma once
#include "board.hpp"

#include <telar/nn/constant_model.hpp>

#include <cstddef>
#include <span>

namespace micro {

/// The largest |got - want| / (1 + |want|); not a number where an element of `got` is none.
inline float largest_difference(std::span<const float> got, std::span<const float> want) {
    float most = 0;
    for (std::size_t i = 0; i < want.size(); ++i) {
        const float apart = got[i] > want[i] ? got[i] - want[i] : want[i] - got[i];
        const float size = want[i] < 0 ? -want[i] : want[i];
        if (!(apart / (1 + size) <= most)) most = apart / (1 + size);
    }
    return most;
}

/// What a program took so far.
inline void report_memory() {
    board::report("stack", board::stack_bytes());
    board::report("heap", board::heap_bytes());
}

/// Runs M on `input`; says how far the result is from `want`. Returns 0 if it is nearer than 1e-5.
template <class M, telar::Tensor Input, telar::Tensor Output>
int check_model(std::span<const float> input, std::span<const float> want) {
    const telar::nn::constant_model<M, Input> net;
    const telar::input<"x", Input> X;
    const auto program = telar::compile(net(X));
    using program_type = decltype(program);
    alignas(64) static std::byte memory[std::remove_const_t<program_type>::memory_bytes()];
    alignas(64) static float got[Output::static_extents.count()];

    telar::workspace work{std::span<std::byte>(memory)};
    telar::tensor_view<float> y(got, Output::static_extents);
    const telar::tensor_view<const float> x(input.data(), Input::static_extents);
    std::uint64_t before = board::instructions();
    program.into(work, y, X = x);
    board::report("first", board::instructions() - before);
    before = board::instructions();
    program.into(work, y, X = x);
    board::report("instructions", board::instructions() - before);

    const float apart = largest_difference(got, want);
    board::print("apart ");
    board::print_millionths(apart);
    board::print("\n");
    board::report("tables", sizeof memory - static_cast<std::size_t>(program.workspace_bytes()));
    board::report("arena", static_cast<std::size_t>(program.workspace_bytes()));
    report_memory();
    return apart < 1e-5f ? 0 : 1;
}

}  // namespace micro
