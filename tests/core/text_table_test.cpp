// SPDX-License-Identifier: BSL-1.0
#include <telar/core/text_table.hpp>

#include <doctest/doctest.h>

#include <limits>

using telar::core::decimal_text;
using telar::core::grouped_text;
using telar::core::text_table;

TEST_CASE("whole numbers in groups of three") {
    CHECK(grouped_text(0) == "0");
    CHECK(grouped_text(999) == "999");
    CHECK(grouped_text(1000) == "1,000");
    CHECK(grouped_text(1234567) == "1,234,567");
    CHECK(grouped_text(-999) == "-999");
    CHECK(grouped_text(-123456) == "-123,456");
    CHECK(grouped_text(std::numeric_limits<telar::extent_t>::lowest()) == "-9,223,372,036,854,775,808");
}
TEST_CASE("decimals") {
    CHECK(decimal_text(0, 2) == "0.00");
    CHECK(decimal_text(2.0 / 3, 3) == "0.667");
    CHECK(decimal_text(1e300, 0).size() == 301);
}
TEST_CASE("columns are as wide as their widest cell, and no line ends with a blank") {
    text_table t({{"name", text_table::align::left}, {"n"}, {"what", text_table::align::left}});
    CHECK(t.text() == "name  n  what\n");
    t.add({"a", "1000", "x"});
    t.add({"longer", "1", ""});
    CHECK(t.text() ==
          "name       n  what\n"
          "a       1000  x\n"
          "longer     1\n");
}
