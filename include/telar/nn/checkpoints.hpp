// SPDX-License-Identifier: BSL-1.0
// A training in files: trainer.save and load, weights alone, model_checkpoint, backup_and_restore. (A header of its
// own, for the files are safetensors, whose reader parses JSON.)
#pragma once
#include <telar/io/safetensors.hpp>

#if TELAR_HAS_SAFETENSORS
#include <telar/nn/trainer.hpp>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace telar::inline TELAR_ABI::nn {

namespace files {

template <class Net> std::vector<io::named_target> targets_of(Net& net) {
    std::vector<io::named_target> all;
    for (const parameter_view& p : net.parameters())
        all.push_back({std::string(p.path), p.type, *p.extents, {static_cast<std::byte*>(p.data), p.bytes()}});
    return all;
}
inline io::named_view seen(const io::named_target& t) { return {t.name, t.type, t.extents, t.bytes}; }
template <class T> io::named_view number(std::string name, const T& value) {
    return {std::move(name), dtype_of<T>(), shape(), std::as_bytes(std::span(&value, 1))};
}
inline std::string state_name(std::string_view name) { return "optimizer/" + std::string(name); }
template <class Net> std::vector<io::named_view> views_of(Net& net) {
    std::vector<io::named_view> all;
    for (const io::named_target& t : targets_of(net)) all.push_back(seen(t));
    return all;
}
/// Calls f(views) of what the file of a training holds.
template <class Trainer, class F> void with_views_of(Trainer& trainer, int next_epoch, F f) {
    std::vector<io::named_view> views = views_of(trainer.net());
    for (const auto& s : trainer.step().remembered())
        if (s.bytes > 0) views.push_back({state_name(s.name), s.type, s.extents, {s.data, s.bytes}});
    const std::int64_t steps = trainer.steps(), epoch = next_epoch;
    views.push_back(number("optimizer/steps", steps));
    views.push_back(number("epoch", epoch));
    double rate = 0;
    if constexpr (requires { trainer.optimizer().learning_rate.is_schedule(); }) {
        if (!trainer.optimizer().learning_rate.is_schedule()) {
            rate = trainer.optimizer().learning_rate;
            views.push_back(number("optimizer/learning_rate", rate));
        }
    }
    f(std::span<const io::named_view>(views));
}

}  // namespace files

/// The values of a model under the paths of its parameters, its random state among them.
///
/// errors    file_error
template <class M, class... Inputs> void save_weights(const std::filesystem::path& path, model<M, Inputs...>& net) {
    save_safetensors(path, files::views_of(net));
}
/// All of them, or, when one does not fit, none. What else the file holds is passed over.
///
/// errors    file_error: a path is absent or its element type differs; wrong_shape
template <class M, class... Inputs> void load_weights(const std::filesystem::path& path, model<M, Inputs...>& net) {
    load_into(load_safetensors(path), files::targets_of(net));
}

/// What trainer.save and trainer.load do.
///
/// errors    file_error: also a training with another optimiser; wrong_shape. Then nothing has changed
/// test      tests/nn/checkpoints_test.cpp: resumed it has the same bits as uninterrupted
template <class Trainer> void save_training(const std::filesystem::path& path, Trainer& trainer, int next_epoch) {
    files::with_views_of(trainer, next_epoch, [&](auto views) { save_safetensors(path, views); });
}
template <class Trainer> int load_training(const std::filesystem::path& path, Trainer& trainer) {
    const io::archive from = load_safetensors(path);
    const int steps = static_cast<int>(from.get<tensor<std::int64_t>>("optimizer/steps").item());
    const int epoch = static_cast<int>(from.get<tensor<std::int64_t>>("epoch").item());
    const auto states = trainer.step().remembered();
    if (steps > 0)
        for (const auto& s : states)
            io::require_extents(from.at(files::state_name(s.name), s.type), s.known, path.string());
    load_into(from, files::targets_of(trainer.net()));
    int number = 0;
    for (const auto& s : states) {
        const io::named_array* saved = steps > 0 ? &from.at(files::state_name(s.name)) : nullptr;
        std::byte* to = trainer.step().begin_state(number++, saved ? saved->extents : s.extents);
        if (saved) std::copy(saved->bytes.begin(), saved->bytes.end(), to);
    }
    trainer.step().set_steps(steps);
    if constexpr (requires { trainer.optimizer().learning_rate.is_schedule(); })
        if (from.find("optimizer/learning_rate") && !trainer.optimizer().learning_rate.is_schedule())
            trainer.optimizer().learning_rate = from.get<tensor<double>>("optimizer/learning_rate").item();
    return epoch;
}

