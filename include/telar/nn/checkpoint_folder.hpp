// SPDX-License-Identifier: BSL-1.0
// A folder that holds the newest checkpoints of a training, written while the training goes on.
#pragma once
#include <telar/nn/checkpoints.hpp>

#if TELAR_HAS_SAFETENSORS
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <future>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::nn {

/// Saves after each epoch, or every so many batches, and keeps the newest checkpoints:
///
///     nn::checkpoint_folder saves{.directory = "runs/a", .max_to_keep = 3};
///     trainer.fit(x, y, {.epochs = 20, .initial_epoch = saves.restore(trainer)}, saves);
///
/// Begun again after a power cut, the same lines go on behind the last whole epoch with the same bits.
///
/// A checkpoint is <step>.safetensors, as trainer.save writes it. Its step is the epoch, counted from 0, or, with
/// save_freq, the count of the optimiser's steps. In the background a thread writes a copy of the values that is taken
/// at once; one checkpoint at a time.
///
/// edge      A checkpoint appears when it is complete; other files of the folder are passed over and stay. One that was
///           saved within an epoch goes on with the beginning of that epoch. An epoch that Ctrl-C ended, and one that
///           validation_freq passes over while the best alone is saved, are not saved. What is the best begins anew
///           with each callback: initial_value_threshold
/// errors    invalid_argument: a number below 0; the folder holds a step that this training has not reached yet; there
///           is no number to monitor, such as val_loss within an epoch. file_error, also of a file that was written in
///           the background: with the next checkpoint, at the latest as fit ends
/// source    Keras' OrbaxCheckpoint
/// test      tests/nn/checkpoint_folder_test.cpp
struct checkpoint_folder {
    static constexpr bool is_writer = true;
    std::filesystem::path directory;
    std::string monitor = "val_loss";
    bool save_best_only = false;
    monitor_mode mode = monitor_mode::from_name;
    int save_freq = 0;  // batches; 0: after each epoch
    std::optional<double> initial_value_threshold{};
    int max_to_keep = 1;  // 0: all
    bool save_on_background = true;
    bool save_weights_only = false;  // the values of the model alone, for load_weights

    /// The steps of which there are checkpoints, the newest last.
    std::vector<long long> steps() const { return steps_in(directory); }
    std::filesystem::path file(long long step) const { return file_in(directory, step); }

    /// Loads the newest checkpoint and returns the epoch to go on with: 0 if there is none.
    ///
    /// errors    file_error: it is damaged, or holds weights alone; wrong_shape: it is of another model. Then nothing
    ///           has changed
    template <class Trainer> int restore(Trainer& trainer) {
        wait();
        const auto all = steps();
        return all.empty() ? 0 : trainer.load(file(all.back()));
    }
    /// Until what is being written is on the disk.
    ///
    /// errors    file_error: it could not be written
    void wait() {
        if (writing_.valid()) writing_.get();
    }

    void on_train_begin(auto& trainer) {
        if (save_freq < 0 || max_to_keep < 0)
            fail<invalid_argument>("checkpoint_folder: save_freq is " + std::to_string(save_freq) +
                                   ", max_to_keep is " + std::to_string(max_to_keep));
        wait();
        const long long first = save_freq > 0 ? (trainer.steps() / save_freq + 1LL) * save_freq
                                              : static_cast<long long>(trainer.initial_epoch);
        if (const auto all = steps(); !all.empty() && all.back() >= first)
            fail<invalid_argument>(directory.string() + ": holds step " + std::to_string(all.back()) +
                                   ", and this training would save step " + std::to_string(first) +
                                   ": begin it with restore(trainer), or in another folder");
        best_.begin(initial_value_threshold, monitor, mode);
    }
    void on_epoch_begin(auto&, int epoch) { epoch_ = epoch; }
    void on_batch_end(auto& trainer, long long, const epoch_logs& logs) {
        if (save_freq > 0 && trainer.steps() % save_freq == 0) offer(trainer, trainer.steps(), epoch_, logs);
    }
    void on_epoch_end(auto& trainer, int epoch, const epoch_logs& logs) {
        if (save_freq == 0 && !trainer.interrupted()) offer(trainer, epoch, epoch + 1, logs);
    }
    void on_train_end(auto&) { wait(); }

    void offer(auto& trainer, long long step, int next_epoch, const epoch_logs& logs) {
        if (save_best_only && !best_.takes(logs, monitor, mode)) return;
        wait();
        const auto save = [&](std::span<const io::named_view> views) {
            if (!save_on_background) return write(directory, step, views, max_to_keep);
            std::vector<io::named_array> copy;
            for (const io::named_view& v : views)
                copy.push_back({v.name, v.type, v.extents, {v.bytes.begin(), v.bytes.end()}});
            // The thread refers to nothing of this callback, which may be moved meanwhile.
            writing_ =
                std::async(std::launch::async, [copy = std::move(copy), to = directory, step, keep = max_to_keep] {
                    std::vector<io::named_view> all;
                    for (const io::named_array& a : copy) all.push_back({a.name, a.type, a.extents, a.bytes});
                    write(to, step, all, keep);
                });
        };
        if (save_weights_only) save(files::views_of(trainer.net()));
        else files::with_views_of(trainer, next_epoch, save);
    }
    static void write(const std::filesystem::path& folder, long long step, std::span<const io::named_view> views,
                      int max_to_keep) {
        std::error_code ignored;  // without a folder the file says what is wrong
        std::filesystem::create_directories(folder, ignored);
        save_safetensors(file_in(folder, step), views);
        const auto all = steps_in(folder);
        const std::size_t kept = max_to_keep > 0 ? static_cast<std::size_t>(max_to_keep) : all.size();
        for (std::size_t i = 0; i + kept < all.size(); ++i) std::filesystem::remove(file_in(folder, all[i]), ignored);
    }
    static std::filesystem::path file_in(const std::filesystem::path& folder, long long step) {
        return folder / (std::to_string(step) + ".safetensors");
    }
    static std::vector<long long> steps_in(const std::filesystem::path& folder) {
        std::vector<long long> all;
        std::error_code no_folder;
        for (const auto& entry : std::filesystem::directory_iterator(folder, no_folder)) {
            const std::string name = entry.path().filename().string();
            long long step = -1;
            std::from_chars(name.data(), name.data() + name.size(), step);
            if (step >= 0 && file_in(folder, step).filename() == name) all.push_back(step);
        }
        std::sort(all.begin(), all.end());
        return all;
    }

    callbacks::best_so_far best_{};
    int epoch_ = 0;
    std::future<void> writing_{};
};

}  // namespace telar::inline TELAR_ABI::nn
#endif
