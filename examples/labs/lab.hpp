// SPDX-License-Identifier: BSL-1.0
// What the labs share: where data lies, where pictures go, and pictures of pixels.
#pragma once
#include <telar/data.hpp>
#include <telar/io.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "digits.hpp"

namespace lab {

inline std::filesystem::path folder(const char* variable, const char* otherwise) {
    const char* value = std::getenv(variable);
    return value ? value : otherwise;
}
/// A file or folder of the data sets: in $TELAR_DATA, or beside the repository.
inline std::filesystem::path data(const char* name) {
#ifdef TELAR_DATA_DIR
    return folder("TELAR_DATA", TELAR_DATA_DIR) / name;
#else
    return folder("TELAR_DATA", "../shared/data") / name;
#endif
}
/// Where a picture is written: in $TELAR_PICTURES, or here.
inline std::filesystem::path picture(const char* name) { return folder("TELAR_PICTURES", ".") / name; }

/// Says that there is no data. The lab ends well, and its test counts as skipped.
inline int skip(const std::filesystem::path& absent) {
    std::cout << "skipped: there is no " << absent.string() << "; TELAR_DATA names the folder of the data sets\n";
    return 0;
}

/// rows x columns grey values, and what is written below them.
struct tile {
    std::span<const float> pixels;
    int rows, columns;
    std::string caption;
};
/// Draws tiles of one size, so many in a row, as SVG. Values from low to high are white to black in 9 steps; neighbours
/// of one grey are one stroke, which keeps the file small.
inline void save_tiles(const std::filesystem::path& path, const std::vector<tile>& tiles, int per_row, float low,
                       float high, int scale = 2) {
    constexpr int steps = 8, gap = 8, text = 16;
    const auto number = [](int v) { return std::to_string(v); };
    const int step_x = tiles.at(0).columns * scale + gap, step_y = tiles.at(0).rows * scale + gap + text;
    const int count = static_cast<int>(tiles.size()), lines = (count + per_row - 1) / per_row;
    const std::string width = number(per_row * step_x + gap), height = number(lines * step_y + gap);
    std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + width + "\" height=\"" + height +
                      "\" viewBox=\"0 0 " + width + ' ' + height +
                      "\" font-family=\"Helvetica, Arial, sans-serif\" font-size=\"11\">\n" +
                      "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n";
    for (int n = 0; n < count; ++n) {
        const tile& t = tiles[static_cast<std::size_t>(n)];
        std::string strokes[steps + 1];
        for (int row = 0; row < t.rows; ++row)
            for (int from = 0, to = 0; from < t.columns; from = to) {
                const auto darkness = [&](int column) {
                    const float v = (t.pixels[static_cast<std::size_t>(row * t.columns + column)] - low) / (high - low);
                    return static_cast<std::size_t>(std::lround(std::clamp(v, 0.0f, 1.0f) * steps));
                };
                const std::size_t grey = darkness(from);
                while (to < t.columns && darkness(to) == grey) ++to;
                strokes[grey] += 'M' + number(from) + ' ' + number(row) + 'h' + number(to - from);
            }
        const int x = gap + n % per_row * step_x, y = gap + n / per_row * step_y;
        out += "<g transform=\"translate(" + number(x) + ' ' + number(y) + ")\">\n<g transform=\"scale(" +
               number(scale) + ") translate(0 .5)\" shape-rendering=\"crispEdges\">\n";
        for (int grey = 1; grey <= steps; ++grey) {
            const std::string level = number(100 - 100 * grey / steps);
            if (const std::string& path_of_grey = strokes[grey]; !path_of_grey.empty())
                out +=
                    "<path d=\"" + path_of_grey + "\" stroke=\"rgb(" + level + "%," + level + "%," + level + "%)\"/>\n";
        }
        out += "</g>\n" + telar::io::svg::text_at(t.columns * scale / 2.0, t.rows * scale + 12, "middle", t.caption) +
               "</g>\n";
    }
    telar::write_file(path, out + "</svg>\n");
}

}  // namespace lab
