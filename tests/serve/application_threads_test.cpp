// SPDX-License-Identifier: BSL-1.0
// Requests and answers, without a network.
#include "models.hpp"

#include <doctest/doctest.h>

#include <telar/io/json.hpp>
#include <telar/serve.hpp>

#include <string>
#include <thread>

using namespace telar;
using namespace serve_models;

namespace {

struct served {
    std::shared_ptr<watched> sums = std::make_shared<watched>();
    serve::model_store store{{},
                             {.max_batch_size = 4, .batch_timeout = std::chrono::microseconds(0), .max_waiting = 1}};
    serve::application app;
    explicit served(serve::application_limits limits = {}) : app(store, limits) {
        store.add("half_plus_two", half_plus(2), 123, {{"stable", 123}});
        store.add("sums", row_sums(sums));
    }
    serve::http_response get(const std::string& path) { return app.answer({"GET", path, "", "", ""}); }
    serve::http_response post(const std::string& path, const std::string& body, const std::string& type = "") {
        return app.answer({"POST", path, type, "127.0.0.1", body});
    }
};
std::string header(const serve::http_response& r, const std::string& name) {
    for (const auto& [n, value] : r.headers)
        if (n == name) return value;
    return "";
}
std::string error_of(const serve::http_response& r) {
    const io::json j = io::read_json(r.body, "answer");
    REQUIRE(j.names == std::vector<std::string>{"error"});
    return j["error"].words;
}

}  // namespace