namespace files {

/// A name with numbers in it: "{epoch:02d}-{val_loss:.2f}". An epoch counts from 1.
///
/// errors    invalid_argument: a number that the epoch does not have, or a format other than [0][width][.digits][defg]
inline std::string filled(std::string_view pattern, int epoch, const epoch_logs& logs) {
    std::string text;
    while (!pattern.empty()) {
        const std::size_t open = pattern.find('{'), close = pattern.find('}', open);
        text += pattern.substr(0, open);
        if (open == std::string_view::npos) break;
        if (close == std::string_view::npos)
            fail<invalid_argument>("file name: a { without }: " + std::string(pattern));
        const std::string_view field = pattern.substr(open + 1, close - open - 1);
        const std::string_view name = field.substr(0, field.find(':'));
        std::string format(name.size() < field.size() ? field.substr(name.size() + 1) : "");
        const bool is_epoch = name == "epoch",
                   has_kind = !format.empty() && std::string_view("defg").find(format.back()) != std::string_view::npos;
        const char kind = has_kind ? format.back() : is_epoch ? 'd' : 'g';
        if (has_kind) format.pop_back();
        if (format.find_first_not_of("0123456789.") != std::string::npos || is_epoch != (kind == 'd') ||
            format.size() > 8)
            fail<invalid_argument>("file name: {" + std::string(field) + "} is no number's format");
        char number[512];
        if (is_epoch) std::snprintf(number, sizeof number, ("%" + format + "d").c_str(), epoch + 1);
        else if (format.empty() && !has_kind)
            std::snprintf(number, sizeof number, "%s", number_text(logs[name]).c_str());
        else std::snprintf(number, sizeof number, ("%" + format + kind).c_str(), logs[name]);
        std::string digits = number;
        std::replace(digits.begin(), digits.end(), ',', '.');  // the decimal sign of a locale
        text += digits;
        pattern.remove_prefix(close + 1);
    }
    return text;
}

}  // namespace files

/// Saves after each epoch, or only where the monitored number has become the best so far. The path may hold numbers:
/// nn::model_checkpoint{.filepath = "runs/{epoch:02d}-{val_loss:.2f}.safetensors", .save_best_only = true}.
///
/// edge      saves as trainer.save does; with save_weights_only the values of the model alone. An epoch that
///           validation_freq passes over is never the best
/// errors    file_error; invalid_argument: there is no such number
/// source    Keras' ModelCheckpoint
/// test      tests/nn/checkpoints_test.cpp, tests/fixtures/keras_callbacks_test.cpp
struct model_checkpoint {
    static constexpr bool is_writer = true;
    std::string filepath;
    std::string monitor = "val_loss";
    bool save_best_only = false, save_weights_only = false;
    monitor_mode mode = monitor_mode::from_name;
    std::optional<double> initial_value_threshold{};

    void on_train_begin(auto&) { best_.begin(initial_value_threshold, monitor, mode); }
    void on_epoch_end(auto& trainer, int epoch, const epoch_logs& logs) {
        if (save_best_only && !best_.takes(logs, monitor, mode)) return;
        const std::filesystem::path path = files::filled(filepath, epoch, logs);
        if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
        if (save_weights_only) save_weights(path, trainer.net());
        else trainer.save(path, epoch + 1);
    }
    callbacks::best_so_far best_{};
};

/// Saves the training after each epoch; fit that is begun again, with the same options, goes on behind the last whole
/// epoch with the same bits. When fit has come to its end the file is removed.
///
/// edge      the callbacks after it in the call have not seen the epoch yet; what they count is theirs, and not saved
/// errors    file_error, wrong_shape: the file is of another model or optimiser
/// source    Keras' BackupAndRestore
/// test      tests/nn/checkpoints_test.cpp
struct backup_and_restore {
    static constexpr bool is_writer = true;
    std::filesystem::path backup_dir;
    bool delete_checkpoint = true;

    void on_train_begin(auto& trainer) {
        if (std::filesystem::exists(file())) trainer.initial_epoch = trainer.load(file());
    }
    void on_epoch_end(auto& trainer, int epoch, const epoch_logs&) {
        if (trainer.interrupted()) return;  // of half an epoch nothing is saved: it begins anew
        std::filesystem::create_directories(backup_dir);
        trainer.save(file(), epoch + 1);
    }
    void on_train_end(auto& trainer) {
        std::error_code ignored;
        if (delete_checkpoint && !trainer.interrupted()) std::filesystem::remove(file(), ignored);
    }
    std::filesystem::path file() const { return backup_dir / "latest.safetensors"; }
};

}  // namespace telar::inline TELAR_ABI::nn
#endif
