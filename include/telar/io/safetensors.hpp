// SPDX-License-Identifier: BSL-1.0
// The safetensors format, in which trained weights are published. Elements go straight from the file to where they
// belong, and back: reading and writing take no memory beside that.
#pragma once
#include <telar/io/safetensors_header.hpp>

#if TELAR_HAS_SAFETENSORS
#include <telar/expr/variable.hpp>
#include <telar/io/file.hpp>
#include <telar/io/json_text.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <initializer_list>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI {

/// Reads a safetensors file.
///
/// types     all
/// errors    file_error, with path and offset: truncated; a header that is too long, no JSON, or has a name twice; an
///           unknown type; offsets outside of the file, that overlap, leave a hole, or do not fit the shape; a bool
///           that is neither 0 nor 1
/// source    https://github.com/huggingface/safetensors, "Format"
/// test      tests/io/safetensors_test.cpp
inline io::archive load_safetensors(const std::filesystem::path& path) {
    io::input_file file(path);
    io::safetensors::header header = io::safetensors::read_header(file);
    std::vector<io::named_array> arrays;
    arrays.reserve(header.entries.size());
    for (io::safetensors::entry& e : header.entries) {
        io::named_array& a = arrays.emplace_back(io::named_array{{}, e.type, e.extents, {}});
        a.bytes.resize(static_cast<std::size_t>(e.end - e.begin));
        io::safetensors::read_elements(file, e, a.bytes);
        a.name = std::move(e.name);
    }
    return io::archive(std::move(arrays), std::move(header.notes), file.name());
}

namespace io::safetensors {

/// The tensor of this name. Nothing else of the file is in memory.
template <Tensor X> X read_tensor(input_file& file, const header& h, std::string_view name) {
    const entry& e = array_named(h.entries, name, X::type, file.name());
    require_extents(e, X::static_extents, file.name());
    X x = X::uninitialized(e.extents);
    file.seek(h.data + e.begin);
    read_elements(file, e, std::as_writable_bytes(x.span()));
    return x;
}

}  // namespace io::safetensors

/// Writes a safetensors file; a reader sees the old file or the whole new one.
///
/// errors    duplicate_name: two views of one name; invalid_argument: a name is "__metadata__" or not UTF-8, or a
///           view's bytes do not fit its shape; file_error: the file cannot be written
inline void save_safetensors(const std::filesystem::path& path, std::span<const io::named_view> views,
                             const file_notes& notes = {}) {
    // Wide elements first, as the reference implementation: then every tensor is aligned if the data is.
    std::vector<const io::named_view*> order;
    for (const io::named_view& v : views) order.push_back(&v);
    std::stable_sort(order.begin(), order.end(), [](auto* a, auto* b) { return size_of(a->type) > size_of(b->type); });

    std::string header = "{";
    if (!notes.empty()) {
        std::string words;
        for (const auto& [word, text] : notes)
            words += (words.empty() ? "" : ",") + io::json_text(word) + ':' + io::json_text(text);
        header += "\"__metadata__\":{" + words + '}';
    }
    std::set<std::string_view> names;
    std::size_t offset = 0;
    for (const io::named_view* v : order) {
        if (!names.insert(v->name).second) fail<duplicate_name>("save_safetensors: '" + v->name + "' stands twice");
        if (v->name == "__metadata__")
            fail<invalid_argument>("save_safetensors: no tensor can be named '__metadata__'");
        if (v->bytes.size() != static_cast<std::size_t>(v->extents.count()) * size_of(v->type))
            fail<invalid_argument>("save_safetensors: '" + v->name + "' has " + std::to_string(v->bytes.size()) +
                                   " bytes, but its shape is " + to_string(v->extents));
        std::string extents;
        for (int i = 0; i < v->extents.rank; ++i) {
            if (i > 0) extents += ',';
            extents += std::to_string(v->extents[i]);
        }
        if (header.size() > 1) header += ',';
        header += io::json_text(v->name) + ":{\"dtype\":\"" + std::string(core::info(v->type).in_file) +
                  "\",\"shape\":[" + extents + "],\"data_offsets\":[" + std::to_string(offset) + ',' +
                  std::to_string(offset + v->bytes.size()) + "]}";
        offset += v->bytes.size();
    }
    header += '}';
    if (!nlohmann::json::accept(header)) fail<invalid_argument>("save_safetensors: a name is not UTF-8");
    header.resize((header.size() + 7) / 8 * 8, ' ');

    io::output_file file(path);
    const auto length = std::bit_cast<std::array<std::byte, 8>>(std::uint64_t{header.size()});
    file.write(length);
    file.write(header);
    for (const io::named_view* v : order) file.write(v->bytes);
    file.commit();
}
inline void save_safetensors(const std::filesystem::path& path, std::initializer_list<io::named_view> views,
                             const file_notes& notes = {}) {
    save_safetensors(path, std::span(views.begin(), views.size()), notes);
}

/// A variable<...>, whose name stands in its type.
template <class V>
concept NamedVariable = requires {
    requires expr::VariableLeaf<typename V::leaf>;
    V::name();
};

/// Writes variables, each under its own name: save_safetensors("model.safetensors", W, b), or std::tie(W, b).
///
/// errors    duplicate_name: two variables of one name; file_error: the file cannot be written
/// test      tests/io/weights_test.cpp
template <NamedVariable... V>
requires(sizeof...(V) > 0) void save_safetensors(const std::filesystem::path& path, const V&... variables) {
    save_safetensors(path, {io::view_of(std::string(variables.name()), variables.value())...});
}
template <class... V>
requires(...&& NamedVariable<std::remove_cvref_t<V>>)  //
    void save_safetensors(const std::filesystem::path& path, const std::tuple<V...>& variables) {
    std::apply([&](const auto&... v) { save_safetensors(path, v...); }, variables);
}

/// Reads variables by their names: load_safetensors("model.safetensors", W, b), or std::tie(W, b). All of them, or,
/// when one does not fit, none. What else the file holds is passed over.
///
/// shapes    an extent that is dyn in the variable's type becomes the file's
/// errors    file_error: as load_safetensors(path); also a name is absent or its element type differs;
///           wrong_shape: the variable's constant extents differ
/// test      tests/io/weights_test.cpp
template <NamedVariable... V>
requires(sizeof...(V) > 0 && (... && !std::is_const_v<V>)) void load_safetensors(const std::filesystem::path& path,
                                                                                 V&... variables) {
    io::input_file file(path);
    const io::safetensors::header header = io::safetensors::read_header(file);
    std::tuple<typename V::value_t...> values{
        io::safetensors::read_tensor<typename V::value_t>(file, header, variables.name())...};
    std::apply([&](auto&... value) { ((variables = std::move(value)), ...); }, values);
}
template <NamedVariable... V>
void load_safetensors(const std::filesystem::path& path, const std::tuple<V&...>& variables) {
    std::apply([&](V&... v) { load_safetensors(path, v...); }, variables);
}

}  // namespace telar::inline TELAR_ABI
#endif
