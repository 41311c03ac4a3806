// SPDX-License-Identifier: BSL-1.0
// Tensors as nested lists of JSON, in and out.
#pragma once
#include <telar/io/json.hpp>
#include <telar/io/json_text.hpp>
#include <telar/run/model_port.hpp>
#include <telar/serve/base64.hpp>
#include <telar/serve/refusal.hpp>

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::serve {

/// f(type_identity of the C++ type of t).
template <class F, class... T> void with_element_type(dtype t, const F& f, core::type_list<T...>) {
    ((dtype_of<T>() == t ? f(std::type_identity<T>()) : void()), ...);
}
template <class F> void with_element_type(dtype t, const F& f) { with_element_type(t, f, core::element_types()); }

/// {"b64": "..."}: an object that stands for bytes.
inline bool is_bytes(const io::json& v) {
    return v.is(io::json::object) && v.names.size() == 1 && v.names[0] == "b64" && v.items[0].is(io::json::text);
}

/// Where the value of an input stands: a list per element of its first axis, which in the row format are members of
/// different objects. The place of row i is before[i]after: "instances[3].x".
struct json_rows {
    std::vector<const io::json*> rows;
    std::string before, after;
};

/// Reads the value of one input.
class tensor_reader {
public:
    /// The text that the values were read from: it still has the digits of integers that a double cannot hold.
    tensor_reader(std::string_view text, const model_port& port) : text_(text), port_(port) {}

    any_tensor read(const json_rows& source) {
        before_ = source.before;
        after_ = source.after;
        shape extents(static_cast<extent_t>(source.rows.size()));
        std::vector<extent_t> got{extents[0]};
        if (!source.rows.empty()) measure(*source.rows[0], got);
        require_fit(got);
        for (std::size_t k = 1; k < got.size(); ++k) extents.append(got[k]);
        extents_ = extents;
        at_.assign(1, 0);
        for (const io::json* row : source.rows) {
            require_even(*row, 1);
            ++at_[0];
        }
        any_tensor t(port_.type, extents_);
        to_ = t.bytes().data();
        at_[0] = 0;
        for (const io::json* row : source.rows) {
            fill(*row, 1);
            ++at_[0];
        }
        return t;
    }
    /// An input without axes.
    any_tensor read_scalar(const io::json& v, const std::string& place) {
        before_ = place;
        std::vector<extent_t> got;
        measure(v, got);
        require_fit(got);
        any_tensor t(port_.type, extents_ = shape());
        to_ = t.bytes().data();
        fill(v, 0);
        return t;
    }

private:
    static std::string_view kind_of(const io::json& v) {
        switch (v.kind) {
            case io::json::null: return "null";
            case io::json::boolean: return "true or false";
            case io::json::number: return "a number";
            case io::json::text: return "a text";
            case io::json::list: return "a list";
            case io::json::object: return "an object";
        }
        return "";
    }
    std::string place() const {
        std::string p = before_;
        for (std::size_t k = 0; k < at_.size(); ++k) {
            p += '[' + std::to_string(at_[k]) + ']';
            if (k == 0) p += after_;
        }
        return p;
    }
    std::string expected() const { return std::string(name_of(port_.type)) + ' ' + to_string(port_.extents); }
    [[noreturn]] void refuse(const std::string& why) const {
        fail<value_does_not_fit>(place() + ": input \"" + port_.name + "\" is " + expected() + ", " + why);
    }

    /// The extents below the first axis, as the first elements have them. Bytes have all axes that are left.
    void measure(const io::json& first, std::vector<extent_t>& got) const {
        const io::json* v = &first;
        while (v->is(io::json::list)) {
            got.push_back(static_cast<extent_t>(v->items.size()));
            if (v->items.empty()) return;
            v = &v->items[0];
        }
        if (!is_bytes(*v)) return;
        for (int k = static_cast<int>(got.size()); k < port_.extents.rank; ++k) got.push_back(port_.extents[k]);
    }
    void require_fit(const std::vector<extent_t>& got) const {
        const shape& wanted = port_.extents;
        bool fits = static_cast<int>(got.size()) == wanted.rank;
        for (std::size_t k = 0; fits && k < got.size(); ++k) {
            const extent_t e = wanted[static_cast<int>(k)];
            if (got[k] == dyn) refuse("so the size of bytes does not say their shape");
            fits = e == dyn || e == got[k];
        }
        if (fits) return;
        std::string text = "(";
        for (std::size_t k = 0; k < got.size(); ++k) text += (k ? ", " : "") + std::to_string(got[k]);
        fail<value_does_not_fit>(before_ + after_ + ": input \"" + port_.name + "\" is " + expected() +
                                 ", the value is " + text + (got.size() == 1 ? ",)" : ")"));
    }
    std::size_t bytes_below(int axis) const {
        extent_t n = 1;
        for (int k = axis; k < extents_.rank; ++k) n = saturating_multiply(n, extents_[k]);
        return static_cast<std::size_t>(n) * size_of(port_.type);
    }
    [[noreturn]] void refuse_bytes(int axis, std::size_t got) const {
        refuse("expected " + std::to_string(bytes_below(axis)) + " bytes, \"b64\" has " + std::to_string(got));
    }
    /// Before memory is taken: otherwise a long first row and many empty ones would ask for any amount of it.
    void require_even(const io::json& v, int axis) {
        if (axis == extents_.rank) {
            if (v.is(io::json::list)) refuse("a list stands where a number is expected");
            return;
        }
        if (is_bytes(v)) {
            if (v.items[0].words.size() < bytes_below(axis)) refuse_bytes(axis, v.items[0].words.size() / 4 * 3);
            return;
        }
        if (!v.is(io::json::list))
            refuse("expected a list of " + std::to_string(extents_[axis]) + ", got " + std::string(kind_of(v)));
        if (static_cast<extent_t>(v.items.size()) != extents_[axis])
            refuse("expected a list of " + std::to_string(extents_[axis]) + ", got one of " +
                   std::to_string(v.items.size()));
        at_.push_back(0);
        for (const io::json& item : v.items) {
            require_even(item, axis + 1);
            ++at_.back();
        }
        at_.pop_back();
    }

    void fill(const io::json& v, int axis) {
        if (is_bytes(v)) return fill_bytes(v, axis);
        if (axis + 1 < extents_.rank) {
            at_.push_back(0);
            for (const io::json& item : v.items) {
                fill(item, axis + 1);
                ++at_.back();
            }
            at_.pop_back();
            return;
        }
        with_element_type(port_.type, [&]<class T>(std::type_identity<T>) {
            if (axis == extents_.rank) return put<T>(v);
            at_.push_back(0);
            for (const io::json& item : v.items) {
                put<T>(item);
                ++at_.back();
            }
            at_.pop_back();
        });
    }
    void fill_bytes(const io::json& v, int axis) {
        const auto bytes = base64_bytes(v.items[0].words);
        if (!bytes) refuse("\"b64\" is no base64");
        const std::size_t wanted = bytes_below(axis);
        if (bytes->size() != wanted) refuse_bytes(axis, bytes->size());
        if (port_.type == dtype::boolean)
            for (const std::byte b : *bytes)
                if (b > std::byte{1}) refuse("a byte of \"b64\" is neither 0 nor 1");
        if (wanted > 0) std::memcpy(to_, bytes->data(), wanted);
        to_ += wanted;
    }
    template <class T> void put(const io::json& v) {
        const T value = element_of<T>(v);
        std::memcpy(to_, &value, sizeof value);
        to_ += sizeof value;
    }
    template <class T> T element_of(const io::json& v) const {
        if constexpr (std::same_as<T, bool>) {
            if (!v.is(io::json::boolean)) refuse("expected true or false, got " + std::string(kind_of(v)));
            return v.truth;
        } else {
            if (!v.is(io::json::number)) refuse("expected a number, got " + std::string(kind_of(v)));
            if constexpr (std::integral<T>) return integer_of<T>(v);
            else return float_of<T>(v);
        }
    }
    template <class T> T float_of(const io::json& v) const {
        const bool is_word = text_[v.at] == 'N' || text_[v.at] == 'I' || text_.substr(v.at, 2) == "-I";
        if (!is_word && !std::isfinite(held_by(dtype_of<T>(), v.value)))
            refuse(digits_of(v) + " is beyond its largest number");
        return static_cast<T>(v.value);
    }
    template <class T> T integer_of(const io::json& v) const {
        const std::string digits = digits_of(v);
        T value = 0;
        const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (problem == std::errc::result_out_of_range) refuse(digits + " is beyond its range");
        if (problem != std::errc() || end != digits.data() + digits.size())
            refuse(digits + " is no integer of that type");
        return value;
    }
    /// The number as it was written.
    std::string digits_of(const io::json& v) const {
        const std::size_t end = text_.find_first_not_of("+-.0123456789eEINafinty", v.at);
        return std::string(text_.substr(v.at, end == std::string_view::npos ? end : end - v.at));
    }

    std::string_view text_;
    const model_port& port_;
    std::string before_{}, after_{};
    std::vector<std::size_t> at_{};  // the place of what is read
    shape extents_{};
    std::byte* to_ = nullptr;
};

/// Appends elements of a tensor as nested lists, from the axis down; `first` is the element to begin with.
///
/// shapes    axis 0 is all of it; axis 1 a row
/// test      tests/serve/json_tensor_test.cpp
inline void append_json(std::string& out, const any_tensor& t, int axis = 0, std::size_t first = 0) {
    if (axis < t.rank()) {
        std::size_t below = 1;
        for (int k = axis + 1; k < t.rank(); ++k) below *= static_cast<std::size_t>(t.extents()[k]);
        out += '[';
        for (extent_t i = 0; i < t.extents()[axis]; ++i) {
            if (i > 0) out += ',';
            append_json(out, t, axis + 1, first + static_cast<std::size_t>(i) * below);
        }
        out += ']';
        return;
    }
    with_element_type(t.type(), [&]<class T>(std::type_identity<T>) {
        const T value = t.values<T>()[first];
        if constexpr (Half<T>) io::append_json_number(out, static_cast<float>(value));
        else io::append_json_number(out, value);
    });
}

}  // namespace telar::inline TELAR_ABI::serve
