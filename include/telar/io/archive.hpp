// SPDX-License-Identifier: BSL-1.0
// Named arrays of a file, whatever its format is: those that were read, those to be written, those to be read into.
#pragma once
#include <telar/core/dtype.hpp>
#include <telar/core/failure.hpp>
#include <telar/core/shape.hpp>
#include <telar/core/tensor.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI {

/// Free words about a file: {"format": "pt"}.
using file_notes = std::map<std::string, std::string>;

namespace io {

/// The one of this name among arrays of a file.
///
/// errors    file_error: there is none, or its element type is not the one that is asked for
template <class Array>
const Array& array_named(const std::vector<Array>& arrays, std::string_view name, const std::string& path) {
    for (const Array& a : arrays)
        if (a.name == name) return a;
    fail<file_error>(path + ": no tensor is named '" + std::string(name) + "'");
}
template <class Array>
const Array& array_named(const std::vector<Array>& arrays, std::string_view name, dtype type, const std::string& path) {
    const Array& found = array_named(arrays, name, path);
    if (found.type != type)
        fail<file_error>(path + ": '" + found.name + "' is " + std::string(name_of(found.type)) + ", not " +
                         std::string(name_of(type)));
    return found;
}
/// Refuses an array whose extents are not these; dyn stands for any.
template <class Array> void require_extents(const Array& found, const shape& expected, const std::string& path) {
    bool fits = found.extents.rank == expected.rank;
    for (int k = 0; fits && k < expected.rank; ++k) fits = expected[k] == dyn || expected[k] == found.extents[k];
    if (!fits)
        fail<wrong_shape>(path + ": '" + found.name + "' has shape " + to_string(found.extents) + ", expected " +
                          to_string(expected));
}

/// A tensor of a file: its element type may be one that telar only stores, such as int8.
struct named_array {
    std::string name;
    dtype type = dtype::float32;
    shape extents;
    std::vector<std::byte> bytes;  // row-major, lowest byte first
};

/// A tensor to be saved.
struct named_view {
    std::string name;
    dtype type = dtype::float32;
    shape extents;
    std::span<const std::byte> bytes;
};
/// A tensor to be loaded into.
struct named_target {
    std::string name;
    dtype type = dtype::float32;
    shape extents;
    std::span<std::byte> bytes;
};

template <Tensor X> named_view view_of(std::string name, const X& x) {
    return {std::move(name), X::type, x.extents(), std::as_bytes(x.span())};
}
template <Tensor X> named_target target_of(std::string name, X& x) {
    return {std::move(name), X::type, x.extents(), std::as_writable_bytes(x.span())};
}

/// The tensors of a file, by name.
class archive {
public:
    archive(std::vector<named_array> arrays, file_notes notes, std::string path)
        : arrays_(std::move(arrays)), notes_(std::move(notes)), path_(std::move(path)) {}

    /// In the order in which their elements stand in the file.
    const std::vector<named_array>& arrays() const& { return arrays_; }
    /// Of a temporary archive: for (const auto& a : load_safetensors(path).arrays()).
    std::vector<named_array> arrays() && { return std::move(arrays_); }
    const file_notes& notes() const { return notes_; }
    const std::string& path() const { return path_; }

    /// nullptr when there is none of this name.
    const named_array* find(std::string_view name) const {
        for (const named_array& a : arrays_)
            if (a.name == name) return &a;
        return nullptr;
    }
    /// The array of this name.
    ///
    /// errors    file_error: there is none; also its element type is not the one that is asked for
    const named_array& at(std::string_view name) const { return array_named(arrays_, name, path_); }
    const named_array& at(std::string_view name, dtype type) const { return array_named(arrays_, name, type, path_); }
    /// The array of this name as a tensor: archive.get<tensor<float, dyn, 3>>("W").
    ///
    /// errors    file_error: no such name, or another element type; wrong_shape: the type's constant extents differ
    template <Tensor X> X get(std::string_view name) const {
        const named_array& found = at(name, X::type);
        require_extents(found, X::static_extents, path_);
        X x = X::uninitialized(found.extents);
        if (!found.bytes.empty()) std::memcpy(x.data(), found.bytes.data(), found.bytes.size());
        return x;
    }

private:
    std::vector<named_array> arrays_;
    file_notes notes_;
    std::string path_;
};
}  // namespace io

/// Copies tensors out of a file into tensors that exist; all of them, or, when one does not fit, none.
///
/// errors    file_error: a name is absent or its element type differs; wrong_shape
inline void load_into(const io::archive& from, std::span<const io::named_target> targets) {
    for (const io::named_target& t : targets) io::require_extents(from.at(t.name, t.type), t.extents, from.path());
    for (const io::named_target& t : targets) {
        const io::named_array& found = from.at(t.name);
        std::copy(found.bytes.begin(), found.bytes.end(), t.bytes.begin());
    }
}
inline void load_into(const io::archive& from, std::initializer_list<io::named_target> targets) {
    load_into(from, std::span(targets.begin(), targets.size()));
}
/// The same for one tensor.
template <Tensor X> void load_into(const io::archive& from, std::string_view name, X& x) {
    load_into(from, {io::target_of(std::string(name), x)});
}

}  // namespace telar::inline TELAR_ABI
