// SPDX-License-Identifier: BSL-1.0
#include "../support/damaged.hpp"
#include "../support/temporary_file.hpp"

#include <telar/io/zip.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using telar::file_error;
namespace zip = telar::io::zip;

namespace {

const support::temporary_file file("telar_zip_test.zip");

std::string text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}
std::vector<std::byte> copied(const std::string& text) { return {bytes_of(text).begin(), bytes_of(text).end()}; }
void refuses(const std::string& content, const std::string& why) {
    file.write(content);
    const std::string text = file.path.string() + ": " + why;
    CHECK_THROWS_WITH_AS(zip::archive(file.path).read("a.txt"), text.c_str(), file_error);
}
// clang-format off
// Written by Python: zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED).writestr("a.txt", "telar " * 40)
const unsigned char packed[] = {
    80, 75, 3, 4, 20, 0, 0, 0, 8, 0, 0, 0, 33, 0, 79, 29, 31, 83, 11, 0, 0, 0, 240, 0, 0, 0,
    5, 0, 0, 0, 97, 46, 116, 120, 116, 43, 73, 205, 73, 44, 82, 40, 25, 49, 36, 0, 80, 75, 1, 2, 20, 3,
    20, 0, 0, 0, 8, 0, 0, 0, 33, 0, 79, 29, 31, 83, 11, 0, 0, 0, 240, 0, 0, 0, 5, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 128, 1, 0, 0, 0, 0, 97, 46, 116, 120, 116, 80, 75, 5, 6, 0, 0, 0,
    0, 1, 0, 1, 0, 51, 0, 0, 0, 46, 0, 0, 0, 0, 0};
// clang-format on

}  // namespace

TEST_CASE("what is stored is read, entry by entry") {
    const std::string a = "telar", none, big(100'000, 'x');
    const zip::content all[]{{"a.txt", bytes_of(a)}, {"é/none", bytes_of(none)}, {"big", bytes_of(big)}};
    zip::write(file.path, all);
    zip::archive read(file.path);
    CHECK(read.entries().size() == 3);
    CHECK(text_of(read.read("a.txt")) == a);
    CHECK(text_of(read.read("é/none")).empty());
    CHECK(text_of(read.read("big")) == big);
    CHECK_FALSE(read.has("b"));
    CHECK_THROWS_WITH_AS(read.read("b"), (file.path.string() + ": zip: there is no entry 'b'").c_str(), file_error);
    CHECK(zip::checksum(bytes_of("123456789")) == 0xcbf43926);  // the check value of CRC-32
    zip::write(file.path, {});
    CHECK(zip::archive(file.path).entries().empty());
}

TEST_CASE("a damaged archive is refused with the offset, or all of it is whole") {
    const std::string a = "telar", b = "loom";
    const zip::content all[]{{"a.txt", bytes_of(a)}, {"b.txt", bytes_of(b)}};
    zip::write(file.path, all);
    const std::string whole = file.read();
    support::each_damage(whole, [&](const std::string& damaged) {
        try {
            zip::archive read(copied(damaged), "x.zip");
            for (const auto& [name, entry] : read.entries()) {
                const std::string content = text_of(read.read(name));
                CHECK((content == a || content == b || content.empty()));
            }
        } catch (const file_error& problem) { CHECK(std::string(problem.what()).starts_with("x.zip: byte ")); }
    });
    refuses("", "byte 0: zip: truncated: there is no directory at the end");
    refuses("no archive at all, whatever its name says", "byte 0: zip: no zip archive");
    refuses(whole.substr(0, whole.size() - 1),
            "byte " + std::to_string(whole.size() - 1) + ": zip: truncated: there is no directory at the end");
    std::string changed = whole;
    changed[35] = 'T';
    refuses(changed, "byte 35: zip: 'a.txt': its checksum is another");
}

TEST_CASE("packed entries") {
    const std::string whole(reinterpret_cast<const char*>(packed), sizeof packed);
    file.write(whole);
    zip::archive read(file.path);
#if TELAR_ZLIB
    CHECK(text_of(read.read("a.txt")).size() == 240);
    CHECK(text_of(read.read("a.txt")).starts_with("telar telar "));
    support::each_damage(whole, [&](const std::string& damaged) {
        try {
            zip::archive again(copied(damaged), "x.zip");
            const std::size_t size = again.has("a.txt") ? again.read("a.txt").size() : 240;
            CHECK(size == 240);
        } catch (const file_error& problem) { CHECK(std::string(problem.what()).starts_with("x.zip: byte ")); }
    });
#else
    CHECK_THROWS_AS(read.read("a.txt"), file_error);
#endif
}
