// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <telar/core/processor.hpp>

using namespace telar;

namespace {
using core::processors::extensions;

/// All that stands in the table up to the extension of this name.
extensions up_to(std::string_view last) {
    extensions all = 0;
    for (int i = 0; i < core::processors::table_rows; ++i) {
        all |= extensions{1} << i;
        if (core::processors::table[i].name == last) return all;
    }
    FAIL("no extension has this name: ", last);
    return 0;
}
/// An empty text where nothing is missing.
std::string refusal(extensions needed, extensions has) {
    try {
        core::processors::require(needed, has);
    } catch (const unsupported_processor& e) { return e.what(); }
    return "";
}
}  // namespace

TEST_SUITE("core/processor") {
    TEST_CASE("this program runs on this processor") {
        CHECK((core::processors::compiled_for & ~core::processors::available()) == 0);
        CHECK_NOTHROW(require_processor());
    }

    TEST_CASE("a set is named by its best member") {
        CHECK(core::processors::name_of_set(0) == std::string("sse2"));
        CHECK(core::processors::name_of_set(up_to("popcnt")) == std::string("sse42"));
        CHECK(core::processors::name_of_set(up_to("avx2")) == std::string("avx2"));
        CHECK(core::processors::name_of_set(up_to("avx512fp16")) == std::string("avx512"));
#if TELAR_HAS_CPUID && TELAR_HAS_XSIMD
        CHECK(core::processors::name_of_set(core::processors::compiled_for) == std::string(instruction_set()));
#endif
    }

    TEST_CASE("a lesser processor is refused by name") {
        CHECK(refusal(up_to("avx2"), up_to("avx512fp16")) == "");
        CHECK(refusal(0, 0) == "");
        CHECK(refusal(up_to("avx512vl"), up_to("gfni")) ==
              "this program was compiled for avx512, the processor has avx2, without avx512f");
        CHECK(refusal(up_to("avx2"), 0) == "this program was compiled for avx2, the processor has sse2, without sse3");
        CHECK(refusal(up_to("avx512vbmi"), up_to("avx512vl")) ==
              "this program was compiled for avx512, the processor has avx512, without avx512vbmi");
        CHECK(refusal(up_to("avx2"), up_to("avx2") & ~(up_to("fma") & ~up_to("f16c"))) ==
              "this program was compiled for avx2, the processor has avx2, without fma");
    }
}
