// SPDX-License-Identifier: BSL-1.0
// The routine random: the bits of the generator, whatever the count, the place in a stream and the threads.
#include <telar/kernels/cpu/library/random.hpp>

#include <doctest/doctest.h>
#include <vector>

using namespace telar;
using namespace telar::core;
using namespace telar::ir::kernels;

namespace {

/// What the routine writes; and what it must leave alone behind that.
template <class T>
std::vector<T> made(std::uint64_t seed, std::uint64_t stream, std::uint64_t position, std::int64_t count) {
    const std::int64_t state[] = {static_cast<std::int64_t>(seed), -1, static_cast<std::int64_t>(position)};
    std::int64_t streams[] = {static_cast<std::int64_t>(stream)}, copied[3];
    std::copy(state, state + 3, copied);
    std::vector<T> numbers(static_cast<std::size_t>(count) + 1, T(77));
    std::int64_t line_stride[] = {2, 0, 0};  // the first is a view
    std::byte* data[] = {reinterpret_cast<std::byte*>(copied), reinterpret_cast<std::byte*>(streams),
                         reinterpret_cast<std::byte*>(numbers.data())};
    kernel_arguments k;
    k.lines = count;
    k.line_stride = line_stride;
    k.data = data;
    cpu::random_numbers<T>(k);
    CHECK(numbers.back() == T(77));
    numbers.pop_back();
    return numbers;
}
/// The same, block by block.
template <class T>
std::vector<T> expected(std::uint64_t seed, std::uint64_t stream, std::uint64_t position, std::int64_t count) {
    generator g(seed, stream);
    g.set_position(position);
    std::vector<T> numbers;
    while (static_cast<std::int64_t>(numbers.size()) < count) {
        const auto w = g.block();
        if constexpr (std::floating_point<T>) {
            for (const T u : uniforms_of<T>(w)) numbers.push_back(u);
        } else if constexpr (sizeof(T) == 4) {
            for (const std::uint32_t x : w) numbers.push_back(static_cast<T>(x));
        } else {
            numbers.push_back(static_cast<T>(join(w[0], w[1])));
            numbers.push_back(static_cast<T>(join(w[2], w[3])));
        }
    }
    numbers.resize(static_cast<std::size_t>(count));
    return numbers;
}

}  // namespace

TEST_CASE_TEMPLATE("the numbers are the generator's", T, float, double, std::int32_t, std::int64_t) {
    for (const std::int64_t count : {0, 1, 2, 3, 4, 5, 31, 63, 64, 65, 1000, 4099})
        for (const std::uint64_t position :
             {std::uint64_t{0}, std::uint64_t{0xFFFFFFF8}, std::uint64_t{5} << 32, std::uint64_t{0xFFFFFFFFFFFFFFFD}}) {
            INFO(count, " from ", position);
            CHECK(made<T>(42, 7, position, count) == expected<T>(42, 7, position, count));
        }
    const auto most = ~std::uint64_t{0};
    CHECK(made<T>(most, most - 2, 3, 100) == expected<T>(most, most - 2, 3, 100));
}
TEST_CASE("the known answers of Random123") {
    const auto words = [](std::uint64_t seed, std::uint64_t stream, std::uint64_t position) {
        std::vector<std::uint32_t> w;
        for (const std::int32_t x : made<std::int32_t>(seed, stream, position, 4))
            w.push_back(static_cast<std::uint32_t>(x));
        return w;
    };
    const auto ones = ~std::uint64_t{0};
    CHECK(words(0, 0, 0) == std::vector<std::uint32_t>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    CHECK(words(ones, ones, ones) == std::vector<std::uint32_t>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    CHECK(words(0x299f31d0a4093822, 0x0370734413198a2e, 0x85a308d3243f6a88) ==
          std::vector<std::uint32_t>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}
TEST_CASE("threads do not change a bit") {
    const std::int64_t count = (1 << 17) + 3;
    const auto want = expected<float>(1, 2, 3, count);
    CHECK(made<float>(1, 2, 3, count) == want);
#if defined(_OPENMP)
    const int before = omp_get_max_threads();
    for (const int threads : {1, 2, 3}) {
        omp_set_num_threads(threads);
        CHECK(made<float>(1, 2, 3, count) == want);
    }
    omp_set_num_threads(before);
#endif
}
