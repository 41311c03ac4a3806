// SPDX-License-Identifier: BSL-1.0
// Callbacks by Keras' names. One of your own is a struct with any of on_train_begin(trainer), on_epoch_begin(trainer,
// epoch), on_batch_end(trainer, batch, logs), on_epoch_end(trainer, epoch, logs), on_train_end(trainer).
#pragma once
#include <telar/core/buffer.hpp>
#include <telar/nn/history.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <vector>

namespace telar::inline TELAR_ABI::nn {

/// Whether less or more of a monitored number is better; `from_name`: Keras' "auto".
enum class monitor_mode { from_name, min, max };
struct lambda_callback;

namespace callbacks {
/// Whether more is better, which the name of a metric tells.
inline bool rises(std::string_view monitor) {
    for (const std::string_view part : {"acc", "precision", "recall", "auc", "score", "iou", "sensitivity",
                                        "correlation", "similarity", "confusion_matrix"})
        if (monitor.find(part) != std::string_view::npos) return true;
    return false;
}
/// The monitored number, negated where more is better: less is better then. (invalid_argument: there is none.)
inline double cost(double value, std::string_view monitor, monitor_mode mode) {
    return (mode == monitor_mode::from_name ? rises(monitor) : mode == monitor_mode::max) ? -value : value;
}
inline double cost_of(const epoch_logs& logs, std::string_view monitor, monitor_mode mode) {
    return cost(logs[monitor], monitor, mode);
}
/// What a callback that saves the best alone remembers, from one fit to the next.
struct best_so_far {
    std::optional<double> cost{};

    void begin(std::optional<double> threshold, std::string_view monitor, monitor_mode mode) {
        if (!cost)
            cost = threshold ? callbacks::cost(*threshold, monitor, mode) : std::numeric_limits<double>::infinity();
    }
    /// Whether the monitored number is better than all before. (invalid_argument: there is none.)
    bool takes(const epoch_logs& logs, std::string_view monitor, monitor_mode mode) {
        if (logs.skips(monitor)) return false;
        const double now = cost_of(logs, monitor, mode);
        if (!(now < *cost)) return false;
        cost = now;
        return true;
    }
};

/// A callback that writes for people or files: of several processes that train together the first one has it alone. All
/// others are called in each process, where they see the same numbers and so decide alike.
template <class C>
concept Writer = requires {
    requires C::is_writer;
};

// Each calls the callback's function of that name, if it has one. Those of a lambda_callback are not told the trainer.
template <class C> inline constexpr bool is_lambda = std::is_same_v<C, lambda_callback>;
template <class C, class T> void train_begins(C& c, T& trainer) {
    if constexpr (requires { c.on_train_begin(trainer); }) c.on_train_begin(trainer);
    else if constexpr (is_lambda<C>) c.tell(c.on_train_begin);
}
template <class C, class T> void epoch_begins(C& c, T& trainer, int epoch) {
    if constexpr (requires { c.on_epoch_begin(trainer, epoch); }) c.on_epoch_begin(trainer, epoch);
    else if constexpr (is_lambda<C>) c.tell(c.on_epoch_begin, epoch);
}
template <class C, class T>
concept watches_batches = is_lambda<C> || requires(C& c, T& trainer, const epoch_logs& logs) {
    c.on_batch_end(trainer, 0LL, logs);
};
template <class C, class T> void batch_ended(C& c, T& trainer, long long number, const epoch_logs& logs) {
    if constexpr (is_lambda<C>) c.tell(c.on_batch_end, number, logs);
    else if constexpr (watches_batches<C, T>) c.on_batch_end(trainer, number, logs);
}
template <class C, class T> void epoch_ended(C& c, T& trainer, int epoch, const epoch_logs& logs) {
    if constexpr (requires { c.on_epoch_end(trainer, epoch, logs); }) c.on_epoch_end(trainer, epoch, logs);
    else if constexpr (is_lambda<C>) c.tell(c.on_epoch_end, epoch, logs);
}
template <class C, class T> void train_ended(C& c, T& trainer) {
    if constexpr (requires { c.on_train_end(trainer); }) c.on_train_end(trainer);
    else if constexpr (is_lambda<C>) c.tell(c.on_train_end);
}
}  // namespace callbacks

/// Stops when the monitored number has not become better for `patience` epochs.
///
/// edge      With restore_best_weights the model ends with the values of its best epoch. With a baseline an epoch
///           counts as better only if it beats the baseline. Epochs before start_from_epoch are ignored, and so are
///           epochs that validation_freq skips.
/// errors    invalid_argument: there is no such number
/// source    Keras' EarlyStopping
/// test      tests/nn/trainer_test.cpp, tests/fixtures/keras_callbacks_test.cpp
struct early_stopping {
    std::string monitor = "val_loss";
    double min_delta = 0;
    int patience = 0;
    monitor_mode mode = monitor_mode::from_name;
    std::optional<double> baseline{};
    bool restore_best_weights = false;
    int start_from_epoch = 0;

