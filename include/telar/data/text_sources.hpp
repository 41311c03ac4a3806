// SPDX-License-Identifier: BSL-1.0
// Datasets of files that need not fit into memory: lines of text, rows of numbers.
#pragma once
#include <telar/data/csv.hpp>
#include <telar/data/dataset.hpp>
#include <telar/io/file.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace telar::inline TELAR_ABI {

namespace io {

/// A text file line by line. In memory is a block of it, and the line; of a gzip file all of it.
class line_reader {
public:
    explicit line_reader(const std::filesystem::path& path) : file_(path) {
        fill();
        if (is_gzip(std::as_bytes(std::span(text_)))) {
            file_.seek(0);
            const std::vector<std::byte> unpacked = gunzip(file_.rest(), file_.name());
            text_.assign(reinterpret_cast<const char*>(unpacked.data()), unpacked.size());
        }
        if (text_.starts_with("\xef\xbb\xbf")) begin_ = 3;  // a byte-order mark
    }
    const std::string& name() const { return file_.name(); }
    /// The next line, without its end; it is valid until the line after it is read.
    std::optional<std::string_view> next() {
        std::size_t end = text_.find('\n', begin_);
        while (end == std::string::npos && file_.position() < file_.size()) {
            text_.erase(0, begin_);
            begin_ = 0;
            const std::size_t searched = text_.size();
            fill();
            end = text_.find('\n', searched);
        }
        if (begin_ == text_.size()) return {};
        std::string_view line = std::string_view(text_).substr(begin_, end == std::string::npos ? end : end - begin_);
        begin_ = std::min(begin_ + line.size() + 1, text_.size());
        if (line.ends_with('\r')) line.remove_suffix(1);
        return line;
    }

private:
    void fill() {
        constexpr std::uint64_t block = 1 << 18;
        const auto more = static_cast<std::size_t>(std::min(block, file_.size() - file_.position()));
        text_.resize(text_.size() + more);
        file_.read(std::as_writable_bytes(std::span(text_)).last(more));
    }
    input_file file_;
    std::string text_;
    std::size_t begin_ = 0;
};

namespace csv {
/// The rows of a table.
template <class T> class row_reader {
public:
    row_reader(const std::filesystem::path& path, const csv_options& options)
        : lines_(path), options_(options), at_{lines_.name()} {
        for (int i = options.skip_rows + (options.has_header ? 1 : 0); i > 0; --i) lines_.next(), ++at_.line;
    }
    std::optional<tensor<T, dyn>> operator()() {
        const auto line = lines_.next();
        if (!line) return {};
        ++at_.line;
        if (bare(*line).empty()) {
            while (const auto other = lines_.next())
                if (!bare(*other).empty()) at_.refuse(0, "a blank line between the rows");
            return {};
        }
        values_.clear();
        parse_row(*line, options_, at_, values_);
        return tensor<T, dyn>::from(shape(at_.columns), values_);
    }

private:
    line_reader lines_;
    csv_options options_;
    position at_;
    std::vector<T> values_;
};
}  // namespace csv

}  // namespace io

/// The lines of a text file, without their ends.
///
/// errors    file_error: the file cannot be read, when a pass begins
/// edge      CRLF, a byte-order mark and a last line without an end are allowed; a gzip file is unpacked in memory
/// test      tests/data/text_sources_test.cpp
inline dataset<std::string> from_lines(const std::filesystem::path& path) {
    return dataset<std::string>([path](std::uint64_t) {
        return io::stream_of([lines = std::make_shared<io::line_reader>(path)]() -> std::optional<std::string> {
            const auto line = lines->next();
            return line ? std::optional<std::string>(*line) : std::nullopt;
        });
    });
}

/// The rows of a file of numbers, read as they are asked for: see read_csv, which holds all of them.
///
///     auto data = from_csv("wine.csv", {.has_header = true}).map([](const tensor<float, dyn>& row) {
///         return std::tuple(tensor<float, 13>::from(shape(13), row.span().first(13)), row(13));
///     });
///
/// shapes    (columns)
/// errors    those of read_csv, with path, line and column, at the row that is refused
/// test      tests/data/text_sources_test.cpp
template <std::floating_point T = float>
requires Element<T> dataset<tensor<T, dyn>> from_csv(const std::filesystem::path& path, csv_options options = {}) {
    return dataset<tensor<T, dyn>>([path, options](std::uint64_t) {
        return io::stream_of([rows = std::make_shared<io::csv::row_reader<T>>(path, options)] { return (*rows)(); });
    });
}

}  // namespace telar::inline TELAR_ABI
