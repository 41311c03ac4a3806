// SPDX-License-Identifier: BSL-1.0
#include "../support/damaged.hpp"

#include <telar/core/failure.hpp>
#include <telar/io/json.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <string>

using telar::io::json;
using telar::io::read_json;

namespace {

std::string refusal(const std::string& text) {
    try {
        static_cast<void>(read_json(text, "f"));
    } catch (const telar::file_error& e) { return e.what(); }
    return "read";
}

}  // namespace

TEST_CASE("values of every kind, and where they stand") {
    const json v = read_json(R"( {"a": [1, -2.5e1, true, false, null], "b": {"c": "x"}, "d": {}, "e": []} )", "f");
    REQUIRE(v.is(json::object));
    CHECK(v.names.size() == 4);
    const json& a = v["a"];
    REQUIRE(a.is(json::list));
    CHECK(a.items[0].value == 1);
    CHECK(a.items[1].value == -25);
    CHECK(a.items[2].truth);
    CHECK((a.items[3].is(json::boolean) && !a.items[3].truth));
    CHECK(a.items[4].is(json::null));
    CHECK(a.at == 7);
    CHECK(v["b"]["c"].is_text("x"));
    CHECK((v["d"].is(json::object) && v["e"].is(json::list)));
    CHECK(v["absent"]["too"].is(json::null));
}
TEST_CASE("numbers as Python writes them") {
    CHECK(std::isnan(read_json("NaN", "f").value));
    CHECK(read_json("Infinity", "f").value == INFINITY);
    CHECK(read_json("-Infinity", "f").value == -INFINITY);
    CHECK(read_json("140127308534352", "f").value == 140127308534352.0);
    CHECK(read_json("1e-07", "f").value == 1e-7);
    for (const char* const large : {"1e999", "1E+999", "17.5e308", "1e99999999999999999999", "0.01e999"})
        CHECK_MESSAGE(read_json(large, "f").value == INFINITY, large);
    CHECK(read_json("-1e999", "f").value == -INFINITY);
    CHECK(read_json('1' + std::string(400, '0'), "f").value == INFINITY);
    for (const char* const small :
         {"1e-999", "-123.5E-999", "1e-99999999999999999999", "0e999", "0.0e99999999999999999999"})
        CHECK_MESSAGE(read_json(small, "f").value == 0, small);
    CHECK(read_json('1' + std::string(400, '0') + "e-800", "f").value == 0);
    CHECK(std::signbit(read_json("-1e-999", "f").value));
}
TEST_CASE("texts") {
    CHECK(read_json(R"("a\"\\\/\b\f\n\r\t")", "f").words == "a\"\\/\b\f\n\r\t");
    CHECK(read_json(R"("\u0041\u00e9\u20ac\ud83d\ude00")", "f").words == "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
    CHECK(read_json("\"\xc3\xa9\"", "f").words == "\xc3\xa9");
}
TEST_CASE("what is no JSON is refused where it stops to be") {
    CHECK(refusal("") == "f: byte 0: json: no JSON");
    CHECK(refusal("[1, 2") == "f: byte 5: json: expected ',' or ']'");
    CHECK(refusal("{\"a\" 1}") == "f: byte 5: json: expected ':'");
    CHECK(refusal("{\"a\": 1, \"a\": 2}") == "f: byte 0: json: the name 'a' stands twice");
    CHECK(refusal("{1: 2}") == "f: byte 1: json: expected a name");
    CHECK(refusal("[1] 2") == "f: byte 4: json: something behind the value");
    CHECK(refusal("\"ab") == "f: byte 3: json: a text without an end");
    CHECK(refusal("\"\\x\"") == "f: byte 2: json: an unknown escape");
    CHECK(refusal("\"\\u12\"") == "f: byte 2: json: an unknown escape");
    CHECK(refusal("inf") == "f: byte 0: json: no JSON");
    CHECK(refusal("-") == "f: byte 0: json: no JSON");
    CHECK(refusal(std::string(300, '[')).ends_with("nested too deep"));
}
TEST_CASE("any bytes are read or refused") {
    const std::string whole = R"({"a": [1, -2.5e1, true, null], "b\u00e9": {"c": "x\n"}, "d": NaN})";
    support::each_damage(whole, [](const std::string& damaged) {
        const std::string text = refusal(damaged);
        CHECK((text == "read" || text.starts_with("f: byte ")));
    });
}
