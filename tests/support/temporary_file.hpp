// SPDX-License-Identifier: BSL-1.0
// A file that is gone afterwards.
#pragma once
#include <telar/io/file.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace support {

struct temporary_file {
    std::filesystem::path path;

    explicit temporary_file(std::string_view name) : path(std::filesystem::temp_directory_path() / name) {}
    temporary_file(const temporary_file&) = delete;
    temporary_file& operator=(const temporary_file&) = delete;
    ~temporary_file() { std::filesystem::remove(path); }

    void write(std::string_view text) const { telar::write_file(path, text); }
    std::string read() const {
        const auto bytes = telar::read_file(path);
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }
};

}  // namespace support
