// SPDX-License-Identifier: BSL-1.0
// From a request to its answer, without a network: what http_server.hpp asks, and what tests can ask, too.
#pragma once
#include <telar/serve/classify.hpp>
#include <telar/serve/description.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::serve {

struct http_request {
    std::string method = "GET", path{};
    std::string content_type{};  // as the header has it
    std::string client{};        // its address
    std::string body{};
};
struct http_response {
    int status = 200;
    std::string body{};
    std::string content_type = "application/json";
    std::vector<std::pair<std::string, std::string>> headers{};
};

struct application_limits {
    std::size_t max_body_bytes = std::size_t{64} << 20;
    int max_requests_of_client = 0;  ///< of one address, under way; 0: any number
};

/// Answers what TensorFlow Serving's clients ask.
///
///     serve::application app(store);
///     app.answer({"POST", "/v1/models/digits:predict", "application/json", "", body});
///
/// errors    none: what is refused is an answer, {"error": "..."}, with the status of its exception
/// edge      after stop() all are refused but who is under way
/// test      tests/serve/application_threads_test.cpp
class application {
public:
    explicit application(model_store& store, application_limits limits = {}) : store_(store), limits_(limits) {}
    application(const application&) = delete;
    application& operator=(const application&) = delete;

    const application_limits& limits() const { return limits_; }
    void stop() { is_stopping_ = true; }
    bool is_stopping() const { return is_stopping_; }

    /// Refuses what needs no body to be refused: a path, a method, a media type, a length.
    ///
    /// errors    E290, E291, E294, E295, E296, E298
    route require_route(const http_request& r, std::size_t body_bytes) const {
        const route asked = read_route(r.path);
        if (is_stopping_ && asked.asks != route::metrics) fail<overloaded>("the server is about to end");
        const bool is_right = asked.is_posted() ? r.method == "POST" : r.method == "GET" || r.method == "HEAD";
        if (!is_right)
            fail<method_not_allowed>(r.method + ' ' + r.path + ": this path takes " +
                                     (asked.is_posted() ? "POST" : "GET"));
        if (!asked.is_posted()) return asked;
        require_json(r.content_type);
        require_size(body_bytes);
        return asked;
    }
    /// errors    E295 body_too_large
    void require_size(std::size_t body_bytes) const {
        if (body_bytes > limits_.max_body_bytes)
            fail<body_too_large>("the body has " + std::to_string(body_bytes) + " bytes or more, at most " +
                                 std::to_string(limits_.max_body_bytes) + " are taken");
    }

    http_response answer(const http_request& r) {
        const auto begin = std::chrono::steady_clock::now();
        route asked;
        http_response out;
        try {
            const turn own(*this, r.client);
            asked = require_route(r, r.body.size());
            out = answer_to(asked, r);
        } catch (const refusal& e) { out = refused(r, e); } catch (const std::exception& e) {
            out = refused(r, prediction_failed(e.what()));
        }
        count(asked, out.status, std::chrono::steady_clock::now() - begin);
        return out;
    }
    /// The answer to who is refused before the body was read.
    http_response refuse(const http_request& r, const refusal& why) {
        route asked;
        try {
            asked = read_route(r.path);
        } catch (const refusal&) {}  // of which `why` tells
        count(asked, why.status, {});
        return refused(r, why);
    }

private:
    /// One request of a client under way.
    class turn {
    public:
        turn(application& of, const std::string& client) : of_(of), client_(client) {
            ++of_.in_progress_;
            if (of_.limits_.max_requests_of_client == 0) return;
            const std::scoped_lock lock(of_.clients_mutex_);
            if (of_.clients_[client_] >= of_.limits_.max_requests_of_client) {
                --of_.in_progress_;
                fail<too_many_requests>(client_ + " has " + std::to_string(of_.clients_[client_]) +
                                        " requests under way, and is allowed no more");
            }
            ++of_.clients_[client_];
        }
        turn(const turn&) = delete;
        turn& operator=(const turn&) = delete;
        ~turn() {
            --of_.in_progress_;
            if (of_.limits_.max_requests_of_client == 0) return;
            const std::scoped_lock lock(of_.clients_mutex_);
            if (--of_.clients_[client_] == 0) of_.clients_.erase(client_);
        }

