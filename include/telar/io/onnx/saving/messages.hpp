// SPDX-License-Identifier: BSL-1.0
// ONNX messages as they are written.
// source: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto (the numbers of the fields)
#pragma once
#include <telar/core/dtype.hpp>
#include <telar/core/shape.hpp>
#include <telar/io/protobuf.hpp>

#include <protozero/pbf_writer.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::io::onnx::saving {

static_assert(std::endian::native == std::endian::little);  // as raw_data is

// clang-format off
enum class model_field     : std::uint32_t { ir_version = 1, producer = 2, graph = 7, opset = 8 };
enum class opset_field     : std::uint32_t { version = 2 };
enum class graph_field     : std::uint32_t { node = 1, name = 2, initializer = 5, input = 11, output = 12 };
enum class node_field      : std::uint32_t { input = 1, output = 2, name = 3, operation = 4, attribute = 5 };
enum class attribute_field : std::uint32_t { name = 1, real = 2, integer = 3, text = 4, tensor = 5, graph = 6, integers = 8, type = 20 };
enum class tensor_field    : std::uint32_t { dims = 1, type = 2, name = 8, raw = 9 };
enum class value_field     : std::uint32_t { name = 1, type = 2 };
enum class attribute_type  : std::int32_t  { real = 1, integer = 2, text = 3, tensor = 4, graph = 5, integers = 7 };
// clang-format on
inline constexpr int ir_version = 8, opset = 17;

constexpr std::uint32_t tag(auto field) { return static_cast<std::uint32_t>(field); }

/// ONNX's number of an element type.
constexpr int type_number(dtype t) {
    switch (t) {
        case dtype::float32: return 1;
        case dtype::uint8: return 2;
        case dtype::int8: return 3;
        case dtype::uint16: return 4;
        case dtype::int16: return 5;
        case dtype::int32: return 6;
        case dtype::int64: return 7;
        case dtype::boolean: return 9;
        case dtype::float16: return 10;
        case dtype::float64: return 11;
        case dtype::uint32: return 12;
        case dtype::bfloat16: return 16;
    }
    return 0;
}

/// A tensor; `raw` holds its elements, row-major.
inline void write_tensor(protozero::pbf_writer& to, std::string_view name, dtype type, const shape& extents,
                         std::span<const std::byte> raw) {
    for (int i = 0; i < extents.rank; ++i) to.add_int64(tag(tensor_field::dims), extents[i]);
    to.add_int32(tag(tensor_field::type), type_number(type));
    if (!name.empty()) to.add_string(tag(tensor_field::name), name.data(), name.size());
    to.add_bytes(tag(tensor_field::raw), reinterpret_cast<const char*>(raw.data()), raw.size());
}

/// The attributes of a node, under construction.
class attributes {
public:
    attributes& integer(std::string_view name, std::int64_t v) {
        add(name, attribute_type::integer, [&](auto& a) { a.add_int64(tag(attribute_field::integer), v); });
        return *this;
    }
    attributes& real(std::string_view name, float v) {
        add(name, attribute_type::real, [&](auto& a) { a.add_float(tag(attribute_field::real), v); });
        return *this;
    }
    attributes& integers(std::string_view name, const std::vector<std::int64_t>& v) {
        add(name, attribute_type::integers, [&](auto& a) {
            for (const std::int64_t each : v) a.add_int64(tag(attribute_field::integers), each);
        });
        return *this;
    }
    attributes& text(std::string_view name, const std::string& v) {
        add(name, attribute_type::text, [&](auto& a) { a.add_bytes(tag(attribute_field::text), v); });
        return *this;
    }
    attributes& tensor(std::string_view name, dtype type, const shape& extents, std::span<const std::byte> raw) {
        add(name, attribute_type::tensor, [&](auto& a) {
            protozero::pbf_writer t(a, tag(attribute_field::tensor));
            write_tensor(t, {}, type, extents, raw);
        });
        return *this;
    }
    attributes& graph(std::string_view name, const std::string& bytes) {
        add(name, attribute_type::graph, [&](auto& a) { a.add_message(tag(attribute_field::graph), bytes); });
        return *this;
    }
    /// A message each.
    const std::vector<std::string>& all() const { return all_; }

private:
    template <class F> void add(std::string_view name, attribute_type type, F f) {
        protozero::pbf_writer a(all_.emplace_back());
        a.add_string(tag(attribute_field::name), name.data(), name.size());
        a.add_enum(tag(attribute_field::type), static_cast<std::int32_t>(type));
        f(a);
    }
    std::vector<std::string> all_;
};

struct written_node {
    std::string operation;
    std::vector<std::string> inputs, outputs;
    saving::attributes attributes;
    std::vector<std::string> reads;  // what graphs among its attributes read from around them

    void write_to(protozero::pbf_writer& graph) const {
        protozero::pbf_writer n(graph, tag(graph_field::node));
        for (const std::string& s : inputs) n.add_string(tag(node_field::input), s);
        for (const std::string& s : outputs) n.add_string(tag(node_field::output), s);
        n.add_string(tag(node_field::name), outputs[0]);
        n.add_string(tag(node_field::operation), operation);
        for (const std::string& a : attributes.all()) n.add_message(tag(node_field::attribute), a);
    }
};

/// An extent: a number, the name of one that is known when the model runs, or neither.
struct named_extent {
    std::int64_t number = -1;
    std::string name;
};
/// An input or an output.
struct port {
    std::string name;
    dtype type = dtype::float32;
    std::vector<named_extent> extents;

    void write_to(protozero::pbf_writer& graph, graph_field where) const {
        protozero::pbf_writer value(graph, tag(where));
        value.add_string(tag(value_field::name), name);
        protozero::pbf_writer kind(value, tag(value_field::type));
        protozero::pbf_writer tensor(kind, 1);
        tensor.add_enum(1, type_number(type));
        std::string shape;  // which is there, too, where it is empty
        for (const named_extent& e : extents) {
            std::string dim;
            if (e.number >= 0) protozero::pbf_writer(dim).add_int64(1, e.number);
            else if (!e.name.empty()) protozero::pbf_writer(dim).add_string(2, e.name);
            protozero::pbf_writer(shape).add_message(1, dim);
        }
        tensor.add_message(2, shape);
    }
};

}  // namespace telar::inline TELAR_ABI::io::onnx::saving
