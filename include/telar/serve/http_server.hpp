// SPDX-License-Identifier: BSL-1.0
// An application behind a port, by cpp-httplib.
#pragma once
#include <telar/io/httplib.hpp>
#include <telar/serve/application.hpp>
#include <telar/serve/connection_threads.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace telar::inline TELAR_ABI::serve {

struct http_options {
    std::string host = "127.0.0.1";              ///< "0.0.0.0": all of the machine's networks
    int port = 8501;                             ///< TensorFlow Serving's; 0: one that is free
    std::size_t max_connections = 256;           ///< each has a thread; who comes then gets 503
    std::chrono::seconds read_timeout{5};        ///< without a byte of a request that has begun
    std::chrono::seconds body_timeout{30};       ///< for a whole body
    std::chrono::seconds keep_alive_timeout{5};  ///< between two requests
};

/// Serves an application by HTTP.
///
///     serve::http_server server(app, {.port = 8501});
///     server.start();                       // returns; threads answer
///     ...
///     server.stop();                        // answers who is under way, refuses who comes, then returns
///
/// errors    invalid_argument: the port is taken or is none, or the host is no address of this machine. E281 without
/// cpp-httplib edge      stop() may take keep_alive_timeout: connections that are idle end by then. Headers have the
/// limits that
///           cpp-httplib was built with
/// test      tests/serve/http_server_test.cpp
class http_server {
public:
    explicit http_server(application& app, http_options options = {})
        : app_(app), options_(std::move(options)), threads_(options_.max_connections) {
        server_.new_task_queue = [this]() -> httplib::TaskQueue* { return new queue(threads_); };
        server_.set_tcp_nodelay(true);
        server_.set_socket_options([this](socket_t socket) {
            socket_ = socket;
            take_port_alone(socket);
        });
        server_.set_read_timeout(options_.read_timeout);
        server_.set_write_timeout(options_.read_timeout);
        server_.set_keep_alive_timeout(options_.keep_alive_timeout.count());
        server_.set_keep_alive_max_count(std::size_t{1} << 30);
        const std::string any = R"([\s\S]*)";
        // The request is no constant of cpp-httplib's, which sets members of it itself.
        server_.set_pre_routing_handler([this](const httplib::Request& r, httplib::Response& to) {
            using enum httplib::Server::HandlerResponse;
            const_cast<httplib::Request&>(r).ranges.clear();  // parts of an answer, which cpp-httplib would send
            if (!has_clear_length(r)) refuse_unread(r, "a Content-Length that can be read in several ways", to);
            else if (has_body(r) && !takes_body(r.method))
                refuse_unread(r, "a body, which " + r.method + " has not", to);
            else return Unhandled;
            return Handled;
        });
        const auto without_body = [this](const httplib::Request& r, httplib::Response& to) { answer(r, {}, to); };
        server_.Get(any, without_body);
        const auto with_body = [this](const httplib::Request& r, httplib::Response& to,
                                      const httplib::ContentReader& read) { read_and_answer(r, to, read); };
        server_.Post(any, with_body);
        server_.Put(any, with_body);
        server_.Patch(any, with_body);
        server_.Delete(any, with_body);
        server_.Options(any, without_body);
        server_.set_error_handler([](const httplib::Request&, httplib::Response& to) {
            if (!to.body.empty() || to.content_length_ > 0) return;  // an answer of the application
            to.set_content("{\"error\":\"" + std::string(reason_of(to.status)) + "\"}", "application/json");
        });
    }
    http_server(const http_server&) = delete;
    http_server& operator=(const http_server&) = delete;
    ~http_server() { stop(); }

    void start() {
        if (options_.port < 0 || options_.port > 65535)
            fail<invalid_argument>("http_server: port " + std::to_string(options_.port) + " is not in 0 to 65535");
        const bool is_bound = options_.port == 0 ? (options_.port = server_.bind_to_any_port(options_.host)) > 0
                                                 : server_.bind_to_port(options_.host, options_.port);
        if (!is_bound)
            fail<invalid_argument>("http_server: " + options_.host + ':' + std::to_string(options_.port) +
                                   " is taken, or no address of this machine");
        (void)::listen(socket_, most_not_accepted);  // cpp-httplib asks for 5: clients that come at once wait a second
        listening_ = std::thread([this] { server_.listen_after_bind(); });
        while (!server_.is_running()) std::this_thread::yield();
    }
    int port() const { return options_.port; }
    void stop() {
        app_.stop();
        server_.stop();
        if (listening_.joinable()) listening_.join();
        threads_.stop();
    }

private:
    /// What cpp-httplib owns of the threads.
    class queue : public httplib::TaskQueue {
    public:
        explicit queue(connection_threads& threads) : threads_(threads) {}
        using taken = decltype(std::declval<httplib::TaskQueue&>().enqueue({}));  // void; bool in newer releases
        taken enqueue(std::function<void()> connection) override {
            threads_.add(std::move(connection));
            return static_cast<taken>(true);
        }
        void shutdown() override { threads_.stop(); }

    private:
        connection_threads& threads_;
    };

