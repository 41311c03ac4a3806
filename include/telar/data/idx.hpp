// SPDX-License-Identifier: BSL-1.0
// The IDX format, in which MNIST and its kin are published: two zero bytes, element type, rank, extents, elements;
// all numbers highest byte first.
#pragma once
#include <telar/core/config.hpp>
#include <telar/core/dtype.hpp>
#include <telar/core/failure.hpp>
#include <telar/core/shape.hpp>
#include <telar/core/tensor.hpp>
#include <telar/io/file.hpp>

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI {

namespace io::idx {

/// Calls f with a value of the C++ type that an IDX type code names; false when no type has that code.
template <class F> constexpr bool with_type(std::uint8_t code, F f) {
    switch (code) {
        case 0x08: f(std::uint8_t{}); return true;
        case 0x09: f(std::int8_t{}); return true;
        case 0x0b: f(std::int16_t{}); return true;
        case 0x0c: f(std::int32_t{}); return true;
        case 0x0d: f(float{}); return true;
        case 0x0e: f(double{}); return true;
        default: return false;
    }
}

/// The code of a type; 0 if IDX has none.
template <class T> constexpr int code_of() {
    int found = 0;
    for (int code = 0x08; code < 0x0f; ++code)
        with_type(static_cast<std::uint8_t>(code),
                  [&](auto v) { found = std::same_as<decltype(v), T> ? code : found; });
    return found;
}

/// Whether a T holds every value of a From exactly.
template <class T, class From> constexpr bool holds() {
    using to = std::numeric_limits<T>;
    using from = std::numeric_limits<From>;
    return to::digits >= from::digits && to::is_integer <= from::is_integer && to::is_signed >= from::is_signed;
}

template <std::size_t Bytes>
using unsigned_of = std::conditional_t<
    Bytes == 1, std::uint8_t,
    std::conditional_t<Bytes == 2, std::uint16_t, std::conditional_t<Bytes == 4, std::uint32_t, std::uint64_t>>>;

/// Reads a number whose highest byte stands first.
template <class T> T read_big_endian(const std::byte* from) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) bits = bits << 8 | static_cast<std::uint64_t>(from[i]);
    return std::bit_cast<T>(static_cast<unsigned_of<sizeof(T)>>(bits));
}

template <class T> void append_big_endian(std::vector<std::byte>& to, T value) {
    const std::uint64_t bits = std::bit_cast<unsigned_of<sizeof(T)>>(value);
    for (std::size_t i = sizeof(T); i > 0; --i) to.push_back(static_cast<std::byte>(bits >> 8 * (i - 1) & 255));
}

template <Element T, std::size_t... Axis>
auto dynamic_tensor(std::index_sequence<Axis...>) -> tensor<T, (static_cast<void>(Axis), dyn)...>;

}  // namespace io::idx

/// The tensor that read_idx<T, Rank> returns: every extent is known at run time only.
template <Element T, int Rank>
using idx_tensor = decltype(io::idx::dynamic_tensor<T>(std::make_index_sequence<static_cast<std::size_t>(Rank)>{}));

