// SPDX-License-Identifier: BSL-1.0
// Bytes of a file that know where they stand, for readers of binary formats: nothing outside of them can be read, and
// what is refused is told with the path and the offset.
#pragma once
#include <telar/io/gzip.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::io {

static_assert(std::endian::native == std::endian::little, "files: a big-endian machine would have to swap bytes");

/// A part of a file in memory, which outlives it. Offsets count from the part's beginning; errors tell the file's.
///
/// errors    file_error: "path: byte 12: format: why"
/// test      tests/io/hdf5_test.cpp, tests/io/zip_test.cpp
class piece {
public:
    piece() = default;
    piece(std::span<const std::byte> bytes, std::string path, std::string_view format)
        : bytes_(bytes), path_(std::move(path)), format_(format) {}

    std::span<const std::byte> bytes() const { return bytes_; }
    std::uint64_t size() const { return bytes_.size(); }
    /// Where it begins in the file.
    std::uint64_t begin() const { return begin_; }
    const std::string& path() const { return path_; }

    template <class T> T number(std::uint64_t at) const {
        require(at, sizeof(T));
        T value;
        std::memcpy(&value, bytes_.data() + at, sizeof(T));
        return value;
    }
    piece part(std::uint64_t at, std::uint64_t size) const {
        require(at, size);
        piece p = *this;
        p.bytes_ = bytes_.subspan(static_cast<std::size_t>(at), static_cast<std::size_t>(size));
        p.begin_ = begin_ + at;
        return p;
    }
    piece from(std::uint64_t at) const { return part(at, at > size() ? 0 : size() - at); }
    std::string_view text(std::uint64_t at, std::uint64_t size) const {
        require(at, size);
        return {reinterpret_cast<const char*>(bytes_.data()) + at, static_cast<std::size_t>(size)};
    }
    /// Up to the zero behind it, which is somewhere in this part.
    std::string_view text_until_zero(std::uint64_t at) const {
        const std::string_view all = text(at, at > size() ? 0 : size() - at);
        const std::size_t end = all.find('\0');
        if (end == std::string_view::npos) refuse(at, "a text without an end");
        return all.substr(0, end);
    }
    bool begins_with(std::string_view signature) const {
        return size() >= signature.size() && text(0, signature.size()) == signature;
    }
    [[noreturn]] void refuse(std::uint64_t at, const std::string& why) const {
        refuse_file(path_, static_cast<std::size_t>(begin_ + at), std::string(format_) + ": " + why);
    }

private:
    void require(std::uint64_t at, std::uint64_t n) const {
        if (at > size() || n > size() - at) refuse(std::min(at, size()), "truncated");
    }

    std::span<const std::byte> bytes_;
    std::uint64_t begin_ = 0;
    std::string path_;
    std::string_view format_;
};

/// Bytes of a file that is to be written, lowest byte first.
class byte_writer {
public:
    std::size_t size() const { return bytes_.size(); }
    template <class T> byte_writer& number(T value) { return raw(std::as_bytes(std::span(&value, 1))); }
    byte_writer& text(std::string_view text) { return raw(std::as_bytes(std::span(text.data(), text.size()))); }
    byte_writer& raw(std::span<const std::byte> bytes) {
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
        return *this;
    }
    /// Zeros up to a multiple.
    byte_writer& pad(std::size_t multiple) {
        bytes_.resize((bytes_.size() + multiple - 1) / multiple * multiple);
        return *this;
    }
    /// Writes over what stands there.
    template <class T> void set(std::size_t at, T value) { std::memcpy(bytes_.data() + at, &value, sizeof(T)); }
    const std::vector<std::byte>& bytes() const& { return bytes_; }
    std::vector<std::byte> bytes() && { return std::move(bytes_); }

private:
    std::vector<std::byte> bytes_;
};

}  // namespace telar::inline TELAR_ABI::io
