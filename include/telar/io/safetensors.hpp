// SPDX-License-Identifier: BSL-1.0
// The safetensors format, in which trained weights are published: 8 bytes, the length of the header; the header, a JSON
// object {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}, ...}; then the elements of all.
// Needs nlohmann-json; without it TELAR_HAS_SAFETENSORS is 0 and this header declares nothing.
#pragma once
#include <telar/core/config.hpp>

#if __has_include(<nlohmann/json.hpp>)
#define TELAR_HAS_SAFETENSORS 1
#else
#define TELAR_HAS_SAFETENSORS 0
#endif

#if TELAR_HAS_SAFETENSORS
#include <telar/core/dtype.hpp>
#include <telar/core/failure.hpp>
#include <telar/core/shape.hpp>
#include <telar/core/tensor.hpp>
#include <telar/expr/variable.hpp>
#include <telar/io/file.hpp>
#include <telar/io/json_text.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI {

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

/// Free words about a file: {"format": "pt"}.
using file_notes = std::map<std::string, std::string>;

namespace safetensors {

static_assert(std::endian::native == std::endian::little, "safetensors: a big-endian machine would have to swap bytes");

inline constexpr std::uint64_t longest_header = 100'000'000;  // the reference implementation's limit

struct type_name {
    dtype type;
    std::string_view name;
};
// clang-format off
inline constexpr type_name type_names[] = {
    {dtype::float32,  "F32"},  {dtype::float64, "F64"}, {dtype::int32,    "I32"},
    {dtype::int64,    "I64"},  {dtype::uint8,   "U8"},  {dtype::boolean,  "BOOL"},
    {dtype::float16,  "F16"},  {dtype::int8,    "I8"},  {dtype::bfloat16, "BF16"},
};
// clang-format on
inline std::string_view name_in_file(dtype type) {
    return std::find_if(std::begin(type_names), std::end(type_names), [&](auto& t) { return t.type == type; })->name;
}
inline std::optional<dtype> type_in_file(std::string_view name) {
    for (const auto& [type, known] : type_names)
        if (known == name) return type;
    return std::nullopt;
}

/// Reads through a header without building anything: finds where it is no JSON, a key that stands twice in an object,
/// and nesting that no header has. (A JSON object in memory would silently keep one of two equal keys.)
class header_check : public nlohmann::json_sax<nlohmann::json> {
public:
    std::size_t position = 0;
    std::string problem;

    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool start_object(std::size_t) override { return open(); }
    bool end_object() override { return close(); }
    bool start_array(std::size_t) override { return open(); }
    bool end_array() override { return close(); }
    bool key(string_t& name) override {
        if (keys_.back().insert(name).second) return true;
        return refuse("the name '" + name + "' stands twice");
    }
    bool parse_error(std::size_t at, const std::string&, const nlohmann::json::exception&) override {
        position = at;
        return refuse("the header is not JSON");
    }

private:
    bool refuse(std::string why) {
        problem = std::move(why);
        return false;
    }
    bool open() {
        keys_.emplace_back();
        return keys_.size() <= 3 || refuse("the header is nested too deep");
    }
    bool close() {
        keys_.pop_back();
        return true;
    }
    std::vector<std::set<std::string>> keys_;
};

/// One entry of a header, and where its elements lie behind the header.
struct entry {
    std::string name;
    dtype type = dtype::float32;
    shape extents;
    std::uint64_t begin = 0, end = 0;
};

/// Reads one entry; the result is empty when all is well.
inline std::string read_entry(const nlohmann::json& from, std::uint64_t data_size, entry& to) {
    if (!from.is_object() || from.size() != 3 || !from.contains("dtype") || !from.contains("shape") ||
        !from.contains("data_offsets"))
        return "expected dtype, shape and data_offsets";
    const auto &type = from["dtype"], &extents = from["shape"], &offsets = from["data_offsets"];
    if (!type.is_string()) return "dtype is not a string";
    const std::optional<dtype> known = type_in_file(type.get_ref<const std::string&>());
    if (!known) return "dtype " + type.get<std::string>() + " is not supported";
    to.type = *known;

    if (!extents.is_array()) return "shape is not an array";
    if (extents.size() > max_rank) return "rank " + std::to_string(extents.size()) + " is not supported";
    constexpr std::uint64_t most = std::uint64_t{1} << 56;
    std::uint64_t count = 1;  // of the extents that are not zero: their product must be a number too
    bool is_empty = false;
    for (const auto& extent : extents) {
        if (!extent.is_number_unsigned()) return "an extent is not a number from 0 up";
        const auto n = extent.get<std::uint64_t>();
        if (n > most || (n > 0 && count > most / n)) return "the shape is absurd";
        to.extents.append(static_cast<extent_t>(n));
        if (n == 0) is_empty = true;
        else count *= n;
    }
    const std::uint64_t bytes = is_empty ? 0 : count * size_of(to.type);

    if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
        !offsets[1].is_number_unsigned())
        return "data_offsets is not two numbers from 0 up";
    to.begin = offsets[0].get<std::uint64_t>(), to.end = offsets[1].get<std::uint64_t>();
    if (to.begin > to.end || to.end > data_size)
        return "data_offsets " + offsets.dump() + " are outside of the file's " + std::to_string(data_size) +
               " bytes of data";
    if (to.end - to.begin != bytes)
        return "data_offsets " + offsets.dump() + " do not hold " + std::string(name_of(to.type)) + ' ' +
               to_string(to.extents);
    return "";
}

}  // namespace safetensors

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
    const named_array& at(std::string_view name) const {
        if (const named_array* found = find(name)) return *found;
        fail<file_error>(path_ + ": no tensor is named '" + std::string(name) + "'");
    }
    const named_array& at(std::string_view name, dtype type) const {
        const named_array& found = at(name);
        if (found.type != type)
            fail<file_error>(path_ + ": '" + found.name + "' is " + std::string(name_of(found.type)) + ", not " +
                             std::string(name_of(type)));
        return found;
    }
    /// The array of this name as a tensor: archive.get<tensor<float, dyn, 3>>("W").
    ///
    /// errors    file_error: no such name, or another element type; wrong_shape: the type's constant extents differ
    template <Tensor X> X get(std::string_view name) const {
        const named_array& found = at(name, X::type);
        bool fits = found.extents.rank == X::rank;
        for (int k = 0; fits && k < X::rank; ++k)
            fits = X::static_extents[k] == dyn || X::static_extents[k] == found.extents[k];
        if (!fits)
            fail<wrong_shape>(path_ + ": '" + found.name + "' has shape " + to_string(found.extents) + ", expected " +
                              to_string(X::static_extents));
        X x = X::uninitialized(found.extents);
        if (!found.bytes.empty()) std::memcpy(x.data(), found.bytes.data(), found.bytes.size());
        return x;
    }

