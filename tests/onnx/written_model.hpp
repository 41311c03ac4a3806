// SPDX-License-Identifier: BSL-1.0
// Small ONNX models, written field by field.
#pragma once
#include <protozero/pbf_writer.hpp>
#include <telar/io/onnx.hpp>

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace written {

using message = std::string;
inline message text_field(std::uint32_t tag, const std::string& text) {
    message m;
    protozero::pbf_writer(m).add_string(tag, text);
    return m;
}
inline message in_field(std::uint32_t tag, const message& content) {
    message m;
    protozero::pbf_writer(m).add_message(tag, content);
    return m;
}
inline message number_field(std::uint32_t tag, std::int64_t n) {
    message m;
    protozero::pbf_writer(m).add_int64(tag, n);
    return m;
}
inline message numbers_attribute(const std::string& name, std::initializer_list<std::int64_t> numbers) {
    message a = text_field(1, name);
    for (const std::int64_t n : numbers) a += number_field(8, n);
    return in_field(5, a);
}
inline message number_attribute(const std::string& name, std::int64_t n) {
    return in_field(5, text_field(1, name) + number_field(3, n));
}
inline message input(const std::string& name, std::int64_t type, std::initializer_list<std::int64_t> extents) {
    message all;
    for (const std::int64_t e : extents) all += in_field(1, number_field(1, e));
    return in_field(11, text_field(1, name) + in_field(2, in_field(1, number_field(1, type) + in_field(2, all))));
}
inline message whole_tensor(const std::string& name, std::initializer_list<std::int64_t> extents,
                            std::initializer_list<std::int64_t> values) {
    message t = number_field(2, 7) + text_field(8, name);
    for (const std::int64_t e : extents) t += number_field(1, e);
    for (const std::int64_t v : values) t += number_field(7, v);
    return in_field(5, t);
}
/// An input of floats, some of whose extents have names.
struct extent {
    std::int64_t number = -1;
    std::string name;
    extent(int n) : number(n) {}
    extent(const char* n) : name(n) {}
};
inline message input_of(const std::string& name, std::initializer_list<extent> extents) {
    message all;
    for (const extent& e : extents)
        all += in_field(1, e.number < 0 ? text_field(2, e.name) : number_field(1, e.number));
    return in_field(11, text_field(1, name) + in_field(2, in_field(1, number_field(1, 1) + in_field(2, all))));
}
/// A node "n" that gives y, or another value.
inline message node(const std::string& operation, std::initializer_list<const char*> operands,
                    const message& attributes = {}, const std::string& result = "y") {
    message n;
    for (const char* o : operands) n += text_field(1, o);
    return in_field(1, n + text_field(2, result) + text_field(3, "n") + text_field(4, operation) + attributes);
}
/// A model that gives y.
inline message model_from(const message& content) {
    const message y = in_field(12, text_field(1, "y"));
    return in_field(7, content + y) + in_field(8, number_field(2, 17));
}
inline telar::graph_model read(const message& m, const telar::onnx_options& options = {}) {
    return telar::io::onnx::model_of(std::as_bytes(std::span(m)), "file.onnx", options);
}
/// The same, of x (2, 3).
inline message model_of(const message& content) { return model_from(input("x", 1, {2, 3}) + content); }

}  // namespace written
