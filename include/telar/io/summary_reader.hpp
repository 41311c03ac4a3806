// SPDX-License-Identifier: BSL-1.0
// Reads the files of events that telar, TensorFlow or others write for TensorBoard. (A header of its own, for it needs
// protozero.)
#pragma once
#include <telar/io/histogram_buckets.hpp>
#include <telar/io/record_file.hpp>
#include <telar/io/summary_messages.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace telar::inline TELAR_ABI {

/// What an event says of one tag. Of number, histogram and strings there is one.
struct summary_value {
    std::string tag;
    std::optional<double> number{};
    std::optional<io::histogram_buckets> histogram{};
    std::vector<std::string> strings{};  // a text; of images width, height and the files
    std::string plugin{}, content{};     // the page that shows it, and what it is told
};
struct summary_event {
    double wall_time = 0;
    std::int64_t step = 0;
    std::string file_version{}, graph_def{};
    std::vector<summary_value> values{};
};

namespace io::messages {

/// Whether the field that is next is this one, and lies as its type does: a file may say anything.
template <class Fields>
bool is(const protozero::pbf_message<Fields>& from, Fields field, protozero::pbf_wire_type type) {
    return from.tag_and_type() == protozero::tag_and_type(field, type);
}
inline constexpr auto varint = protozero::pbf_wire_type::varint, fixed32 = protozero::pbf_wire_type::fixed32,
                      fixed64 = protozero::pbf_wire_type::fixed64, sized = protozero::pbf_wire_type::length_delimited;

/// A float alone, or texts.
inline void read_tensor(protozero::pbf_message<tensor> from, summary_value& to) {
    std::vector<float> floats;
    while (from.next()) {
        if (is(from, tensor::string_val, sized)) to.strings.push_back(from.get_bytes());
        else if (is(from, tensor::float_val, fixed32)) floats.push_back(from.get_float());
        else if (is(from, tensor::float_val, sized))
            for (const float v : from.get_packed_float()) floats.push_back(v);
        else if (is(from, tensor::content, sized)) {
            const std::string bytes = from.get_bytes();  // of floats
            if (bytes.size() == sizeof(float)) std::memcpy(&floats.emplace_back(), bytes.data(), sizeof(float));
        } else from.skip();
    }
    if (floats.size() == 1) to.number = static_cast<double>(floats[0]);
}
inline histogram_buckets read_histogram(protozero::pbf_message<histo> from) {
    histogram_buckets h;
    double* const numbers[] = {&h.min, &h.max, &h.num, &h.sum, &h.sum_squares};  // fields 1 to 5
    while (from.next()) {
        const auto k = static_cast<std::size_t>(from.tag()) - 1;
        if (k < std::size(numbers) && is(from, from.tag(), fixed64)) *numbers[k] = from.get_double();
        else if (is(from, histo::bucket_limit, sized))
            for (const double v : from.get_packed_double()) h.limits.push_back(v);
        else if (is(from, histo::bucket, sized))
            for (const double v : from.get_packed_double()) h.counts.push_back(v);
        else from.skip();
    }
    return h;
}
inline void read_metadata(protozero::pbf_message<metadata> from, summary_value& to) {
    while (from.next()) {
        if (!is(from, metadata::plugin_data, sized)) {
            from.skip();
            continue;
        }
        protozero::pbf_message<plugin> page(from.get_message());
        while (page.next()) {
            if (is(page, plugin::name, sized)) to.plugin = page.get_string();
            else if (is(page, plugin::content, sized)) to.content = page.get_bytes();
            else page.skip();
        }
    }
}
inline summary_value read_value(protozero::pbf_message<value> from) {
    summary_value v;
    while (from.next()) {
        if (is(from, value::tag, sized)) v.tag = from.get_string();
        else if (is(from, value::simple_value, fixed32)) v.number = static_cast<double>(from.get_float());
        else if (is(from, value::histo, sized)) v.histogram = read_histogram(from.get_message());
        else if (is(from, value::tensor, sized)) read_tensor(from.get_message(), v);
        else if (is(from, value::metadata, sized)) read_metadata(from.get_message(), v);
        else from.skip();
    }
    return v;
}
inline summary_event read_event(protozero::pbf_message<event> from) {
    summary_event e;
    while (from.next()) {
        if (is(from, event::wall_time, fixed64)) e.wall_time = from.get_double();
        else if (is(from, event::step, varint)) e.step = from.get_int64();
        else if (is(from, event::file_version, sized)) e.file_version = from.get_string();
        else if (is(from, event::graph_def, sized)) e.graph_def = from.get_bytes();
        else if (is(from, event::summary, sized)) {
            protozero::pbf_message<summary> all(from.get_message());
            while (all.next())
                if (is(all, summary::value, sized)) e.values.push_back(read_value(all.get_message()));
                else all.skip();
        } else from.skip();
    }
    return e;
}

}  // namespace io::messages

/// All events of a file.
///
/// errors    file_error, with path and byte: a checksum differs, a record is no event
/// edge      What the file's format has beyond telar's, such as audio, is passed over. A record that is being written,
///           at the end, is not there yet.
/// source    tensorflow/core/util/event.proto
/// test      tests/io/summary_test.cpp, tests/fixtures/tensorboard_test.cpp: what Keras wrote
inline std::vector<summary_event> read_summaries(const std::filesystem::path& path) {
    std::vector<summary_event> all;
    io::record_reader file(path);
    for (std::uint64_t record = 0;;) {
        const std::optional<std::string> bytes = file.next();
        if (!bytes) return all;
        try {
            all.push_back(io::messages::read_event(protozero::pbf_message<io::messages::event>(*bytes)));
        } catch (const protozero::exception& e) {
            io::refuse_file(file.name(), static_cast<std::size_t>(record), "no event: " + std::string(e.what()));
        }
        record = file.offset();
    }
}

/// The numbers of a tag over the steps.
struct scalar_series {
    std::vector<std::int64_t> steps;
    std::vector<double> values;
};
/// The numbers of a tag, of all files of events in a folder, in the order in which they were written.
///
/// errors    file_error: as read_summaries; there is no such folder
/// edge      without any number of this tag the series is empty
/// test      tests/io/summary_test.cpp
inline scalar_series read_scalars(const std::filesystem::path& log_dir, std::string_view tag) {
    std::vector<std::filesystem::path> files;
    std::error_code problem;
    for (std::filesystem::directory_iterator i(log_dir, problem), end; !problem && i != end; i.increment(problem))
        if (i->path().filename().string().find("tfevents") != std::string::npos) files.push_back(i->path());
    if (problem) fail<file_error>(log_dir.string() + ": cannot be read: " + problem.message());
    std::sort(files.begin(), files.end());
    scalar_series series;
    for (const std::filesystem::path& file : files)
        for (const summary_event& e : read_summaries(file))
            for (const summary_value& v : e.values)
                if (v.tag == tag && v.number) series.steps.push_back(e.step), series.values.push_back(*v.number);
    return series;
}

}  // namespace telar::inline TELAR_ABI
