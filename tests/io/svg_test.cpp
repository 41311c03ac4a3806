// SPDX-License-Identifier: BSL-1.0
#include <telar/io/svg.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

int count(const std::string& text, const std::string& part) {
    int n = 0;
    for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) ++n;
    return n;
}
bool contains(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

/// The `d` of the first data line.
std::string first_line(const std::string& chart) {
    const std::size_t end = chart.find("\" stroke=\"#0072b2\" stroke-width=\"2\"");
    if (end == chart.npos) return "";
    const std::size_t begin = chart.rfind("d=\"", end) + 3;
    return chart.substr(begin, end - begin);
}

/// What must hold of any chart: one root, closed; no number that a browser cannot read.
void check_sound(const std::string& chart) {
    CHECK(chart.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
    CHECK(chart.ends_with("</svg>\n"));
    CHECK_FALSE(contains(chart, "nan"));
    CHECK_FALSE(contains(chart, "inf"));
    CHECK(count(chart, "<text") == count(chart, "</text>"));
    CHECK(count(chart, "\"") % 2 == 0);
}

}  // namespace

TEST_CASE("ticks are 1, 2 or 5 times a power of ten, and hold the data between them") {
    for (const auto& [low, high] :
         std::vector<std::pair<double, double>>{{0, 1}, {-3, 17}, {1e-7, 3e-7}, {1e9, 1.5e9}, {0.013, 0.987}}) {
        const telar::io::svg::axis axis({low, high}, false, 6);
        CHECK(axis.low <= low);
        CHECK(axis.high >= high);
        CHECK(axis.ticks.size() >= 3);
        CHECK(axis.ticks.size() <= 8);
        const double step = axis.ticks[1] - axis.ticks[0];
        const double digit = step / std::pow(10, std::floor(std::log10(step) + 1e-6));
        CHECK((std::fabs(digit - 1) < 1e-6 || std::fabs(digit - 2) < 1e-6 || std::fabs(digit - 5) < 1e-6));
    }
    const telar::io::svg::axis log({0.02, 3000}, true, 6);
    CHECK(log.ticks.front() == doctest::Approx(0.01));
    CHECK(log.ticks.back() == doctest::Approx(10000));
    CHECK(log.at(log.ticks.front()) == doctest::Approx(0));
    CHECK(log.at(log.ticks.back()) == doctest::Approx(1));
    CHECK(telar::io::svg::label(-0.0) == "0");
    CHECK(telar::io::svg::coordinate(-12.345) == "-12.35");
    CHECK(telar::io::svg::coordinate(7) == "7");
    CHECK(telar::io::svg::coordinate(0.05) == "0.05");
    CHECK(telar::io::svg::coordinate(0.5) == "0.5");
}

TEST_CASE("points stand where their values say") {
    // 720 x 440 without words: the plot is 29 .. 696 wide (a label of one digit) and 16 .. 406 high
    const std::string chart = telar::line_chart({{"", {0, 2, 1}}});
    check_sound(chart);
    const std::string line = first_line(chart);
    CHECK(line.ends_with("L696 211"));  // the last point: right border, half the height
    CHECK(count(line, "L") == 2);
    CHECK(contains(line, " 406L"));  // 0 is at the bottom
    CHECK(contains(line, " 16L"));   // 2 at the top
}

TEST_CASE("values that are no number leave gaps, and a point alone is a dot") {
    const std::string chart = telar::line_chart({{"loss", {1, 2, not_a_number, 4, infinity, 3, 2}}});
    check_sound(chart);
    const std::string line = first_line(chart);
    CHECK(count(line, "M") == 3);
    CHECK(count(line, "L") == 2);
    CHECK(count(chart, "<circle") == 1);
    const std::string log = telar::line_chart({{"loss", {1, 0.1, 0, 0.01, -1, 100}}}, {.log_y = true});
    check_sound(log);
    CHECK(count(first_line(log), "M") == 3);
    CHECK(count(log, "<circle") == 2);
}

TEST_CASE("charts of little or strange data are sound") {
    const std::vector<std::vector<double>> strange = {{},
                                                      {0},
                                                      {5},
                                                      {5, 5, 5},
                                                      {not_a_number},
                                                      {not_a_number, infinity},
                                                      {-1e308, 1e308},
                                                      {0, 5e-324},
                                                      {-1e300, 1e300},
                                                      {1e-310, 1e-300},
                                                      {1, 1 + 1e-15},
                                                      {1e16, 1e16 + 2},
                                                      {-3, -3}};
    for (const bool log : {false, true})
        for (const std::vector<double>& y : strange) {
            const std::string chart = telar::line_chart({{"a", y}}, {.log_y = log});
            check_sound(chart);
            CHECK(chart.size() < 20000);
        }
    check_sound(telar::line_chart({}));
    check_sound(telar::line_chart({{"one x", {1, 2}, {3, 3}}}));
}

TEST_CASE("words are escaped") {
    const std::string chart = telar::line_chart({{"a < b & \"c\"", {1, 2}}}, {.title = "</svg>", .x_label = "x\n"});
    CHECK(contains(chart, "a &lt; b &amp; &quot;c&quot;"));
    CHECK(contains(chart, "&lt;/svg&gt;"));
    CHECK(count(chart, "</svg>") == 1);
    CHECK(contains(chart, ">x </text>"));
}

TEST_CASE("each line has its colour and its place in the legend; without names there is no legend") {
    const std::string chart = telar::line_chart({{"one", {1, 2}}, {"two", {2, 1}}, {"", {3, 3}}});
    for (const char* colour : {"#0072b2", "#d55e00"}) CHECK(count(chart, colour) == 2);
    CHECK(count(chart, "#009e73") == 1);
    CHECK(contains(chart, ">one<"));
    CHECK(contains(chart, ">two<"));
}

TEST_CASE("x and y of different lengths are refused by name") {
    CHECK_THROWS_WITH_AS(telar::line_chart({{"loss", {1, 2}, {1}}}),
                         "line_chart: line 'loss' has 1 x values and 2 y values", telar::wrong_shape);
}

TEST_CASE("a chart is saved as it is") {
    const auto file = std::filesystem::temp_directory_path() / "telar_chart_test.svg";
    telar::save_line_chart(file, {{"a", {1, 2, 3}}});
    const auto bytes = telar::read_file(file);
    CHECK(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()) ==
          telar::line_chart({{"a", {1, 2, 3}}}));
    std::filesystem::remove(file);
}
