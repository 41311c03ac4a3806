// SPDX-License-Identifier: BSL-1.0
// Tables of plain text, and numbers as they stand in them.
#pragma once
#include <telar/core/shape.hpp>

#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::core {

/// 1234567 -> "1,234,567".
inline std::string grouped_text(extent_t n) {
    std::string text = std::to_string(n);
    const std::ptrdiff_t first = n < 0 ? 1 : 0;
    for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > first; at -= 3)
        text.insert(static_cast<std::size_t>(at), 1, ',');
    return text;
}
/// A number with so many decimals, in any locale with a point.
inline std::string decimal_text(double v, int decimals) {
    char text[400];
    return {text, std::to_chars(text, text + sizeof text, v, std::chars_format::fixed, decimals).ptr};
}

/// Rows of cells under a heading; every column is as wide as its widest cell, with two blanks between. A
/// column of empty cells is left out.
///
/// test      tests/core/text_table_test.cpp
class text_table {
public:
    enum class align { left, right };
    struct column {
        std::string_view heading;
        align side = align::right;
    };

    explicit text_table(std::vector<column> columns) : columns_(std::move(columns)) {
        std::vector<std::string> heading;
        for (const column& c : columns_) heading.emplace_back(c.heading);
        add(std::move(heading));
    }
    /// One cell for each column.
    void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

    std::string text() const {
        std::vector<std::size_t> width(columns_.size(), 0);
        for (const auto& row : rows_)
            for (std::size_t i = 0; i < row.size(); ++i)
                if (row[i].size() > width[i]) width[i] = row[i].size();
        const auto is_left_out = [&](std::size_t i) {
            std::size_t empty = 1;
            while (empty < rows_.size() && rows_[empty][i].empty()) ++empty;
            return rows_.size() > 1 && empty == rows_.size();
        };
        std::string text;
        for (const auto& row : rows_) {
            std::string set;
            for (std::size_t i = 0; i < row.size(); ++i) {
                if (is_left_out(i)) continue;
                const std::string blanks(width[i] - row[i].size(), ' ');
                set += i == 0 ? "" : "  ";
                set += columns_[i].side == align::left ? row[i] + blanks : blanks + row[i];
            }
            text += set.substr(0, set.find_last_not_of(' ') + 1) + '\n';
        }
        return text;
    }

private:
    std::vector<column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace telar::inline TELAR_ABI::core
