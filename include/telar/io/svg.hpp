// SPDX-License-Identifier: BSL-1.0
// Line charts as SVG: one self-contained text that a browser shows.
#pragma once
#include <telar/core/config.hpp>
#include <telar/core/failure.hpp>
#include <telar/io/file.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace telar::inline TELAR_ABI {

/// One line of a chart. Without x the values stand at 1, 2, 3, ...: the epochs.
struct chart_line {
    std::string name;
    std::vector<double> y;
    std::vector<double> x{};
};

struct chart_options {
    std::string title{};
    std::string x_label{};
    std::string y_label{};
    bool log_y = false;
    int width = 720;
    int height = 440;
};

namespace io::svg {

/// Text in which XML's own characters are escaped; control characters, which XML forbids, become blanks.
inline std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            default: out += static_cast<unsigned char>(c) < 32 ? ' ' : c;
        }
    return out;
}

/// A coordinate with two decimals. (std::snprintf would write the locale's decimal sign.)
inline std::string coordinate(double value) {
    const long long hundredths = std::llround(std::clamp(value, -1e6, 1e6) * 100);
    const long long size = std::abs(hundredths);
    std::string text = (hundredths < 0 ? "-" : "") + std::to_string(size / 100);
    if (size % 100) text += '.' + std::to_string(size / 10 % 10) + (size % 10 ? std::to_string(size % 10) : "");
    return text;
}

/// A number at a tick: six digits at most, the decimal sign a point.
inline std::string label(double value) {
    char text[40];
    std::snprintf(text, sizeof text, "%.6g", value == 0 ? 0.0 : value);  // never "-0"
    std::string s(text);
    std::replace(s.begin(), s.end(), ',', '.');
    return s;
}

struct interval {
    double low = std::numeric_limits<double>::infinity();
    double high = -std::numeric_limits<double>::infinity();

    void include(double v) { low = std::min(low, v), high = std::max(high, v); }
    bool empty() const { return low > high; }
};

/// The least of 1, 2, 5 times a power of ten that is not below `raw`.
inline double nice_step(double raw) {
    const double power = std::pow(10.0, std::floor(std::log10(raw)));
    for (const double factor : {1.0, 2.0, 5.0})
        if (raw <= factor * power * (1 + 1e-9)) return factor * power;
    return 10 * power;
}

/// An axis: the interval it shows, in the units it is linear in (a logarithmic one: powers of ten), and its ticks.
struct axis {
    bool is_log = false;
    double low = 0, high = 1;
    std::vector<double> ticks{};  // values as the user gave them

    axis(interval data, bool is_logarithmic, int most_ticks) : is_log(is_logarithmic) {
        if (data.empty()) data = is_log ? interval{1, 10} : interval{0, 1};
        low = is_log ? std::log10(data.low) : data.low;
        high = is_log ? std::log10(data.high) : data.high;
        if (is_log) log_ticks(most_ticks);
        else linear_ticks(most_ticks);
    }
    double at(double value) const { return ((is_log ? std::log10(value) : value) - low) / (high - low); }

private:
    void linear_ticks(int most) {
        if (high - low <=
            std::max(1e-9 * std::max(std::fabs(high), std::fabs(low)), 1e-290)) {  // constant: room around
            const double room = std::fabs(high) < 1e-280 ? 1 : std::fabs(high) / 2;
            low -= room, high += room;
        }
        const double step = nice_step((high - low) / most);
        const double first = std::floor(low / step + 1e-9), last = std::ceil(high / step - 1e-9);
        low = first * step, high = last * step;
        for (double i = first; i <= last; ++i) ticks.push_back(i * step);
    }
    void log_ticks(int most) {
        low = std::floor(low + 1e-9), high = std::ceil(high - 1e-9);
        if (high <= low) high = low + 1;
        const double every = std::ceil((high - low) / most);
        for (double exponent = low; exponent <= high; exponent += every) {
            ticks.push_back(std::pow(10.0, exponent));
            if (high - low > 2) continue;
            for (const double between : {2.0, 5.0})
                if (exponent < high) ticks.push_back(between * std::pow(10.0, exponent));
        }
    }
};

