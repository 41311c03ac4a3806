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

template <fixed_string Layer, int I> struct block { using kernel = named<Layer + "/W" + number<I>>; };
static_assert(std::is_same_v<block<"encoder", 3>::kernel, named<"encoder/W3">>);
static_assert(named<"W" + number<0>>::name() == "W0");
static_assert(named<number<120> + number<-7>>::name() == "120-7");
static_assert(number<9223372036854775807>.view() == "9223372036854775807");
static_assert(number<-9223372036854775807 - 1>.view() == "-9223372036854775808");
static_assert(number<10u>.view() == "10" && number<std::size_t{9}>.view() == "9");

}  // namespace

TEST_SUITE("core/fixed_string") {
    TEST_CASE("a type keeps its name until run time") {
        CHECK(named<"layer/kernel">::name() == "layer/kernel");
        CHECK(named<"a\0b">::name() == std::string_view("a\0b", 3));
    }
}
