// SPDX-License-Identifier: BSL-1.0
// A profile on a time line: the trace-event format that Perfetto (ui.perfetto.dev) and chrome://tracing open.
#pragma once
#include <telar/io/file.hpp>
#include <telar/io/json_text.hpp>
#include <telar/run/profile.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace telar::inline TELAR_ABI {

namespace io::kernel_trace {

/// Nanoseconds as microseconds, exactly: 1234 -> "1.234".
inline std::string microseconds(std::int64_t nanoseconds) {
    std::string text = std::to_string(nanoseconds / 1000) + '.';
    const std::string rest = std::to_string(nanoseconds % 1000);
    return text + std::string(3 - rest.size(), '0') + rest;
}
inline std::string named(std::string_view name, std::string_view value) {
    return ",\"" + std::string(name) + "\":" + json_text(value);
}
inline std::string named(std::string_view name, std::int64_t value) {
    return ",\"" + std::string(name) + "\":" + std::to_string(value);
}

inline std::string of(const profile& p) {
    std::string text = "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"dropped_events\":\"" +
                       std::to_string(p.dropped()) + "\"},\"traceEvents\":[\n";
    text += "{\"ph\":\"M\",\"pid\":0,\"name\":\"process_name\",\"args\":{\"name\":\"telar\"}}";
    for (std::size_t i = 0; i < p.programs().size(); ++i)
        text += ",\n{\"ph\":\"M\",\"pid\":0,\"tid\":" + std::to_string(i) +
                ",\"name\":\"thread_name\",\"args\":{\"name\":\"program " + std::to_string(i) + "\"}}";
    for (const profile::event& e : p.events()) {
        const kernel& k = e.program->kernels[e.kernel];
        text += ",\n{\"ph\":\"X\",\"pid\":0,\"tid\":" + std::to_string(p.number_of(e.program)) +
                ",\"ts\":" + microseconds(e.start) + ",\"dur\":" + microseconds(e.duration) +
                named("cat", kernel_text::kind(k)) + named("name", kernel_text::computes(*e.program, k)) +
                ",\"args\":{\"kernel\":" + std::to_string(e.kernel) + named("space", kernel_text::written(k, e.space)) +
                named("operations", e.cost.operations) + named("bytes_read", e.cost.bytes_read) +
                named("bytes_written", e.cost.bytes_written) +
                named("reads", kernel_text::names(*e.program, k, false)) +
                named("assigns", kernel_text::names(*e.program, k, true)) +
                named("scope", kernel_text::region(*e.program, k)) + "}}";
    }
    return text + "\n]}\n";
}

}  // namespace io::kernel_trace

/// Writes what a profile has watched as trace events: one for each run of a kernel, each program on a track of its own.
///
/// units     time in microseconds since the first event; operations and bytes as in kernel_cost
/// errors    file_error: the file cannot be written
/// edge      a profile keeps its first 100,000 events, or as many as it was told; how many it dropped stands in the
///           file, as otherData.dropped_events
/// source    Google, "Trace Event Format"; complete events ("ph": "X") and metadata ("M")
/// test      tests/io/kernel_trace_test.cpp
void save_trace(const std::filesystem::path& path, const profile& p);

#if TELAR_HAS_BODIES
TELAR_ONCE void save_trace(const std::filesystem::path& path, const profile& p) {
    write_file(path, io::kernel_trace::of(p));
}
#endif  // TELAR_HAS_BODIES

}  // namespace telar::inline TELAR_ABI
