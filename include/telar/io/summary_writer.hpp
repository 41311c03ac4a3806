// SPDX-License-Identifier: BSL-1.0
// What a training tells TensorBoard: numbers, histograms, images, texts, graphs and settings, in a file of events. (A
// header of its own, for it needs protozero.)
#pragma once
#include <telar/io/graph_def.hpp>
#include <telar/io/png.hpp>
#include <telar/io/record_file.hpp>
#include <telar/io/run_settings.hpp>
#include <telar/io/summary_values.hpp>
#include <telar/io/system_file.hpp>
#include <telar/run/inspect.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI {

/// When what was told goes to the file: after so many events, or with the first event after so many seconds.
struct summary_options {
    int max_queue = 10;
    double flush_seconds = 120;
};

/// Writes a file of events into a folder, beside those that are there. TensorBoard shows a folder as a run:
///
///     summary_writer writer("logs/run1");
///     writer.scalar("loss", 0.5, step);
///     writer.histogram("weights", w.value(), step);
///
/// errors    file_error, with the path and the system's reason: the folder cannot be made, the disk is full
/// edge      The file grows by whole records. A program that ends early loses what was not flushed, no more; begun
///           again it has a file of its own, and TensorBoard shows both as one run. The destructor flushes, but cannot
///           say that it failed: close() does. Several writers may write into one folder; a writer is for one thread.
/// source    tf.summary.create_file_writer: max_queue, flush_millis
/// test      tests/io/summary_test.cpp; tests/fixtures/tensorboard_reads.py: by TensorBoard itself
class summary_writer {
public:
    explicit summary_writer(const std::filesystem::path& log_dir, const summary_options& options = {})
        : options_(options) {
        std::error_code problem;
        std::filesystem::create_directories(log_dir, problem);
        if (problem) fail<file_error>(log_dir.string() + ": cannot be made: " + problem.message());
        create(log_dir);
        add(io::messages::event::file_version, "brain.Event:2", 0);
        flush();
    }
    summary_writer(const summary_writer&) = delete;
    summary_writer& operator=(const summary_writer&) = delete;
    ~summary_writer() {
        if (file_) static_cast<void>(write_waiting());
    }

    const std::filesystem::path& path() const { return path_; }

    /// A number at a step.
    ///
    /// units     kept as float32
    void scalar(std::string_view tag, double value, std::int64_t step) {
        add_value(io::messages::scalar_value(tag, static_cast<float>(value)), step);
    }

    /// How the numbers of a tensor, a view or a vector are distributed.
    ///
    /// edge      NaN and infinities are left out
    template <class Values> void histogram(std::string_view tag, const Values& values, std::int64_t step) {
        const auto buckets = io::buckets_of(std::span(values.data(), values.size()));
        add_value(io::messages::histogram_value(tag, buckets), step);
    }

    /// A grey image, one of channels, or the first of several.
    ///
    /// shapes    (H, W), (H, W, C) or (N, H, W, C), C of 1: grey, 2: grey and alpha, 3: red, green, blue, 4: these and
    ///           alpha
    /// units     floats from 0, black, to 1; what is outside is cut. uint8 from 0 to 255
    /// errors    wrong_shape
    /// source    tf.summary.image
    template <class Pixels>
    void image(std::string_view tag, const Pixels& pixels, std::int64_t step, int max_outputs = 3) {
        using element = std::remove_cvref_t<decltype(*pixels.data())>;
        static_assert(is_float(dtype_of<element>()) || std::is_same_v<element, std::uint8_t>,
                      "summary_writer::image: pixels are floats from 0 to 1, or uint8");
        std::vector<std::uint8_t> bytes;
        bytes.reserve(pixels.size());
        for (const element v : std::span(pixels.data(), pixels.size())) {
            if constexpr (std::is_same_v<element, std::uint8_t>) bytes.push_back(v);
            else {  // tf.image.convert_image_dtype; NaN is 0
                const float scaled = static_cast<float>(v) * 255.5f;
                bytes.push_back(static_cast<std::uint8_t>(scaled > 0 ? std::min(scaled, 255.0f) : 0.0f));
            }
        }
        images(tag, bytes, pixels.extents(), step, max_outputs);
    }

    /// A text, in Markdown.
    void text(std::string_view tag, std::string_view text, std::int64_t step) {
        add_value(io::messages::strings_value(tag, {"text"}, std::array{std::string(text)}, false), step);
    }

    /// A graph: the page GRAPHS shows the last one of a run. Its boxes are regions: layers, functions, scopes.
    void graph(const ir::graph& g, std::span<const std::string_view> leaves = {}) {
        add(io::messages::event::graph_def, io::graph_def(g, leaves), 0);
    }
    /// The graph of an expression, or of fetch(a, b).
    template <class E>
    requires(!std::is_same_v<E, ir::graph>) void graph(const E&, stage s = stage::traced) {
        using program_code = runtime::inspection::code_of<E>;
        const auto names = runtime::inspection::leaf_names<program_code>();
        graph(runtime::inspection::graph_at<program_code>(s), names);
    }

