// SPDX-License-Identifier: BSL-1.0
// TensorFlow's files of records (TFRecord): u64 length, masked CRC-32C of the length, the bytes, their masked CRC-32C;
// all little-endian.
#pragma once
#include <telar/io/crc32.hpp>
#include <telar/io/gzip.hpp>
#include <telar/io/input_file.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace telar::inline TELAR_ABI::io {

/// A CRC of bytes that hold CRCs themselves would be weak: so it is rotated, and a constant added.
constexpr std::uint32_t masked_crc32c(std::string_view bytes) {
    const std::uint32_t crc = crc32<castagnoli>(bytes);
    return (crc >> 15 | crc << 17) + 0xa282ead8;
}

template <class T> constexpr std::string little_endian(T value) {
    std::string bytes;
    for (std::size_t i = 0; i < sizeof(T); ++i) bytes += static_cast<char>(value >> (8 * i) & 255);
    return bytes;
}

/// Bytes as a record.
///
/// source    https://www.tensorflow.org/tutorials/load_data/tfrecord
/// test      tests/io/record_file_test.cpp
inline std::string record_of(std::string_view bytes) {
    const std::string length = little_endian(std::uint64_t{bytes.size()});
    return (length + little_endian(masked_crc32c(length))).append(bytes) + little_endian(masked_crc32c(bytes));
}

/// Reads a file of records, one after the other.
///
/// errors    file_error, with path and byte: a length or a record whose checksum differs
/// edge      A file that is being written may end within a record. The reader stands still before it: next() gives
///           nothing. Opened again it begins where offset() says.
/// test      tests/io/record_file_test.cpp
class record_reader {
public:
    explicit record_reader(const std::filesystem::path& path, std::uint64_t offset = 0) : file_(path) {
        file_.seek(offset);
    }
    const std::string& name() const { return file_.name(); }
    /// Where the next record begins.
    std::uint64_t offset() const { return file_.position(); }

    /// The bytes of the next record; nothing at the end.
    std::optional<std::string> next() {
        constexpr std::uint64_t crc_size = 4, head_size = 8 + crc_size;
        const std::uint64_t begin = offset();
        if (file_.size() - begin < head_size) return std::nullopt;
        const std::string length = read(8);
        require_crc(length, "the checksum of a record's length differs", begin);
        const std::uint64_t size = number<std::uint64_t>(length), rest = file_.size() - offset();
        if (rest < crc_size || rest - crc_size < size) {
            file_.seek(begin);
            return std::nullopt;
        }
        std::string bytes = read(static_cast<std::size_t>(size));
        require_crc(bytes, "the checksum of a record differs", begin);
        return bytes;
    }

private:
    template <class T> static T number(std::string_view bytes) {
        T value = 0;
        for (std::size_t i = sizeof(T); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
        return value;
    }
    std::string read(std::size_t size) {
        std::string bytes(size, '\0');
        file_.read(std::as_writable_bytes(std::span(bytes.data(), size)));
        return bytes;
    }
    void require_crc(std::string_view bytes, const char* otherwise, std::uint64_t record) {
        if (number<std::uint32_t>(read(4)) != masked_crc32c(bytes))
            refuse_file(name(), static_cast<std::size_t>(record), otherwise);
    }
    input_file file_;
};

}  // namespace telar::inline TELAR_ABI::io
