// SPDX-License-Identifier: BSL-1.0
#include <telar/data/text_sources.hpp>

#include <doctest/doctest.h>

#include "../support/temporary_file.hpp"

#include <string>

using namespace telar;

namespace {

const support::temporary_file file("telar_text_sources_test.csv");

std::vector<std::string> lines_of(const std::string& content) {
    file.write(content);
    std::vector<std::string> all;
    for (const std::string& line : from_lines(file.path)) all.push_back(line);
    return all;
}
using texts = std::vector<std::string>;

}  // namespace

TEST_CASE("lines, however they end") {
    CHECK(lines_of("").empty());
    CHECK(lines_of("\n") == texts{""});
    CHECK(lines_of("a\nb") == texts{"a", "b"});
    CHECK(lines_of("\xef\xbb\xbf"
                   "a\r\n\r\nb\n") == texts{"a", "", "b"});
    // Lines that begin and end around the blocks in which the file is read, and one that is longer than a block.
    for (const std::size_t length : {std::size_t{1} << 18, (std::size_t{1} << 18) - 1, (std::size_t{1} << 19) + 3}) {
        const texts expected{std::string(length, 'x'), "y", std::string(length, 'z')};
        CHECK(lines_of(expected[0] + "\ny\n" + expected[2] + "\n") == expected);
        CHECK(lines_of(expected[0] + "\r\ny\n" + expected[2]) == expected);
    }
#if TELAR_ZLIB
    // Python: gzip.compress(b"a,b\n1,2\n", mtime=0)
    const std::string packed(
        "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x4b\xd4\x49\xe2\x32\xd4\x31\xe2\x02\x00\x7b\x07\x97\x0a\x08\x00\x00"
        "\x00",
        28);
    CHECK(lines_of(packed) == texts{"a,b", "1,2"});
#endif
    auto absent = from_lines("absent.txt");
    CHECK_THROWS_AS(absent.begin(), file_error);
}
TEST_CASE("rows are those of read_csv, also of a file that is longer than a block") {
    std::string content = "name,x,y\n";
    for (int i = 0; i < 60000; ++i) content += "n," + std::to_string(i) + "," + std::to_string(-i) + ".5\n";
    file.write(content + "\n \n");
    const csv_options options{.skip_columns = 1, .has_header = true};
    const auto table = read_csv(file.path, options);
    extent_t i = 0;
    bool all_same = true;
    auto data = from_csv(file.path, options);
    for (int pass = 0; pass < 2; ++pass) {
        i = 0;
        for (const tensor<float, dyn>& row : data) {
            all_same = all_same && row.extent(0) == 2 && row(0) == table(i, 0) && row(1) == table(i, 1);
            ++i;
        }
        CHECK(i == 60000);
    }
    CHECK(all_same);
    auto batches = data.take(5).batch(2);
    CHECK((*batches.begin()).extents() == shape(2, 2));
}
TEST_CASE("what is refused, with path, line and column, is what read_csv refuses") {
    const std::pair<const char*, const char*> cases[] = {
        {"1,2\n3,x\n", ": line 2, column 2: 'x' is not a number"},
        {"a,b\n1,2\n", ": line 1, column 1: 'a' is not a number (if this line names the columns, set has_header)"},
        {"1,2\n3\n", ": line 2: 1 columns, but 2 in the first row"},
        {"1,2\n\n\n3,4\n", ": line 2: a blank line between the rows"},
        {"1,2\n1e99,4\n", ": line 2, column 1: '1e99' is out of the range of float32"}};
    for (const auto& [content, why] : cases) {
        file.write(std::string_view(content));
        const std::string expected = file.path.string() + why;
        CHECK_THROWS_WITH_AS(read_csv(file.path), expected.c_str(), file_error);
        auto pass = from_csv(file.path).pass();
        const auto read_all = [&] {
            while (pass->next()) continue;
        };
        CHECK_THROWS_WITH_AS(read_all(), expected.c_str(), file_error);
        CHECK(!pass->next());
    }
}