    /// The settings of this run, by which the page HPARAMS compares runs, and the tags of the numbers that it shows
    /// beside them: {"train/epoch_loss", "validation/epoch_loss"}, of files in folders below this one's.
    void hparams(const std::vector<run_setting>& settings, const std::vector<std::string>& metrics = {}) {
        add_value(io::messages::experiment_value(settings, metrics), 0);
        add_value(io::messages::session_start_value(settings, now()), 0);
    }
    /// The run is over. Without it the page says that its state is unknown.
    void hparams_end(bool is_success = true) { add_value(io::messages::session_end_value(is_success, now()), 0); }

    /// What was told goes to the file.
    void flush() {
        if (!file_) return;
        if (const std::error_code why = write_waiting()) refuse(why.message());
    }
    /// Flushes; nothing can be told afterwards.
    void close() {
        flush();
        file_.reset();
    }

private:
    using clock = std::chrono::steady_clock;

    static double now() {
        return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    }
    [[noreturn]] void refuse(const std::string& why) const {
        fail<file_error>(path_.string() + ": cannot be written: " + why);
    }
    /// A name that nobody uses: others may write into the folder in the same second. TensorBoard reads files in the
    /// order of their names, and knows them by "tfevents".
    void create(const std::filesystem::path& log_dir) {
        const std::string name = "events.out.tfevents." + std::to_string(static_cast<std::int64_t>(now())) + ".telar.";
        for (int i = 10000; !file_; ++i) {  // 0000, 0001, ...: names in order
            path_ = log_dir / (name + std::to_string(i).substr(1));
            file_ = io::system_file::create(path_, false);
            if (!file_ && errno != EEXIST) refuse(io::system_file::last_error().message());
        }
    }
    void add(io::messages::event kind, std::string_view bytes, std::int64_t step) {
        using io::messages::event;
        if (!file_) refuse("it is closed");
        waiting_ += io::record_of(io::messages::message<event>([&](auto& e) {
            e.add_double(event::wall_time, now());
            e.add_int64(event::step, step);
            e.add_bytes(kind, bytes.data(), bytes.size());
        }));
        if (++events_ >= options_.max_queue ||
            clock::now() - flushed_ >= std::chrono::duration<double>(options_.flush_seconds))
            flush();
    }
    void add_value(const std::string& value, std::int64_t step) {
        using io::messages::summary;
        add(io::messages::event::summary,
            io::messages::message<summary>([&](auto& s) { s.add_message(summary::value, value); }), step);
    }
    /// bytes (H, W), (H, W, C) or (N, H, W, C): the extents as text, then the images.
    void images(std::string_view tag, std::span<const std::uint8_t> bytes, shape extents, std::int64_t step,
                int max_outputs) {
        if (extents.rank == 2) extents = shape(extents[0], extents[1], 1);
        if (extents.rank == 3) extents = shape(1, extents[0], extents[1], extents[2]);
        if (extents.rank != 4 || extents[1] < 1 || extents[2] < 1 || extents[3] < 1 || extents[3] > 4)
            fail<wrong_shape>("summary_writer::image: pixels of shape " + to_string(extents) +
                              " are no images (N, H, W, C) with 1 to 4 channels");
        std::vector<std::string> strings{std::to_string(extents[2]), std::to_string(extents[1])};
        const std::size_t size = static_cast<std::size_t>(extents[1] * extents[2] * extents[3]);
        for (extent_t i = 0; i < std::min<extent_t>(extents[0], max_outputs); ++i)
            strings.push_back(io::png(bytes.subspan(static_cast<std::size_t>(i) * size, size),
                                      static_cast<std::uint32_t>(extents[1]), static_cast<std::uint32_t>(extents[2]),
                                      static_cast<int>(extents[3])));
        add_value(io::messages::strings_value(tag, {"images", {}, 3}, strings, true), step);
    }
    /// Why what waited is not with the system, if it is not. Then nothing more is written: behind a part of a record no
    /// reader would find the next one.
    std::error_code write_waiting() {
        const std::string bytes = std::exchange(waiting_, {});
        events_ = 0;
        flushed_ = clock::now();
        if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) == bytes.size() && std::fflush(file_.get()) == 0)
            return {};
        const std::error_code why = io::system_file::last_error();
        file_.reset();
        return why;
    }

    summary_options options_;
    std::filesystem::path path_;
    io::system_file::handle file_;
    std::string waiting_;
    int events_ = 0;
    clock::time_point flushed_ = clock::now();
};

}  // namespace telar::inline TELAR_ABI
