// SPDX-License-Identifier: BSL-1.0
#include <telar/io/file.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

namespace {

const std::filesystem::path folder = std::filesystem::temp_directory_path() / "telar_file_test";

std::string read_text(const std::filesystem::path& path) {
    const auto bytes = telar::read_file(path);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

TEST_CASE("what was written is read back, longer than one chunk, empty, and over an older file") {
    std::filesystem::create_directories(folder);
    const auto path = folder / "text";
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{65536}, std::size_t{1000003}}) {
        std::string text(size, 'x');
        for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 23);
        telar::write_file(path, text);
        CHECK(read_text(path) == text);
        CHECK_FALSE(std::filesystem::exists(folder / "text.part"));
    }
    std::filesystem::remove_all(folder);
}

TEST_CASE("a gzip file is unpacked, unless its raw bytes are asked for") {
    std::filesystem::create_directories(folder);
    const char packed[] = "\x1f\x8b\x08\0\0\0\0\0\0\3\1\5\0\xfa\xfftelar\x91\xce\xa8\x45\5\0\0";
    telar::write_file(folder / "packed", std::string_view(packed, sizeof packed));
#if TELAR_ZLIB
    CHECK(read_text(folder / "packed") == "telar");
#else
    MESSAGE("skipped: unpacking, as this was built without TELAR_ZLIB");
    CHECK_THROWS_AS(telar::read_file(folder / "packed"), telar::file_error);
#endif
    CHECK(telar::read_raw_file(folder / "packed").size() == sizeof packed);
    std::filesystem::remove_all(folder);
}

TEST_CASE("absent files, folders and unwritable places are refused by name") {
    std::filesystem::create_directories(folder);
    CHECK_THROWS_AS(telar::read_file(folder / "absent"), telar::file_error);
    CHECK_THROWS_AS(telar::read_file(folder), telar::file_error);
    CHECK_THROWS_AS(telar::write_file(folder / "absent" / "file", std::string_view("x")), telar::file_error);
    std::filesystem::create_directories(folder / "taken" / "inner");
    CHECK_THROWS_AS(telar::write_file(folder / "taken", std::string_view("x")), telar::file_error);
    CHECK_FALSE(std::filesystem::exists(folder / "taken.part"));
    std::filesystem::remove_all(folder);
}