private:
    std::vector<named_array> arrays_;
    file_notes notes_;
    std::string path_;
};

/// Reads a safetensors file.
///
/// types     float32, float64, int32, int64, uint8, bool, int8, float16, bfloat16
/// errors    file_error, with path and offset: truncated; a header that is too long, no JSON, or has a name twice; an
///           unknown type; offsets outside of the file, that overlap, leave a hole, or do not fit the shape; a bool
///           that is neither 0 nor 1
/// source    https://github.com/huggingface/safetensors, "Format"
/// test      tests/io/safetensors_test.cpp
inline archive load_safetensors(const std::filesystem::path& path) {
    using nlohmann::json;
    const std::string name = path.string();
    const std::vector<std::byte> file = read_raw_file(path);
    if (file.size() < 8) refuse_file(name, file.size(), "safetensors: truncated");
    std::uint64_t header_size = 0;
    std::memcpy(&header_size, file.data(), 8);
    if (header_size > safetensors::longest_header) refuse_file(name, 0, "safetensors: the header is too long");
    if (header_size > file.size() - 8) refuse_file(name, file.size(), "safetensors: truncated");
    const std::string_view header(reinterpret_cast<const char*>(file.data() + 8),
                                  static_cast<std::size_t>(header_size));

    safetensors::header_check check;
    if (!header.starts_with('{')) refuse_file(name, 8, "safetensors: the header is no JSON object");
    if (!json::sax_parse(header, &check)) refuse_file(name, 8 + check.position, "safetensors: " + check.problem);
    const json content = json::parse(header, nullptr, false);

    const std::size_t data = 8 + header.size(), data_size = file.size() - data;
    std::vector<safetensors::entry> entries;
    file_notes notes;
    for (const auto& [key, value] : content.items()) {
        if (key == "__metadata__") {
            if (!value.is_object()) refuse_file(name, 8, "safetensors: __metadata__ is no object");
            for (const auto& [word, text] : value.items()) {
                if (!text.is_string()) refuse_file(name, 8, "safetensors: __metadata__ holds more than strings");
                notes[word] = text.get<std::string>();
            }
            continue;
        }
        safetensors::entry& e = entries.emplace_back();
        e.name = key;
        const std::string why = safetensors::read_entry(value, data_size, e);
        if (!why.empty()) refuse_file(name, 8, "safetensors: '" + key + "': " + why);
    }

    // Sorted by their place, the entries must cover the data without a gap: so none can overlap another.
    std::sort(entries.begin(), entries.end(),
              [](const auto& a, const auto& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
    std::uint64_t covered = 0;
    for (const auto& e : entries) {
        if (e.begin != covered)
            refuse_file(name, data + static_cast<std::size_t>(std::min(e.begin, covered)),
                        "safetensors: '" + e.name +
                            (e.begin < covered ? "' overlaps another tensor" : "' leaves a hole before it"));
        covered = e.end;
    }
    if (covered != data_size)
        refuse_file(name, data + static_cast<std::size_t>(covered), "safetensors: bytes that belong to no tensor");

    std::vector<named_array> arrays;
    for (auto& e : entries) {
        const std::span bytes = std::span(file).subspan(data + static_cast<std::size_t>(e.begin),
                                                        static_cast<std::size_t>(e.end - e.begin));
        if (e.type == dtype::boolean)
            for (std::size_t i = 0; i < bytes.size(); ++i)
                if (bytes[i] > std::byte{1})
                    refuse_file(name, data + static_cast<std::size_t>(e.begin) + i,
                                "safetensors: '" + e.name + "': a bool that is neither 0 nor 1");
        arrays.push_back({std::move(e.name), e.type, e.extents, {bytes.begin(), bytes.end()}});
    }
    return archive(std::move(arrays), std::move(notes), name);
}

/// Writes a safetensors file; a reader sees the old file or the whole new one.
///
/// errors    duplicate_name: two views of one name; invalid_argument: a name is "__metadata__" or not UTF-8, or a
///           view's bytes do not fit its shape; file_error: the file cannot be written
inline void save_safetensors(const std::filesystem::path& path, std::span<const named_view> views,
                             const file_notes& notes = {}) {
    // Wide elements first, as the reference implementation: then every tensor is aligned if the data is.
    std::vector<const named_view*> order;
    for (const named_view& v : views) order.push_back(&v);
    std::stable_sort(order.begin(), order.end(), [](auto* a, auto* b) { return size_of(a->type) > size_of(b->type); });

    std::string header = "{";
    if (!notes.empty()) {
        std::string words;
        for (const auto& [word, text] : notes)
            words += (words.empty() ? "" : ",") + json_text(word) + ':' + json_text(text);
        header += "\"__metadata__\":{" + words + '}';
    }
    std::set<std::string_view> names;
    std::size_t offset = 0;
    for (const named_view* v : order) {
        if (!names.insert(v->name).second) fail<duplicate_name>("save_safetensors: '" + v->name + "' stands twice");
        if (v->name == "__metadata__")
            fail<invalid_argument>("save_safetensors: no tensor can be named '__metadata__'");
        if (v->bytes.size() != static_cast<std::size_t>(v->extents.count()) * size_of(v->type))
            fail<invalid_argument>("save_safetensors: '" + v->name + "' has " + std::to_string(v->bytes.size()) +
                                   " bytes, but its shape is " + to_string(v->extents));
        std::string extents;
        for (int i = 0; i < v->extents.rank; ++i) extents += (i ? "," : "") + std::to_string(v->extents[i]);
        if (header.size() > 1) header += ',';
        header += json_text(v->name) + ":{\"dtype\":\"" + std::string(safetensors::name_in_file(v->type)) +
                  "\",\"shape\":[" + extents + "],\"data_offsets\":[" + std::to_string(offset) + ',' +
                  std::to_string(offset + v->bytes.size()) + "]}";
        offset += v->bytes.size();
    }
    header += '}';
    if (!nlohmann::json::accept(header)) fail<invalid_argument>("save_safetensors: a name is not UTF-8");
    header.resize((header.size() + 7) / 8 * 8, ' ');

    std::vector<std::byte> file(8 + header.size() + offset);
    const std::uint64_t header_size = header.size();
    std::memcpy(file.data(), &header_size, 8);
    std::memcpy(file.data() + 8, header.data(), header.size());
    auto next = file.begin() + static_cast<std::ptrdiff_t>(8 + header.size());
    for (const named_view* v : order) next = std::copy(v->bytes.begin(), v->bytes.end(), next);
    write_file(path, file);
}
inline void save_safetensors(const std::filesystem::path& path, std::initializer_list<named_view> views,
                             const file_notes& notes = {}) {
    save_safetensors(path, std::span(views.begin(), views.size()), notes);
}

/// A variable<...>, whose name stands in its type.
template <class V>
concept NamedVariable = requires {
    requires VariableLeaf<typename V::leaf>;
    V::name();
};

/// Writes variables, each under its own name: save_safetensors("model.safetensors", W, b), or a tuple of them.
///
/// errors    duplicate_name: two variables of one name; file_error: the file cannot be written
/// test      tests/io/weights_test.cpp
template <NamedVariable... V>
requires(sizeof...(V) > 0) void save_safetensors(const std::filesystem::path& path, const V&... variables) {
    save_safetensors(path, {view_of(std::string(variables.name()), variables.value())...});
}
template <NamedVariable... V>
void save_safetensors(const std::filesystem::path& path, const std::tuple<V...>& variables) {
    std::apply([&](const V&... v) { save_safetensors(path, v...); }, variables);
}

/// Reads variables by their names: load_safetensors("model.safetensors", W, b), or a tuple of them. All of them, or,
/// when one does not fit, none. What else the file holds is passed over.
///
/// shapes    an extent that is dyn in the variable's type becomes the file's
/// errors    file_error: as load_safetensors(path); also a name is absent or its element type differs;
///           wrong_shape: the variable's constant extents differ
/// test      tests/io/weights_test.cpp
template <NamedVariable... V>
requires(sizeof...(V) > 0) void load_safetensors(const std::filesystem::path& path, const V&... variables) {
    const archive file = load_safetensors(path);
    std::tuple<typename V::value_t...> values{file.get<typename V::value_t>(variables.name())...};
    std::apply([&](auto&... value) { ((variables.handle()->value = std::move(value)), ...); }, values);
}
template <NamedVariable... V>
void load_safetensors(const std::filesystem::path& path, const std::tuple<V...>& variables) {
    std::apply([&](const V&... v) { load_safetensors(path, v...); }, variables);
}

/// Copies tensors out of a file into tensors that exist; all of them, or, when one does not fit, none.
///
/// errors    file_error: a name is absent or its element type differs; wrong_shape
inline void load_into(const archive& from, std::span<const named_target> targets) {
    for (const named_target& t : targets) {
        const named_array& found = from.at(t.name, t.type);
        if (!(found.extents == t.extents))
            fail<wrong_shape>(from.path() + ": '" + t.name + "' has shape " + to_string(found.extents) + ", expected " +
                              to_string(t.extents));
    }
    for (const named_target& t : targets) {
        const named_array& found = from.at(t.name);
        std::copy(found.bytes.begin(), found.bytes.end(), t.bytes.begin());
    }
}
inline void load_into(const archive& from, std::initializer_list<named_target> targets) {
    load_into(from, std::span(targets.begin(), targets.size()));
}
/// The same for one tensor.
template <Tensor X> void load_into(const archive& from, std::string_view name, X& x) {
    load_into(from, {target_of(std::string(name), x)});
}

}  // namespace telar::inline TELAR_ABI
#endif