/// Reads an IDX file, packed with gzip or not.
///
/// types     T is any element type that holds the file's values exactly: uint8 may be read as int32 or float32
/// errors    file_error: not IDX, another rank, a type that T cannot hold, truncated, or longer than its extents say;
///           memory for the tensor is taken only after the extents were found to fit the file
/// source    http://yann.lecun.com/exdb/mnist, "The IDX file format"
/// test      tests/data/idx_test.cpp
template <Element T, int Rank>
requires(Rank >= 1 && Rank <= max_rank &&
         !std::same_as<T, bool>) idx_tensor<T, Rank> read_idx(const std::filesystem::path& path) {
    const std::string name = path.string();
    const std::vector<std::byte> file = read_file(path);
    constexpr std::size_t header = 4 + 4 * std::size_t{Rank};
    if (file.size() < 4) io::refuse_file(name, file.size(), "IDX: truncated");
    if (file[0] != std::byte{0} || file[1] != std::byte{0}) io::refuse_file(name, 0, "not an IDX file");
    const auto code = static_cast<std::uint8_t>(file[2]);
    if (file[3] != std::byte{Rank})
        io::refuse_file(
            name, 3, "IDX: rank " + std::to_string(static_cast<int>(file[3])) + ", expected " + std::to_string(Rank));

    std::size_t element_size = 0;
    bool fits = false;
    const bool known = io::idx::with_type(code, [&](auto from) {
        element_size = sizeof(from);
        fits = io::idx::holds<T, decltype(from)>();
    });
    if (!known) io::refuse_file(name, 2, "IDX: no element type has code " + std::to_string(code));
    if (!fits) {
        const std::string wanted(name_of(dtype_of<T>()));
        io::refuse_file(name, 2, "IDX: elements of type code " + std::to_string(code) + " do not fit " + wanted);
    }
    if (file.size() < header) io::refuse_file(name, file.size(), "IDX: truncated");

    shape extents;
    std::uint64_t elements = 1;  // of the extents that are not zero: their product must be a number too
    bool empty = false;
    for (int axis = 0; axis < Rank; ++axis) {
        const std::size_t at = 4 + 4 * static_cast<std::size_t>(axis);
        const auto e = io::idx::read_big_endian<std::uint32_t>(file.data() + at);
        extents.append(e);
        if (e == 0) empty = true;
        else if (elements > (std::uint64_t{1} << 56) / e) io::refuse_file(name, at, "IDX: the extents are absurd");
        else elements *= e;
    }
    const std::uint64_t held = file.size() - header, bytes = empty ? 0 : elements * element_size;
    if (bytes > held) io::refuse_file(name, file.size(), "IDX: truncated, or not of extents " + to_string(extents));
    if (bytes < held)
        io::refuse_file(name, header + static_cast<std::size_t>(bytes),
                        "IDX: bytes behind the elements " + to_string(extents));

    idx_tensor<T, Rank> result(extents);
    io::idx::with_type(code, [&](auto from) {
        using From = decltype(from);
        if constexpr (io::idx::holds<T, From>()) {
            const std::byte* next = file.data() + header;
            for (T& value : result.span()) {
                value = static_cast<T>(io::idx::read_big_endian<From>(next));
                next += sizeof(From);
            }
        }
    });
    return result;
}

/// Writes an IDX file, not packed.
///
/// types     uint8, int8, int16, int32, float32, float64
/// errors    invalid_argument: an extent of 2^32 or more; file_error: the file cannot be written
template <Tensor X> void write_idx(const std::filesystem::path& path, const X& x) {
    using T = typename X::value_type;
    constexpr int code = io::idx::code_of<T>();
    static_assert(code != 0, "write_idx: IDX has uint8, int8, int16, int32, float32 and float64 only");
    const shape extents = x.extents();
    std::vector<std::byte> file{std::byte{0}, std::byte{0}, static_cast<std::byte>(code),
                                static_cast<std::byte>(extents.rank)};
    for (int axis = 0; axis < extents.rank; ++axis) {
        if (extents[axis] > std::numeric_limits<std::uint32_t>::max())
            fail<invalid_argument>("write_idx: extents " + to_string(extents) + " do not fit 32 bits");
        io::idx::append_big_endian(file, static_cast<std::uint32_t>(extents[axis]));
    }
    for (const T value : x.span()) io::idx::append_big_endian(file, value);
    write_file(path, file);
}

/// Examples and the class of each.
struct labelled {
    tensor<float, dyn, dyn> x;    // (N, features)
    tensor<std::int32_t, dyn> y;  // (N,)
};

struct train_and_test {
    labelled train, test;
};

/// Reads MNIST, or a set published in the same four files (Fashion-MNIST, KMNIST), packed with gzip or not.
///
/// shapes    x (60000, 784) and (10000, 784), y (60000,) and (10000,)
/// units     a pixel is in [0, 1]: the file's byte divided by 255
/// errors    file_error: a file is absent or damaged; wrong_shape: not as many labels as images
inline train_and_test read_mnist(const std::filesystem::path& folder) {
    const auto read_part = [&](const std::string& part) {
        const auto find = [&](const std::string& name) {
            const std::filesystem::path plain = folder / (part + name), packed = folder / (part + name + ".gz");
            return !std::filesystem::exists(plain) && std::filesystem::exists(packed) ? packed : plain;
        };
        const auto images = read_idx<std::uint8_t, 3>(find("-images-idx3-ubyte"));
        labelled set{tensor<float, dyn, dyn>(shape(images.extent(0), images.extent(1) * images.extent(2))),
                     read_idx<std::int32_t, 1>(find("-labels-idx1-ubyte"))};
        if (images.extent(0) != set.y.extent(0))
            fail<wrong_shape>("read_mnist: " + part + " has images of extents " + to_string(images.extents()) +
                              ", but labels of extents " + to_string(set.y.extents()));
        float* to = set.x.data();
        for (const std::uint8_t pixel : images.span()) *to++ = static_cast<float>(pixel) / 255.0f;
        return set;
    };
    return {read_part("train"), read_part("t10k")};
}

}  // namespace telar::inline TELAR_ABI
