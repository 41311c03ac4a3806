// SPDX-License-Identifier: BSL-1.0
// NumPy's files: one array (.npy), or a zip archive of them by name (.npz).
#pragma once
#include <telar/io/archive.hpp>
#include <telar/io/zip.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI {

namespace io::npy {

inline constexpr std::string_view signature = "\x93NUMPY";

/// A type's name in a header; "" for bfloat16, which NumPy does not have.
inline std::string type_name(dtype type) {
    const char kind = type == dtype::boolean ? 'b' : is_float(type) ? 'f' : is_unsigned(type) ? 'u' : 'i';
    if (type == dtype::bfloat16) return "";
    return (size_of(type) == 1 ? "|" : "<") + std::string(1, kind) + std::to_string(size_of(type));
}

/// Reads a header: {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }, a dictionary as Python writes it.
class header_reader {
public:
    header_reader(piece text, named_array& to) : text_(std::move(text)), to_(to) {}

    void read() {
        expect("{");
        bool has_type = false, has_order = false, has_shape = false;
        while (!takes("}")) {
            const std::string key = quoted();
            expect(":");
            bool* const seen = key == "descr"           ? &has_type
                               : key == "fortran_order" ? &has_order
                               : key == "shape"         ? &has_shape
                                                        : nullptr;
            if (!seen || *seen) text_.refuse(at_, "the key '" + key + "'");
            *seen = true;
            if (seen == &has_type) read_type();
            else if (seen == &has_order) read_order();
            else read_shape();
            if (!takes(",")) {
                expect("}");
                break;
            }
        }
        skip_spaces();
        if (at_ != text_.size()) text_.refuse(at_, "something behind the header");
        if (!has_type || !has_order || !has_shape) text_.refuse(0, "descr, fortran_order or shape is missing");
    }
    /// Column by column.
    bool is_fortran_order() const { return fortran_order_; }

private:
    char next() const { return at_ < text_.size() ? text_.text(at_, 1)[0] : '\0'; }
    void skip_spaces() {
        while (next() == ' ' || next() == '\n') ++at_;
    }
    bool takes(std::string_view word) {
        skip_spaces();
        if (text_.size() - at_ < word.size() || text_.text(at_, word.size()) != word) return false;
        at_ += word.size();
        return true;
    }
    void expect(std::string_view word) {
        if (!takes(word)) text_.refuse(at_, "expected " + std::string(word));
    }
    std::string quoted() {
        skip_spaces();
        const char mark = next();
        if (mark != '\'' && mark != '"') text_.refuse(at_, "expected a text in quotes");
        const std::uint64_t begin = ++at_;
        while (next() != mark) {
            if (at_ == text_.size()) text_.refuse(begin, "a text without an end");
            ++at_;
        }
        return std::string(text_.text(begin, at_++ - begin));
    }
    void read_type() {
        const std::uint64_t begin = at_;
        const std::string name = quoted();
        for (const core::dtype_info& row : core::dtype_table)
            if (type_name(row.kind) == name) {
                to_.type = row.kind;
                return;
            }
        text_.refuse(begin, "the type '" + name + "' is not supported");
    }
    void read_order() {
        if (takes("True")) fortran_order_ = true;
        else expect("False");
    }
    void read_shape() {
        constexpr std::uint64_t most = std::uint64_t{1} << 48;
        std::uint64_t count = 1;
        expect("(");
        while (!takes(")")) {
            skip_spaces();
            const std::uint64_t begin = at_;
            std::uint64_t n = 0;
            while (next() >= '0' && next() <= '9' && n <= most)
                n = 10 * n + static_cast<std::uint64_t>(next() - '0'), ++at_;
            if (at_ == begin) text_.refuse(at_, "expected a number from 0 up");
            if (to_.extents.rank == max_rank) text_.refuse(begin, "more than " + std::to_string(max_rank) + " axes");
            if (n > most || count > most / std::max<std::uint64_t>(n, 1)) text_.refuse(begin, "the shape is absurd");
            count *= std::max<std::uint64_t>(n, 1);
            to_.extents.append(static_cast<extent_t>(n));
            if (!takes(",")) {
                expect(")");
                break;
            }
        }
    }

    piece text_;
    named_array& to_;
    std::uint64_t at_ = 0;
    bool fortran_order_ = false;
};

/// Elements column by column as rows.
inline std::vector<std::byte> row_major(std::span<const std::byte> from, const shape& extents, std::size_t size) {
    std::vector<std::byte> to(from.size());
    const auto count = from.size() / size;
    for (std::size_t i = 0; i < count; ++i) {  // i: row-major number; its place in the other order
        std::size_t left = i, place = 0;
        for (int k = extents.rank - 1; k >= 0; --k) {
            const auto n = static_cast<std::size_t>(extents[k]);
            std::size_t stride = 1;
            for (int j = 0; j < k; ++j) stride *= static_cast<std::size_t>(extents[j]);
            place += left % n * stride;
            left /= n;
        }
        std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(place * size), size,
                    to.begin() + static_cast<std::ptrdiff_t>(i * size));
    }
    return to;
}

