// SPDX-License-Identifier: BSL-1.0
// ONNX models and tensors from their protocol buffers, which must outlive all that is read from them.
// source: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto (the numbers of the fields)
#pragma once
#include <telar/io/protobuf.hpp>
#include <telar/run/any_tensor.hpp>

#include <protozero/pbf_reader.hpp>

#if !TELAR_HAS_EXCEPTIONS
#error "telar/io/onnx.hpp needs exceptions, by which protozero reports damaged files"
#endif

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

namespace telar::inline TELAR_ABI::io::onnx {

/// Why a model is not translated. Damaged: the file, at `at`. Value, extent: something that a run decides would have to
/// be known when the model is read; `what` names the input.
enum class reason { operation, type, no_tensor, axes, form, random, mistake, value, extent, damaged };
/// Thrown where a model turns out to be one of those; load_onnx makes an error of it.
struct refusal {
    reason why;
    std::string what;
    std::string node, operation;  // where, once that is known
    const char* at = nullptr;
};
[[noreturn]] inline void refuse(reason why, const std::string& what) { throw refusal{why, what, {}, {}}; }
/// A form of the operation that telar does not have.
inline void require_form(bool has_it, const std::string& what) {
    if (!has_it) refuse(reason::form, what);
}
[[noreturn]] inline void refuse_bytes(const char* at, const std::string& what) {
    throw refusal{reason::damaged, what, {}, {}, at};
}

/// A list of whole numbers of a file; one that is shorter than an operation needs is refused.
class integers : public std::vector<std::int64_t> {
public:
    using std::vector<std::int64_t>::vector;
    std::int64_t operator[](std::size_t i) const { return require(i), data()[i]; }
    std::int64_t& operator[](std::size_t i) { return require(i), data()[i]; }

private:
    void require(std::size_t i) const {
        if (i >= size()) refuse(reason::form, "a list of " + std::to_string(size()) + " numbers");
    }
};

/// The element type that has this number in ONNX.
inline dtype type_of(std::int64_t number) {
    switch (number) {
        case 1: return dtype::float32;
        case 2: return dtype::uint8;
        case 6: return dtype::int32;
        case 7: return dtype::int64;
        case 9: return dtype::boolean;
        case 10: return dtype::float16;
        case 11: return dtype::float64;
        case 16: return dtype::bfloat16;
        default: refuse(reason::type, "type " + std::to_string(number));
    }
}

/// A field of a message; one that is read as another kind than it is, is refused. (protozero only asserts that.)
class field {
public:
    explicit field(protozero::pbf_reader& reader) : reader_(reader) {}

    protozero::pbf_tag_type tag() const { return reader_.tag(); }
    bool is_packed() const { return reader_.wire_type() == protozero::pbf_wire_type::length_delimited; }
    std::int64_t whole() { return as(protozero::pbf_wire_type::varint).get_int64(); }
    float single() { return as(protozero::pbf_wire_type::fixed32).get_float(); }
    double real() { return as(protozero::pbf_wire_type::fixed64).get_double(); }
    std::string text() { return bytes().to_string(); }
    protozero::data_view bytes() { return as(protozero::pbf_wire_type::length_delimited).get_view(); }
    void skip() { reader_.skip(); }

    /// A repeated number is packed into one field, or stands in one field each.
    template <class List> void append_to(List& list) {
        using T = typename List::value_type;
        const auto all = [&](const auto& values) { list.insert(list.end(), values.begin(), values.end()); };
        if constexpr (std::is_same_v<T, float>)
            is_packed() ? all(reader_.get_packed_float()) : list.push_back(single());
        else if constexpr (std::is_same_v<T, double>)
            is_packed() ? all(reader_.get_packed_double()) : list.push_back(real());
        else is_packed() ? all(reader_.get_packed_int64()) : list.push_back(whole());
    }

private:
    protozero::pbf_reader& as(protozero::pbf_wire_type kind) {
        if (reader_.wire_type() != kind) refuse_bytes(reader_.data().data(), "a field of another kind");
        return reader_;
    }
    protozero::pbf_reader& reader_;
};
/// f(field) for each field of a message; f reads it or skips it. What is truncated or no field is refused.
template <class F> void each_field(protozero::data_view message, F f) {
    protozero::pbf_reader reader(message);
    try {
        for (field one(reader); reader.next();) f(one);
    } catch (const protozero::exception& e) { refuse_bytes(reader.data().data(), e.what()); }
}

/// A tensor; its values are made when they are asked for, because one of a foreign type may stand unused.
struct tensor {
    std::string name;
    std::int64_t type = 0;
    integers dims, whole;
    std::vector<float> singles;
    std::vector<double> doubles;
    protozero::data_view raw;
    bool is_elsewhere = false;
    const char* at = nullptr;

