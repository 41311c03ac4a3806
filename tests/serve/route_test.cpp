// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <telar/serve/route.hpp>

#include <string>

using namespace telar::serve;

namespace {

std::string read(const std::string& path) {
    try {
        const route r = read_route(path);
        return std::string(name_of(r.asks)) + ' ' + r.model + ' ' +
               (r.version.number ? std::to_string(*r.version.number) : r.version.label);
    } catch (const refusal& e) { return std::to_string(e.status) + ' ' + e.what(); }
}

}  // namespace

TEST_CASE("route: TensorFlow Serving's paths") {
    CHECK(read("/v1/models/half_plus_two") == "status half_plus_two ");
    CHECK(read("/v1/models/m/versions/123") == "status m 123");
    CHECK(read("/v1/models/m/labels/canary") == "status m canary");
    CHECK(read("/v1/models/m/metadata") == "metadata m ");
    CHECK(read("/v1/models/m/versions/2/metadata") == "metadata m 2");
    CHECK(read("/v1/models/m:predict") == "predict m ");
    CHECK(read("/v1/models/m/versions/0:predict") == "predict m 0");
    CHECK(read("/v1/models/m/labels/stable:classify") == "classify m stable");
    CHECK(read("/v1/models/m:regress") == "regress m ");
    CHECK(read("/monitoring/prometheus/metrics") == "metrics  ");
    CHECK(read("/metrics") == "metrics  ");
    CHECK(read("/health") == "health  ");
}
TEST_CASE("route: other paths, each with its reason") {
    CHECK(read("/") == "404 E291 not_found: no path /; models are at /v1/models/NAME");
    CHECK(read("/v1/models/") == "404 E291 not_found: the path /v1/models/ names no model");
    CHECK(read("/v1/models/m:train") ==
          "404 E291 not_found: no method \":train\"; there are :predict, :classify, :regress");
    CHECK(read("/v1/models/m/weights") == "404 E291 not_found: no path /v1/models/m/weights");
    CHECK(read("/v1/models/m/metadata:predict") == "404 E291 not_found: no path /v1/models/m/metadata:predict");
    CHECK(read("/v1/models/m/versions/two") == "400 E290 malformed_request: the version \"two\" is no number");
    CHECK(read("/v1/models/m/versions/-1") == "400 E290 malformed_request: the version \"-1\" is no number");
    CHECK(read("/v1/models/m/versions/") == "400 E290 malformed_request: the version \"\" is no number");
    CHECK(read("/v1/models/m/labels/") == "404 E291 not_found: the path /v1/models/m/labels/ names no label");
    CHECK(read("/v1/models/m/versions/99999999999999999999") ==
          "400 E290 malformed_request: the version \"99999999999999999999\" is no number");
}
