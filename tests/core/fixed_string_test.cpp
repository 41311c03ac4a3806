// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <string_view>
#include <telar/core/fixed_string.hpp>
#include <type_traits>

using namespace telar;

namespace {

template <fixed_string Name> struct named {
    static constexpr std::string_view name() { return Name.view(); }
};

static_assert(std::is_same_v<named<"W">, named<"W">>);
static_assert(!std::is_same_v<named<"W">, named<"w">>);
static_assert(!std::is_same_v<named<"W">, named<"W1">>);
static_assert(named<"">::name().empty());
static_assert(named<"layer/kernel">::name().size() == 12);

template <fixed_string Layer> struct dense { using kernel = named<Layer + "/kernel">; };
static_assert(std::is_same_v<dense<"layer">::kernel, named<"layer/kernel">>);
static_assert(std::is_same_v<dense<"">::kernel, named<"/kernel">>);
static_assert(named<fixed_string("a") + "">::name() == "a");

}  // namespace

TEST_SUITE("core/fixed_string") {
    TEST_CASE("a type keeps its name until run time") {
        CHECK(named<"layer/kernel">::name() == "layer/kernel");
        CHECK(named<"a\0b">::name() == std::string_view("a\0b", 3));
    }
}
