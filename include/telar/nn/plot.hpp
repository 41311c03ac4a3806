// SPDX-License-Identifier: BSL-1.0
// A history as a chart.
#pragma once
#include <telar/io/svg.hpp>
#include <telar/nn/history.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace telar::inline TELAR_ABI::nn {

/// The numbers of these names over the epochs, as SVG; without names loss and val_loss, as far as there are.
///
/// errors    invalid_argument: there is no such number
/// edge      what an epoch does not have leaves a gap
/// test      tests/nn/history_test.cpp
inline std::string plot_svg(const history& h, std::vector<std::string> names = {}) {
    if (names.empty())
        for (const auto& [name, values] : h.columns())
            if (name == "loss" || name == "val_loss") names.push_back(name);
    std::vector<double> epochs;
    for (const int epoch : h.epochs()) epochs.push_back(epoch + 1);
    std::vector<chart_line> lines;
    for (const std::string& name : names) lines.push_back({name, h[name], epochs});
    return line_chart(lines, {.x_label = "epoch"});
}
/// The same into a file.
///
/// errors    file_error
inline void save_plot(const std::filesystem::path& path, const history& h, std::vector<std::string> names = {}) {
    write_file(path, plot_svg(h, std::move(names)));
}

}  // namespace telar::inline TELAR_ABI::nn
