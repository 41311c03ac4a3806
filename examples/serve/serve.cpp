// SPDX-License-Identifier: BSL-1.0
// Serves models as TensorFlow Serving does, so that its clients work unchanged. docs/serving.md tells how to run it.
#include "loaders.hpp"
#include "options.hpp"

#include <telar/serve/http_server.hpp>
#include <telar/telar.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <thread>

using namespace telar;

namespace {

std::atomic<bool> is_asked_to_end{false};  // by a signal
static_assert(std::atomic<bool>::is_always_lock_free);

extern "C" void ask_to_end(int signal) {
    is_asked_to_end = true;
    std::signal(signal, SIG_DFL);  // a second one ends it at once
}

/// A model of the program's own: x / 2 + 2, as TensorFlow Serving's documents have it.
callable<tensor<float, dyn>(const tensor<float, dyn>&)> half_plus_two() {
    input<"x", tensor<float, dyn>> x;
    return {late(x * 0.5f + 2.0f), x};
}

void require_folder(const std::string& option, const std::filesystem::path& path) {
    if (!std::filesystem::is_directory(path))
        fail<invalid_argument>("--" + option + '=' + path.string() + ": no folder");
}
/// Looks for new versions, which may take long to load.
void poll_until_asked(serve::model_store& store, std::chrono::seconds interval) {
    auto next = std::chrono::steady_clock::now() + interval;
    while (!is_asked_to_end) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        if (interval.count() == 0 || std::chrono::steady_clock::now() < next) continue;
        try {
            store.poll();
        } catch (const std::exception& e) { std::clog << "looking for versions: " << e.what() << std::endl; }
        next = std::chrono::steady_clock::now() + interval;
    }
}

void serve_until_asked(const program_options& options) {
    for (const serve::model_folder& f : options.folders) require_folder("model_base_path", f.path);
    if (!options.all_in.empty()) require_folder("models", options.all_in);
    serve::model_store store(model_loaders(), options.batching,
                             [](const std::string& line) { std::clog << line << std::endl; });
    if (options.folders.empty() && options.all_in.empty())
        store.add("half_plus_two", serve::servable_of(half_plus_two(), {"x"}, {"y"}));
    for (const serve::model_folder& f : options.folders) store.add(f);
    if (!options.all_in.empty()) store.add_all(options.all_in);
    store.poll();

    serve::application app(store, options.limits);
    serve::http_server server(app, options.http);
    std::signal(SIGINT, ask_to_end);
    std::signal(SIGTERM, ask_to_end);
    server.start();
    std::clog << "listening on " << options.http.host << ':' << server.port() << std::endl;
    std::thread polling([&] { poll_until_asked(store, options.poll_interval); });
    while (!is_asked_to_end) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    std::clog << "ending: requests that came are answered" << std::endl;
    server.stop();
    polling.join();
    store.stop();
}

}  // namespace

int main(int count, char** arguments) {
    try {
        const program_options options = read_options({arguments + 1, arguments + count});
        if (options.asks_for_help) return std::cout << help_text(), 0;
        serve_until_asked(options);
    } catch (const std::exception& e) { return std::cerr << "serve: " << e.what() << '\n', 1; }
}
