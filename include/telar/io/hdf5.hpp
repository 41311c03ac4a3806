// SPDX-License-Identifier: BSL-1.0
// HDF5 as Keras and h5py write it: groups, arrays, attributes that are text. Read by telar itself, for what Keras
// writes is a small part of the format, and a damaged file has to be refused: of the 39,792 files that are a weights
// file with one byte changed, Debian 12's libhdf5 1.10.8 ran for ever on 13, crashed on one, and told an offset of
// none.
#pragma once
#include <telar/core/dtype.hpp>
#include <telar/io/piece.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::io::hdf5 {

inline constexpr std::string_view signature = "\x89HDF\r\n\x1a\n";
inline constexpr std::uint64_t undefined = ~std::uint64_t{0};

/// A group of a file, or an array.
struct object {
    std::string path;                                         // "layers/dense/vars/0"; of the root ""
    std::map<std::string, std::vector<std::string>> texts{};  // attributes
    bool is_array = false;
    bool has_type = true;  // false: an array of texts or the like
    dtype type = dtype::float32;
    shape extents{};
    piece elements{};  // row-major, lowest byte first
};

// What follows is of the format: https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html
enum message_type : std::uint16_t {
    no_message = 0,
    dataspace_message = 1,
    link_info_message = 2,
    type_message = 3,
    link_message = 6,
    layout_message = 8,
    group_info_message = 10,
    filter_message = 11,
    attribute_message = 12,
    continuation_message = 16,
    symbol_table_message = 17,
    attribute_info_message = 21
};

/// How a float lies in its bits: exponent and mantissa, each where and how long.
struct float_layout {
    dtype type;
    std::uint8_t exponent_at, exponent_bits, mantissa_bits;
    std::uint32_t bias;
};
inline constexpr float_layout float_layouts[] = {{dtype::float32, 23, 8, 23, 127},
                                                 {dtype::float64, 52, 11, 52, 1023},
                                                 {dtype::float16, 10, 5, 10, 15},
                                                 {dtype::bfloat16, 7, 8, 7, 127}};

/// What elements are: a number's type, text of a fixed size or of any, or two opaque bytes (a bfloat16 of NumPy's).
struct element_type {
    enum kinds { number, fixed_text, any_text, two_bytes, other } kind = other;
    dtype type = dtype::float32;
    std::uint32_t size = 0;
};

/// Reads a file. Each object, list and heap is read once, and a file says no more than it has bytes: so any file is
/// read, or refused, in time in proportion to its size.
class reader {
public:
    explicit reader(piece file) : file_(std::move(file)), steps_left_(file_.size() + 4096) {}

    std::vector<object> objects() {
        if (!file_.begins_with(signature)) file_.refuse(0, "no HDF5 file");
        const auto version = file_.number<std::uint8_t>(8);
        if (version > 1)
            file_.refuse(8, "superblock version " + std::to_string(version) +
                                " is not supported (h5py writes it with libver='latest')");
        if (file_.number<std::uint8_t>(13) != 8 || file_.number<std::uint8_t>(14) != 8)
            file_.refuse(13, "offsets and lengths that have not 8 bytes");
        const std::uint64_t tables = version == 0 ? 24 : 28;
        if (file_.number<std::uint64_t>(tables) != 0) file_.refuse(tables, "a base address");
        visit(file_.number<std::uint64_t>(tables + 40), "", 0);
        return std::move(objects_);
    }

private:
    struct message {
        std::uint16_t type;
        piece body;
    };

    void spend(std::uint64_t at, std::uint64_t steps) {
        if (steps > steps_left_) file_.refuse(at, "says more than it can hold");
        steps_left_ -= steps;
    }
    void once(std::uint64_t at, const char* what) {
        if (!seen_.insert(at).second) file_.refuse(at, std::string(what) + " that is used twice");
    }

