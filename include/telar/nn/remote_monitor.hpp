// SPDX-License-Identifier: BSL-1.0
// A server hears of each epoch, by HTTP. (A header of its own, for it needs cpp-httplib, which brings the system's
// headers of networks with it.)
#pragma once
#include <telar/io/httplib.hpp>
#include <telar/io/json_text.hpp>
#include <telar/nn/callbacks.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace telar::inline TELAR_ABI::nn {

/// Posts each epoch's numbers to root + path, as {"epoch":0,"loss":0.5}: in a form with one field, or as the request's
/// own JSON.
///
///     nn::remote_monitor{.root = "http://localhost:9000", .send_as_json = true}
///
/// edge      The epoch counts from 0, as in Keras; a number that is not finite is null. A server that is not there, or
///           that refuses, does not end the training: the first time of a fit is a line on std::cerr, and all are
///           counted in failures. (Keras says nothing of one that refuses.) A post that takes longer than the timeout
///           has failed; fit waits for it. Redirections are followed
/// errors    invalid_argument, before the first epoch: root is no address with http:// or https://, or cpp-httplib was
///           built without OpenSSL, which https takes; a header has a line break in it. E281 without cpp-httplib
/// source    Keras' RemoteMonitor
/// test      tests/nn/remote_monitor_test.cpp
struct remote_monitor {
    static constexpr bool is_writer = true;
    std::string root = "http://localhost:9000", path = "/publish/epoch/end/";
    std::string field = "data";  // of the form
    std::map<std::string, std::string> headers{};
    bool send_as_json = false;
    std::chrono::milliseconds timeout{5000};
    int failures = 0;

    static std::string message(int epoch, const epoch_logs& logs) {
        std::string text = "{\"epoch\":" + std::to_string(epoch);
        for (const auto& [name, value] : logs.all()) text += ',' + io::json_text(name) + ':' + json_number(value);
        return text + '}';
    }
    void on_train_begin(auto&) {
        (void)address();
        failures = 0;
        for (const auto& [name, value] : headers)
            if ((name + value).find_first_of("\r\n") != std::string::npos)
                fail<invalid_argument>("remote_monitor: a line break in the header " + name);
    }
    void on_epoch_end(auto&, int epoch, const epoch_logs& logs) {
        const auto [server, place] = address();
        httplib::Client client(server);
        client.set_follow_location(true);
        client.set_connection_timeout(timeout);
        client.set_read_timeout(timeout);
        client.set_write_timeout(timeout);
        const httplib::Headers all(headers.begin(), headers.end());
        const std::string text = message(epoch, logs);
        const httplib::Result answer = send_as_json ? client.Post(place, all, text, "application/json")
                                                    : client.Post(place, all, httplib::Params{{field, text}});
        if (answer && answer->status < 400) return;
        if (++failures == 1)
            std::cerr << "remote_monitor: " << root + path << ": "
                      << (answer ? "status " + std::to_string(answer->status) : to_string(answer.error())) << '\n';
    }

    /// "http://host:port" and what stands behind it.
    std::pair<std::string, std::string> address() const {
        const std::string whole = root + path;
        const std::string_view scheme = whole.starts_with("http://") ? "http://" : "https://";
        const std::size_t end = std::min(whole.find('/', scheme.size()), whole.size());
        if (!whole.starts_with(scheme) || end <= scheme.size())
            fail<invalid_argument>("remote_monitor: " + root + " is no address as http://localhost:9000");
#ifndef CPPHTTPLIB_OPENSSL_SUPPORT
        if (scheme == "https://")
            fail<invalid_argument>("remote_monitor: " + root + ": cpp-httplib was built without OpenSSL");
#endif
        return {whole.substr(0, end), end < whole.size() ? whole.substr(end) : "/"};
    }
};

}  // namespace telar::inline TELAR_ABI::nn
