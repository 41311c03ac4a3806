// SPDX-License-Identifier: BSL-1.0
// The digits of examples/data for native programs. (The page reads the same file in JavaScript.)
#pragma once
#include <telar/data/csv.hpp>
#include <telar/nn.hpp>

#include <cstdint>
#include <filesystem>

#include "digit_net.hpp"

namespace web {

struct labelled_images {
    images x;
    tensor<std::int32_t, dyn> y;
};
struct digits {
    labelled_images train, test;
};

/// A row of the file: 64 pixels of 0 to 16, then the digit. Every fifth row is held out.
inline digits read_digits(const std::filesystem::path& path) {
    const auto table = telar::read_csv(path);
    const telar::extent_t rows = table.extent(0), held_out = rows / 5;
    const auto sized = [](telar::extent_t n) {
        return labelled_images{images(telar::shape(n, 8, 8, 1)), tensor<std::int32_t, dyn>(telar::shape(n))};
    };
    digits all{sized(rows - held_out), sized(held_out)};
    for (telar::extent_t row = 0; row < rows; ++row) {
        auto& [x, y] = row % 5 == 4 ? all.test : all.train;
        const telar::extent_t n = row % 5 == 4 ? row / 5 : row - row / 5;
        for (telar::extent_t k = 0; k < 64; ++k) x.data()[64 * n + k] = table(row, k) / 16;
        y(n) = static_cast<std::int32_t>(table(row, 64));
    }
    return all;
}

/// The share of digits that are read as what they are.
inline double accuracy(const model& net, const labelled_images& of) {
    const auto read = telar::argmax(std::get<0>(net(of.x)), telar::axis<1>);
    telar::extent_t right = 0;
    for (telar::extent_t n = 0; n < of.y.extent(0); ++n) right += read(n) == of.y(n);
    return static_cast<double>(right) / static_cast<double>(of.y.extent(0));
}

}  // namespace web