    /// cpp-httplib would let a second server share the port. A port whose last owner has ended is free at once.
    static void take_port_alone([[maybe_unused]] socket_t socket) {
#ifndef _WIN32
        const int yes = 1;
        (void)::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
#endif
    }
    /// Of what cpp-httplib refuses itself.
    static constexpr std::string_view reason_of(int status) {
        switch (status) {
            case 404: return "E291 not_found: no such path";
            case 413: return "E295 body_too_large: more than the server takes";
            case 414: return "E290 malformed_request: the path is too long";
            case 415: return "E296 unsupported_media_type: a Content-Encoding that the server does not know";
            case 500: return "E299 prediction_failed: the server failed";
            default: return "E290 malformed_request: this is no request of HTTP/1.1";
        }
    }
    static http_request request_of(const httplib::Request& r) {
        return {r.method, r.path, r.get_header_value("Content-Type"), r.remote_addr, {}};
    }
    void answer(const httplib::Request& r, std::string body, httplib::Response& to) {
        http_request request = request_of(r);
        request.body = std::move(body);
        if (threads_.is_refusing()) return write_and_close(app_.refuse(request, too_many_connections()), to);
        write(app_.answer(request), to);
    }
    overloaded too_many_connections() const {
        return overloaded("there are " + std::to_string(options_.max_connections) +
                          " connections, and no more are taken");
    }
    void read_and_answer(const httplib::Request& r, httplib::Response& to, const httplib::ContentReader& read) {
        const http_request request = request_of(r);
        bool is_read = false;
        try {
            if (threads_.is_refusing()) throw too_many_connections();
            app_.require_route(request, length_of(r));
            std::string body = read_body(r, read, is_read);
            answer(r, std::move(body), to);
        } catch (const refusal& e) {
            http_response answer = app_.refuse(request, e);
            if (is_read || !discard(r, read)) write_and_close(std::move(answer), to);
            else write(std::move(answer), to);
        }
    }
    static std::size_t length_of(const httplib::Request& r) {
        return static_cast<std::size_t>(r.get_header_value<std::uint64_t>("Content-Length"));
    }
    static bool has_body(const httplib::Request& r) {
        return length_of(r) > 0 || r.has_header("Transfer-Encoding");  // else cpp-httplib would read until it times out
    }
    static bool takes_body(std::string_view method) {
        return method == "POST" || method == "PUT" || method == "PATCH" || method == "DELETE";
    }
    /// One number, and no chunks beside it: a proxy before this server must not see another end of the body.
    static bool has_clear_length(const httplib::Request& r) {
        const std::size_t count = r.get_header_value_count("Content-Length");
        if (count == 0) return true;
        const std::string length = r.get_header_value("Content-Length");
        return count == 1 && !r.has_header("Transfer-Encoding") && !length.empty() &&
               length.find_first_not_of("0123456789") == std::string::npos;
    }
    void refuse_unread(const httplib::Request& r, const std::string& why, httplib::Response& to) {
        write_and_close(app_.refuse(request_of(r), malformed_request(why)), to, r.method != "HEAD");
        // cpp-httplib asks for no content in answer to HEAD, and then goes on with the connection.
        if (r.method == "HEAD") const_cast<httplib::Request&>(r).method = "GET";
    }
    /// Reads up to a size and a time; false: there is more, or the connection broke. A receiver gets what was read.
    template <class F>
    static bool read_some(const httplib::Request& r, const httplib::ContentReader& read, std::size_t most,
                          std::chrono::seconds time, const F& receive) {
        if (!has_body(r)) return true;
        const auto until = std::chrono::steady_clock::now() + time;
        std::size_t size = 0;
        const auto take = [&](const char* data, std::size_t n) {
            size += n;
            receive(data, n);
            return size <= most && std::chrono::steady_clock::now() <= until;
        };
        if (r.is_multipart_form_data()) return read([](const httplib::MultipartFormData&) { return true; }, take);
        return read(take);
    }
    /// Who still writes when a connection is closed may not see the answer: so the rest is read, if it is not much.
    static bool discard(const httplib::Request& r, const httplib::ContentReader& read) {
        return read_some(r, read, most_discarded, std::chrono::seconds(1), [](const char*, std::size_t) {});
    }
    /// errors    E290, E295
    std::string read_body(const httplib::Request& r, const httplib::ContentReader& read, bool& is_read) const {
        std::string body;
        std::size_t size = 0;
        const std::size_t most = app_.limits().max_body_bytes;
        is_read = true;
        const bool is_whole =
            read_some(r, read, most + most_discarded, options_.body_timeout, [&](const char* data, std::size_t n) {
                size += n;
                if (size <= most) body.append(data, n);
            });
        app_.require_size(size);
        if (!is_whole)
            fail<malformed_request>(
                "the body ended, or took longer than " + std::to_string(options_.body_timeout.count()) + " s, after " +
                std::to_string(size) + " bytes" +
                (length_of(r) > 0 ? "; its Content-Length is " + std::to_string(length_of(r)) : ""));
        return body;
    }
    static constexpr int most_not_accepted = 511;
    static constexpr std::size_t most_discarded = std::size_t{1} << 20;
    static void write(http_response&& from, httplib::Response& to) {
        to.status = from.status;
        for (const auto& [name, value] : from.headers) to.set_header(name, value);
        to.set_content(from.body, from.content_type);
    }
    /// What is left of a body must not be read as the next request. (cpp-httplib ends a connection on which an answer
    /// could not be written as a whole: so the provider writes it and says that it could not.)
    static void write_and_close(http_response&& from, httplib::Response& to, bool has_content = true) {
        to.status = from.status;
        for (const auto& [name, value] : from.headers) to.set_header(name, value);
        to.set_header("Connection", "close");
        const auto text = std::make_shared<const std::string>(std::move(from.body));
        to.set_content_provider(text->size(), from.content_type,
                                [text, has_content](std::size_t first, std::size_t count, httplib::DataSink& sink) {
                                    if (has_content) sink.write(text->data() + first, count);
                                    return false;
                                });
    }

    application& app_;
    http_options options_;
    connection_threads threads_;
    socket_t socket_{};
    httplib::Server server_;
    std::thread listening_;
};

}  // namespace telar::inline TELAR_ABI::serve
