// SPDX-License-Identifier: BSL-1.0
// Unpacking gzip, so that data sets can be read as they are published without linking a library.
// A Huffman code is looked up in one table indexed by the next `width` bits of the stream.
#pragma once
#include <telar/core/config.hpp>
#include <telar/core/failure.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace telar::inline TELAR_ABI {

/// Refuses a file: "path: byte 12: why".
[[noreturn]] inline void refuse_file(const std::string& path, std::size_t offset, const std::string& why) {
    fail<file_error>(path + ": byte " + std::to_string(offset) + ": " + why);
}

namespace deflate {

inline constexpr int longest_code = 15;

/// A canonical Huffman code as a table: entry = symbol << 4 | length, 0 where no code leads.
struct code_table {
    std::vector<std::uint16_t> entry;
    int width = 0;

    /// From the length of each symbol's code; false when there are more codes than bits can tell apart.
    bool build(std::span<const std::uint8_t> lengths) {
        std::array<unsigned, longest_code + 2> next{};  // next[n]: the next free code of n bits
        std::array<unsigned, longest_code + 1> count{};
        for (const std::uint8_t n : lengths) ++count[n];
        count[0] = 0;
        width = 1;
        for (int n = 1; n <= longest_code; ++n) {
            const auto i = static_cast<std::size_t>(n);
            if (next[i] + count[i] > 1u << n) return false;
            next[i + 1] = (next[i] + count[i]) << 1;
            if (count[i]) width = n;
        }
        entry.assign(std::size_t{1} << width, 0);
        for (std::size_t symbol = 0; symbol < lengths.size(); ++symbol) {
            const unsigned n = lengths[symbol];
            if (n == 0) continue;
            const unsigned code = next[n]++;
            std::size_t reversed = 0;  // the stream holds codes highest bit first, everything else lowest bit first
            for (unsigned bit = 0; bit < n; ++bit) reversed |= std::size_t{code >> bit & 1} << (n - 1 - bit);
            for (std::size_t i = reversed; i < entry.size(); i += std::size_t{1} << n)
                entry[i] = static_cast<std::uint16_t>(symbol << 4 | n);
        }
        return true;
    }
};

// clang-format off
inline constexpr std::uint16_t length_base[]    = {
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227,
    258};
inline constexpr std::uint8_t  length_extra[]   = {
    0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
inline constexpr std::uint16_t distance_base[]  = {
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
    6145, 8193, 12289, 16385, 24577};
inline constexpr std::uint8_t  distance_extra[] = {
    0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13};
inline constexpr std::uint8_t  length_order[]   = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
// clang-format on

/// One stream of packed bytes and what came out of it.
class inflater {
public:
    inflater(std::span<const std::byte> packed, const std::string& path) : packed_(packed), path_(path) {}

    std::size_t offset() const { return next_ - static_cast<std::size_t>(held_ / 8); }
    bool at_end() const { return offset() == packed_.size(); }
    [[noreturn]] void refuse(const std::string& why) const { refuse_file(path_, offset(), why); }

    /// The next n <= 32 bits as a number; lowest bit first.
    std::uint32_t take(int n) {
        fill();
        if (held_ < n) refuse("gzip: truncated");
        const auto value = static_cast<std::uint32_t>(bits_ & ((std::uint64_t{1} << n) - 1));
        drop(n);
        return value;
    }
    void align_to_byte() { drop(held_ % 8); }

    /// Unpacks blocks up to and with the last one, behind what `out` already holds.
    void inflate(std::vector<std::byte>& out) {
        const std::size_t start = size_ = out.size();
        for (bool last = false; !last;) {
            last = take(1) == 1;
            switch (take(2)) {
                case 0: stored_block(out); break;
                case 1: fixed_codes(), coded_block(out, start); break;
                case 2: own_codes(), coded_block(out, start); break;
                default: refuse("gzip: unknown kind of block");
            }
        }
        align_to_byte();
        out.resize(size_);
    }

private:
    void fill() {
        for (; held_ <= 56 && next_ < packed_.size(); held_ += 8)
            bits_ |= static_cast<std::uint64_t>(packed_[next_++]) << held_;
    }
    void drop(int n) {
        bits_ >>= n;
        held_ -= n;
    }
    unsigned symbol(const code_table& codes) {
        fill();
        const unsigned found = codes.entry[bits_ & (codes.entry.size() - 1)];
        const int length = static_cast<int>(found & 15);
        if (length == 0) refuse("gzip: no such code");
        if (length > held_) refuse("gzip: truncated");
        drop(length);
        return found >> 4;
    }

    /// Where the next bytes go, with room for n of them.
    std::byte* room(std::vector<std::byte>& out, std::size_t n) const {
        if (out.size() - size_ < n) out.resize(2 * out.size() + std::max<std::size_t>(n, 4096));
        return out.data() + size_;
    }

    void stored_block(std::vector<std::byte>& out) {
        align_to_byte();
        const std::uint32_t size = take(16), check = take(16);
        if ((size ^ check) != 0xffff) refuse("gzip: the size of a stored block is damaged");
        std::byte* to = room(out, size);
        for (std::uint32_t i = 0; i < size; ++i) to[i] = static_cast<std::byte>(take(8));
        size_ += size;
    }
    void fixed_codes() {
        std::array<std::uint8_t, 288> lengths{};
        for (std::size_t i = 0; i < 288; ++i) lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
        literals_.build(lengths);
        lengths.fill(5);
        distances_.build(std::span(lengths).first(30));
    }
    /// A block's own codes: the lengths of two codes, themselves packed with a third.
    void own_codes() {
        const std::size_t literals = take(5) + 257, distances = take(5) + 1, orders = take(4) + 4;
        if (literals > 286 || distances > 30) refuse("gzip: too many codes");
        std::array<std::uint8_t, 19> packing{};
        for (std::size_t i = 0; i < orders; ++i) packing[length_order[i]] = static_cast<std::uint8_t>(take(3));
        if (!literals_.build(packing)) refuse("gzip: impossible codes");
        std::array<std::uint8_t, 286 + 30> lengths{};
        for (std::size_t i = 0; i < literals + distances;) {
            const unsigned s = symbol(literals_);
            if (s < 16) {
                lengths[i++] = static_cast<std::uint8_t>(s);
                continue;
            }
            if (s == 16 && i == 0) refuse("gzip: nothing to repeat");
            const std::uint8_t value = s == 16 ? lengths[i - 1] : std::uint8_t{0};
            const std::size_t times = s == 16 ? take(2) + 3 : s == 17 ? take(3) + 3 : take(7) + 11;
            if (i + times > literals + distances) refuse("gzip: too many codes");
            for (std::size_t end = i + times; i < end; ++i) lengths[i] = value;
        }
        const std::span all(lengths);
        if (!literals_.build(all.first(literals)) || !distances_.build(all.subspan(literals, distances)))
            refuse("gzip: impossible codes");
    }
    void coded_block(std::vector<std::byte>& out, std::size_t start) {
        for (;;) {
            const unsigned s = symbol(literals_);
            std::byte* to = room(out, 258);
            if (s < 256) {
                *to = static_cast<std::byte>(s);
                ++size_;
                continue;
            }
            if (s == 256) return;
            if (s > 285) refuse("gzip: no such length");
            const std::size_t length = length_base[s - 257] + take(length_extra[s - 257]);
            const unsigned d = symbol(distances_);
            const std::size_t distance = distance_base[d] + take(distance_extra[d]);
            if (distance > size_ - start) refuse("gzip: a copy from before the start");
            for (std::size_t i = 0; i < length; ++i, ++to) *to = *(to - distance);  // it may overlap itself
            size_ += length;
        }
    }

    std::span<const std::byte> packed_;
    const std::string& path_;
    std::size_t next_ = 0;    // the next byte to enter bits_
    std::size_t size_ = 0;    // the bytes unpacked; `out` may be larger meanwhile
    std::uint64_t bits_ = 0;  // bits read ahead, the next one lowest
    int held_ = 0;
    code_table literals_, distances_;
};

inline constexpr auto crc_table = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t c = i;
        for (int bit = 0; bit < 8; ++bit) c = c & 1 ? 0xedb88320u ^ c >> 1 : c >> 1;
        table[i] = c;
    }
    return table;
}();

