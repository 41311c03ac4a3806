// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <telar/nn.hpp>
#include <telar/nn/remote_monitor.hpp>

#include <limits>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace telar;

namespace {

/// A server on a free port of this machine, which remembers what it was told.
struct listening {
    httplib::Server server;
    std::vector<httplib::Request> heard;
    int port = 0;
    std::thread thread;

    listening() {
        server.Post("/publish/epoch/end/", [&](const auto& request, auto&) { heard.push_back(request); });
        server.Post("/moved", [](const auto&, auto& answer) { answer.set_redirect("/publish/epoch/end/", 307); });
        server.Post("/slow", [](const auto&, auto&) { std::this_thread::sleep_for(std::chrono::milliseconds(600)); });
        port = server.bind_to_any_port("127.0.0.1");
        thread = std::thread([&] { server.listen_after_bind(); });
        while (!server.is_running()) std::this_thread::yield();
    }
    ~listening() { stop(); }
    void stop() {
        server.stop();
        if (thread.joinable()) thread.join();
    }
    std::string root() const { return "http://127.0.0.1:" + std::to_string(port); }
};
/// What is written to std::cerr meanwhile.
struct complaints {
    std::ostringstream text;
    std::streambuf* old = std::cerr.rdbuf(text.rdbuf());
    ~complaints() { std::cerr.rdbuf(old); }
};
struct {
} trainer;

nn::epoch_logs logs_of(double loss) {
    nn::epoch_logs logs;
    logs.set("loss", loss);
    logs.set("val \"accuracy\"", 0.25);
    return logs;
}

}  // namespace

TEST_CASE("remote_monitor: fit tells a server of each epoch") {
    listening there;
    static constexpr nn::dense line{1};
    nn::model_of<line, tensor<float, dyn, 1>> net(1);
    auto trained = nn::compile<nn::mean_squared_error{}>(net, sgd{});
    const tensor<float, 2, 1> x = {{1}, {2}};
    const tensor<float, 2> y = {2, 4};
    const auto h = trained.fit(x, y, {.epochs = 2, .initial_epoch = 0, .verbose = 0},
                               nn::remote_monitor{.root = there.root(), .headers = {{"X-Run", "a"}}});
    there.stop();
    REQUIRE(there.heard.size() == 2);
    for (std::size_t e = 0; e < 2; ++e) {
        const httplib::Request& r = there.heard[e];
        CHECK(r.get_header_value("Content-Type") == "application/x-www-form-urlencoded");
        CHECK(r.get_header_value("X-Run") == "a");
        CHECK(r.get_param_value("data") ==
              "{\"epoch\":" + std::to_string(e) + ",\"loss\":" + nn::number_text(h["loss"][e]) + "}");
    }
}
TEST_CASE("remote_monitor: JSON, a field of another name, texts that forms and JSON escape") {
    listening there;
    nn::remote_monitor json{.root = there.root(), .send_as_json = true},
        form{.root = there.root() + "/publish", .path = "/epoch/end/", .field = "a field"},
        moved{.root = there.root(), .path = "/moved", .send_as_json = true};
    json.on_epoch_end(trainer, 7, logs_of(std::numeric_limits<double>::quiet_NaN()));
    form.on_epoch_end(trainer, 8, logs_of(1e-20));
    moved.on_epoch_end(trainer, 9, logs_of(1));
    there.stop();
    REQUIRE(there.heard.size() == 3);
    CHECK(there.heard[0].get_header_value("Content-Type") == "application/json");
    CHECK(there.heard[0].body == R"({"epoch":7,"loss":null,"val \"accuracy\"":0.25})");
    CHECK(there.heard[1].get_param_value("a field") == R"({"epoch":8,"loss":1e-20,"val \"accuracy\"":0.25})");
    CHECK(there.heard[2].body == R"({"epoch":9,"loss":1.0,"val \"accuracy\"":0.25})");
}
TEST_CASE("remote_monitor: a server that is gone, slow or refuses is a line, and training goes on") {
    listening there;
    const complaints said;
    nn::remote_monitor refused{.root = there.root(), .path = "/nowhere"};
    nn::remote_monitor slow{.root = there.root(), .path = "/slow", .timeout = std::chrono::milliseconds(100)};
    refused.on_epoch_end(trainer, 0, logs_of(1));
    slow.on_epoch_end(trainer, 0, logs_of(1));
    CHECK(slow.failures == 1);
    there.stop();
    CHECK(refused.failures == 1);
    refused.on_epoch_end(trainer, 1, logs_of(1));
    CHECK(refused.failures == 2);
    nn::remote_monitor gone{.root = there.root()};
    gone.on_epoch_end(trainer, 0, logs_of(1));
    CHECK(gone.failures == 1);
    const std::string at = "remote_monitor: " + there.root();
    CHECK(said.text.str().starts_with(at + "/nowhere: status 404\n" + at + "/slow: "));
    CHECK(said.text.str().find(at + "/publish/epoch/end/: ") != std::string::npos);
    gone.on_train_begin(trainer);
    CHECK(gone.failures == 0);
}
TEST_CASE("remote_monitor: what is no address is refused before the first epoch") {
    for (const char* root : {"", "localhost:9000", "http://", "ftp://localhost", "http:/localhost"})
        CHECK_THROWS_AS(nn::remote_monitor{.root = root}.on_train_begin(trainer), invalid_argument);
    CHECK_THROWS_AS((nn::remote_monitor{.headers = {{"A", "b\r\nC: d"}}}.on_train_begin(trainer)), invalid_argument);
    const auto both = [](const char* root, const char* path) {
        return nn::remote_monitor{.root = root, .path = path}.address();
    };
    CHECK(both("http://a:1/b", "/c/") == std::pair<std::string, std::string>("http://a:1", "/b/c/"));
    CHECK(both("http://[::1]:90", "") == std::pair<std::string, std::string>("http://[::1]:90", "/"));
}
