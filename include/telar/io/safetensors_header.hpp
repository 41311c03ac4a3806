// SPDX-License-Identifier: BSL-1.0
// What a safetensors file says of itself: 8 bytes, the length of the header; the header, a JSON object
// {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}, ...}. Behind it lie the elements of all.
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
#include <telar/io/archive.hpp>
#include <telar/io/gzip.hpp>
#include <telar/io/input_file.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI {

namespace io::safetensors {

static_assert(std::endian::native == std::endian::little, "safetensors: a big-endian machine would have to swap bytes");

inline constexpr std::uint64_t longest_header = 100'000'000;  // the reference implementation's limit

inline std::optional<dtype> type_in_file(std::string_view name) {
    for (const core::dtype_info& row : core::dtype_table)
        if (row.in_file == name) return row.kind;
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

/// A header: its entries in the order in which their elements stand, and where the first of them stands.
struct header {
    std::vector<entry> entries;
    file_notes notes;
    std::uint64_t data = 0;
};

/// Sorted by their place, the entries must cover the data without a gap: so none can overlap another.
inline void require_cover(const std::string& name, const header& h, std::uint64_t data_size) {
    std::uint64_t covered = 0;
    const auto at = [&](std::uint64_t offset) { return static_cast<std::size_t>(h.data + offset); };
    for (const entry& e : h.entries) {
        if (e.begin != covered)
            refuse_file(name, at(std::min(e.begin, covered)),
                        "safetensors: '" + e.name +
                            (e.begin < covered ? "' overlaps another tensor" : "' leaves a hole before it"));
        covered = e.end;
    }
    if (covered != data_size) refuse_file(name, at(covered), "safetensors: bytes that belong to no tensor");
}

inline void read_notes(const std::string& name, const nlohmann::json& from, file_notes& notes) {
    if (!from.is_object()) refuse_file(name, 8, "safetensors: __metadata__ is no object");
    for (const auto& [word, text] : from.items()) {
        if (!text.is_string()) refuse_file(name, 8, "safetensors: __metadata__ holds more than strings");
        notes[word] = text.get<std::string>();
    }
}

/// Reads and checks a header; the file then stands at the first element.
inline header read_header(input_file& file) {
    const std::string& name = file.name();
    const auto truncated = [&] { refuse_file(name, static_cast<std::size_t>(file.size()), "safetensors: truncated"); };
    if (file.size() < 8) truncated();
    std::array<std::byte, 8> length{};
    file.read(length);
    const auto size = std::bit_cast<std::uint64_t>(length);
    if (size > longest_header) refuse_file(name, 0, "safetensors: the header is too long");
    if (size > file.size() - 8) truncated();
    std::string text(static_cast<std::size_t>(size), ' ');
    file.read(std::as_writable_bytes(std::span(text)));

    header_check check;
    if (!text.starts_with('{')) refuse_file(name, 8, "safetensors: the header is no JSON object");
    if (!nlohmann::json::sax_parse(text, &check))
        refuse_file(name, 8 + check.position, "safetensors: " + check.problem);
    header h;
    h.data = file.position();
    const std::uint64_t data_size = file.size() - h.data;
    for (const nlohmann::json content = nlohmann::json::parse(text, nullptr, false);
         const auto& [key, value] : content.items()) {
        if (key == "__metadata__") {
            read_notes(name, value, h.notes);
            continue;
        }
        entry& e = h.entries.emplace_back();
        e.name = key;
        const std::string why = read_entry(value, data_size, e);
        if (!why.empty()) refuse_file(name, 8, "safetensors: '" + key + "': " + why);
    }
    std::sort(h.entries.begin(), h.entries.end(),
              [](const auto& a, const auto& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
    require_cover(name, h, data_size);
    return h;
}

/// Reads an entry's elements, which come next in the file, into memory of their size.
inline void read_elements(input_file& file, const entry& e, std::span<std::byte> to) {
    const auto begin = static_cast<std::size_t>(file.position());
    file.read(to);
    if (e.type != dtype::boolean) return;
    for (std::size_t i = 0; i < to.size(); ++i)
        if (to[i] > std::byte{1})
            refuse_file(file.name(), begin + i, "safetensors: '" + e.name + "': a bool that is neither 0 nor 1");
}

}  // namespace io::safetensors

}  // namespace telar::inline TELAR_ABI
#endif
