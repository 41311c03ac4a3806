// SPDX-License-Identifier: BSL-1.0
#include <telar/io/kernel_trace.hpp>

#include <doctest/doctest.h>
#include <telar/telar.hpp>

#include <filesystem>
#include <string>

#if __has_include(<nlohmann/json.hpp>)
#include <nlohmann/json.hpp>
#define HAS_JSON 1
#else
#define HAS_JSON 0
#endif

using namespace telar;
using namespace telar::io;

namespace {

const std::filesystem::path file = std::filesystem::temp_directory_path() / "telar_kernel_trace_test.json";

std::string written(const profile& p) {
    save_trace(file, p);
    const auto bytes = read_raw_file(file);
    std::filesystem::remove(file);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
input<"a \"name\" \\ of\n\tthree lines, größer", tensor<float, 4, 3>> X;
variable<"v", tensor<float, 3>> v;

}  // namespace

TEST_CASE("text as JSON") {
    CHECK(json_text("") == "\"\"");
    CHECK(json_text("plain") == "\"plain\"");
    CHECK(json_text("a\"b\\c\nd\x01") == "\"a\\\"b\\\\c\\u000ad\\u0001\"");
    CHECK(json_text("größer") == "\"größer\"");
}
TEST_CASE("nanoseconds are written exactly") {
    CHECK(kernel_trace::microseconds(0) == "0.000");
    CHECK(kernel_trace::microseconds(7) == "0.007");
    CHECK(kernel_trace::microseconds(1'234'056) == "1234.056");
}
TEST_CASE("a file that cannot be written") {
    CHECK_THROWS_AS(save_trace(std::filesystem::temp_directory_path() / "no such folder" / "trace.json", profile{}),
                    file_error);
}
TEST_CASE("a profile as trace events") {
    session s;
    profile p(3);
    s.watch(p);
    (void)s.run(X + v, X = tensor<float, 4, 3>());
    s.run(update(v = v * v));
    (void)s.run(X + v, X = tensor<float, 4, 3>());
    (void)s.run(X + v, X = tensor<float, 4, 3>());
    REQUIRE(p.events().size() == 3);
    const std::string text = written(p);
#if !HAS_JSON
    CHECK(text.find("\"ph\":\"X\"") != std::string::npos);
    MESSAGE("not parsed: nlohmann-json is not installed");
#else
    const auto trace = nlohmann::json::parse(text);
    CHECK(trace["otherData"]["dropped_events"] == "1");
    std::vector<nlohmann::json> events, names;
    for (const auto& e : trace["traceEvents"]) (e["ph"] == "X" ? events : names).push_back(e);
    REQUIRE(names.size() == 3);  // of the process and of two tracks
    CHECK(names[0]["name"] == "process_name");
    CHECK(names[2]["args"]["name"] == "program 1");
    REQUIRE(events.size() == 3);
    CHECK(events[0]["tid"] == 0);
    CHECK(events[1]["tid"] == 1);
    CHECK(events[2]["tid"] == 0);
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(events[i]["ts"].get<double>() == doctest::Approx(static_cast<double>(p.events()[i].start) / 1000));
        CHECK(events[i]["dur"].get<double>() == doctest::Approx(static_cast<double>(p.events()[i].duration) / 1000));
    }
    CHECK(events[0]["name"] == "add");
    CHECK(events[0]["cat"] == "map");
    const auto& sum = events[0]["args"];
    CHECK(sum["space"] == "(4, 3)");
    CHECK(sum["kernel"] == 0);
    CHECK(sum["operations"] == 12);
    CHECK(sum["bytes_read"] == 48 + 12);
    CHECK(sum["bytes_written"] == 48);
    const std::string reads = sum["reads"];
    CHECK(reads.find("a \"name\" \\ of\n\tthree lines, größer") != std::string::npos);
    CHECK(reads.find("v") != std::string::npos);
    CHECK(sum["assigns"] == "");
    CHECK(events[1]["args"]["reads"] == "v");
    CHECK(events[1]["args"]["assigns"] == "v");
#endif
}
TEST_CASE("a profile that has seen nothing is a file too") {
    const std::string text = written(profile{});
#if HAS_JSON
    CHECK(nlohmann::json::parse(text)["traceEvents"].size() == 1);
#else
    CHECK(text.find("traceEvents") != std::string::npos);
#endif
}
