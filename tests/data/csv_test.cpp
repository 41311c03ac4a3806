// SPDX-License-Identifier: BSL-1.0
#include <telar/data/csv.hpp>

#include <doctest/doctest.h>

#include <bit>
#include <clocale>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>

using telar::dyn;
using telar::shape;
using table = telar::tensor<double, dyn, dyn>;

namespace {

table parse(std::string_view text, const telar::csv_options& options = {}) {
    return telar::parse_csv<double>(text, options);
}
void refuses(std::string_view text, const char* why, const telar::csv_options& options = {}) {
    CHECK_THROWS_WITH_AS(parse(text, options), why, telar::file_error);
}

}  // namespace

TEST_CASE("rows and columns") {
    const table expected{{1, -2.5, 3e2}, {0.125, 5, -6e-3}};
    CHECK(telar::same(parse("1,-2.5,3e2\n.125,5,-6E-3\n"), expected));
    CHECK(telar::same(parse("1,-2.5,300\n0.125,+5,-0.006"), expected));
    CHECK(telar::same(parse("\xef\xbb\xbf"
                            "1,-2.5,300\r\n0.125,5,-0.006\r\n\r\n  \n"),
                      expected));
    CHECK(telar::same(parse("1;-2.5;300\n0.125;5;-0.006\n", {.delimiter = ';'}), expected));
    CHECK(telar::same(parse("1\t-2.5 \t300\n0.125\t5\t-0.006\n", {.delimiter = '\t'}), expected));
    CHECK(telar::same(parse("\"1\", \"-2.5\" ,300\n0.125,\" 5\",-0.006\n"), expected));
    CHECK(parse("").extents() == shape(0, 0));
    CHECK(parse("a,b\n", {.has_header = true}).extents() == shape(0, 0));
    CHECK(telar::same(parse("7"), table{{7}}));
}

TEST_CASE("headers, notes and columns of text are left out") {
    CHECK(telar::same(parse("x,y\n1,2\n", {.has_header = true}), table{{1, 2}}));
    CHECK(telar::same(parse("a note\nx,y\n1,2\n", {.skip_rows = 1, .has_header = true}), table{{1, 2}}));
    const table dated = parse("date,v\n\"Monday, 1 May\",2\nTuesday,3\n", {.skip_columns = 1, .has_header = true});
    CHECK(telar::same(dated, table{{2}, {3}}));
}

TEST_CASE("every finite number printed with 17 digits is read back bit for bit") {
    std::uint64_t bits = 0x9e3779b97f4a7c15;
    for (int i = 0; i < 2000; ++i) {
        bits = bits * 6364136223846793005u + 1442695040888963407u;
        const auto value = std::bit_cast<double>(bits);
        if (!std::isnormal(value)) continue;
        char text[40];
        std::snprintf(text, sizeof text, "%.17g", value);
        CAPTURE(text);
        CHECK(std::bit_cast<std::uint64_t>(parse(text)(0, 0)) == bits);
    }
    CHECK(telar::parse_csv<float>("16777217.0000001")(0, 0) == 16777218.0f);  // rounded once, not through double
}

TEST_CASE("what is not finite has a name") {
    const table t = parse("nan,inf,-inf");
    CHECK(std::isnan(t(0, 0)));
    CHECK(t(0, 1) == std::numeric_limits<double>::infinity());
    CHECK(t(0, 2) == -t(0, 1));
}

TEST_CASE("errors name line and column") {
    refuses("1,2\n3,x\n", "csv: line 2, column 2: 'x' is not a number");
    refuses("1,2\n3,\n", "csv: line 2, column 2: '' is not a number");
    refuses("1,2\n3\n", "csv: line 2: 1 columns, but 2 in the first row");
    refuses("1,2\n3,4,5\n", "csv: line 2: 3 columns, but 2 in the first row");
    refuses("1,2\n\n3,4\n", "csv: line 2: a blank line between the rows");
    refuses("x,y\n1,2\n",
            "csv: line 1, column 1: 'x' is not a number (if this line names the columns, set has_header)");
    refuses("n\n1\n", "csv: line 1: no column is left", {.skip_columns = 1});
    for (const char* wrong : {"1.5.2", "1,5x", "0x10", "1e", "--1", "+-1", "1 2", "\"1", "1_0", "e5", "-", "+", "."})
        CHECK_THROWS_AS(parse(wrong), telar::file_error);
    refuses("1e400", "csv: line 1, column 1: '1e400' is out of the range of float64");
    CHECK_THROWS_WITH_AS(telar::parse_csv<float>("0\n1e39"),
                         "csv: line 2, column 1: '1e39' is out of the range of float32", telar::file_error);
}

TEST_CASE("the decimal sign is a point in every locale") {
    const char* found = nullptr;
    for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "German"})
        if ((found = std::setlocale(LC_ALL, name))) break;
    if (!found) MESSAGE("no locale with a decimal comma is installed: the test runs in the C locale");
    CHECK(parse("2.5,1")(0, 0) == 2.5);
    std::setlocale(LC_ALL, "C");
}

TEST_CASE("a table cut anywhere is read as the rows that are left, or refused") {
    const std::string text = "1,22\n333,4.5\n-6,7e1\n";
    for (std::size_t n = 0; n <= text.size(); ++n) {
        CAPTURE(n);
        try {
            const table t = parse(text.substr(0, n));
            CHECK((n == 0 || t.extent(1) == (n < 2 ? 1 : 2)));
            if (n > 5) CHECK(t(0, 1) == 22);
        } catch (const telar::file_error& problem) { CHECK(std::string(problem.what()).starts_with("csv: line ")); }
    }
}

TEST_CASE("read_csv reads a file and names it in errors") {
    const auto file = std::filesystem::temp_directory_path() / "telar_csv_test";
    telar::write_file(file, std::string_view("1,2\n3,4\n"));
    CHECK(telar::same(telar::read_csv(file), telar::tensor<float, dyn, dyn>{{1, 2}, {3, 4}}));
    telar::write_file(file, std::string_view("1,2\n3,?\n"));
    const std::string why = file.string() + ": line 2, column 2: '?' is not a number";
    CHECK_THROWS_WITH_AS(telar::read_csv(file), why.c_str(), telar::file_error);
    std::filesystem::remove(file);
    CHECK_THROWS_AS(telar::read_csv(file), telar::file_error);
}
