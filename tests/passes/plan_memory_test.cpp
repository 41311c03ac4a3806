// SPDX-License-Identifier: BSL-1.0
#include <telar/passes/plan_memory.hpp>

#include <doctest/doctest.h>

#include <random>
#include <vector>

using namespace telar;
using namespace telar::ir::passes;

namespace {

constexpr extent_t boundary = 64;

slot temporary(extent_t count, int first, int last, dtype type = dtype::float32) {
    return {storage::temporary, 0, type, 0, first, last, count};
}

constexpr bool neighbours_in_time_share_no_memory() {
    const slot buffers[] = {{storage::temporary, 0, dtype::float32, 0, 0, 1, 16},
                            {storage::temporary, 0, dtype::float32, 0, 1, 2, 16},
                            {storage::temporary, 0, dtype::float32, 0, 2, 3, 16}};
    extent_t offsets[3]{};
    return plan_memory(buffers, 3, nullptr, offsets, boundary) == 128 && offsets[0] == 0 && offsets[1] == 64 &&
           offsets[2] == 0;
}
static_assert(neighbours_in_time_share_no_memory());

constexpr extent_t live_in_pairs() {
    const slot buffers[] = {{storage::temporary, 0, dtype::float32, 0, 0, 1, 16},
                            {storage::temporary, 0, dtype::float32, 0, 1, 2, 32},
                            {storage::leaf, 0, dtype::float32, 0, 0, 9, 1000},
                            {storage::temporary, 0, dtype::float32, 0, 2, 3, 16}};
    return most_live_bytes(buffers, 4, nullptr, boundary);
}
static_assert(live_in_pairs() == 64 + 128);

}  // namespace

TEST_CASE("what lives at one time never overlaps, and nothing is wasted at the end") {
    std::mt19937 random(1);
    const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    for (int round = 0; round < 300; ++round) {
        std::vector<slot> buffers;
        const int count = 1 + below(30);
        for (int i = 0; i < count; ++i) {
            const int first = below(20);
            slot b = temporary(below(200), first, first + below(6), below(2) ? dtype::float64 : dtype::boolean);
            if (below(5) == 0) b.where = storage::leaf;
            if (below(5) == 0) b.where = storage::state, b.in_place = below(2);
            if (below(9) == 0) b.first = b.last = -1;  // nobody touches it
            buffers.push_back(b);
        }
        std::vector<extent_t> offsets(buffers.size());
        const extent_t size = plan_memory(buffers.data(), count, nullptr, offsets.data(), boundary);
        extent_t end = 0;
        for (std::size_t i = 0; i < buffers.size(); ++i) {
            const slot& a = buffers[i];
            if (!lives_in_arena(a)) continue;
            CHECK(offsets[i] % boundary == 0);
            end = std::max(end, offsets[i] + bytes_of(a, nullptr, boundary));
            for (std::size_t j = 0; j < i; ++j) {
                const slot& b = buffers[j];
                if (!lives_in_arena(b) || a.last < b.first || b.last < a.first) continue;
                CHECK((offsets[i] + bytes_of(a, nullptr, boundary) <= offsets[j] ||
                       offsets[j] + bytes_of(b, nullptr, boundary) <= offsets[i]));
            }
        }
        CHECK(size == end);
        CHECK(most_live_bytes(buffers.data(), count, nullptr, boundary) <= size);
    }
}
TEST_CASE("extents that are known only when run") {
    const extent_t values[] = {10, 100};
    const slot buffers[] = {temporary(extent_of_entry(0), 0, 1), temporary(extent_of_entry(1), 1, 2),
                            temporary(3, 2, 3)};
    extent_t offsets[3]{};
    CHECK(plan_memory(buffers, 3, values, offsets, boundary) == 64 + 448);
    CHECK(offsets[0] == 448);
    CHECK(offsets[1] == 0);  // the largest
    CHECK(offsets[2] == 448);
}