inline named_array read(const piece& file, std::string name) {
    named_array a{std::move(name), dtype::float32, shape(), {}};
    if (!file.begins_with(signature)) file.refuse(0, "no array of NumPy's");
    const auto version = file.number<std::uint8_t>(6);
    if (version < 1 || version > 3) file.refuse(6, "version " + std::to_string(version) + " is not supported");
    const std::uint64_t size = version == 1 ? file.number<std::uint16_t>(8) : file.number<std::uint32_t>(8);
    const std::uint64_t begin = version == 1 ? 10 : 12;
    header_reader header(file.part(begin, size), a);
    header.read();
    const piece elements = file.from(begin + size);
    const auto bytes = static_cast<std::uint64_t>(a.extents.count()) * size_of(a.type);
    if (elements.size() != bytes)
        elements.refuse(
            std::min(elements.size(), bytes),
            std::to_string(elements.size()) + " bytes of elements, but the shape is " + to_string(a.extents));
    if (a.type == dtype::boolean)
        for (std::uint64_t i = 0; i < bytes; ++i)
            if (elements.bytes()[static_cast<std::size_t>(i)] > std::byte{1})
                elements.refuse(i, "a bool that is neither 0 nor 1");
    if (header.is_fortran_order() && a.extents.rank > 1)
        a.bytes = row_major(elements.bytes(), a.extents, size_of(a.type));
    else a.bytes.assign(elements.bytes().begin(), elements.bytes().end());
    return a;
}

/// errors    invalid_argument: bfloat16, which NumPy does not have; the bytes do not fit the shape
inline std::vector<std::byte> written(const named_view& v) {
    constexpr std::uint8_t version = 1;
    if (v.type == dtype::bfloat16) fail<invalid_argument>("npy: '" + v.name + "': NumPy has no bfloat16");
    if (v.bytes.size() != static_cast<std::size_t>(v.extents.count()) * size_of(v.type))
        fail<invalid_argument>("npy: '" + v.name + "' has " + std::to_string(v.bytes.size()) +
                               " bytes, but its shape is " + to_string(v.extents));
    std::string header =
        "{'descr': '" + type_name(v.type) + "', 'fortran_order': False, 'shape': " + to_string(v.extents) + ", }";
    constexpr std::size_t before = 10, multiple = 64;
    header.resize((before + header.size() + 1 + multiple - 1) / multiple * multiple - before - 1, ' ');
    header += '\n';
    byte_writer to;
    to.text(signature).number(version).number<std::uint8_t>(0).number(static_cast<std::uint16_t>(header.size()));
    return std::move(to.text(header).raw(v.bytes)).bytes();
}

}  // namespace io::npy

/// Reads an archive that numpy.savez or savez_compressed wrote; load_npz(path).get<tensor<float, dyn, 3>>("W").
///
/// types     all but bfloat16
/// errors    file_error, with path and offset: no zip archive, damaged, no array of NumPy's; types that telar has not,
///           such as complex numbers, objects and big-endian ones; packed, in a program without TELAR_ZLIB
/// source    https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
/// test      tests/io/npz_test.cpp
inline io::archive load_npz(const std::filesystem::path& path) {
    io::zip::archive zip(path);
    std::vector<io::named_array> arrays;
    for (const auto& [name, entry] : zip.entries()) {
        const std::string own = name.ends_with(".npy") ? name.substr(0, name.size() - 4) : name;
        arrays.push_back(io::npy::read(io::piece(zip.read(name), path.string() + ": " + name, "npy"), own));
    }
    return io::archive(std::move(arrays), {}, path.string());
}

/// Writes an archive that numpy.load reads: save_npz(path, {io::view_of("W", w)}). A reader sees the old file or the
/// whole new one.
///
/// errors    duplicate_name; invalid_argument: a bfloat16, or a view's bytes do not fit its shape; file_error
/// test      tests/io/npz_test.cpp
inline void save_npz(const std::filesystem::path& path, std::span<const io::named_view> views) {
    std::vector<std::vector<std::byte>> arrays;
    std::vector<io::zip::content> contents;
    for (const io::named_view& v : views) arrays.push_back(io::npy::written(v));
    for (std::size_t i = 0; i < views.size(); ++i) {
        contents.push_back({views[i].name + ".npy", arrays[i]});
        for (std::size_t k = 0; k < i; ++k)
            if (views[k].name == views[i].name) fail<duplicate_name>("save_npz: '" + views[i].name + "' stands twice");
    }
    io::zip::write(path, contents);
}
inline void save_npz(const std::filesystem::path& path, std::initializer_list<io::named_view> views) {
    save_npz(path, std::span(views.begin(), views.size()));
}

/// Reads one array: load_npy<tensor<float, dyn, 3>>("W.npy").
///
/// errors    file_error, as of load_npz, also another element type; wrong_shape: the type's constant extents differ
template <Tensor X> X load_npy(const std::filesystem::path& path) {
    const std::vector<std::byte> bytes = read_raw_file(path);
    std::vector<io::named_array> one;
    one.push_back(io::npy::read(io::piece(bytes, path.string(), "npy"), "array"));
    return io::archive(std::move(one), {}, path.string()).template get<X>("array");
}
/// Writes one array that numpy.load reads.
template <Tensor X> void save_npy(const std::filesystem::path& path, const X& x) {
    write_file(path, io::npy::written(io::view_of("array", x)));
}

}  // namespace telar::inline TELAR_ABI
