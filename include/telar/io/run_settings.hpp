// SPDX-License-Identifier: BSL-1.0
// The settings of a run, by which TensorBoard's page HPARAMS compares runs.
#pragma once
#include <telar/io/summary_values.hpp>

#include <concepts>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace telar::inline TELAR_ABI {

/// A setting of a run: {"learning_rate", 0.1}, {"optimizer", "adam"}, {"augmented", true}.
struct run_setting {
    std::string name;
    std::variant<double, std::string, bool> value;

    run_setting(std::string_view of, std::same_as<bool> auto v) : name(of), value(v) {}
    template <class T>
    requires(std::is_arithmetic_v<T> && !std::same_as<T, bool>) run_setting(std::string_view of, T v)
        : name(of), value(static_cast<double>(v)) {}
    run_setting(std::string_view of, std::string_view v) : name(of), value(std::string(v)) {}
    run_setting(std::string_view of, const char* v) : run_setting(of, std::string_view(v)) {}
};

namespace io::messages {

template <class F> std::string hparams_value(std::string_view tag, F f) {
    const std::string content = message<hparams>(f);
    return told_value(tag, {"hparams", content});
}
/// Which settings there are, and the tags of the numbers that are shown beside them. What stands before the last stroke
/// of a tag is the folder, below the run's own, of the file that has it.
inline std::string experiment_value(std::span<const run_setting> settings, std::span<const std::string> metrics) {
    constexpr int types[] = {3, 1, 2};  // number, text, yes or no: in the variant's order
    return hparams_value("_hparams_/experiment", [&](protozero::pbf_builder<hparams>& to) {
        protozero::pbf_builder<experiment> e(to, hparams::experiment);
        for (const run_setting& s : settings) {
            protozero::pbf_builder<hparam> info(e, experiment::hparam_info);
            info.add_string(hparam::name, s.name);
            info.add_enum(hparam::type, types[s.value.index()]);
        }
        for (const std::string& m : metrics) {
            const std::size_t stroke = m.rfind('/');
            protozero::pbf_builder<metric> info(e, experiment::metric_info);
            protozero::pbf_builder<metric_name> name(info, metric::name);
            name.add_string(metric_name::group, stroke == std::string::npos ? "" : m.substr(0, stroke));
            name.add_string(metric_name::tag, m.substr(stroke + 1));
        }
    });
}
inline std::string session_start_value(std::span<const run_setting> settings, double time) {
    return hparams_value("_hparams_/session_start_info", [&](protozero::pbf_builder<hparams>& to) {
        protozero::pbf_builder<start> s(to, hparams::session_start);
        for (const run_setting& setting : settings) {
            protozero::pbf_builder<map_entry> entry(s, start::hparams);
            entry.add_string(map_entry::key, setting.name);
            protozero::pbf_builder<any_value> value(entry, map_entry::value);
            if (const double* number = std::get_if<double>(&setting.value))
                value.add_double(any_value::number, *number);
            if (const bool* is_on = std::get_if<bool>(&setting.value)) value.add_bool(any_value::boolean, *is_on);
            if (const std::string* text = std::get_if<std::string>(&setting.value))
                value.add_string(any_value::text, *text);
        }
        s.add_double(start::start_time, time);
    });
}
inline std::string session_end_value(bool is_success, double time) {
    return hparams_value("_hparams_/session_end_info", [&](protozero::pbf_builder<hparams>& to) {
        protozero::pbf_builder<end> e(to, hparams::session_end);
        e.add_enum(end::status, is_success ? 1 : 2);
        e.add_double(end::end_time, time);
    });
}

}  // namespace io::messages

}  // namespace telar::inline TELAR_ABI