// Colours that people with any colour vision can tell apart: M. Okabe and K. Ito, Color Universal Design, 2008.
inline constexpr std::array<std::string_view, 7> colours = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                            "#e69f00", "#56b4e9", "#4d4d4d"};

inline std::string text_at(double x, double y, std::string_view anchor, std::string_view text,
                           std::string_view more = "") {
    return "<text x=\"" + coordinate(x) + "\" y=\"" + coordinate(y) + "\" text-anchor=\"" + std::string(anchor) + '"' +
           std::string(more) + '>' + escaped(text) + "</text>\n";
}

}  // namespace io::svg

/// Draws lines over common axes, as SVG.
///
/// errors    wrong_shape: a line's x and y have different lengths
/// edge      a value that is not finite or beyond 1e300 (with log_y: or not positive) leaves a gap; a point alone is a
/// dot; without any
///           values the axes are drawn alone
/// test      tests/io/svg_test.cpp
std::string line_chart(const std::vector<chart_line>& lines, const chart_options& options = {});

/// Draws lines into a file.
///
/// errors    as line_chart; file_error: the file cannot be written
void save_line_chart(const std::filesystem::path& path, const std::vector<chart_line>& lines,
                     const chart_options& options = {});

#if TELAR_HAS_BODIES
TELAR_ONCE std::string line_chart(const std::vector<chart_line>& lines, const chart_options& options) {
    using io::svg::coordinate;
    io::svg::interval x_data, y_data;
    const auto x_of = [](const chart_line& curve, std::size_t i) {
        return curve.x.empty() ? static_cast<double>(i + 1) : curve.x[i];
    };
    const auto is_shown = [&](const chart_line& curve, std::size_t i) {
        constexpr double most = 1e300;  // so that no difference overflows; false for nan
        return std::fabs(x_of(curve, i)) <= most && std::fabs(curve.y[i]) <= most && (!options.log_y || curve.y[i] > 0);
    };
    for (const chart_line& curve : lines) {
        if (!curve.x.empty() && curve.x.size() != curve.y.size())
            fail<wrong_shape>("line_chart: line '" + curve.name + "' has " + std::to_string(curve.x.size()) +
                              " x values and " + std::to_string(curve.y.size()) + " y values");
        for (std::size_t i = 0; i < curve.y.size(); ++i)
            if (is_shown(curve, i)) x_data.include(x_of(curve, i)), y_data.include(curve.y[i]);
    }

    // ---- where things stand
    const double width = options.width, height = options.height;
    const io::svg::axis y(y_data, options.log_y, std::max(2, options.height / 70));
    std::size_t longest = 1;
    for (const double tick : y.ticks) longest = std::max(longest, io::svg::label(tick).size());
    const double left = (options.y_label.empty() ? 22 : 44) + 7.0 * static_cast<double>(longest);
    const bool has_legend =
        std::any_of(lines.begin(), lines.end(), [](const auto& curve) { return !curve.name.empty(); });
    const double legend = options.title.empty() ? 20 : 48;
    const double right = width - 24, top = legend + (has_legend ? 20 : -4);
    const double bottom = height - (options.x_label.empty() ? 34 : 54);
    io::svg::axis x(x_data, false, std::max(2, options.width / 90));
    if (!x_data.empty() && x_data.low < x_data.high) x.low = x_data.low, x.high = x_data.high;  // no room at the sides
    const auto to_x = [&](double v) { return left + x.at(v) * (right - left); };
    const auto to_y = [&](double v) { return bottom - y.at(v) * (bottom - top); };

    const std::string size = " width=\"" + coordinate(width) + "\" height=\"" + coordinate(height) + '"';
    std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\"" + size + " viewBox=\"0 0 " + coordinate(width) + ' ' +
                      coordinate(height) + "\" font-family=\"Helvetica, Arial, sans-serif\" font-size=\"12\" " +
                      "fill=\"#333\">\n<rect" + size + " fill=\"#fff\"/>\n";
    if (!options.title.empty())
        out += io::svg::text_at(left, 26, "start", options.title, " font-size=\"16\" font-weight=\"bold\"");

    // ---- axes
    std::string grid, labels;
    for (const double tick : y.ticks) {
        grid += "M" + coordinate(left) + ' ' + coordinate(to_y(tick)) + 'H' + coordinate(right);
        labels += io::svg::text_at(left - 8, to_y(tick) + 4, "end", io::svg::label(tick));
    }
    for (const double tick : x.ticks) {
        if (tick < x.low || tick > x.high) continue;
        grid += "M" + coordinate(to_x(tick)) + ' ' + coordinate(bottom) + "v5";
        labels += io::svg::text_at(to_x(tick), bottom + 19, "middle", io::svg::label(tick));
    }
    out += "<path d=\"" + grid + "\" stroke=\"#e3e3e3\" fill=\"none\"/>\n<path d=\"M" + coordinate(left) + ' ' +
           coordinate(bottom) + 'H' + coordinate(right) + "\" stroke=\"#333\" fill=\"none\"/>\n" + labels;
    if (!options.x_label.empty()) out += io::svg::text_at((left + right) / 2, height - 14, "middle", options.x_label);
    if (!options.y_label.empty()) {
        const double middle = (top + bottom) / 2;
        out += io::svg::text_at(20, middle, "middle", options.y_label,
                                " transform=\"rotate(-90 20 " + coordinate(middle) + ")\"");
    }

    // ---- lines
    for (std::size_t l = 0; l < lines.size(); ++l) {
        const chart_line& curve = lines[l];
        std::string path, dots;
        const std::string colour(io::svg::colours[l % io::svg::colours.size()]);
        for (std::size_t i = 0; i < curve.y.size(); ++i) {
            if (!is_shown(curve, i)) continue;
            const bool begins = i == 0 || !is_shown(curve, i - 1);
            const bool ends = i + 1 == curve.y.size() || !is_shown(curve, i + 1);
            const std::string px = coordinate(to_x(x_of(curve, i))), py = coordinate(to_y(curve.y[i]));
            path += (begins ? 'M' : 'L') + px + ' ' + py;
            if (begins && ends)
                dots += "<circle cx=\"" + px + "\" cy=\"" + py + "\" r=\"3.5\" fill=\"" + colour + "\"/>\n";
        }
        if (!path.empty())
            out += "<path d=\"" + path + "\" stroke=\"" + colour +
                   "\" stroke-width=\"2\" stroke-linejoin=\"round\" stroke-linecap=\"round\" fill=\"none\"" +
                   (l < io::svg::colours.size() ? "" : " stroke-dasharray=\"6 4\"") + "/>\n" + dots;
    }

    // ---- legend, in a row between title and plot
    double next = left;
    for (std::size_t l = 0; l < lines.size(); ++l) {
        if (lines[l].name.empty()) continue;
        out += "<path d=\"M" + coordinate(next) + ' ' + coordinate(legend) + "h18\" stroke=\"" +
               std::string(io::svg::colours[l % io::svg::colours.size()]) + "\" stroke-width=\"3\"/>\n" +
               io::svg::text_at(next + 24, legend + 4, "start", lines[l].name);
        next += 48 + 7.0 * static_cast<double>(lines[l].name.size());
    }
    return out + "</svg>\n";
}
TELAR_ONCE void save_line_chart(const std::filesystem::path& path, const std::vector<chart_line>& lines,
                                const chart_options& options) {
    write_file(path, line_chart(lines, options));
}
#endif  // TELAR_HAS_BODIES

}  // namespace telar::inline TELAR_ABI
