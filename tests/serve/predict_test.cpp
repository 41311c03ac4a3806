// SPDX-License-Identifier: BSL-1.0
// Bodies as TensorFlow Serving's documents have them (api_rest), and those that it refuses.
#include <doctest/doctest.h>

#include <telar/serve/classify.hpp>

#include <string>
#include <vector>

using namespace telar;
using serve::request_form;

namespace {

const std::vector<model_port> one{{"x", dtype::float32, shape(dyn)}};
const std::vector<model_port> pair{{"x", dtype::float32, shape(dyn, 1, 2)}};
const std::vector<model_port> several{{"tag", dtype::int64, shape(dyn)},
                                      {"signal", dtype::float32, shape(dyn, 5)},
                                      {"sensor", dtype::float32, shape(dyn, 2, 2)}};

std::string text_of(const any_tensor& t) {
    std::string out;
    serve::append_json(out, t);
    return out;
}
std::string read(const std::string& body, const std::vector<model_port>& ports) {
    try {
        const serve::predict_request r = serve::read_predict_request(body, ports);
        std::string text = r.form == request_form::rows ? "rows" : "columns";
        for (const any_tensor& t : r.inputs) text += ' ' + text_of(t);
        return text;
    } catch (const serve::refusal& e) {
        CHECK(e.status == 400);
        return e.what();
    }
}
any_tensor values(const shape& s, const std::vector<float>& v) {
    any_tensor t(dtype::float32, s);
    std::copy(v.begin(), v.end(), t.values<float>().begin());
    return t;
}

}  // namespace

