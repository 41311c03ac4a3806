// SPDX-License-Identifier: BSL-1.0
// Zip archives: .keras and .npz files are such. Stored entries need no library; packed ones are read by zlib, with
// TELAR_ZLIB (see gzip.hpp). What is written is stored.
#pragma once
#include <telar/io/crc32.hpp>
#include <telar/io/file.hpp>
#include <telar/io/piece.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace telar::inline TELAR_ABI::io::zip {

constexpr std::uint32_t entry_signature = 0x04034b50, directory_signature = 0x02014b50, end_signature = 0x06054b50;
constexpr std::uint32_t in_64_bits = 0xffffffff;
enum : std::uint16_t { stored = 0, deflated = 8 };

inline std::uint32_t checksum(std::span<const std::byte> bytes) {
    return crc32<ieee_802_3>({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

/// An entry, as the directory tells of it.
struct entry {
    piece content;  // packed as the method says
    std::uint16_t method = stored;
    std::uint32_t crc = 0, size = 0;
};

/// An archive in memory.
///
/// errors    file_error, with path and offset: no zip archive, truncated, more than one disk, encrypted, of more than
///           4 GiB, a name twice; an entry that is damaged (its checksum differs) or packed by an unknown method
/// source    https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
/// test      tests/io/zip_test.cpp
class archive {
public:
    explicit archive(const std::filesystem::path& path) : archive(read_raw_file(path), path.string()) {}
    archive(std::vector<std::byte> bytes, const std::string& name)
        : bytes_(std::move(bytes)), file_(bytes_, name, "zip") {
        const std::uint64_t end = find_end();
        if (file_.number<std::uint16_t>(end + 4) != 0 || file_.number<std::uint16_t>(end + 6) != 0)
            file_.refuse(end, "an archive of several disks");
        const auto count = file_.number<std::uint16_t>(end + 10);
        std::uint64_t at = file_.number<std::uint32_t>(end + 16);
        for (int i = 0; i < count; ++i) at = add_entry(at, end);
    }
    archive(const archive&) = delete;  // entries point into the bytes
    archive& operator=(const archive&) = delete;

    const std::string& path() const { return file_.path(); }
    bool has(const std::string& name) const { return entries_.contains(name); }
    const std::map<std::string, entry>& entries() const { return entries_; }

    /// The content of an entry, whose checksum is checked. A stored one is not copied.
    ///
    /// errors    file_error: there is no such entry, or it is damaged
    std::span<const std::byte> read(const std::string& name) {
        const auto found = entries_.find(name);
        if (found == entries_.end()) fail<file_error>(path() + ": zip: there is no entry '" + name + "'");
        const entry& e = found->second;
        std::span<const std::byte> content = e.content.bytes();
        if (e.method == deflated) content = unpacked_[name] = inflated(e, name);
        if (checksum(content) != e.crc) e.content.refuse(0, "'" + name + "': its checksum is another");
        return content;
    }

private:
    /// The end record stands last; only a comment may follow it.
    std::uint64_t find_end() const {
        constexpr std::uint64_t size = 22, longest_comment = 0xffff;
        if (file_.size() >= 4 && file_.number<std::uint32_t>(0) != entry_signature &&
            file_.number<std::uint32_t>(0) != end_signature)
            file_.refuse(0, "no zip archive");
        for (std::uint64_t back = size; back <= file_.size() && back <= size + longest_comment; ++back) {
            const std::uint64_t at = file_.size() - back;
            if (file_.number<std::uint32_t>(at) == end_signature && file_.number<std::uint16_t>(at + 20) == back - size)
                return at;
        }
        file_.refuse(file_.size(), "truncated: there is no directory at the end");
    }
    /// Returns where the next row of the directory stands.
    std::uint64_t add_entry(std::uint64_t at, std::uint64_t end) {
        const piece row = file_.part(at, at > end ? 0 : end - at);
        if (row.number<std::uint32_t>(0) != directory_signature) row.refuse(0, "no row of the directory");
        const auto flags = row.number<std::uint16_t>(8);
        entry e{{}, row.number<std::uint16_t>(10), row.number<std::uint32_t>(16), row.number<std::uint32_t>(24)};
        const auto packed = row.number<std::uint32_t>(20), where = row.number<std::uint32_t>(42);
        const std::uint64_t name_size = row.number<std::uint16_t>(28);
        const std::string name(row.text(46, name_size));
        constexpr int is_encrypted = 1;
        if (flags & is_encrypted) row.refuse(8, "'" + name + "' is encrypted");
        if (packed == in_64_bits || e.size == in_64_bits || where == in_64_bits)
            row.refuse(20, "'" + name + "' has more than 4 GiB: not supported");
        if (e.method != stored && e.method != deflated)
            row.refuse(10, "'" + name + "' is packed by method " + std::to_string(e.method) + ": not supported");
        if (e.method == stored && packed != e.size) row.refuse(20, "'" + name + "' has two sizes");
        const piece local = file_.from(where);
        if (local.number<std::uint32_t>(0) != entry_signature) local.refuse(0, "no entry begins here");
        const std::uint64_t head =
            std::uint64_t{30} + local.number<std::uint16_t>(26) + local.number<std::uint16_t>(28);
        e.content = local.part(head, packed);
        if (!entries_.emplace(name, e).second) row.refuse(46, "'" + name + "' stands twice");
        return at + 46 + name_size + row.number<std::uint16_t>(30) + row.number<std::uint16_t>(32);
    }
#if TELAR_ZLIB
    static std::vector<std::byte> inflated(const entry& e, const std::string& name) {
        constexpr std::uint64_t most = 1032;  // deflate packs no better
        if (e.size / most > e.content.size()) e.content.refuse(0, "'" + name + "' cannot be as long as it says");
        std::vector<std::byte> out(e.size + std::size_t{1});  // one more, so that what is too long is seen
        z_stream zlib{};
        constexpr int without_header = -15;
        if (inflateInit2(&zlib, without_header) != Z_OK) e.content.refuse(0, "zlib does not start");
        zlib.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(e.content.bytes().data()));
        zlib.avail_in = static_cast<uInt>(e.content.size());
        zlib.next_out = reinterpret_cast<Bytef*>(out.data());
        zlib.avail_out = static_cast<uInt>(out.size());
        const int state = inflate(&zlib, Z_FINISH);
        const auto got = zlib.total_out;
        inflateEnd(&zlib);
        if (state != Z_STREAM_END || got != e.size) e.content.refuse(0, "'" + name + "' cannot be unpacked");
        out.pop_back();
        return out;
    }
#else
    static std::vector<std::byte> inflated(const entry& e, const std::string& name) {
        e.content.refuse(0, "'" + name +
                                "' is packed, and this program was built without zlib: define TELAR_ZLIB=1 and link "
                                "zlib, or store it unpacked");
    }
#endif

    std::vector<std::byte> bytes_;
    piece file_;
    std::map<std::string, entry> entries_;
    std::map<std::string, std::vector<std::byte>> unpacked_;
};

/// A file to be stored in an archive.
struct content {
    std::string name;
    std::span<const std::byte> bytes;
};

/// Writes an archive of stored entries; a reader sees the old file or the whole new one.
///
/// errors    file_error: the file cannot be written; invalid_argument: more than 4 GiB or 65,535 entries
inline void write(const std::filesystem::path& path, std::span<const content> all) {
    constexpr std::uint16_t version = 20, no_flags = 0, utf8_names = 1 << 11, midnight = 0, first_of_1980 = 0x21;
    output_file file(path);
    byte_writer directory;
    std::uint64_t at = 0;
    for (const content& c : all) {
        if (at + c.bytes.size() + c.name.size() > in_64_bits - 1000 || all.size() > 0xffff)
            fail<invalid_argument>(path.string() + ": a zip archive of more than 4 GiB or 65,535 entries");
        const auto size = static_cast<std::uint32_t>(c.bytes.size());
        byte_writer facts;  // that both the entry and its row of the directory have
        bool is_ascii = true;
        for (const char letter : c.name) is_ascii = is_ascii && static_cast<unsigned char>(letter) < 128;
        facts.number(version).number(is_ascii ? no_flags : utf8_names).number<std::uint16_t>(stored).number(midnight);
        facts.number(first_of_1980).number(checksum(c.bytes)).number(size).number(size);
        facts.number(static_cast<std::uint16_t>(c.name.size())).number<std::uint16_t>(0);
        byte_writer head;
        head.number(entry_signature).raw(facts.bytes()).text(c.name);
        directory.number(directory_signature).number(version).raw(facts.bytes());
        directory.raw(std::vector<std::byte>(10));  // comment, disk, attributes
        directory.number(static_cast<std::uint32_t>(at)).text(c.name);
        file.write(head.bytes());
        file.write(c.bytes);
        at += head.size() + c.bytes.size();
    }
    const auto count = static_cast<std::uint16_t>(all.size());
    byte_writer end;
    end.number(end_signature).number<std::uint32_t>(0).number(count).number(count);
    end.number(static_cast<std::uint32_t>(directory.size())).number(static_cast<std::uint32_t>(at));
    end.number<std::uint16_t>(0);
    file.write(directory.bytes());
    file.write(end.bytes());
    file.commit();
}

}  // namespace telar::inline TELAR_ABI::io::zip