TEST_CASE("application: the published example") {
    served s;
    CHECK(s.post("/v1/models/half_plus_two:predict", R"({"instances": [1.0, 2.0, 5.0]})").body ==
          R"({"predictions":[2.5,3.0,4.5]})");
    CHECK(s.post("/v1/models/half_plus_two/versions/123:predict", R"({"inputs": [1.0]})").body ==
          R"({"outputs":[2.5]})");
    CHECK(s.post("/v1/models/half_plus_two/labels/stable:regress", R"({"examples": [{"x": 1.0}, {"x": 2.0}]})").body ==
          R"({"results":[2.5,3.0]})");
    CHECK(
        s.get("/v1/models/half_plus_two").body ==
        R"({"model_version_status":[{"version":"123","state":"AVAILABLE","status":{"error_code":"OK","error_message":""}}]})");
    CHECK(s.get("/health").body == R"({"status":"SERVING"})");
}
TEST_CASE("application: metadata as TensorFlow Serving's") {
    served s;
    const serve::http_response r = s.get("/v1/models/half_plus_two/metadata");
    CHECK(r.content_type == "application/json");
    const io::json j = io::read_json(r.body, "answer");
    CHECK(j["model_spec"]["name"].is_text("half_plus_two"));
    CHECK(j["model_spec"]["version"].is_text("123"));
    const io::json& x = j["metadata"]["signature_def"]["signature_def"]["serving_default"]["inputs"]["x"];
    CHECK(x["dtype"].is_text("DT_FLOAT"));
    REQUIRE(x["tensor_shape"]["dim"].items.size() == 1);
    CHECK(x["tensor_shape"]["dim"].items[0]["size"].is_text("-1"));
    CHECK(j["metadata"]["signature_def"]["signature_def"]["serving_default"]["method_name"].is_text(
        "tensorflow/serving/predict"));
}
TEST_CASE("application: each refusal has its status and its reason") {
    served s({.max_body_bytes = 100});
    const std::string predict = "/v1/models/half_plus_two:predict", good = R"({"instances": [1]})";
    struct {
        std::string method, path, type, body;
        int status;
        std::string reason;
    } const all[] = {
        {"GET", "/", "", "", 404, "E291 not_found: no path /"},
        {"GET", "/v1/models", "", "", 404, "E291 not_found: no path /v1/models"},
        {"GET", "/v1/models/other", "", "", 404,
         "E291 not_found: no model \"other\"; there are \"half_plus_two\", \"sums\""},
        {"GET", "/v1/models/half_plus_two/versions/7", "", "", 404, "has no version 7; there are 123"},
        {"GET", "/v1/models/half_plus_two/versions/x", "", "", 400, "the version \"x\" is no number"},
        {"GET", "/v1/models/half_plus_two/labels/old", "", "", 404, "has no label \"old\""},
        {"GET", predict, "", "", 405,
         "E294 method_not_allowed: GET /v1/models/half_plus_two:predict: this path takes POST"},
        {"DELETE", "/v1/models/half_plus_two", "", "", 405, "this path takes GET"},
        {"POST", "/v1/models/half_plus_two", "", good, 405, "this path takes GET"},
        {"PUT", predict, "", good, 405, "this path takes POST"},
        {"POST", "/v1/models/other:predict", "", good, 404, "no model \"other\""},
        {"POST", "/v1/models/half_plus_two/versions/1:predict", "", good, 404,
         "has no version 1 to answer; there are 123"},
        {"POST", "/v1/models/half_plus_two:forget", "", good, 404, "no method \":forget\""},
        {"POST", predict, "image/png", good, 415, "E296 unsupported_media_type: Content-Type \"image/png\""},
        {"POST", predict, "multipart/form-data; boundary=x", good, 415, "multipart/form-data"},
        {"POST", predict, "", good + std::string(100, ' '), 413,
         "the body has 118 bytes or more, at most 100 are taken"},
        {"POST", predict, "", "", 400, "body: byte 0: json: no JSON"},
        {"POST", predict, "", "{\"instances\": [1,", 400, "json"},
        {"POST", predict, "", "[1]", 400, "the body is no object"},
        {"POST", predict, "", "{\"instances\": 1}", 400, "\"instances\" is no list"},
        {"POST", predict, "", "{\"instances\": []}", 400, "\"instances\" is empty"},
        {"POST", predict, "", "{\"inputs\": [1], \"instances\": [1]}", 400, "both"},
        {"POST", predict, "", "{\"signature_name\": \"s\", \"instances\": [1]}", 400, "signature_name \"s\""},
        {"POST", predict, "", "{\"instances\": [[1, 2]]}", 400, "input \"x\" is float32 (None,), the value is (1, 2)"},
        {"POST", predict, "", "{\"instances\": [1, \"a\"]}", 400,
         "instances[1]: input \"x\" is float32 (None,), expected a number, got a text"},
        {"POST", predict, "", "{\"instances\": [1, null]}", 400, "instances[1]"},
        {"POST", predict, "", "{\"instances\": [{\"y\": 1}]}", 400, "instances[0]: no value for input \"x\""},
        {"POST", predict, "", "{\"instances\": [1e39]}", 400, "1e39 is beyond its largest number"},
        {"POST", "/v1/models/half_plus_two:classify", "", "{\"examples\": [{\"x\": 1}]}", 400,
         "one output of two axes"},
        {"POST", "/v1/models/sums:predict", "", "{\"instances\": [[-1]]}", 400,
         "model \"sums\" version 1: row 0 is negative"},
    };
    for (const auto& r : all) {
        INFO(r.method, ' ', r.path, ' ', r.body);
        const serve::http_response answer = s.app.answer({r.method, r.path, r.type, "", r.body});
        CHECK(answer.status == r.status);
        CHECK_MESSAGE(error_of(answer).find(r.reason) != std::string::npos, error_of(answer));
        CHECK(header(answer, "Allow").empty() == (r.status != 405));
    }
    CHECK(s.post(predict, good, "application/json; charset=utf-8").status == 200);
    CHECK(s.post(predict, good, "application/x-www-form-urlencoded").status == 200);  // as curl -d has it
}
TEST_CASE("application: a full queue, a client with too many requests, a server that ends") {
    served s({.max_body_bytes = 1000, .max_requests_of_client = 3});
    const std::string path = "/v1/models/sums:predict", body = R"({"instances": [[1]]})";
    s.sums->is_held = true;
    std::thread first([&] { CHECK(s.post(path, body).status == 200); });
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    std::thread second([&] { CHECK(s.post(path, body).status == 200); });
    while (s.store.waiting("sums") != 1) std::this_thread::yield();
    const serve::http_response full = s.post(path, body);
    CHECK(full.status == 503);
    CHECK(header(full, "Retry-After") == "1");
    CHECK(error_of(full) == "E298 overloaded: the queue is full: 1 requests wait");
    std::thread third([&] {
        CHECK(s.app.answer({"POST", "/v1/models/half_plus_two:predict", "", "127.0.0.1", R"({"instances": [1]})"})
                  .status == 200);
    });
    third.join();
    served other({.max_body_bytes = 1000, .max_requests_of_client = 1});
    other.sums->is_held = true;
    std::thread one([&] { CHECK(other.post(path, body).status == 200); });
    while (other.sums->is_held &&
           other.get("/metrics").body.find("telar_serve_requests_in_progress 2") == std::string::npos)
        std::this_thread::yield();
    const serve::http_response many = other.post(path, body);
    CHECK(many.status == 429);
    CHECK(header(many, "Retry-After") == "1");
    CHECK(error_of(many).find("127.0.0.1 has 1 requests under way") != std::string::npos);
    s.app.stop();
    CHECK(s.post(path, body).status == 503);
    CHECK(s.get("/health").status == 503);
    CHECK(error_of(s.get("/health")) == "E298 overloaded: the server is about to end");
    s.sums->is_held = other.sums->is_held = false;
    first.join();
    second.join();
    one.join();
}
TEST_CASE("application: metrics") {
    served s;
    s.post("/v1/models/half_plus_two:predict", R"({"instances": [1, 2, 3]})");
    s.post("/v1/models/half_plus_two:predict", "");
    s.post("/v1/models/no\"such:predict", "");
    const std::string text = s.get("/metrics").body;
    for (const char* line :
         {"telar_serve_requests_total{model=\"half_plus_two\",method=\"predict\",status=\"200\"} 1\n",
          "telar_serve_requests_total{model=\"half_plus_two\",method=\"predict\",status=\"400\"} 1\n",
          "telar_serve_requests_total{model=\"\",method=\"predict\",status=\"404\"} 1\n",
          "telar_serve_request_seconds_count{model=\"half_plus_two\",method=\"predict\"} 1\n",
          "telar_serve_batch_rows_bucket{model=\"half_plus_two\",le=\"2\"} 0\n",
          "telar_serve_batch_rows_bucket{model=\"half_plus_two\",le=\"4\"} 1\n",
          "telar_serve_batch_rows_sum{model=\"half_plus_two\"} 3\n",
          "telar_serve_waiting_requests{model=\"half_plus_two\"} 0\n",
          "telar_serve_version_available{model=\"half_plus_two\",version=\"123\"} 1\n",
          "# TYPE telar_serve_request_seconds histogram\n",
          ":tensorflow:serving:request_count{model_name=\"half_plus_two\",status=\"OK\"} 1\n",
          ":tensorflow:serving:request_count{model_name=\"half_plus_two\",status=\"INVALID_ARGUMENT\"} 1\n"})
        CHECK_MESSAGE(text.find(line) != std::string::npos, line);
}