    void visit(std::uint64_t at, const std::string& path, int depth) {
        constexpr int most_groups = 32;
        if (depth > most_groups) file_.refuse(at, "groups nested too deep");
        once(at, "an object");
        const std::vector<message> messages = header(at);
        object o{path};
        std::optional<element_type> type;
        std::optional<std::pair<shape, std::uint64_t>> space;
        std::optional<piece> layout;
        for (const message& m : messages) {
            if (m.type == attribute_message) add_attribute(m.body, o);
            if (m.type == type_message) type = type_of(m.body);
            if (m.type == dataspace_message) space = space_of(m.body);
            if (m.type == layout_message) layout = m.body;
            if (m.type == filter_message) m.body.refuse(0, "'" + path + "' is compressed: not supported");
            if (m.type == attribute_info_message &&
                m.body.number<std::uint64_t>(m.body.size() < 24 ? 2 : 4) != undefined)
                m.body.refuse(0, "'" + path + "' has attributes in a heap: not supported");
        }
        o.is_array = layout.has_value();
        if (o.is_array) {
            if (!type || !space) file_.refuse(at, "'" + path + "': an array without type or shape");
            set_array(o, *type, *space, *layout);
        }
        objects_.push_back(std::move(o));
        for (const message& m : messages) {
            if (m.type == symbol_table_message) visit_table(m.body, path, depth);
            if (m.type == link_message) visit_link(m.body, path, depth);
            if (m.type == link_info_message) require_links_here(m.body);
        }
    }
    void visit_child(std::uint64_t at, const std::string& path, std::string_view name, int depth) {
        if (name.empty() || name.find('/') != std::string_view::npos) file_.refuse(at, "a member without a name");
        spend(at, name.size() + path.size());
        visit(at, path.empty() ? std::string(name) : path + '/' + std::string(name), depth + 1);
    }

    // ------------------------------------------------------------ object headers
    std::vector<message> header(std::uint64_t at) {
        const piece start = file_.from(at);
        if (start.begins_with("OHDR"))
            start.refuse(0, "an object header of version 2 (h5py writes it with track_order): not supported");
        if (start.number<std::uint8_t>(0) != 1) start.refuse(0, "no object header");
        std::vector<message> all;
        std::vector<piece> blocks{start.part(16, start.number<std::uint32_t>(8))};
        std::uint64_t left = start.number<std::uint16_t>(2);
        for (std::size_t b = 0; b < blocks.size(); ++b) {
            const piece block = blocks[b];
            for (std::uint64_t i = 0; i + 8 <= block.size() && left > 0; --left) {
                spend(block.begin() + i, 8);
                const auto type = block.number<std::uint16_t>(i), size = block.number<std::uint16_t>(i + 2);
                const auto flags = block.number<std::uint8_t>(i + 4);
                const piece body = block.part(i + 8, size);
                constexpr int is_elsewhere = 2;
                if ((flags & is_elsewhere) && type <= symbol_table_message)
                    body.refuse(0, "a message that is shared: not supported");
                if (type == continuation_message)
                    blocks.push_back(file_.part(body.number<std::uint64_t>(0), body.number<std::uint64_t>(8)));
                else if (type != no_message) all.push_back({type, body});
                i += std::uint64_t{8} + size;
            }
        }
        return all;
    }

    // ------------------------------------------------------------ members of a group
    /// The older form: a tree whose leaves are tables of names.
    void visit_table(const piece& body, const std::string& path, int depth) {
        const piece heap = file_.from(body.number<std::uint64_t>(8));
        if (!heap.begins_with("HEAP")) heap.refuse(0, "no heap of names");
        const piece names = file_.part(heap.number<std::uint64_t>(24), heap.number<std::uint64_t>(8));
        visit_tree(body.number<std::uint64_t>(0), names, path, depth, 0);
    }
    void visit_tree(std::uint64_t at, const piece& names, const std::string& path, int depth, int height) {
        constexpr int most_levels = 16;
        once(at, "a list of members");
        const piece node = file_.from(at);
        if (node.begins_with("SNOD")) {
            const auto count = node.number<std::uint16_t>(6);
            for (std::uint64_t i = 0; i < count; ++i) {
                const piece entry = node.part(8 + 40 * i, 40);
                spend(entry.begin(), 40);
                constexpr std::uint32_t soft_link = 2;
                if (entry.number<std::uint32_t>(16) == soft_link) entry.refuse(16, "a soft link: not supported");
                visit_child(entry.number<std::uint64_t>(8), path, names.text_until_zero(entry.number<std::uint64_t>(0)),
                            depth);
            }
            return;
        }
        if (!node.begins_with("TREE") || node.number<std::uint8_t>(4) != 0 || height > most_levels)
            node.refuse(0, "no tree of members");
        const auto count = node.number<std::uint16_t>(6);
        for (std::uint64_t i = 0; i < count; ++i) {
            spend(at, 16);
            visit_tree(node.number<std::uint64_t>(32 + 16 * i), names, path, depth, height + 1);
        }
    }
    /// The newer form: a message for each member.
    void visit_link(const piece& body, const std::string& path, int depth) {
        constexpr int size_bits = 3, has_order = 4, has_type = 8, has_letters = 16;
        const auto flags = body.number<std::uint8_t>(1);
        std::uint64_t at = 2;
        if ((flags & has_type) && body.number<std::uint8_t>(at++) != 0) body.refuse(2, "a soft link: not supported");
        if (flags & has_order) at += 8;
        if (flags & has_letters) ++at;
        if (body.number<std::uint8_t>(0) != 1 || (flags & size_bits) > 1) body.refuse(0, "no link");
        const std::uint64_t size =
            flags & size_bits ? body.number<std::uint16_t>(at) : std::uint64_t{body.number<std::uint8_t>(at)};
        at += flags & size_bits ? 2 : 1;
        visit_child(body.number<std::uint64_t>(at + size), path, body.text(at, size), depth);
    }
    static void require_links_here(const piece& body) {
        constexpr int has_order = 1;
        const std::uint64_t at = body.number<std::uint8_t>(1) & has_order ? 10 : 2;
        if (body.number<std::uint64_t>(at) != undefined) body.refuse(at, "a group in a heap: not supported");
    }

