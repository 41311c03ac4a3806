// SPDX-License-Identifier: BSL-1.0
// A progress bar as Keras draws it:
//     Epoch 3/10
//     47/47 [==============================] - 1s 12ms/step - loss: 0.3021 - accuracy: 0.9123
#pragma once
#include <telar/core/config.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <initializer_list>
#include <iostream>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#if __has_include(<unistd.h>)
#include <unistd.h>
#endif

namespace telar::inline TELAR_ABI {

namespace io {
/// A quantity to show beside the bar.
struct named_value {
    std::string_view name;
    double value;
};

/// Whether a stream is std::cout or std::cerr and leads to a terminal, where a line can be drawn over.
inline bool is_terminal([[maybe_unused]] const std::ostream& out) {
#if __has_include(<unistd.h>)
    if (out.rdbuf() == std::cout.rdbuf()) return isatty(STDOUT_FILENO) == 1;
    if (out.rdbuf() == std::cerr.rdbuf()) return isatty(STDERR_FILENO) == 1;
#endif
    return false;
}

/// Seconds since some moment.
using seconds_clock = std::function<double()>;

inline double steady_seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
}  // namespace io

/// Draws how far a loop has come. On a terminal the line is drawn over at each update, but not more than 20 times a
/// second; elsewhere only the line of the last step is printed.
///
/// edge      a total of 0 steps means that their number is unknown: the bar then ends with finish()
/// test      tests/io/progress_test.cpp
class progress_bar {
public:
    explicit progress_bar(long long total_steps, std::ostream& out = std::cout)
        : progress_bar(total_steps, out, io::is_terminal(out)) {}
    progress_bar(long long total_steps, std::ostream& out, bool is_live, io::seconds_clock clock = io::steady_seconds)
        : total_(total_steps), out_(out), is_live_(is_live), clock_(std::move(clock)), start_(clock_()) {}

    /// Prints "Epoch 3/10", and starts the bar and its time anew.
    void start_epoch(long long epoch, long long epochs) {
        out_ << "Epoch " + std::to_string(epoch) + '/' + std::to_string(epochs) + '\n';
        start_ = clock_();
        last_drawn_ = start_ - 1;
        width_ = 0;
        is_finished_ = false;
    }
    /// Shows that `step` steps are done. The last step ends the line.
    void update(long long step, std::span<const io::named_value> values = {}) {
        if (is_finished_) return;
        is_finished_ = total_ > 0 && step >= total_;
        const double now = clock_();
        if (!is_finished_ && (!is_live_ || now - last_drawn_ < 0.05)) return;
        last_drawn_ = now;
        draw(step, now - start_, values);
    }
    void update(long long step, std::initializer_list<io::named_value> values) {
        update(step, std::span(values.begin(), values.size()));
    }
    /// Ends the line, whatever step it is; update() does so by itself at the last one.
    void finish(long long step, std::span<const io::named_value> values = {}) {
        if (is_finished_) return;
        is_finished_ = true;
        draw(step, clock_() - start_, values);
    }
    void finish(long long step, std::initializer_list<io::named_value> values) {
        finish(step, std::span(values.begin(), values.size()));
    }

private:
    static std::string formatted(const char* format, double value) {
        char text[64];
        std::snprintf(text, sizeof text, format, value);
        return text;
    }
    /// 75 -> "1:15", 3700 -> "1:01:40", 7.9 -> "7s".
    static std::string duration(double seconds) {
        const auto whole = static_cast<long long>(std::clamp(seconds, 0.0, 1e12));
        if (whole < 60) return std::to_string(whole) + 's';
        const auto two = [](long long n) { return (n < 10 ? ":0" : ":") + std::to_string(n); };
        if (whole < 3600) return std::to_string(whole / 60) + two(whole % 60);
        return std::to_string(whole / 3600) + two(whole / 60 % 60) + two(whole % 60);
    }
    static std::string per_step(double seconds) {
        if (seconds >= 1 || seconds == 0) return formatted("%.0fs/step", seconds);
        if (seconds >= 1e-3) return formatted("%.0fms/step", seconds * 1e3);
        return formatted("%.0fus/step", seconds * 1e6);
    }
    static std::string number(double value) {
        const bool is_plain = value == 0 || (std::fabs(value) > 1e-3 && std::fabs(value) < 1e9);
        return formatted(is_plain || !std::isfinite(value) ? "%.4f" : "%.4e", value);
    }
    std::string bar(long long step) const {
        constexpr int width = 30;
        const auto done = static_cast<std::size_t>(width * static_cast<double>(std::clamp(step, 0LL, total_)) /
                                                   static_cast<double>(total_));
        if (done == width) return std::string(width, '=');
        return std::string(done, '=') + '>' + std::string(width - done - 1, '.');
    }
    void draw(long long step, double elapsed, std::span<const io::named_value> values) {
        const std::string count = std::to_string(step);
        std::string text = "    " + count + "/Unknown";
        if (total_ > 0) {
            const std::string all = std::to_string(total_);
            const std::string blanks(all.size() - std::min(all.size(), count.size()), ' ');
            text = blanks + count + '/' + all + " [" + bar(step) + ']';
        }
        const double each = step > 0 ? elapsed / static_cast<double>(step) : 0;
        if (is_finished_ || total_ == 0) text += " - " + duration(elapsed) + ' ' + per_step(each);
        else text += " - ETA: " + duration(each * static_cast<double>(total_ - step));
        for (const auto& [name, value] : values) text += " - " + std::string(name) + ": " + number(value);

        const std::size_t size = text.size();
        if (is_live_) text = '\r' + text + std::string(width_ - std::min(width_, size), ' ');  // wipes a longer line
        width_ = size;
        if (is_finished_) text += '\n';
        out_ << text << std::flush;
    }

    long long total_;
    std::ostream& out_;
    bool is_live_;
    io::seconds_clock clock_;
    double start_;
    double last_drawn_ = start_ - 1;
    std::size_t width_ = 0;
    bool is_finished_ = false;
};

}  // namespace telar::inline TELAR_ABI