TEST_CASE("predict: the row format") {
    CHECK(read(R"({"instances": [1.0, 2.0, 5.0]})", one) == "rows [1.0,2.0,5.0]");
    CHECK(read(R"({"instances": [ [[1, 2]], [[3, 4]] ]})", pair) == "rows [[[1.0,2.0]],[[3.0,4.0]]]");
    CHECK(read(R"({"signature_name": "serving_default", "instances": [{"x": 1}, {"x": 2}]})", one) == "rows [1.0,2.0]");
    CHECK(read(R"({"instances": [
        {"tag": 7, "signal": [1, 2, 3, 4, 5], "sensor": [[1, 2], [3, 4]]},
        {"signal": [3, 4, 1, 2, 5], "sensor": [[4, 5], [6, 8]], "tag": 9}]})",
               several) ==
          "rows [7,9] [[1.0,2.0,3.0,4.0,5.0],[3.0,4.0,1.0,2.0,5.0]] [[[1.0,2.0],[3.0,4.0]],[[4.0,5.0],[6.0,8.0]]]");
}
TEST_CASE("predict: the column format") {
    CHECK(read(R"({"inputs": [1.0, 2.0]})", one) == "columns [1.0,2.0]");
    CHECK(read(R"({"inputs": {"x": [1.0, 2.0]}, "signature_name": ""})", one) == "columns [1.0,2.0]");
    CHECK(read(R"({"inputs": {"tag": [7], "signal": [[1, 2, 3, 4, 5]], "sensor": [[[1, 2], [3, 4]], [[4, 5], [6, 8]]],
                  "other": 1}})",
               several) == "columns [7] [[1.0,2.0,3.0,4.0,5.0]] [[[1.0,2.0],[3.0,4.0]],[[4.0,5.0],[6.0,8.0]]]");
    CHECK(read(R"({"inputs": 2.5})", {{"x", dtype::float32, shape()}}) == "columns 2.5");
}
TEST_CASE("predict: requests that are none") {
    CHECK(read("", one) == "E290 malformed_request: body: byte 0: json: no JSON");
    CHECK(read("{\"instances\": [1.0, }", one) == "E290 malformed_request: body: byte 20: json: no JSON");
    CHECK(read("[1]", one) == "E290 malformed_request: the body is no object");
    CHECK(read("{}", one) == "E290 malformed_request: neither \"instances\" nor \"inputs\"");
    CHECK(read(R"({"instances": [1], "inputs": [1]})", one) ==
          "E290 malformed_request: both \"instances\" and \"inputs\"; a request has one of them");
    CHECK(read(R"({"instances": 1})", one) == "E290 malformed_request: \"instances\" is no list");
    CHECK(read(R"({"instances": []})", one) == "E290 malformed_request: \"instances\" is empty");
    CHECK(read(R"({"signature_name": 1, "instances": [1]})", one) ==
          "E290 malformed_request: signature_name is no text");
    CHECK(read(R"({"signature_name": "other", "instances": [1]})", one) ==
          "E293 inputs_do_not_match: signature_name \"other\": the model has \"serving_default\" alone");
    CHECK(read(std::string(300, '['), one) == "E290 malformed_request: body: byte 201: json: nested too deep");
}
TEST_CASE("predict: inputs that are not the model's") {
    CHECK(read(R"({"instances": [1]})", several) ==
          "E293 inputs_do_not_match: instances[0]: the model has the inputs \"tag\", \"signal\", \"sensor\", so an "
          "instance is an object with a value for each");
    CHECK(read(R"({"instances": [{"x": 1}, {"y": 1}]})", one) ==
          "E293 inputs_do_not_match: instances[1]: no value for input \"x\"");
    CHECK(read(R"({"instances": [{"x": 1, "y": 1}]})", one) ==
          "E293 inputs_do_not_match: instances[0]: no input is named \"y\"; there are \"x\"");
    CHECK(read(R"({"instances": [{"x": 1}, 2]})", one) ==
          "E293 inputs_do_not_match: instances[1]: no object, unlike the first");
    CHECK(read(R"({"instances": [1, {"x": 2}]})", one) ==
          "E293 inputs_do_not_match: instances[1]: an object, unlike the first");
    CHECK(
        read(R"({"inputs": [1]})", several).starts_with("E293 inputs_do_not_match: inputs: the model has the inputs"));
    CHECK(read(R"({"inputs": {"y": [1]}})", one)
              .starts_with("E293 inputs_do_not_match: inputs: no value for input \"x\""));
    CHECK(read(R"({"instances": [1]})", {{"x", dtype::float32, shape()}})
              .starts_with("E293 inputs_do_not_match: input \"x\" has no axis of instances"));
    CHECK(read(R"({"inputs": {"x": 1}})", one) ==
          "E292 value_does_not_fit: inputs.x: input \"x\" is float32 (None,), the value is no list");
    CHECK(read(R"({"instances": [{"x": [1, 2]}]})", one) ==
          "E292 value_does_not_fit: instances.x: input \"x\" is float32 (None,), the value is (1, 2)");
    CHECK(read(R"({"instances": [{"x": "a"}]})", one) ==
          "E292 value_does_not_fit: instances[0].x: input \"x\" is float32 (None,), expected a number, got a text");
}
TEST_CASE("predict: answers") {
    const std::vector<model_port> y{{"y", dtype::float32, shape(dyn)}};
    const std::vector<model_port> both{{"y", dtype::float32, shape(dyn)}, {"p", dtype::float32, shape(dyn, 2)}};
    const std::vector<any_tensor> two{values(shape(2), {3.5f, 4}), values(shape(2, 2), {1, 2, 3, 4})};
    CHECK(serve::predict_response(request_form::rows, {values(shape(3), {3.5f, 4, 5.5f})}, y) ==
          R"({"predictions":[3.5,4.0,5.5]})");
    CHECK(serve::predict_response(request_form::columns, {values(shape(1), {3.5f})}, y) == R"({"outputs":[3.5]})");
    CHECK(serve::predict_response(request_form::rows, two, both) ==
          R"({"predictions":[{"y":3.5,"p":[1.0,2.0]},{"y":4.0,"p":[3.0,4.0]}]})");
    CHECK(serve::predict_response(request_form::columns, two, both) ==
          R"({"outputs":{"y":[3.5,4.0],"p":[[1.0,2.0],[3.0,4.0]]}})");
    CHECK_THROWS_WITH_AS(serve::predict_response(request_form::rows, {values(shape(), {1})}, y),
                         "E293 inputs_do_not_match: output \"y\" is (), which has no row for each instance: give "
                         "\"inputs\" instead of \"instances\"",
                         serve::inputs_do_not_match);
}
TEST_CASE("classify: a short body does not stand for any amount of memory") {
    const auto body_of = [](int values, int examples) {
        std::string body = R"({"context": {"x": [0)";
        for (int i = 1; i < values; ++i) body += ",0";
        body += R"(]}, "examples": [{})";
        for (int i = 1; i < examples; ++i) body += ",{}";
        return body + "]}";
    };
    const std::vector<model_port> any_rows{{"x", dtype::float32, shape(dyn, dyn)}};
    CHECK(serve::read_examples(body_of(10, 20), any_rows)[0].extents() == shape(20, 10));
    CHECK_THROWS_WITH_AS(
        serve::read_examples(body_of(5000, 5000), any_rows),
        "E295 body_too_large: the 5002 values of \"context\" stand for those of 5000 examples; at most "
        "16777216 are taken in all",
        serve::body_too_large);
}
TEST_CASE("classify and regress") {
    const std::vector<model_port> y{{"y", dtype::float32, shape(dyn, 2)}};
    CHECK(text_of(serve::read_examples(
              R"({"signature_name": "tensorflow/serving/regress", "examples": [{"x": 1.0}, {"x": 2.0}]})", one)[0]) ==
          "[1.0,2.0]");
    const auto shared = serve::read_examples(
        R"({"context": {"tag": 3}, "examples": [{"signal": [1, 2, 3, 4, 5], "sensor": [[1, 2], [3, 4]]}]})", several);
    CHECK(text_of(shared[0]) == "[3]");
    CHECK_THROWS_WITH(serve::read_examples(R"({"context": {"x": 3}, "examples": [{"x": 1}]})", one),
                      "E290 malformed_request: examples[0].x stands in \"context\", too");
    CHECK_THROWS_WITH(serve::read_examples("{}", one), "E290 malformed_request: there is no \"examples\"");
    CHECK_THROWS_WITH(serve::read_examples(R"({"examples": [1]})", one),
                      "E290 malformed_request: examples[0] is no object of features");
    CHECK_THROWS_WITH(serve::read_examples(R"({"context": {"y": 3}, "examples": [{"x": 1}]})", one),
                      "E293 inputs_do_not_match: context: no input is named \"y\"; there are \"x\"");
    CHECK_THROWS_WITH(serve::read_examples(R"({"examples": [{"y": 3, "x": 1}]})", one),
                      "E293 inputs_do_not_match: examples[0]: no input is named \"y\"; there are \"x\"");
    CHECK(serve::classify_response({values(shape(2, 2), {0.25f, 0.75f, 1, 0})}, y) ==
          R"({"results":[[["",0.25],["",0.75]],[["",1.0],["",0.0]]]})");
    CHECK(serve::regress_response({values(shape(2), {3.5f, 4})}, y) == R"({"results":[3.5,4.0]})");
    CHECK(serve::regress_response({values(shape(2, 1), {3.5f, 4})}, y) == R"({"results":[3.5,4.0]})");
    CHECK_THROWS_AS(serve::regress_response({values(shape(1, 2), {1, 2})}, y), serve::inputs_do_not_match);
    CHECK_THROWS_AS(serve::classify_response({values(shape(2), {1, 2})}, y), serve::inputs_do_not_match);
}
