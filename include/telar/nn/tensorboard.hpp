// SPDX-License-Identifier: BSL-1.0
// TensorBoard watches a training. (A header of its own, for its files need protozero.)
#pragma once
#include <telar/io/summary_writer.hpp>
#include <telar/nn/callbacks.hpp>
#include <telar/nn/model.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace telar::inline TELAR_ABI::nn {

/// How often the numbers of an epoch so far are written: "epoch": at its end alone; "batch": with each batch; or with
/// every n-th batch.
struct update_frequency {
    int batches = 0;  // 0: not within an epoch

    /// errors    invalid_argument: another text, less than one batch
    update_frequency(std::string_view name) : batches(name == "batch" ? 1 : 0) {
        if (name != "batch" && name != "epoch")
            fail<invalid_argument>("tensorboard: update_freq is \"" + std::string(name) + "\", not epoch or batch");
    }
    update_frequency(const char* name) : update_frequency(std::string_view(name)) {}
    update_frequency(int n) : batches(n) {
        if (n < 1) fail<invalid_argument>("tensorboard: update_freq is " + std::to_string(n));
    }
};

namespace boards {

/// f(view) of a parameter's values, in their own type.
template <class F, class... T> void with_values(const parameter_view& p, F f, core::type_list<T...>) {
    ((p.type == dtype_of<T>() ? f(tensor_view<const T>(static_cast<const T*>(p.data), *p.extents)) : void()), ...);
}
template <class F> void with_values(const parameter_view& p, F f) { with_values(p, f, core::element_types()); }

/// Weights as Keras draws them: a vector is a column, a matrix lies on its longer side, of (H, W, C) each channel is an
/// image. Axes of 1 do not count; what is no image then is not drawn.
template <class T> void draw(summary_writer& writer, const std::string& tag, tensor_view<const T> weights, int epoch) {
    if constexpr (is_float(dtype_of<T>())) {
        shape s;
        for (int i = 0; i < weights.rank(); ++i)
            if (weights.extent(i) != 1) s.append(weights.extent(i));
        const auto write = [&](const T* pixels, const shape& extents) {
            writer.image(tag, tensor_view<const T>(pixels, extents), epoch);
        };
        const auto write_by_last_axis = [&](const shape& extents) {
            std::vector<T> moved;
            const extent_t last = s[s.rank - 1], before = s.count() / last;
            for (extent_t k = 0; k < last; ++k)
                for (extent_t i = 0; i < before; ++i) moved.push_back(weights.data()[i * last + k]);
            write(moved.data(), extents);
        };
        if (s.count() == 0) return;
        if (s.rank == 1) write(weights.data(), shape(s[0], 1));
        else if (s.rank == 2 && s[0] > s[1]) write_by_last_axis(shape(s[1], s[0]));
        else if (s.rank == 2) write(weights.data(), s);
        else if (s.rank == 3) write_by_last_axis(shape(s[2], s[0], s[1], 1));
        else if (s.rank == 4 && (s[3] == 3 || s[3] == 4)) write(weights.data(), s);
    }
}

/// The model as it is trained, with its parameters by their paths.
template <class M, class... Inputs> void write_graph(summary_writer& writer, const model<M, Inputs...>&) {
    using leaf = model_leaf<M, Inputs...>;
    ir::graph g;
    bound_model bound;
    description<M, Inputs...>::trace_into(g, bound);
    std::vector<std::string> inputs;
    for (std::size_t i = 0; i < sizeof...(Inputs); ++i) inputs.push_back("input_" + std::to_string(i));
    std::vector<std::string_view> names(inputs.begin(), inputs.end());
    for (int k = 0; k < leaf::width; ++k) names.push_back(leaf::name_of(k));
    writer.graph(g, names);
}

}  // namespace boards