    // ------------------------------------------------------------ types, shapes, elements
    static element_type type_of(const piece& body) {
        enum { integer, real, text = 3, opaque = 5, enumeration = 8, of_any_length };
        const auto first = body.number<std::uint8_t>(0), bits = body.number<std::uint8_t>(1);
        const auto size = body.number<std::uint32_t>(4);
        constexpr int big_end_first = 1, is_signed = 8;
        switch (first & 15) {
            case integer: {
                if (bits & big_end_first) body.refuse(1, "numbers with the highest byte first");
                if (body.number<std::uint16_t>(8) != 0 || body.number<std::uint16_t>(10) != 8 * size) return {};
                for (const core::dtype_info& row : core::dtype_table)
                    if (is_integer(row.kind) && size == static_cast<std::uint32_t>(row.bytes) &&
                        is_unsigned(row.kind) == !(bits & is_signed))
                        return {element_type::number, row.kind, size};
                return {};
            }
            case real: {
                if (bits & big_end_first) body.refuse(1, "numbers with the highest byte first");
                for (const float_layout& f : float_layouts)
                    if (size == size_of(f.type) && body.number<std::uint8_t>(12) == f.exponent_at &&
                        body.number<std::uint8_t>(13) == f.exponent_bits &&
                        body.number<std::uint8_t>(15) == f.mantissa_bits && body.number<std::uint32_t>(16) == f.bias)
                        return {element_type::number, f.type, size};
                return {};
            }
            case text: return {element_type::fixed_text, {}, size};
            case opaque: return {size == 2 ? element_type::two_bytes : element_type::other, {}, size};
            case enumeration:  // h5py's bool
                return size == 1 ? element_type{element_type::number, dtype::boolean, 1} : element_type{};
            case of_any_length: return {(bits & 15) == 1 ? element_type::any_text : element_type::other, {}, size};
            default: return {};
        }
    }
    /// The extents and the number of elements.
    static std::pair<shape, std::uint64_t> space_of(const piece& body) {
        const auto version = body.number<std::uint8_t>(0), rank = body.number<std::uint8_t>(1);
        if (version != 1 && version != 2) body.refuse(0, "no shape");
        constexpr int nothing = 2;
        if (version == 2 && body.number<std::uint8_t>(3) == nothing) return {shape(0), 0};
        if (rank > max_rank) body.refuse(1, "rank " + std::to_string(rank) + " is not supported");
        const std::uint64_t first = version == 1 ? 8 : 4;
        constexpr std::uint64_t most = std::uint64_t{1} << 48;
        std::uint64_t count = 1, of_others = 1;
        shape extents;
        for (std::uint64_t k = 0; k < rank; ++k) {
            const auto n = body.number<std::uint64_t>(first + 8 * k);
            if (n > most || of_others > most / (n > 0 ? n : 1)) body.refuse(first + 8 * k, "the shape is absurd");
            extents.append(static_cast<extent_t>(n));
            count *= n;
            of_others *= n > 0 ? n : 1;
        }
        return {extents, count};
    }
    void set_array(object& o, const element_type& type, const std::pair<shape, std::uint64_t>& space,
                   const piece& layout) const {
        enum { in_the_header, in_one_piece };
        o.extents = space.first;
        o.has_type =
            type.kind == element_type::number || (type.kind == element_type::two_bytes && o.texts.contains("dtype") &&
                                                  o.texts["dtype"] == std::vector<std::string>{"bfloat16"});
        if (!o.has_type) return;
        o.type = type.kind == element_type::number ? type.type : dtype::bfloat16;
        const auto version = layout.number<std::uint8_t>(0), kind = layout.number<std::uint8_t>(1);
        if (version != 3 || kind > in_one_piece)
            layout.refuse(0, "'" + o.path + "' is stored in chunks, or in an old way: not supported");
        const std::uint64_t bytes = space.second * size_of(o.type);
        const std::uint64_t size =
            kind == in_the_header ? layout.number<std::uint16_t>(2) : layout.number<std::uint64_t>(10);
        if (bytes != size && !(bytes == 0 && kind == in_one_piece))
            layout.refuse(2, "'" + o.path + "' has " + std::to_string(size) + " bytes, but is " +
                                 std::string(name_of(o.type)) + ' ' + to_string(o.extents));
        if (kind == in_the_header) o.elements = layout.part(4, size);
        else if (bytes > 0) o.elements = file_.part(layout.number<std::uint64_t>(2), size);
    }

