// SPDX-License-Identifier: BSL-1.0
// ONNX models and tensors, as far as the tests need them, from their protocol buffers.
// source: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto (the numbers of the fields)
#pragma once
#include "../support/arrays.hpp"

#include <protozero/pbf_reader.hpp>

#include <bit>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace onnx {

using support::array;
using integers = std::vector<std::int64_t>;

/// Why a case is not run. The list is closed: anything else is a failure.
enum class reason { operation, type, no_tensor, axes, form, random };
/// Thrown where a case turns out to be one of those.
struct not_run {
    reason why;
    std::string what;
};

/// The number that ONNX gives to an element type.
inline telar::dtype type_of(std::int64_t number) {
    switch (number) {
        case 1: return telar::dtype::float32;
        case 2: return telar::dtype::uint8;
        case 6: return telar::dtype::int32;
        case 7: return telar::dtype::int64;
        case 9: return telar::dtype::boolean;
        case 10: return telar::dtype::float16;
        case 11: return telar::dtype::float64;
        case 16: return telar::dtype::bfloat16;
        default: throw not_run{reason::type, "type " + std::to_string(number)};
    }
}

/// f(field) for each field of a message; f reads it or skips it. Whatever is truncated or no field is an exception.
template <class F> void each_field(protozero::data_view message, F f) {
    protozero::pbf_reader field(message);
    while (field.next()) f(field);
}
/// A repeated number is packed into one field, or stands in one field each.
template <class T> void append(std::vector<T>& to, protozero::pbf_reader& field) {
    const auto all = [&](const auto& values) { to.insert(to.end(), values.begin(), values.end()); };
    const bool is_packed = field.wire_type() == protozero::pbf_wire_type::length_delimited;
    if constexpr (std::is_same_v<T, float>) is_packed ? all(field.get_packed_float()) : to.push_back(field.get_float());
    else if constexpr (std::is_same_v<T, double>)
        is_packed ? all(field.get_packed_double()) : to.push_back(field.get_double());
    else is_packed ? all(field.get_packed_int64()) : to.push_back(field.get_int64());
}

/// A tensor; its values are made when they are asked for: one of a foreign type may stand unused.
struct tensor {
    std::string name;
    std::int64_t type = 0;
    integers dims, whole;
    std::vector<float> singles;
    std::vector<double> doubles;
    std::string raw;

    tensor() = default;
    explicit tensor(protozero::data_view message) {
        each_field(message, [&](auto& field) {
            switch (field.tag()) {
                case 1: return append(dims, field);
                case 2: return void(type = field.get_int64());
                case 4: return append(singles, field);
                case 5:
                case 7: return append(whole, field);
                case 8: return void(name = field.get_string());
                case 9: return void(raw = field.get_bytes());
                case 10: return append(doubles, field);
                default: return field.skip();
            }
        });
    }
    array values() const {
        telar::shape extents;
        for (const std::int64_t e : dims) extents.append(e);
        if (dims.size() > static_cast<std::size_t>(telar::max_rank)) throw not_run{reason::axes, name};
        array a(type_of(type), extents);
        switch (a.type) {
            case telar::dtype::float32: fill<float>(a, singles); break;
            case telar::dtype::float64: fill<double>(a, doubles); break;
            case telar::dtype::int32: fill<std::int32_t>(a, whole); break;
            case telar::dtype::int64: fill<std::int64_t>(a, whole); break;
            case telar::dtype::uint8: fill<std::uint8_t>(a, whole); break;
            case telar::dtype::float16: fill<telar::float16>(a, whole); break;
            case telar::dtype::bfloat16: fill<telar::bfloat16>(a, whole); break;
            default: fill<std::uint8_t>(a, whole); break;
        }
        return a;
    }

private:
    template <class T, class V> void fill(array& a, const std::vector<V>& stated) const {
        static_assert(std::endian::native == std::endian::little);  // as the raw bytes are
        const std::size_t count = static_cast<std::size_t>(a.count());
        REQUIRE((raw.empty() ? stated.size() == count : raw.size() == count * sizeof(T)));
        for (std::size_t i = 0; i < count; ++i) {
            T v{};
            if (!raw.empty()) std::memcpy(&v, raw.data() + i * sizeof v, sizeof v);
            else if constexpr (telar::Half<T>) v = telar::half_from_bits<T>(static_cast<std::uint16_t>(stated[i]));
            else v = static_cast<T>(stated[i]);
            a.push(v);
        }
    }
};

