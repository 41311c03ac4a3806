// SPDX-License-Identifier: BSL-1.0
// Random numbers: Philox, block by block.
#pragma once
#include <telar/core/random.hpp>
#include <telar/graph/graph.hpp>
#include <telar/kernels/reference/positions.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace telar::inline TELAR_ABI::ir::kernels::reference {

/// Numbers of a stream, block by block, as core/random.hpp makes them.
constexpr array random_numbers(const node& n, const array& state, const array& stream, const shape& extents) {
    generator g(state.integers[0].raw(), stream.integers[0].raw());
    g.set_position(state.integers[1].raw());
    array r = filled_with_zeros(n.type, extents);
    const int in_block = 16 / static_cast<int>(size_of(n.type));
    std::array<std::uint32_t, 4> words{};
    for (int i = 0; i < r.count(); ++i) {
        const auto k = static_cast<std::size_t>(i % in_block);
        if (k == 0) words = g.block();
        const std::uint64_t word = in_block == 4 ? words[k] : join(words[2 * k], words[2 * k + 1]);
        switch (n.type) {
            case dtype::int32: r.integers[i] = static_cast<std::int32_t>(static_cast<std::uint32_t>(word)); break;
            case dtype::int64: r.integers[i] = static_cast<std::int64_t>(word); break;
            case dtype::float32: r.numbers[i] = unit_interval(static_cast<std::uint32_t>(word)); break;
            default: r.numbers[i] = unit_interval(word); break;
        }
    }
    return r;
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::reference