/// Writes what happens in fit for TensorBoard, into log_dir/train and log_dir/validation:
///
///     trainer.fit(x, y, {.epochs = 5}, nn::validation(tx, ty), nn::tensorboard{.log_dir = "logs/run1"});
///     // tensorboard --logdir logs
///
/// The tags are Keras': epoch_loss, epoch_accuracy, epoch_learning_rate; batch_loss with update_freq;
/// evaluation_loss_vs_iterations; hidden/kernel/histogram and hidden/kernel/image. The page GRAPHS shows the model.
///
/// edge      Batches are counted on from those that the trainer has done. Keras' profile_batch, embeddings_freq and
///           embeddings_metadata are missing: save_trace writes a profile for Perfetto. The writers end with fit; the
///           next fit begins new files beside them, which TensorBoard shows as one run
/// errors    file_error; invalid_argument: histogram_freq < 0
/// source    Keras' TensorBoard
/// test      tests/nn/tensorboard_test.cpp: beside what Keras wrote
struct tensorboard {
    static constexpr bool is_writer = true;
    std::filesystem::path log_dir = "logs";
    int histogram_freq = 0;  // epochs; 0: no histograms, and no images
    bool write_graph = true, write_images = false, write_steps_per_second = false;
    update_frequency update_freq = "epoch";

    void on_train_begin(auto& trainer) {
        if (histogram_freq < 0)
            fail<invalid_argument>("tensorboard: histogram_freq is " + std::to_string(histogram_freq));
        train_.emplace(log_dir / "train");
        validation_.reset();
        if (write_graph) boards::write_graph(*train_, trainer.net());
    }
    void on_epoch_begin(auto& trainer, int) {
        epoch_began_ = batch_ended_ = clock::now();
        steps_before_ = trainer.steps();
    }
    void on_batch_end(auto& trainer, long long, const epoch_logs& logs) {
        const int steps = trainer.steps();
        const double seconds = seconds_since(batch_ended_);
        batch_ended_ = clock::now();
        if (update_freq.batches == 0 || steps % update_freq.batches != 0) return;
        if (write_steps_per_second) train_->scalar("batch_steps_per_second", 1 / seconds, steps);
        for (const auto& [name, value] : logs.all()) train_->scalar("batch_" + name, value, steps);
    }
    void on_epoch_end(auto& trainer, int epoch, const epoch_logs& logs) {
        for (const auto& [name, value] : logs.all()) {
            if (!name.starts_with("val_")) {
                train_->scalar("epoch_" + name, value, epoch);
                continue;
            }
            if (!validation_) validation_.emplace(log_dir / "validation");
            validation_->scalar("evaluation_" + name.substr(4) + "_vs_iterations", value, trainer.steps());
            validation_->scalar("epoch_" + name.substr(4), value, epoch);
        }
        if constexpr (requires { trainer.optimizer().learning_rate; })  // one of the user's own may have none
            train_->scalar("epoch_learning_rate", trainer.learning_rate(), epoch);
        if (write_steps_per_second)
            train_->scalar("epoch_steps_per_second", (trainer.steps() - steps_before_) / seconds_since(epoch_began_),
                           epoch);
        if (histogram_freq > 0 && epoch % histogram_freq == 0) write_weights(trainer.net(), epoch);
        train_->flush();
        if (validation_) validation_->flush();
    }
    void on_train_end(auto&) {
        train_->close();
        if (validation_) validation_->close();
    }

    void write_weights(auto& net, int epoch) {
        for (const parameter_view& p : net.parameters()) {
            if (!is_float(p.type)) continue;  // the random state
            const std::string path = io::graph_defs::as_group(p.path);
            boards::with_values(p, [&](const auto& values) {
                train_->histogram(path + "/histogram", values, epoch);
                if (write_images) boards::draw(*train_, path + "/image", values, epoch);
            });
        }
    }

    using clock = std::chrono::steady_clock;
    static double seconds_since(clock::time_point begin) {
        return std::chrono::duration<double>(clock::now() - begin).count();
    }
    std::optional<summary_writer> train_{}, validation_{};
    clock::time_point epoch_began_{}, batch_ended_{};
    int steps_before_ = 0;
};

}  // namespace telar::inline TELAR_ABI::nn
