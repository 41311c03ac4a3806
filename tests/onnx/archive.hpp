// SPDX-License-Identifier: BSL-1.0
// The files of a gzipped tar archive (ustar), by their names.
// source: POSIX.1-2017, pax, "ustar Interchange Format"
#pragma once
#include <telar/io/file.hpp>

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace onnx {

class archive {
public:
    explicit archive(const std::filesystem::path& path) : bytes_(telar::read_file(path)) {
        for (std::size_t at = 0; at + block <= bytes_.size();) {
            const std::string_view header = text(at, block);
            if (header[0] == '\0') break;  // two blocks of zeros end it
            if (header.substr(257, 5) != "ustar") telar::io::refuse_file(path.string(), at, "not a ustar header");
            const std::string name = up_to_zero(header.substr(0, 100)), folder = up_to_zero(header.substr(345, 155));
            const std::size_t size = std::stoull(up_to_zero(header.substr(124, 12)), nullptr, 8);
            if (size > bytes_.size() - at - block) telar::io::refuse_file(path.string(), at, "truncated");
            if (header[156] == '0') {
                files_[folder.empty() ? name : folder + '/' + name] = std::span(bytes_).subspan(at + block, size);
            }
            at += block + (size + block - 1) / block * block;
        }
    }
    archive(const archive&) = delete;
    archive& operator=(const archive&) = delete;

    const std::map<std::string, std::span<const std::byte>>& files() const { return files_; }

private:
    static constexpr std::size_t block = 512;
    std::vector<std::byte> bytes_;
    std::map<std::string, std::span<const std::byte>> files_;

    std::string_view text(std::size_t at, std::size_t size) const {
        return {reinterpret_cast<const char*>(bytes_.data()) + at, size};
    }
    static std::string up_to_zero(std::string_view s) { return std::string(s.substr(0, s.find('\0'))); }
};

}  // namespace onnx
