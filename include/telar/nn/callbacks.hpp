// SPDX-License-Identifier: BSL-1.0
// Callbacks by Keras' names. One of your own is a struct with any of on_train_begin(trainer), on_epoch_begin(trainer,
// epoch), on_batch_end(trainer, batch, logs), on_epoch_end(trainer, epoch, logs), on_train_end(trainer).
#pragma once
#include <telar/core/buffer.hpp>
#include <telar/nn/history.hpp>

#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <string>
#include <string_view>

namespace telar::inline TELAR_ABI::nn {

namespace callbacks {
/// Whether more is better, which the name of a metric tells.
inline bool rises(std::string_view monitor) {
    for (const std::string_view part : {"acc", "precision", "recall", "auc", "score", "iou", "sensitivity",
                                        "correlation", "similarity", "confusion_matrix"})
        if (monitor.find(part) != std::string_view::npos) return true;
    return false;
}
/// The monitored number, negated where more is better: less is better then. (invalid_argument: there is none.)
inline double cost_of(const epoch_logs& logs, std::string_view monitor) {
    return rises(monitor) ? -logs[monitor] : logs[monitor];
}

// Each calls the callback's function of that name, if it has one.
template <class C, class T> void train_begins(C& c, T& trainer) {
    if constexpr (requires { c.on_train_begin(trainer); }) c.on_train_begin(trainer);
}
template <class C, class T> void epoch_begins(C& c, T& trainer, int epoch) {
    if constexpr (requires { c.on_epoch_begin(trainer, epoch); }) c.on_epoch_begin(trainer, epoch);
}
template <class C, class T>
concept watches_batches = requires(C& c, T& trainer, const epoch_logs& logs) {
    c.on_batch_end(trainer, 0LL, logs);
};
template <class C, class T> void batch_ended(C& c, T& trainer, long long number, const epoch_logs& logs) {
    if constexpr (watches_batches<C, T>) c.on_batch_end(trainer, number, logs);
}
template <class C, class T> void epoch_ended(C& c, T& trainer, int epoch, const epoch_logs& logs) {
    if constexpr (requires { c.on_epoch_end(trainer, epoch, logs); }) c.on_epoch_end(trainer, epoch, logs);
}
template <class C, class T> void train_ended(C& c, T& trainer) {
    if constexpr (requires { c.on_train_end(trainer); }) c.on_train_end(trainer);
}
}  // namespace callbacks

/// Stops when the monitored number has not become better for `patience` epochs.
///
/// edge      with restore_best_weights the model has the values of its best epoch afterwards
/// errors    invalid_argument: there is no such number
/// source    Keras' EarlyStopping
/// test      tests/nn/trainer_test.cpp
struct early_stopping {
    std::string monitor = "val_loss";
    double min_delta = 0;
    int patience = 0;
    bool restore_best_weights = false;

    void on_train_begin(auto& trainer) {
        waited_ = 0;
        best_ = std::numeric_limits<double>::infinity();
        if (restore_best_weights) best_weights_ = trainer.weights();
    }
    void on_epoch_end(auto& trainer, int epoch, const epoch_logs& logs) {
        const double now = callbacks::cost_of(logs, monitor);
        if (now < best_ - min_delta) {
            best_ = now;
            waited_ = 0;
            best_epoch_ = epoch;
            if (restore_best_weights) best_weights_ = trainer.weights();
        } else if (++waited_ >= patience) {
            stopped_epoch_ = epoch;
            trainer.stop_training = true;
        }
    }
    void on_train_end(auto& trainer) {
        if (restore_best_weights) trainer.set_weights(best_weights_);
    }
    int best_epoch() const { return best_epoch_; }
    int stopped_epoch() const { return stopped_epoch_; }  // -1: it did not stop

    double best_ = 0;
    int waited_ = 0, best_epoch_ = 0, stopped_epoch_ = -1;
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
/// source    Keras' ReduceLROnPlateau
struct reduce_on_plateau {
    std::string monitor = "val_loss";
    double factor = 0.1;
    int patience = 10;
    double min_delta = 1e-4;
    int cooldown = 0;
    double min_learning_rate = 0;

    void on_train_begin(auto&) {
        best_ = std::numeric_limits<double>::infinity();
        waited_ = cooling_ = 0;
    }
    void on_epoch_end(auto& trainer, int, const epoch_logs& logs) {
        const double now = callbacks::cost_of(logs, monitor);
        if (cooling_ > 0) --cooling_, waited_ = 0;
        if (now < best_ - min_delta) {
            best_ = now;
            waited_ = 0;
        } else if (cooling_ == 0 && ++waited_ >= patience) {
            double& rate = trainer.optimizer().learning_rate;
            rate = rate * factor > min_learning_rate ? rate * factor : min_learning_rate;
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

}  // namespace telar::inline TELAR_ABI::nn
