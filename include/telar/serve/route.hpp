// SPDX-License-Identifier: BSL-1.0
// The paths of TensorFlow Serving's REST interface.
#pragma once
#include <telar/serve/refusal.hpp>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace telar::inline TELAR_ABI::serve {

/// Which version of a model: the newest, one by its number, or one by a label.
struct version_choice {
    std::optional<std::int64_t> number{};
    std::string label{};
};

/// What a path asks for.
struct route {
    enum methods { status, metadata, predict, classify, regress, health, metrics };

    methods asks = status;
    std::string model{};
    version_choice version{};

    bool is_posted() const { return asks == predict || asks == classify || asks == regress; }
};

/// The word that metrics have for a method, and paths behind the colon.
constexpr std::string_view name_of(route::methods m) {
    constexpr std::string_view names[] = {"status", "metadata", "predict", "classify", "regress", "health", "metrics"};
    return names[m];
}

/// The number of a version.
///
/// errors    E290 malformed_request
inline std::int64_t version_number(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || text[0] == '-' || problem != std::errc() || end != text.data() + text.size())
        fail<malformed_request>("the version \"" + std::string(text) + "\" is no number");
    return number;
}

/// Reads a path: /v1/models/NAME[/versions/N|/labels/L][/metadata|:predict|:classify|:regress], /health, /metrics.
///
/// errors    E290 malformed_request: the version; E291 not_found
/// source    tensorflow.org/tfx/serving/api_rest
/// test      tests/serve/route_test.cpp
inline route read_route(std::string_view path) {
    route r;
    const std::string whole(path);
    if (path == "/health") return r.asks = route::health, r;
    if (path == "/metrics" || path == "/monitoring/prometheus/metrics") return r.asks = route::metrics, r;
    constexpr std::string_view root = "/v1/models/";
    if (!path.starts_with(root)) fail<not_found>("no path " + whole + "; models are at /v1/models/NAME");
    path.remove_prefix(root.size());

    bool has_verb = false;
    if (const std::size_t colon = path.rfind(':'); colon != std::string_view::npos) {
        const std::string_view verb = path.substr(colon + 1);
        has_verb = true;
        if (verb == "predict") r.asks = route::predict;
        else if (verb == "classify") r.asks = route::classify;
        else if (verb == "regress") r.asks = route::regress;
        else fail<not_found>("no method \":" + std::string(verb) + "\"; there are :predict, :classify, :regress");
        path = path.substr(0, colon);
    }
    const auto take = [&path] {
        const std::string_view part = path.substr(0, path.find('/'));
        path.remove_prefix(part.size());
        if (!path.empty()) path.remove_prefix(1);
        return part;
    };
    r.model = take();
    if (r.model.empty()) fail<not_found>("the path " + whole + " names no model");
    if (path.starts_with("versions/")) take(), r.version.number = version_number(take());
    else if (path.starts_with("labels/")) {
        take();
        r.version.label = take();
        if (r.version.label.empty()) fail<not_found>("the path " + whole + " names no label");
    }
    if (path == "metadata" && !has_verb) take(), r.asks = route::metadata;
    if (!path.empty()) fail<not_found>("no path " + whole);
    return r;
}

}  // namespace telar::inline TELAR_ABI::serve
