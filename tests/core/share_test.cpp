// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>
#include <telar/core/share.hpp>

#include <algorithm>
#include <cstddef>

using telar::core::share;
using telar::core::share_of;

static_assert(share_of(10, 4, 0) == share{0, 3} && share_of(10, 4, 1) == share{3, 6});
static_assert(share_of(10, 4, 2) == share{6, 8} && share_of(10, 4, 3) == share{8, 10});
static_assert(share_of(7, 1, 0) == share{0, 7});

TEST_CASE("the parts of a row lie one behind the other, and no two differ by more than one") {
    for (std::size_t count = 0; count < 40; ++count)
        for (std::size_t parts = 1; parts < 9; ++parts) {
            std::size_t end = 0, most = 0, least = count;
            for (std::size_t p = 0; p < parts; ++p) {
                const share s = share_of(count, parts, p);
                CHECK(s.begin == end);
                end = s.end;
                most = std::max(most, s.size());
                least = std::min(least, s.size());
            }
            CHECK(end == count);
            CHECK(most - least <= 1);
            CHECK(share_of(count, parts, 0).size() == most);  // if one has something, the first has
        }
}