    void on_train_begin(auto&) {
        waited_ = best_epoch_ = 0;
        stopped_epoch_ = -1;
        has_weights_ = false;
        best_ = std::numeric_limits<double>::infinity();
    }
    void on_epoch_end(auto& trainer, int epoch, const epoch_logs& logs) {
        if (epoch < start_from_epoch || logs.skips(monitor)) return;
        const double now = callbacks::cost_of(logs, monitor, mode);
        const bool is_better = now < best_ - min_delta;
        if (is_better || !has_weights_) best_epoch_ = epoch;
        if (restore_best_weights && (is_better || !has_weights_)) best_weights_ = trainer.weights();
        has_weights_ = true;
        ++waited_;
        if (is_better) {
            best_ = now;
            if (!baseline || now < callbacks::cost(*baseline, monitor, mode) - min_delta) waited_ = 0;
        } else if (waited_ >= patience && epoch > 0) {
            stopped_epoch_ = epoch;
            trainer.stop_training = true;
        }
    }
    void on_train_end(auto& trainer) {
        if (restore_best_weights && has_weights_) trainer.set_weights(best_weights_);
    }
    int best_epoch() const { return best_epoch_; }
    int stopped_epoch() const { return stopped_epoch_; }  // -1: it did not stop

    double best_ = 0;
    int waited_ = 0, best_epoch_ = 0, stopped_epoch_ = -1;
    bool has_weights_ = false;
    core::buffer<std::byte> best_weights_{};
};

/// The learning rate of each epoch: nn::learning_rate_scheduler{[](int epoch, double rate) { return rate * 0.9; }}.
struct learning_rate_scheduler {
    std::function<double(int, double)> schedule;

    void on_epoch_begin(auto& trainer, int epoch) {
        trainer.optimizer().learning_rate = schedule(epoch, trainer.optimizer().learning_rate);
    }
};
/// The learning rate times `factor` when the monitored number has not become better for `patience` epochs.
///
/// errors    invalid_argument: there is no such number; the learning rate is a schedule
/// source    Keras' ReduceLROnPlateau
struct reduce_on_plateau {
    std::string monitor = "val_loss";
    double factor = 0.1;
    int patience = 10;
    monitor_mode mode = monitor_mode::from_name;
    double min_delta = 1e-4;
    int cooldown = 0;
    double min_learning_rate = 0;

    void on_train_begin(auto&) {
        best_ = std::numeric_limits<double>::infinity();
        waited_ = cooling_ = 0;
    }
    void on_epoch_end(auto& trainer, int, const epoch_logs& logs) {
        if (logs.skips(monitor)) return;
        const double now = callbacks::cost_of(logs, monitor, mode);
        if (cooling_ > 0) --cooling_, waited_ = 0;
        if (now < best_ - min_delta) {
            best_ = now;
            waited_ = 0;
        } else if (cooling_ == 0 && ++waited_ >= patience) {
            const double rate = trainer.optimizer().learning_rate;
            trainer.optimizer().learning_rate = rate * factor > min_learning_rate ? rate * factor : min_learning_rate;
            cooling_ = cooldown;
            waited_ = 0;
        }
    }
    double best_ = 0;
    int waited_ = 0, cooling_ = 0;
};
/// Stops when the loss is NaN or infinite.
struct terminate_on_nan {
    void on_batch_end(auto& trainer, long long, const epoch_logs& logs) {
        if (!std::isfinite(logs["loss"])) trainer.stop_training = true;
    }
};

/// A callback made of functions:
///
///     nn::lambda_callback{.on_epoch_end = [&](int epoch, const nn::epoch_logs& logs) { ... }}
///
/// source    Keras' LambdaCallback
struct lambda_callback {
    std::function<void(int)> on_epoch_begin{};
    std::function<void(int, const epoch_logs&)> on_epoch_end{};
    std::function<void(long long, const epoch_logs&)> on_batch_end{};
    std::function<void()> on_train_begin{}, on_train_end{};

    template <class F, class... A> static void tell(const F& f, const A&... a) {
        if (f) f(a...);
    }
};

/// Writes a line for each epoch, as it ends, with its numbers in the order of their names.
///
/// edge      The first epoch decides the columns; if it was not validated, the val_ columns are added. A missing
///           number is NA. With append the lines go to the end of the file.
/// errors    file_error
/// source    Keras' CSVLogger
/// test      tests/fixtures/keras_callbacks_test.cpp
struct csv_logger {
    static constexpr bool is_writer = true;
    std::filesystem::path filename;
    char separator = ',';
    bool append = false;

    void on_train_begin(auto&) {
        std::error_code problem;
        has_heading_ = append && std::filesystem::file_size(filename, problem) > 0 && !problem;
        file_.open(filename, append ? std::ios::app : std::ios::trunc);
        names_.clear();
    }
    void on_epoch_end(auto&, int epoch, const epoch_logs& logs) {
        if (names_.empty()) begin(logs);
        std::string text = std::to_string(epoch);
        for (const std::string& name : names_) text += separator + (logs.has(name) ? number_text(logs[name]) : "NA");
        write(text);
    }
    void on_train_end(auto&) { file_.close(); }

    void begin(const epoch_logs& logs) {
        bool is_validated = false;
        for (const auto& [name, value] : logs.all()) {
            names_.push_back(name);
            is_validated = is_validated || name.starts_with("val_");
        }
        std::sort(names_.begin(), names_.end());
        for (std::size_t i = 0, n = is_validated ? 0 : names_.size(); i < n; ++i) names_.push_back("val_" + names_[i]);
        std::string text = "epoch";
        for (const std::string& name : names_) text += separator + name;
        if (!has_heading_) write(text);
    }
    void write(const std::string& line) {
        if (!(file_ << line << std::endl)) fail<file_error>(filename.string() + ": cannot be written");
    }
    std::ofstream file_{};
    std::vector<std::string> names_{};
    bool has_heading_ = false;
};

}  // namespace telar::inline TELAR_ABI::nn