struct attribute {
    std::string name, text;
    float real = 0;
    std::int64_t integer = 0;
    std::vector<float> reals;
    onnx::integers integers;
    onnx::tensor tensor;
    protozero::data_view graph;  // of a branch, a loop: bytes of the model's file

    explicit attribute(protozero::data_view message) {
        each_field(message, [&](auto& field) {
            switch (field.tag()) {
                case 1: return void(name = field.get_string());
                case 2: return void(real = field.get_float());
                case 3: return void(integer = field.get_int64());
                case 4: return void(text = field.get_bytes());
                case 5: return void(tensor = onnx::tensor(field.get_view()));
                case 6: return void(graph = field.get_view());
                case 7: return append(reals, field);
                case 8: return append(integers, field);
                default: return field.skip();
            }
        });
    }
};
struct node {
    std::vector<std::string> inputs, outputs;
    std::string operation, domain;
    std::map<std::string, attribute> attributes;

    explicit node(protozero::data_view message) {
        each_field(message, [&](auto& field) {
            switch (field.tag()) {
                case 1: return void(inputs.push_back(field.get_string()));
                case 2: return void(outputs.push_back(field.get_string()));
                case 4: return void(operation = field.get_string());
                case 5: {
                    attribute a(field.get_view());
                    attributes.insert_or_assign(a.name, a);
                    return;
                }
                case 7: return void(domain = field.get_string());
                default: return field.skip();
            }
        });
    }
};
/// An input or output of a graph. Sequences, maps and optional values are no tensors.
struct value_info {
    std::string name;
    std::int64_t type = 0;
    bool is_tensor = false;

    explicit value_info(protozero::data_view message) {
        each_field(message, [&](auto& field) {
            if (field.tag() == 1) return void(name = field.get_string());
            if (field.tag() != 2) return field.skip();
            each_field(field.get_view(), [&](auto& kind) {
                if (kind.tag() != 1) return kind.skip();
                is_tensor = true;
                each_field(kind.get_view(), [&](auto& of_tensor) {
                    if (of_tensor.tag() == 1) type = of_tensor.get_int64();
                    else of_tensor.skip();
                });
            });
        });
    }
};
struct graph {
    std::vector<node> nodes;
    std::vector<tensor> initializers;
    std::vector<value_info> inputs, outputs;

    explicit graph(protozero::data_view message) {
        each_field(message, [&](auto& field) {
            switch (field.tag()) {
                case 1: return void(nodes.emplace_back(field.get_view()));
                case 5: return void(initializers.emplace_back(field.get_view()));
                case 11: return void(inputs.emplace_back(field.get_view()));
                case 12: return void(outputs.emplace_back(field.get_view()));
                default: return field.skip();
            }
        });
    }
};
struct model {
    std::int64_t version = 0;   // of the operators of the default domain
    std::vector<graph> graphs;  // one

    explicit model(protozero::data_view message) {
        each_field(message, [&](auto& field) {
            if (field.tag() == 7) return void(graphs.emplace_back(field.get_view()));
            if (field.tag() != 8) return field.skip();
            std::string domain;
            std::int64_t number = 0;
            each_field(field.get_view(), [&](auto& set) {
                if (set.tag() == 1) domain = set.get_string();
                else if (set.tag() == 2) number = set.get_int64();
                else set.skip();
            });
            if (domain.empty()) version = number;
        });
    }
};

}  // namespace onnx