    tensor() = default;
    explicit tensor(protozero::data_view message) : at(message.data()) {
        each_field(message, [&](field& f) {
            switch (f.tag()) {
                case 1: return f.append_to(dims);
                case 2: return void(type = f.whole());
                case 4: return f.append_to(singles);
                case 5:
                case 7: return f.append_to(whole);
                case 8: return void(name = f.text());
                case 9: return void(raw = f.bytes());
                case 10: return f.append_to(doubles);
                case 14: return void(is_elsewhere = f.whole() != 0);
                default: return f.skip();
            }
        });
    }
    any_tensor values() const {
        require_form(!is_elsewhere, "the values of \"" + name + "\" stand in another file");
        if (dims.size() > static_cast<std::size_t>(max_rank)) refuse(reason::axes, name);
        shape extents;
        for (const std::int64_t e : dims) {
            if (e < 0) refuse_bytes(at, "tensor \"" + name + "\" has an extent below 0");
            extents.append(e);
        }
        switch (type_of(type)) {
            case dtype::float32: return filled<float>(extents, singles);
            case dtype::float64: return filled<double>(extents, doubles);
            case dtype::int32: return filled<std::int32_t>(extents, whole);
            case dtype::int64: return filled<std::int64_t>(extents, whole);
            case dtype::uint8: return filled<std::uint8_t>(extents, whole);
            case dtype::float16: return filled<float16>(extents, whole);
            case dtype::bfloat16: return filled<bfloat16>(extents, whole);
            default: return filled<bool>(extents, whole);
        }
    }

private:
    template <class T, class Stated> any_tensor filled(const shape& extents, const Stated& stated) const {
        static_assert(std::endian::native == std::endian::little);  // as the raw bytes are
        const std::size_t given = raw.empty() ? stated.size() : raw.size() / sizeof(T);
        const bool is_whole = raw.empty() || raw.size() % sizeof(T) == 0;
        if (!is_whole || extents.count() != static_cast<extent_t>(given))
            refuse_bytes(at, "tensor \"" + name + "\" has shape " + to_string(extents) + ", but " +
                                 std::to_string(given) + " elements");
        any_tensor t(dtype_of<T>(), extents);
        if constexpr (std::is_same_v<T, bool>) {
            for (std::size_t i = 0; i < given; ++i) {
                const std::int64_t v = raw.empty() ? stated[i] : static_cast<unsigned char>(raw.data()[i]);
                if (v != 0 && v != 1) refuse_bytes(at, "tensor \"" + name + "\" has a truth value that is no 0 or 1");
                t.values<bool>()[i] = v != 0;
            }
        } else if (!raw.empty()) {
            std::memcpy(t.bytes().data(), raw.data(), raw.size());
        } else {
            for (std::size_t i = 0; i < given; ++i) {
                if constexpr (Half<T>) t.values<T>()[i] = half_from_bits<T>(static_cast<std::uint16_t>(stated[i]));
                else t.values<T>()[i] = static_cast<T>(stated[i]);
            }
        }
        return t;
    }
};

struct attribute {
    std::string name, text;
    float real = 0;
    std::int64_t integer = 0;
    std::vector<float> reals;
    onnx::integers integers;
    onnx::tensor tensor;
    protozero::data_view graph;  // of a branch, a loop