    private:
        application& of_;
        const std::string& client_;
    };

    static http_response refused(const http_request& r, const refusal& why) {
        http_response out;
        out.status = why.status;
        out.body = "{\"error\":" + io::json_text(why.what()) + '}';
        if (why.retry_after > 0) out.headers.emplace_back("Retry-After", std::to_string(why.retry_after));
        if (why.status == 405) out.headers.emplace_back("Allow", read_route(r.path).is_posted() ? "POST" : "GET, HEAD");
        return out;
    }
    /// curl -d says that it sends a form, and who says nothing may send JSON.
    static void require_json(const std::string& content_type) {
        const std::string_view type = std::string_view(content_type).substr(0, content_type.find(';'));
        for (const std::string_view taken : {"", "application/json", "text/json", "text/plain", "*/*",
                                             "application/x-www-form-urlencoded", "application/octet-stream"})
            if (type == taken) return;
        if (type.starts_with("application/") && type.ends_with("+json")) return;
        fail<unsupported_media_type>("Content-Type \"" + content_type + "\"; send application/json");
    }
    void count(const route& asked, int status, std::chrono::duration<double> took) {
        // A model that there is not has no name there, or any path would make a series.
        store_.metrics().add_request(store_.has(asked.model) ? asked.model : "", name_of(asked.asks), status, took);
    }

    http_response answer_to(const route& asked, const http_request& r) {
        switch (asked.asks) {
            case route::health: return {200, "{\"status\":\"SERVING\"}"};
            case route::metrics: return {200, store_.metrics().text(gauges()), "text/plain; version=0.0.4", {}};
            case route::status: return {200, status_text(store_.status(asked.model, asked.version))};
            case route::metadata: return {200, metadata_text(store_.find(asked.model, asked.version))};
            case route::predict:
            case route::classify:
            case route::regress: break;
        }
        const served_version v = store_.find(asked.model, asked.version);
        const servable& model = v.model->model();
        if (asked.asks == route::predict) {
            predict_request request = read_predict_request(r.body, model.inputs);
            const request_form form = request.form;
            return {200, predict_response(form, results_of(v, std::move(request.inputs)), model.outputs)};
        }
        const std::vector<any_tensor> y = results_of(v, read_examples(r.body, model.inputs));
        return {200, asked.asks == route::classify ? classify_response(y, model.outputs)
                                                   : regress_response(y, model.outputs)};
    }
    /// What the model itself says of the values is the client's mistake where it speaks of shapes, types or indices.
    static std::vector<any_tensor> results_of(const served_version& v, std::vector<any_tensor> inputs) {
        const std::string place = "model \"" + v.name + "\" version " + std::to_string(v.version) + ": ";
        try {
            return v.model->run(std::move(inputs));
        } catch (const refusal&) { throw; } catch (const wrong_shape& e) {
            fail<value_does_not_fit>(place + e.what());
        } catch (const wrong_type& e) { fail<value_does_not_fit>(place + e.what()); } catch (const index_error& e) {
            fail<value_does_not_fit>(place + e.what());
        } catch (const std::exception& e) { fail<prediction_failed>(place + e.what()); }
    }
    std::vector<server_metrics::gauge> gauges() const {
        std::vector<server_metrics::gauge> all{{"requests_in_progress", "", static_cast<double>(in_progress_)}};
        const std::vector<std::string> names = store_.names();
        for (const std::string& name : names)
            all.push_back({"waiting_requests", label_text("model", name), static_cast<double>(store_.waiting(name))});
        for (const std::string& name : names)
            for (const version_status& v : store_.status(name))
                all.push_back({"version_available",
                               label_text("model", name) + ',' + label_text("version", std::to_string(v.version)),
                               v.state == version_state::available ? 1.0 : 0.0});
        return all;
    }

    model_store& store_;
    application_limits limits_;
    std::atomic<bool> is_stopping_{false};
    std::atomic<int> in_progress_{0};
    std::mutex clients_mutex_;
    std::map<std::string, int> clients_;
};

}  // namespace telar::inline TELAR_ABI::serve
