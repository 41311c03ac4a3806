// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <telar/serve/json_tensor.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

using namespace telar;

namespace {

any_tensor read(const std::string& text, dtype type, const shape& extents) {
    const io::json list = io::read_json(text, "f");
    const model_port port{"x", type, extents};
    serve::json_rows source{{}, "inputs", ".x"};
    for (const io::json& row : list.items) source.rows.push_back(&row);
    return serve::tensor_reader(text, port).read(source);
}
std::string refusal(const std::string& text, dtype type, const shape& extents) {
    try {
        (void)read(text, type, extents);
        return "read";
    } catch (const serve::refusal& e) {
        CHECK(e.status == 400);
        return e.what();
    }
}
std::string written(const any_tensor& t) {
    std::string out;
    serve::append_json(out, t);
    return out;
}
constexpr auto real = dtype::float32;

}  // namespace

TEST_CASE("json tensor: values of each type, as they were written") {
    CHECK(written(read("[[1, 2.5], [-3e2, 0]]", real, shape(dyn, 2))) == "[[1.0,2.5],[-300.0,0.0]]");
    CHECK(written(read("[NaN, Infinity, -Infinity]", real, shape(dyn))) == "[NaN,Infinity,-Infinity]");
    CHECK(written(read("[0.1, 1e-30, 1e30, 16777217]", real, shape(dyn))) == "[0.1,1e-30,1e+30,16777216.0]");
    CHECK(written(read("[0.1]", dtype::float64, shape(1))) == "[0.1]");
    CHECK(written(read("[0.5, 65504]", dtype::float16, shape(dyn))) == "[0.5,65504.0]");
    CHECK(written(read("[true, false]", dtype::boolean, shape(dyn))) == "[true,false]");
    CHECK(written(read("[0, 255]", dtype::uint8, shape(dyn))) == "[0,255]");
    CHECK(written(read("[-128, 127]", dtype::int8, shape(dyn))) == "[-128,127]");
    CHECK(written(read("[9007199254740993, -9223372036854775808]", dtype::int64, shape(dyn))) ==
          "[9007199254740993,-9223372036854775808]");
    CHECK(written(read("[[], []]", real, shape(dyn, dyn))) == "[[],[]]");
    CHECK(read("[[[1]], [[2]]]", real, shape(dyn, dyn, 1)).extents() == shape(2, 1, 1));
}
TEST_CASE("json tensor: bytes stand for all axes that are left") {
    CHECK(written(read(R"([{"b64": "AQID"}, {"b64": "BAUG"}])", dtype::uint8, shape(dyn, 3))) == "[[1,2,3],[4,5,6]]");
    CHECK(written(read(R"([[{"b64": "AAA="}, [7, 8]]])", dtype::uint8, shape(dyn, 2, 2))) == "[[[0,0],[7,8]]]");
    CHECK(written(read(R"([{"b64": "AACAPwAAAMA="}])", real, shape(dyn, 2))) == "[[1.0,-2.0]]");
    CHECK(refusal(R"([{"b64": "AQI="}])", dtype::uint8, shape(dyn, 3)) ==
          "E292 value_does_not_fit: inputs[0].x: input \"x\" is uint8 (None, 3), expected 3 bytes, \"b64\" has 2");
    CHECK(refusal(R"([{"b64": "A"}])", dtype::uint8, shape(dyn, 1)).ends_with("\"b64\" is no base64"));
    CHECK(refusal(R"([{"b64": "Ag=="}])", dtype::boolean, shape(dyn, 1)).ends_with("is neither 0 nor 1"));
    CHECK(refusal(R"([{"b64": "AQI="}])", dtype::uint8, shape(dyn, dyn)).ends_with("does not say their shape"));
}
TEST_CASE("json tensor: what does not fit, with its place and both") {
    CHECK(refusal("[[1, 2, 3]]", real, shape(dyn, 2)) ==
          "E292 value_does_not_fit: inputs.x: input \"x\" is float32 (None, 2), the value is (1, 3)");
    CHECK(refusal("[1, 2]", real, shape(dyn, 2)) ==
          "E292 value_does_not_fit: inputs.x: input \"x\" is float32 (None, 2), the value is (2,)");
    CHECK(refusal("[[[1]]]", real, shape(dyn, 1)).ends_with("the value is (1, 1, 1)"));
    CHECK(refusal("[[1, 2], [3]]", real, shape(dyn, 2)) ==
          "E292 value_does_not_fit: inputs[1].x: input \"x\" is float32 (None, 2), expected a list of 2, got one of 1");
    CHECK(refusal("[[1, 2], 3]", real, shape(dyn, 2)).ends_with("expected a list of 2, got a number"));
    CHECK(refusal("[[1, [2]]]", real, shape(dyn, 2)) ==
          "E292 value_does_not_fit: inputs[0].x[1]: input \"x\" is float32 (None, 2), a list stands where a number is "
          "expected");
    CHECK(refusal("[[1, \"two\"]]", real, shape(dyn, 2))
              .ends_with("[0].x[1]: input \"x\" is float32 (None, 2), expected a number, got a text"));
    CHECK(refusal("[null]", real, shape(dyn)).ends_with("expected a number, got null"));
    CHECK(refusal("[true]", real, shape(dyn)).ends_with("expected a number, got true or false"));
    CHECK(refusal("[{}]", real, shape(dyn)).ends_with("expected a number, got an object"));
    CHECK(refusal("[1]", dtype::boolean, shape(dyn)).ends_with("expected true or false, got a number"));
    CHECK(refusal("[1e39]", real, shape(dyn)).ends_with("1e39 is beyond its largest number"));
    CHECK(refusal("[1e999]", dtype::float64, shape(dyn)).ends_with("1e999 is beyond its largest number"));
    CHECK(refusal("[256]", dtype::uint8, shape(dyn)).ends_with("256 is beyond its range"));
    CHECK(refusal("[-1]", dtype::uint8, shape(dyn)).ends_with("-1 is no integer of that type"));
    CHECK(refusal("[1.0]", dtype::int32, shape(dyn)).ends_with("1.0 is no integer of that type"));
    CHECK(refusal("[1e2]", dtype::int64, shape(dyn)).ends_with("1e2 is no integer of that type"));
}
TEST_CASE("json tensor: a short text asks for no large memory") {
    std::string rows = "[[";
    for (int i = 0; i < 1000; ++i) rows += i ? ",0" : "0";
    rows += ']';
    for (int i = 0; i < 1000; ++i) rows += ",[]";
    CHECK(refusal(rows + ']', real, shape(dyn, dyn)).find("expected a list of 1000, got one of 0") !=
          std::string::npos);
    CHECK(refusal(R"([{"b64": ""}, {"b64": ""}])", real, shape(dyn, 1 << 30, 1 << 20)).find("bytes, \"b64\" has 0") !=
          std::string::npos);
}
TEST_CASE("json numbers read back as the same value") {
    for (const float x : {1.f / 3, 3.4028235e38f, 1e-45f, -0.f, 123456789.f}) {
        std::string text;
        io::append_json_number(text, x);
        const float back = std::strtof(text.c_str(), nullptr);
        CHECK(back == x);
        CHECK(std::signbit(back) == std::signbit(x));
        CHECK(text.find_first_of(".e") != std::string::npos);
    }
}