    explicit attribute(protozero::data_view message) {
        each_field(message, [&](field& f) {
            switch (f.tag()) {
                case 1: return void(name = f.text());
                case 2: return void(real = f.single());
                case 3: return void(integer = f.whole());
                case 4: return void(text = f.text());
                case 5: return void(tensor = onnx::tensor(f.bytes()));
                case 6: return void(graph = f.bytes());
                case 7: return f.append_to(reals);
                case 8: return f.append_to(integers);
                default: return f.skip();
            }
        });
    }
};
struct node {
    std::vector<std::string> inputs, outputs;
    std::string name, operation, domain;
    std::map<std::string, attribute> attributes;

    explicit node(protozero::data_view message) {
        each_field(message, [&](field& f) {
            switch (f.tag()) {
                case 1: return void(inputs.push_back(f.text()));
                case 2: return void(outputs.push_back(f.text()));
                case 3: return void(name = f.text());
                case 4: return void(operation = f.text());
                case 5: {
                    attribute a(f.bytes());
                    attributes.insert_or_assign(a.name, a);
                    return;
                }
                case 7: return void(domain = f.text());
                default: return f.skip();
            }
        });
    }
    /// By its name, or its first output.
    std::string called() const { return name.empty() && !outputs.empty() ? outputs[0] : name; }
};
/// An extent of an input: a number, or the name of one that is known when the model runs.
struct stated_extent {
    std::int64_t number = -1;
    std::string name;
};
/// An input or output of a graph. Sequences, maps and optional values are no tensors.
struct value_info {
    std::string name;
    std::int64_t type = 0;
    bool is_tensor = false, has_shape = false;
    std::vector<stated_extent> extents;

    explicit value_info(protozero::data_view message) {
        each_field(message, [&](field& f) {
            if (f.tag() == 1) return void(name = f.text());
            if (f.tag() != 2) return f.skip();
            each_field(f.bytes(), [&](field& kind) {
                if (kind.tag() != 1) return kind.skip();
                is_tensor = true;
                each_field(kind.bytes(), [&](field& of_tensor) {
                    if (of_tensor.tag() == 1) type = of_tensor.whole();
                    else if (of_tensor.tag() == 2) read_extents(of_tensor.bytes());
                    else of_tensor.skip();
                });
            });
        });
    }

private:
    void read_extents(protozero::data_view message) {
        has_shape = true;
        each_field(message, [&](field& f) {
            if (f.tag() != 1) return f.skip();
            stated_extent& e = extents.emplace_back();
            each_field(f.bytes(), [&](field& part) {
                if (part.tag() == 1) e.number = part.whole();
                else if (part.tag() == 2) e.name = part.text();
                else part.skip();
            });
        });
    }
};
struct graph {
    std::vector<node> nodes;
    std::vector<tensor> initializers;
    std::vector<value_info> inputs, outputs;

    explicit graph(protozero::data_view message) {
        each_field(message, [&](field& f) {
            switch (f.tag()) {
                case 1: return void(nodes.emplace_back(f.bytes()));
                case 5: return void(initializers.emplace_back(f.bytes()));
                case 11: return void(inputs.emplace_back(f.bytes()));
                case 12: return void(outputs.emplace_back(f.bytes()));
                default: return f.skip();
            }
        });
    }
};
struct model {
    std::int64_t version = 0;   // of the operators of the default domain
    std::vector<graph> graphs;  // one

    explicit model(protozero::data_view message) {
        each_field(message, [&](field& f) {
            if (f.tag() == 7) return void(graphs.emplace_back(f.bytes()));
            if (f.tag() != 8) return f.skip();
            std::string domain;
            std::int64_t number = 0;
            each_field(f.bytes(), [&](field& set) {
                if (set.tag() == 1) domain = set.text();
                else if (set.tag() == 2) number = set.whole();
                else set.skip();
            });
            if (domain.empty()) version = number;
        });
        if (graphs.size() != 1) refuse_bytes(message.data(), "it is no ONNX model: it has no graph");
    }
};

}  // namespace telar::inline TELAR_ABI::io::onnx
