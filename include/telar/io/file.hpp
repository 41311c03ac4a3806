// SPDX-License-Identifier: BSL-1.0
// Whole files, read at once; write_file stands in output_file.hpp.
#pragma once
#include <telar/io/gzip.hpp>
#include <telar/io/input_file.hpp>
#include <telar/io/output_file.hpp>

#include <cstddef>
#include <filesystem>
#include <span>
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

#if TELAR_HAS_BODIES
TELAR_ONCE std::vector<std::byte> read_raw_file(const std::filesystem::path& path) {
    return io::input_file(path).rest();
}
TELAR_ONCE std::vector<std::byte> read_file(const std::filesystem::path& path) {
    std::vector<std::byte> bytes = read_raw_file(path);
    return is_gzip(bytes) ? gunzip(bytes, path.string()) : bytes;
}
#endif  // TELAR_HAS_BODIES

}  // namespace telar::inline TELAR_ABI
