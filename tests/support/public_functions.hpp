// SPDX-License-Identifier: BSL-1.0
// The functions that docs/ops.md names. (docs.complete sees to it that the document names them all.)
#pragma once
#include <algorithm>
#include <cctype>
#include <fstream>
#include <set>
#include <string>

namespace support {

/// The functions in the first columns of the tables under "Public functions": `name(...)`, `name<...>(...)`.
inline std::set<std::string> public_functions() {
    std::ifstream document(TELAR_TEST_DATA_DIR "/../../docs/ops.md");
    std::set<std::string> names;
    bool is_inside = false;
    for (std::string line; std::getline(document, line);) {
        if (line.starts_with("# ")) is_inside = line == "# Public functions";
        if (!is_inside || !line.starts_with("| `")) continue;
        const std::string cell = line.substr(0, line.find(" | "));
        for (std::size_t i = 0; i + 1 < cell.size(); ++i) {
            if (cell[i] != '`') continue;
            std::size_t end = i + 1;
            while (end < cell.size() && (std::isalnum(static_cast<unsigned char>(cell[end])) || cell[end] == '_'))
                ++end;
            if (end > i + 1 && end < cell.size() && (cell[end] == '(' || cell[end] == '<'))
                names.insert(cell.substr(i + 1, end - i - 1));
            i = std::min(cell.find('`', i + 1), cell.size());
        }
    }
    return names;
}

}  // namespace support
