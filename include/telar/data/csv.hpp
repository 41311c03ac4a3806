// SPDX-License-Identifier: BSL-1.0
// Numeric tables as text.
#pragma once
#include <telar/core/config.hpp>
#include <telar/core/dtype.hpp>
#include <telar/core/failure.hpp>
#include <telar/core/read_number.hpp>
#include <telar/core/shape.hpp>
#include <telar/core/tensor.hpp>
#include <telar/io/file.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace telar::inline TELAR_ABI {

struct csv_options {
    char delimiter = ',';
    int skip_rows = 0;        ///< lines to leave out at the top
    int skip_columns = 0;     ///< columns to leave out at the left: dates, names
    bool has_header = false;  ///< leave out one more line, after skip_rows: the names of the columns
};

namespace io::csv {

enum class parsed { number, no_number, out_of_range };

/// Reads all of a text as a number, the same in every locale.
template <std::floating_point T> parsed parse_number(std::string_view text, T& value) {
    if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
    const auto [end, problem] = read_number(text.data(), text.data() + text.size(), value);
    if (end != text.data() + text.size() || problem == std::errc::invalid_argument) return parsed::no_number;
    return problem == std::errc() ? parsed::number : parsed::out_of_range;
}

/// Cuts the text before the next `end` off the front of `rest`; an `end` between double quotes does not count.
inline std::string_view cut(std::string_view& rest, char end) {
    bool quoted = false;
    std::size_t i = 0;
    for (; i < rest.size() && (quoted || rest[i] != end); ++i)
        if (rest[i] == '"') quoted = !quoted;
    const std::string_view front = rest.substr(0, i);
    rest.remove_prefix(std::min(i + 1, rest.size()));
    return front;
}

inline std::string_view cut_line(std::string_view& rest) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

/// Without the blanks around it, and without one pair of quotes.
inline std::string_view bare(std::string_view field) {
    const auto trim = [&] {
        while (!field.empty() && (field.front() == ' ' || field.front() == '\t')) field.remove_prefix(1);
        while (!field.empty() && (field.back() == ' ' || field.back() == '\t')) field.remove_suffix(1);
    };
    trim();
    if (field.size() >= 2 && field.front() == '"' && field.back() == '"') {
        field = field.substr(1, field.size() - 2);
        trim();
    }
    return field;
}

}  // namespace io::csv

namespace io::csv {

/// Where a reader of rows stands, for the errors' texts.
struct position {
    std::string name;
    std::size_t line = 0, rows = 0, columns = 0;

    [[noreturn]] void refuse(std::size_t column, const std::string& why) const {
        fail<file_error>(name + ": line " + std::to_string(line) +
                         (column ? ", column " + std::to_string(column) : std::string()) + ": " + why);
    }
};

/// Appends the numbers of a row, as many as in the first one.
///
/// errors    see read_csv
template <class T>
void parse_row(std::string_view row, const csv_options& options, position& at, std::vector<T>& values) {
    std::size_t column = 0;
    const std::size_t before = values.size();
    for (bool more = true; more;) {
        const std::string_view rest = row;
        const std::string_view field = bare(cut(row, options.delimiter));
        more = rest.size() > row.size() && rest[rest.size() - row.size() - 1] == options.delimiter;
        if (++column <= static_cast<std::size_t>(options.skip_columns)) continue;
        T value{};
        const parsed result = parse_number(field, value);
        if (result == parsed::no_number) {
            const bool may_be_header = at.rows == 0 && !options.has_header;
            at.refuse(column, "'" + std::string(field.substr(0, 40)) + "' is not a number" +
                                  (may_be_header ? " (if this line names the columns, set has_header)" : ""));
        }
        if (result == parsed::out_of_range)
            at.refuse(column, "'" + std::string(field.substr(0, 40)) + "' is out of the range of " +
                                  std::string(name_of(dtype_of<T>())));
        values.push_back(value);
    }
    const std::size_t found = values.size() - before;
    if (at.rows == 0) at.columns = found;
    if (found != at.columns)
        at.refuse(0, std::to_string(found) + " columns, but " + std::to_string(at.columns) + " in the first row");
    if (at.columns == 0) at.refuse(0, "no column is left");
    ++at.rows;
}

}  // namespace io::csv

/// Reads a table of numbers from text; `name` stands in the errors. See read_csv.
template <std::floating_point T = float>
requires Element<T> tensor<T, dyn, dyn> parse_csv(std::string_view text, const csv_options& options = {},
                                                  const std::string& name = "csv") {
    io::csv::position at{name};
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // a byte-order mark
    const int left_out = options.skip_rows + (options.has_header ? 1 : 0);
    for (int i = 0; i < left_out; ++i, ++at.line) io::csv::cut_line(text);

    std::vector<T> values;
    while (!text.empty()) {
        const std::string_view row = io::csv::cut_line(text);
        ++at.line;
        if (io::csv::bare(row).empty()) {
            if (text.find_first_not_of(" \t\r\n") == text.npos) break;  // blank lines at the end
            at.refuse(0, "a blank line between the rows");
        }
        io::csv::parse_row(row, options, at, values);
    }
    tensor<T, dyn, dyn> table(shape(at.rows, at.columns));
    std::copy(values.begin(), values.end(), table.data());
    return table;
}

/// Reads a file of numbers in rows and columns, packed with gzip or not. The decimal sign is a point in every locale.
///
/// shapes    (rows, columns); (0, 0) when the file holds no row
/// types     float32, float64: read_csv<double>(...)
/// errors    file_error with line and column: not a number, a number out of T's range (also too near zero), rows of
///           different length, a blank line between rows
/// edge      a number may be quoted; CRLF, a byte-order mark and blank lines at the end are allowed
/// test      tests/data/csv_test.cpp
template <std::floating_point T = float>
requires Element<T> tensor<T, dyn, dyn> read_csv(const std::filesystem::path& path, const csv_options& options = {}) {
    const std::vector<std::byte> file = read_file(path);
    return parse_csv<T>({reinterpret_cast<const char*>(file.data()), file.size()}, options, path.string());
}

}  // namespace telar::inline TELAR_ABI
