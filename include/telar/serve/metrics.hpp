// SPDX-License-Identifier: BSL-1.0
// Counts and times of a server, in the text that Prometheus reads.
#pragma once
#include <telar/core/config.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::serve {

/// How many values lie below each of some bounds.
class value_histogram {
public:
    explicit value_histogram(std::vector<double> bounds = {})
        : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {}

    void add(double value) {
        std::size_t i = 0;
        while (i < bounds_.size() && value > bounds_[i]) ++i;
        ++counts_[i];
        sum_ += value;
    }
    /// The lines name_bucket, name_sum, name_count.
    void append(std::string& out, const std::string& name, const std::string& labels) const {
        std::uint64_t below = 0;
        const std::string open = name + "_bucket{" + labels + (labels.empty() ? "le=\"" : ",le=\"");
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            below += counts_[i];
            out += open + (i < bounds_.size() ? number(bounds_[i]) : "+Inf") + "\"} " + std::to_string(below) + '\n';
        }
        out += name + "_sum{" + labels + "} " + number(sum_) + '\n';
        out += name + "_count{" + labels + "} " + std::to_string(below) + '\n';
    }

    static std::string number(double value) {
        std::string text = std::to_string(value);
        text.erase(text.find_last_not_of('0') + 1);
        if (text.ends_with('.')) text.pop_back();
        return text;
    }

private:
    std::vector<double> bounds_;
    std::vector<std::uint64_t> counts_;
    double sum_ = 0;
};

/// A label's value: quotes, backslashes and line breaks are escaped.
inline std::string label_text(std::string_view name, std::string_view value) {
    std::string text = std::string(name) + "=\"";
    for (const char c : value) {
        if (c == '\n') text += "\\n";
        else if (c == '"' || c == '\\') text += {'\\', c};
        else text += c;
    }
    return text + '"';
}

/// The word of TensorFlow for a status of HTTP.
constexpr std::string_view tensorflow_status(int http) {
    switch (http) {
        case 200: return "OK";
        case 404: return "NOT_FOUND";
        case 429: return "RESOURCE_EXHAUSTED";
        case 500: return "INTERNAL";
        case 503: return "UNAVAILABLE";
        default: return "INVALID_ARGUMENT";
    }
}

/// What a server has done. Threads add to it.
///
/// test      tests/serve/application_threads_test.cpp
class server_metrics {
public:
    /// A request that was answered. The model is one that there is, or "".
    void add_request(const std::string& model, std::string_view method, int status,
                     std::chrono::duration<double> took) {
        const std::scoped_lock lock(mutex_);
        ++requests_[{model, std::string(method), status}];
        if (status != 200) return;
        const auto key = std::pair(model, std::string(method));
        const auto at = seconds_.try_emplace(key, std::vector<double>{.0001, .00025, .0005, .001, .0025, .005, .01,
                                                                      .025, .05, .1, .25, .5, 1, 2.5, 5, 10});
        at.first->second.add(took.count());
    }
    void add_batch(const std::string& model, double rows) {
        const std::scoped_lock lock(mutex_);
        rows_.try_emplace(model, std::vector<double>{1, 2, 4, 8, 16, 32, 64, 128, 256, 512}).first->second.add(rows);
    }
    /// A value of now: telar_serve_<name>{labels}.
    struct gauge {
        std::string name, labels;
        double value;
    };
    std::string text(const std::vector<gauge>& now) const {
        const std::scoped_lock lock(mutex_);
        std::string out;
        const auto head = [&](const std::string& name, std::string_view type, std::string_view help) {
            out += "# HELP " + name + ' ' + std::string(help) + "\n# TYPE " + name + ' ' + std::string(type) + '\n';
        };
        head("telar_serve_requests_total", "counter", "Requests that were answered.");
        for (const auto& [key, count] : requests_) {
            const auto& [model, method, status] = key;
            out += "telar_serve_requests_total{" + label_text("model", model) + ',' + label_text("method", method) +
                   ',' + label_text("status", std::to_string(status)) + "} " + std::to_string(count) + '\n';
        }
        head("telar_serve_request_seconds", "histogram", "From the last byte of a request to its answer, status 200.");
        for (const auto& [key, h] : seconds_)
            h.append(out, "telar_serve_request_seconds",
                     label_text("model", key.first) + ',' + label_text("method", key.second));
        head("telar_serve_batch_rows", "histogram", "Rows that were computed together.");
        for (const auto& [model, h] : rows_) h.append(out, "telar_serve_batch_rows", label_text("model", model));
        std::string last;
        for (const gauge& g : now) {
            if (g.name != last) out += "# TYPE telar_serve_" + g.name + " gauge\n";
            last = g.name;
            out += "telar_serve_" + g.name + (g.labels.empty() ? " " : '{' + g.labels + "} ") +
                   value_histogram::number(g.value) + '\n';
        }
        head(":tensorflow:serving:request_count", "counter", "Predictions, by TensorFlow's words for their status.");
        for (const auto& [key, count] : predictions())
            out += ":tensorflow:serving:request_count{" + label_text("model_name", key.first) + ',' +
                   label_text("status", key.second) + "} " + std::to_string(count) + '\n';
        return out;
    }

private:
    std::map<std::pair<std::string, std::string_view>, std::uint64_t> predictions() const {
        std::map<std::pair<std::string, std::string_view>, std::uint64_t> all;
        for (const auto& [key, count] : requests_) {
            const auto& [model, method, status] = key;
            if (method == "predict") all[{model, tensorflow_status(status)}] += count;
        }
        return all;
    }

    mutable std::mutex mutex_;
    std::map<std::tuple<std::string, std::string, int>, std::uint64_t> requests_;
    std::map<std::pair<std::string, std::string>, value_histogram> seconds_;
    std::map<std::string, value_histogram> rows_;
};

}  // namespace telar::inline TELAR_ABI::serve
