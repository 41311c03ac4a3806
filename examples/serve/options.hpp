// SPDX-License-Identifier: BSL-1.0
// The command line of the server; names are TensorFlow Serving's where it has one.
#pragma once
#include <telar/serve/http_server.hpp>

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

struct program_options {
    std::vector<telar::serve::model_folder> folders;
    std::filesystem::path all_in;
    std::chrono::seconds poll_interval{1};
    telar::serve::batching_options batching;
    telar::serve::application_limits limits;
    telar::serve::http_options http;
    bool asks_for_help = false;
};

/// A number from 0 to `most`.
template <class T = int>
T number_of(const std::string& name, const std::string& value, T most = std::numeric_limits<T>::max()) {
    T n{};
    const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), n);
    if (n < 0 || n > most || problem != std::errc() || end != value.data() + value.size())
        telar::fail<telar::invalid_argument>("--" + name + '=' + value + ": no number from 0 to " +
                                             std::to_string(most));
    return n;
}
/// "a,b"
inline std::vector<std::string> parts_of(std::string_view text, char separator) {
    std::vector<std::string> all(1);
    for (const char c : text)
        if (c == separator) all.emplace_back();
        else all.back() += c;
    return all;
}

struct option {
    std::string_view name, value, help;
    std::function<void(program_options&, const std::string& name, const std::string& value)> set;
};
/// The folder that is told last.
inline telar::serve::model_folder& last_folder(program_options& o, const std::string& name) {
    if (o.folders.empty()) telar::fail<telar::invalid_argument>("--" + name + " stands before --model_name");
    return o.folders.back();
}
inline const std::vector<option>& all_options() {
    // clang-format off
    static const std::vector<option> all = {
        {"model_name", "NAME", "a model; the four options below it are about the one that was named last",
         [](auto& o, auto&, auto& v) { o.folders.push_back({v, {}, {}, {}}); }},
        {"model_base_path", "FOLDER", "its folder: FOLDER/1/model.onnx, FOLDER/2/model.keras, ...",
         [](auto& o, auto& n, auto& v) { last_folder(o, n).path = v; }},
        {"model_latest", "N", "serve its N newest versions [1]",
         [](auto& o, auto& n, auto& v) { last_folder(o, n).policy.latest = number_of<unsigned>(n, v); }},
        {"model_versions", "1,2", "serve these versions of it instead",
         [](auto& o, auto& n, auto& v) { for (const auto& p : parts_of(v, ',')) last_folder(o, n).policy.versions.push_back(number_of<std::int64_t>(n, p)); }},
        {"model_labels", "stable:1,canary:2", "labels of its versions",
         [](auto& o, auto& n, auto& v) {
             for (const auto& p : parts_of(v, ',')) {
                 const auto pair = parts_of(p, ':');
                 if (pair.size() != 2) telar::fail<telar::invalid_argument>("--" + n + '=' + v + ": no label:version");
                 last_folder(o, n).labels[pair[0]] = number_of<std::int64_t>(n, pair[1]);
             }
         }},
        {"models", "FOLDER", "each folder in this one is a model", [](auto& o, auto&, auto& v) { o.all_in = v; }},
        {"file_system_poll_wait_seconds", "S", "how often to look for new versions [1]; 0: never",
         [](auto& o, auto& n, auto& v) { o.poll_interval = std::chrono::seconds(number_of(n, v)); }},
        {"rest_api_host", "ADDRESS", "whom to listen to [127.0.0.1]; 0.0.0.0: all", [](auto& o, auto&, auto& v) { o.http.host = v; }},
        {"rest_api_port", "PORT", "[8501]; 0: a free one", [](auto& o, auto& n, auto& v) { o.http.port = number_of(n, v, 65535); }},
        {"max_connections", "N", "[256]; each has a thread", [](auto& o, auto& n, auto& v) { o.http.max_connections = number_of<unsigned>(n, v); }},
        {"max_batch_size", "ROWS", "[32] that are computed together", [](auto& o, auto& n, auto& v) { o.batching.max_batch_size = number_of(n, v); }},
        {"batch_timeout_micros", "US", "[0] that a batch waits to become full", [](auto& o, auto& n, auto& v) { o.batching.batch_timeout = std::chrono::microseconds(number_of(n, v)); }},
        {"num_batch_threads", "N", "[1] batches of a model at once", [](auto& o, auto& n, auto& v) { o.batching.batch_threads = number_of(n, v, 1024); }},
        {"max_waiting_requests", "N", "[1000] of a model; then 503", [](auto& o, auto& n, auto& v) { o.batching.max_waiting = number_of<unsigned>(n, v); }},
        {"max_body_bytes", "N", "[67108864]; then 413", [](auto& o, auto& n, auto& v) { o.limits.max_body_bytes = number_of<std::size_t>(n, v); }},
        {"max_requests_of_client", "N", "[0: any] under way from one address; then 429", [](auto& o, auto& n, auto& v) { o.limits.max_requests_of_client = number_of(n, v); }},
        {"help", "", "this text", [](auto& o, auto&, auto&) { o.asks_for_help = true; }},
    };
    // clang-format on
    return all;
}
inline std::string help_text() {
    std::string text =
        "serve --model_name=digits --model_base_path=models/digits\nWithout a model it serves half_plus_two.\n";
    for (const option& o : all_options()) {
        const std::string left = "  --" + std::string(o.name) + (o.value.empty() ? "" : "=" + std::string(o.value));
        text += left + std::string(left.size() < 40 ? 40 - left.size() : 1, ' ') + std::string(o.help) + '\n';
    }
    return text;
}
/// errors    invalid_argument
inline program_options read_options(const std::vector<std::string>& arguments) {
    program_options all;
    for (const std::string& a : arguments) {
        const std::size_t equals = a.find('=');
        const std::string name =
            a.starts_with("--") ? a.substr(2, equals == std::string::npos ? equals : equals - 2) : "";
        const std::string value = equals == std::string::npos ? "" : a.substr(equals + 1);
        bool is_known = false;
        for (const option& o : all_options())
            if (o.name == name && (is_known = true)) o.set(all, name, value);
        if (!is_known) telar::fail<telar::invalid_argument>("no option " + a + "; --help tells all");
    }
    return all;
}