inline std::uint32_t crc32(std::span<const std::byte> bytes) {
    std::uint32_t c = ~0u;
    for (const std::byte b : bytes) c = crc_table[(c ^ static_cast<std::uint32_t>(b)) & 255] ^ c >> 8;
    return ~c;
}

}  // namespace deflate

/// Whether bytes begin as a gzip file does.
inline bool is_gzip(std::span<const std::byte> bytes) {
    return bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
}

/// The content of a gzip file held in memory: all its members, one behind the other. `path` is for the error's text.
///
/// errors    file_error: truncated, damaged (its checksum or size differs), or followed by other bytes
/// edge      the memory taken is at most about 1032 times the packed size, the format's own limit
/// source    RFC 1951, RFC 1952
inline std::vector<std::byte> gunzip(std::span<const std::byte> packed, const std::string& path) {
    deflate::inflater in(packed, path);
    std::vector<std::byte> out;
    do {
        if (in.take(16) != 0x8b1f || in.take(8) != 8) in.refuse("gzip: not a gzip member");
        const std::uint32_t flags = in.take(8);
        if (flags & 0xe0) in.refuse("gzip: unknown flags");
        in.take(32), in.take(16);  // time, level, system
        if (flags & 4)
            for (std::uint32_t extra = in.take(16); extra > 0; --extra) in.take(8);
        for (const std::uint32_t text : {8u, 16u})  // file name, comment: up to a zero
            if (flags & text)
                while (in.take(8) != 0) continue;
        if (flags & 2) in.take(16);
        const std::size_t start = out.size();
        in.inflate(out);
        const auto member = std::span<const std::byte>(out).subspan(start);
        if (in.take(32) != deflate::crc32(member)) in.refuse("gzip: the checksum differs");
        if (in.take(32) != static_cast<std::uint32_t>(member.size())) in.refuse("gzip: the size differs");
    } while (!in.at_end());
    return out;
}

}  // namespace telar::inline TELAR_ABI
