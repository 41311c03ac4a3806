// SPDX-License-Identifier: BSL-1.0
// The page's module as a native program: how well the stored weights read the digits that they were not trained on, and
// whether expected.csv still says what they give. `native --write` writes that file.
#include <telar/data/csv.hpp>
#include <telar/io/output_file.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>

#include "module.hpp"

using namespace telar;

int main(int count, char** words) {
    const auto folder = std::filesystem::path(__FILE__).parent_path();
    const auto table = read_csv(folder.parent_path() / "data" / "digits.csv");
    std::transform(table.begin(), table.end(), digits(static_cast<int>(table.extent(0))),
                   [](auto number) { return static_cast<std::uint8_t>(number); });
    begin(0);
    std::cout << "accuracy " << accuracy() << '\n';

    // The first digits that are held out from training: rows 4, 9, 14, ...
    constexpr int rows = 20;
    for (int i = 0; i < rows; ++i)
        for (int k = 0; k < 64; ++k) pixels()[64 * i + k] = static_cast<float>(table(5 * i + 4, k)) / 16;
    read_images(rows);
    if (count > 1 && std::string_view(words[1]) == "--write") {
        std::string text;
        for (int i = 0; i < 10 * rows; ++i) text += std::to_string(probabilities()[i]) + (i % 10 == 9 ? '\n' : ',');
        write_file(folder / "expected.csv", std::string_view(text));
        return 0;
    }
    const auto expected = read_csv(folder / "expected.csv");
    float apart = 0;
    for (int i = 0; i < 10 * rows; ++i) apart = std::max(apart, std::abs(probabilities()[i] - expected.data()[i]));
    std::cout << "as expected: " << (apart < 1e-5f) << '\n';

    begin(1);
    const float first = train(40);
    train(400);
    const float last = train(40);
    std::cout << "learns: " << (last < first / 5) << ", accuracy " << accuracy() << '\n';
    return apart < 1e-5f && last < first / 5 && accuracy() > 0.93f ? 0 : 1;
}

// prints:
// /accuracy 0[.]9[5-9][0-9]*/
// as expected: 1
// /learns: 1, accuracy 0[.]9[3-9][0-9]*/
