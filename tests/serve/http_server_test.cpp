// SPDX-License-Identifier: BSL-1.0
// On loopback: a client of HTTP, and connections that misbehave.
#include "models.hpp"

#include <doctest/doctest.h>

#include <telar/io/json.hpp>
#include <telar/serve/http_server.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

using namespace telar;
using namespace serve_models;

namespace {

struct listening {
    std::shared_ptr<watched> sums = std::make_shared<watched>();
    serve::model_store store;
    serve::application app{store, {.max_body_bytes = 1000, .max_requests_of_client = 0}};
    serve::http_server server;

    explicit listening(serve::http_options options = {})
        : server(app, [&] {
              options.port = 0;
              options.read_timeout = options.keep_alive_timeout = std::chrono::seconds(1);
              return options;
          }()) {
        store.add("half_plus_two", half_plus(2));
        store.add("sums", row_sums(sums));
        server.start();
    }
    httplib::Client client() const {
        httplib::Client c("127.0.0.1", server.port());
        c.set_read_timeout(5);
        return c;
    }
};
const std::string predict = "/v1/models/half_plus_two:predict", good = R"({"instances": [1.0, 2.0, 5.0]})",
                  answer = R"({"predictions":[2.5,3.0,4.5]})";

std::string error_of(const httplib::Result& r) { return io::read_json(r->body, "answer")["error"].words; }

/// What comes back on a connection to which this was written, and this `later`, until the server closes it.
std::string raw(int port, const std::string& text, bool ends_there = false, const std::string& later = {}) {
    const int s = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(s, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
    (void)::send(s, text.data(), text.size(), MSG_NOSIGNAL);
    if (!later.empty()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        (void)::send(s, later.data(), later.size(), MSG_NOSIGNAL);
    }
    if (ends_there) ::shutdown(s, SHUT_WR);
    std::string got;
    char part[4096];
    for (ssize_t n; (n = ::recv(s, part, sizeof part, 0)) > 0;) got.append(part, static_cast<std::size_t>(n));
    ::close(s);
    return got;
}

}  // namespace

TEST_CASE("http: predictions, several on one connection") {
    listening l;
    httplib::Client c = l.client();
    c.set_keep_alive(true);
    for (int i = 0; i < 20; ++i) {
        const auto r = c.Post(predict, good, "application/json");
        REQUIRE(r);
        CHECK(r->status == 200);
        CHECK(r->body == answer);
        CHECK(r->get_header_value("Content-Type") == "application/json");
    }
    const auto form = c.Post(predict, good, "application/x-www-form-urlencoded");  // curl -d
    CHECK(form->body == answer);
    CHECK(c.Get("/v1/models/half_plus_two")->body.find("AVAILABLE") != std::string::npos);
    CHECK(c.Head("/health")->status == 200);
    CHECK(c.Get("/metrics")->body.find("method=\"predict\",status=\"200\"} 21") != std::string::npos);
}
TEST_CASE("http: what is refused, also before its body is read") {
    listening l;
    httplib::Client c = l.client();
    c.set_keep_alive(true);
    const auto refused = [&](const httplib::Result& r, int status, const std::string& reason) {
        REQUIRE(r);
        CHECK(r->status == status);
        CHECK_MESSAGE(error_of(r).find(reason) != std::string::npos, error_of(r));
        CHECK(r->get_header_value("Content-Type") == "application/json");
    };
    refused(c.Get("/nothing"), 404, "E291");
    refused(c.Get(predict), 405, "E294");
    CHECK(c.Get(predict)->get_header_value("Allow") == "POST");
    refused(c.Delete("/v1/models/half_plus_two"), 405, "this path takes GET");
    refused(c.Put(predict, good, "application/json"), 405, "this path takes POST");
    refused(c.Patch(predict, good, "application/json"), 405, "this path takes POST");
    refused(c.Options(predict), 405, "this path takes POST");
    refused(c.Post("/v1/models/other:predict", good, "application/json"), 404, "no model \"other\"");
    refused(c.Post(predict, good, "image/png"), 415, "image/png");
    refused(c.Post(predict, httplib::MultipartFormDataItems{{"a", good, "a.json", ""}}), 415, "multipart/form-data");
    refused(c.Post(predict, std::string(1001, ' '), "application/json"), 413, "1001 bytes or more, at most 1000");
    refused(c.Post(predict, std::string(std::size_t{3} << 20, ' '), "application/json"), 413, "at most 1000");
    refused(c.Post(predict, "", "application/json"), 400, "no JSON");
    refused(c.Post(predict, "{", "application/json"), 400, "expected a name");
    const auto in_parts = [](std::size_t size) {
        return [size](std::size_t at, httplib::DataSink& sink) {
            if (at >= size) sink.done();
            else sink.write(" ", 1);
            return true;
        };
    };
    refused(c.Post(predict, in_parts(2000), "application/json"), 413, "2000 bytes or more");
    CHECK(c.Post(predict, good, "application/json")->body == answer);
}
TEST_CASE("http: connections that misbehave do no harm to others") {
    listening l;
    const int port = l.server.port();
    const std::string head = "POST " + predict + " HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
    std::vector<std::string> got(8);
    std::vector<std::thread> threads;
    const auto at_once = [&](std::size_t i, const std::string& text, bool ends_there) {
        threads.emplace_back([&got, i, text, ends_there, port] { got[i] = raw(port, text, ends_there); });
    };
    at_once(0, head + "Content-Length: 30\r\n\r\n{\"inst", false);  // half a body, then silence
    at_once(1, head + "Content-Length: 30\r\n\r\n{\"inst", true);   // half a body, then the end
    at_once(2, "\x16\x03\x01 no HTTP at all\r\n\r\n", false);
    at_once(3, "POST", true);
    at_once(4, "GET /" + std::string(20000, 'a') + " HTTP/1.1\r\n\r\n", false);
    at_once(5, head + "Content-Length: 18446744073709551615\r\n\r\n", false);
    at_once(6, head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", false);
    at_once(7, "", false);
    httplib::Client c = l.client();
    for (int i = 0; i < 10; ++i) CHECK(c.Post(predict, good, "application/json")->body == answer);
    for (std::thread& t : threads) t.join();
    CHECK(got[0].find(" 400 ") != std::string::npos);
    CHECK(got[0].find("after 6 bytes; its Content-Length is 30") != std::string::npos);
    CHECK(got[4].find(" 414 ") != std::string::npos);
    CHECK(got[5].find(" 413 ") != std::string::npos);
    CHECK(c.Post(predict, good, "application/json")->body == answer);
}
TEST_CASE("http: a refused body is not read as the next request") {
    listening l;
    const std::string inner = "GET /v1/models/half_plus_two HTTP/1.1\r\nHost: a\r\n\r\n";
    const std::string got =
        raw(l.server.port(), "POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(inner.size()) +
                                 "\r\n\r\n" + inner);
    CHECK(got.find(" 404 ") != std::string::npos);
    CHECK(got.find("AVAILABLE") == std::string::npos);
    const std::string with_body =
        raw(l.server.port(),
            "GET /health HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(inner.size()) + "\r\n\r\n" + inner);
    CHECK(with_body.find(" 400 ") != std::string::npos);
    CHECK(with_body.find("AVAILABLE") == std::string::npos);
    std::string large = inner;
    while (large.size() < (std::size_t{3} << 20)) large += inner;
    const std::string cut = raw(l.server.port(), "POST " + predict + " HTTP/1.1\r\nHost: a\r\nContent-Length: " +
                                                     std::to_string(large.size()) + "\r\n\r\n" + large);
    CHECK(cut.find("AVAILABLE") == std::string::npos);
}
TEST_CASE("http: nor is the body of a method that has none") {
    const listening l;
    const std::string inner = "GET /v1/models/sums HTTP/1.1\r\nHost: a\r\n\r\n";
    for (const std::string method : {"GET", "HEAD", "OPTIONS", "TRACE", "CONNECT"}) {
        const std::string got =
            raw(l.server.port(),
                method + " /v1/models/sums HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(inner.size()) +
                    "\r\n\r\n",
                false, inner);
        CHECK_MESSAGE(got.starts_with("HTTP/1.1 400"), method);
        CHECK_MESSAGE(got.find("HTTP/1.1 ", 1) == std::string::npos, (method + ": " + got));
        CHECK_MESSAGE(got.ends_with("\r\n\r\n") == (method == "HEAD"), (method + ": " + got));
    }
}
TEST_CASE("http: an answer is whole, whatever range is asked for") {
    const listening l;
    for (const char* const range : {"bytes=0-0", "bytes=0-0,0-0,0-0", "bytes=5000-"}) {
        const auto r = l.client().Post(predict, {{"Range", range}}, good, "application/json");
        REQUIRE(r);
        CHECK(r->status == 200);
        CHECK(r->body == answer);
    }
}
TEST_CASE("http: a body has one length") {
    const listening l;
    const std::string inner = "GET /v1/models/sums HTTP/1.1\r\nHost: a\r\n\r\n";
    for (const std::string length :
         {"Content-Length: none", "Content-Length: -1", "Content-Length: 0\r\nContent-Length: 46",
          "Transfer-Encoding: chunked\r\nContent-Length: 46"}) {
        const std::string got =
            raw(l.server.port(), "POST " + predict + " HTTP/1.1\r\nHost: a\r\n" + length + "\r\n\r\n", false, inner);
        CHECK_MESSAGE(got.find("E290 malformed_request: a Content-Length that can be read") != std::string::npos, got);
        CHECK_MESSAGE(got.find("AVAILABLE") == std::string::npos, (length + ": " + got));
    }
}
TEST_CASE("http: more connections than are taken") {
    listening l({.max_connections = 2});
    httplib::Client a = l.client(), b = l.client(), c = l.client();
    for (httplib::Client* each : {&a, &b, &c}) each->set_keep_alive(true);
    CHECK(a.Post(predict, good, "application/json")->status == 200);
    CHECK(b.Post(predict, good, "application/json")->status == 200);
    for (int i = 0; i < 2; ++i) {
        const auto r = i ? c.Get("/v1/models/half_plus_two") : c.Post(predict, good, "application/json");
        REQUIRE(r);
        CHECK(r->status == 503);
        CHECK(r->get_header_value("Retry-After") == "1");
        CHECK(error_of(r) == "E298 overloaded: there are 2 connections, and no more are taken");
    }
    a.stop();
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    CHECK(c.Post(predict, good, "application/json")->status == 200);
}
TEST_CASE("http: who ends answers what came before") {
    listening l;
    l.sums->is_held = true;
    std::thread waiting([&] {
        httplib::Client c = l.client();
        const auto r = c.Post("/v1/models/sums:predict", R"({"instances": [[1, 2]]})", "application/json");
        REQUIRE(r);
        CHECK(r->body == R"({"predictions":[3.0]})");
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    std::thread ending([&] { l.server.stop(); });
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    CHECK(!l.client().Get("/health"));  // nobody listens any more
    l.sums->is_held = false;
    waiting.join();
    ending.join();
}
TEST_CASE("http: a port that is taken") {
    listening l;
    serve::application app(l.store);
    serve::http_server other(app, {.port = l.server.port()});
    CHECK_THROWS_AS(other.start(), invalid_argument);
    for (const int none : {-1, 65536, 74037}) {
        serve::http_server server(l.app, {.port = none});
        CHECK_THROWS_WITH_AS(server.start(),
                             ("http_server: port " + std::to_string(none) + " is not in 0 to 65535").c_str(),
                             invalid_argument);
    }
}
