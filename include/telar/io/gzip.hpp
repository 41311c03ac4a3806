// SPDX-License-Identifier: BSL-1.0
// Unpacking gzip by zlib, so that data sets can be read as they are published. Only with TELAR_ZLIB defined as 1 in all
// of a program, and zlib linked to it: a header that used zlib because it is installed would fail at link time.
#pragma once
#include <telar/core/config.hpp>
#include <telar/core/failure.hpp>

#if TELAR_ZLIB
#include <zlib.h>
#endif

#include <algorithm>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace telar::inline TELAR_ABI {

namespace io {
/// Refuses a file: "path: byte 12: why".
[[noreturn]] void refuse_file(const std::string& path, std::size_t offset, const std::string& why);
}  // namespace io

/// Whether bytes begin as a gzip file does.
inline bool is_gzip(std::span<const std::byte> bytes) {
    return bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
}

#if TELAR_ZLIB
namespace io::gzip {

/// Calls zlib over buffers of any size; zlib counts in 32 bits.
class unpacker {
public:
    unpacker(std::span<const std::byte> packed, const std::string& path) : packed_(packed), path_(path) {
        constexpr int longest_window = 15, gzip_only = 16;
        if (inflateInit2(&zlib_, longest_window + gzip_only) != Z_OK) refuse("zlib does not start");
    }
    ~unpacker() { inflateEnd(&zlib_); }
    unpacker(const unpacker&) = delete;
    unpacker& operator=(const unpacker&) = delete;

    bool at_end() const { return read_ == packed_.size(); }

    /// Unpacks one member and puts it behind `out`.
    void member(std::vector<std::byte>& out) {
        if (!is_gzip(packed_.subspan(read_))) refuse("no member begins here");
        inflateReset(&zlib_);
        std::size_t written = out.size();
        int state = Z_OK;
        while (state == Z_OK) {
            if (written == out.size()) out.resize(std::max(2 * written, packed_.size() + 4096));
            zlib_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(packed_.data() + read_));
            zlib_.avail_in = at_most(packed_.size() - read_);
            zlib_.next_out = reinterpret_cast<Bytef*>(out.data() + written);
            zlib_.avail_out = at_most(out.size() - written);
            state = inflate(&zlib_, Z_NO_FLUSH);
            read_ = static_cast<std::size_t>(reinterpret_cast<const std::byte*>(zlib_.next_in) - packed_.data());
            written = static_cast<std::size_t>(reinterpret_cast<std::byte*>(zlib_.next_out) - out.data());
        }
        if (state == Z_BUF_ERROR) refuse("truncated");  // there was room to write, so there was nothing to read
        if (state != Z_STREAM_END) refuse(zlib_.msg ? zlib_.msg : zError(state));
        out.resize(written);
    }

private:
    static uInt at_most(std::size_t n) {
        return static_cast<uInt>(std::min<std::size_t>(n, std::numeric_limits<uInt>::max()));
    }
    [[noreturn]] void refuse(const std::string& why) const { refuse_file(path_, read_, "gzip: " + why); }

    std::span<const std::byte> packed_;
    const std::string& path_;
    std::size_t read_ = 0;
    z_stream zlib_{};
};

}  // namespace io::gzip
#endif

/// The content of a gzip file held in memory: all its members, one behind the other. `path` is for the error's text.
///
/// errors    file_error: truncated, damaged (its checksum or size differs), or followed by other bytes; always, in a
///           program without zlib (see the top of this file)
/// edge      the memory taken is at most about 2064 times the packed size: the format's own limit, rounded up by growth
/// source    https://zlib.net/manual.html; RFC 1951, RFC 1952
/// test      tests/io/gzip_test.cpp
std::vector<std::byte> gunzip(std::span<const std::byte> packed, const std::string& path);

#if TELAR_HAS_BODIES
namespace io {
TELAR_ONCE void refuse_file(const std::string& path, std::size_t offset, const std::string& why) {
    fail<file_error>(path + ": byte " + std::to_string(offset) + ": " + why);
}
}  // namespace io

TELAR_ONCE std::vector<std::byte> gunzip(std::span<const std::byte> packed, const std::string& path) {
#if TELAR_ZLIB
    io::gzip::unpacker from(packed, path);
    std::vector<std::byte> out;
    do from.member(out);
    while (!from.at_end());
    return out;
#else
    static_cast<void>(packed);
    io::refuse_file(path, 0,
                    "gzip: this program was built without zlib: define TELAR_ZLIB=1 and link zlib, "
                    "or unpack the file first");
#endif
}
#endif  // TELAR_HAS_BODIES

}  // namespace telar::inline TELAR_ABI
