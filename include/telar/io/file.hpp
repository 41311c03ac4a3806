// SPDX-License-Identifier: BSL-1.0
// Whole files: read at once, written so that no half of one is ever seen under its name.
#pragma once
#include <telar/io/gzip.hpp>
#include <telar/io/input_file.hpp>
#include <telar/io/output_file.hpp>

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

namespace telar::inline TELAR_ABI {

/// The bytes of a file as they lie on the disk.
///
/// errors    file_error: the file is absent or cannot be read
std::vector<std::byte> read_raw_file(const std::filesystem::path& path);

/// The bytes of a file; a gzip file, known by its first two bytes, is unpacked (with TELAR_ZLIB, see gzip.hpp).
///
/// errors    file_error: the file is absent, cannot be read, is a damaged gzip file, or one in a program without zlib
std::vector<std::byte> read_file(const std::filesystem::path& path);

/// Writes a file: a reader sees the old one or the new one, never a part (see output_file).
///
/// errors    file_error: the disk is full, the folder is absent or not writable, the path names a device; the old file
///           is then as it was
void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes);

/// Writes a text file in the same way.
void write_file(const std::filesystem::path& path, std::string_view text);

#if TELAR_HAS_BODIES
TELAR_ONCE std::vector<std::byte> read_raw_file(const std::filesystem::path& path) {
    return io::input_file(path).rest();
}
TELAR_ONCE std::vector<std::byte> read_file(const std::filesystem::path& path) {
    std::vector<std::byte> bytes = read_raw_file(path);
    return is_gzip(bytes) ? gunzip(bytes, path.string()) : bytes;
}
TELAR_ONCE void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
    io::output_file file(path);
    file.write(bytes);
    file.commit();
}
TELAR_ONCE void write_file(const std::filesystem::path& path, std::string_view text) {
    write_file(path, std::as_bytes(std::span(text.data(), text.size())));
}
#endif  // TELAR_HAS_BODIES

}  // namespace telar::inline TELAR_ABI