    // ------------------------------------------------------------ attributes
    void add_attribute(const piece& body, object& o) {
        const auto version = body.number<std::uint8_t>(0);
        if (version < 1 || version > 3) body.refuse(0, "no attribute");
        const auto padded = [&](std::uint64_t n) { return version == 1 ? (n + 7) / 8 * 8 : n; };
        const std::uint64_t name_size = body.number<std::uint16_t>(2), type_size = body.number<std::uint16_t>(4),
                            space_size = body.number<std::uint16_t>(6);
        std::uint64_t at = version == 3 ? 9 : 8;
        const std::string name(body.part(at, name_size).text_until_zero(0));
        at += padded(name_size);
        if (version > 1 && body.number<std::uint8_t>(1) != 0) return;  // of a type that stands elsewhere
        const element_type type = type_of(body.part(at, type_size));
        at += padded(type_size);
        const auto [extents, count] = space_of(body.part(at, space_size));
        at += padded(space_size);
        if (type.kind != element_type::fixed_text && type.kind != element_type::any_text && count > 0) return;
        const piece data = body.from(at);
        std::vector<std::string>& texts = o.texts[name];
        for (std::uint64_t i = 0; i < count; ++i) {
            std::string_view text = type.kind == element_type::any_text ? text_in_heap(data.part(16 * i, 16))
                                                                        : data.text(type.size * i, type.size);
            spend(data.begin(), text.size() + 1);
            texts.emplace_back(text.substr(0, text.find('\0')));
        }
    }
    /// A text of any length: its size, where its heap is, its number there.
    std::string_view text_in_heap(const piece& from) {
        const auto size = from.number<std::uint32_t>(0), number = from.number<std::uint32_t>(12);
        if (size == 0) return "";
        const auto& heap = heap_at(from.number<std::uint64_t>(4));
        const auto found = heap.find(number);
        if (found == heap.end()) from.refuse(12, "a text that is not in its heap");
        return found->second.text(0, size);
    }
    const std::map<std::uint32_t, piece>& heap_at(std::uint64_t at) {
        const auto [found, is_new] = heaps_.try_emplace(at);
        if (!is_new) return found->second;
        const piece start = file_.from(at);
        if (!start.begins_with("GCOL")) start.refuse(0, "no heap of texts");
        const piece heap = start.part(0, start.number<std::uint64_t>(8));
        for (std::uint64_t i = 16; i + 16 <= heap.size();) {
            spend(heap.begin() + i, 16);
            const auto number = heap.number<std::uint16_t>(i);
            if (number == 0) break;  // what is free
            const auto size = heap.number<std::uint64_t>(i + 8);
            found->second.emplace(number, heap.part(i + 16, size));
            i += 16 + (size + 7) / 8 * 8;
        }
        return found->second;
    }

    piece file_;
    std::uint64_t steps_left_;
    std::set<std::uint64_t> seen_;
    std::map<std::uint64_t, std::map<std::uint32_t, piece>> heaps_;
    std::vector<object> objects_;
};

/// The groups and arrays of an HDF5 file in memory, each before its members. Their elements lie in that memory.
///
/// types     all; of attributes text
/// errors    file_error, with path and offset: no HDF5 file, truncated, damaged; what Keras does not write: newer
///           superblocks, chunks and compression, soft links, numbers with the highest byte first
/// source    https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html
/// test      tests/io/hdf5_test.cpp
inline std::vector<object> read(std::span<const std::byte> bytes, const std::string& path) {
    return reader(piece(bytes, path, "hdf5")).objects();
}

/// The one of this path; nullptr: there is none.
inline const object* find(const std::vector<object>& objects, std::string_view path) {
    for (const object& o : objects)
        if (o.path == path) return &o;
    return nullptr;
}

}  // namespace telar::inline TELAR_ABI::io::hdf5
