// SPDX-License-Identifier: BSL-1.0
// Whole files: read at once, written so that no half of one is ever seen under its name.
#pragma once
#include <telar/core/config.hpp>
#include <telar/core/failure.hpp>
#include <telar/io/gzip.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace telar::inline TELAR_ABI {

namespace files {

struct closer {
    void operator()(std::FILE* f) const { std::fclose(f); }
};
using handle = std::unique_ptr<std::FILE, closer>;

inline handle open(const std::filesystem::path& path, const char* mode) {
    handle file(std::fopen(path.string().c_str(), mode));
    if (!file) fail<file_error>(path.string() + ": cannot be opened: " + std::strerror(errno));
    return file;
}

}  // namespace files

/// The bytes of a file as they lie on the disk.
///
/// errors    file_error: the file is absent or cannot be read
inline std::vector<std::byte> read_raw_file(const std::filesystem::path& path) {
    const files::handle file = files::open(path, "rb");
    std::vector<std::byte> bytes;
    for (std::size_t chunk = 1 << 16;; chunk *= 2) {  // by chunks: a pipe has no size to ask for
        const std::size_t before = bytes.size();
        bytes.resize(before + chunk);
        const std::size_t got = std::fread(bytes.data() + before, 1, chunk, file.get());
        bytes.resize(before + got);
        if (std::ferror(file.get())) fail<file_error>(path.string() + ": cannot be read: " + std::strerror(errno));
        if (got < chunk) return bytes;
    }
}

/// The bytes of a file; a gzip file, known by its first two bytes, is unpacked (with TELAR_ZLIB, see gzip.hpp).
///
/// errors    file_error: the file is absent, cannot be read, is a damaged gzip file, or one in a program without zlib
inline std::vector<std::byte> read_file(const std::filesystem::path& path) {
    std::vector<std::byte> bytes = read_raw_file(path);
    return is_gzip(bytes) ? gunzip(bytes, path.string()) : bytes;
}

/// Writes a file: first under the name `<path>.part`, then renamed, so that a reader sees the old file or the new one.
///
/// errors    file_error: the disk is full, the folder is absent or not writable; the old file is then as it was
inline void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
    std::filesystem::path part = path;
    part += ".part";
    files::handle file = files::open(part, "wb");
    const bool complete = bytes.empty() || std::fwrite(bytes.data(), 1, bytes.size(), file.get()) == bytes.size();
    const bool closed = std::fclose(file.release()) == 0;
    std::error_code problem = complete && closed ? std::error_code() : std::make_error_code(std::errc::io_error);
    if (!problem) std::filesystem::rename(part, path, problem);
    if (!problem) return;
    std::error_code ignored;
    std::filesystem::remove(part, ignored);
    fail<file_error>(path.string() + ": cannot be written: " + problem.message());
}

/// Writes a text file in the same way.
inline void write_file(const std::filesystem::path& path, std::string_view text) {
    write_file(path, std::as_bytes(std::span(text.data(), text.size())));
}

}  // namespace telar::inline TELAR_ABI
