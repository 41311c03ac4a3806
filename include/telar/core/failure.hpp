// SPDX-License-Identifier: BSL-1.0
// Run-time errors: one exception type per kind of mistake, and what happens in a build without exceptions.
// (Compile-time errors stand in core/errors.hpp.)
#pragma once
#include <telar/core/config.hpp>
#include <telar/core/shape.hpp>

#include <array>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace telar::inline TELAR_ABI {

/// Base of everything that telar throws.
struct error : std::runtime_error {
    using std::runtime_error::runtime_error;
};
// clang-format off
struct missing_feed       : error { using error::error; };  ///< an input of the graph got no value
struct wrong_shape        : error { using error::error; };  ///< a value's shape does not fit; text holds both shapes
struct wrong_type         : error { using error::error; };  ///< a value's element type does not fit; text holds both types
struct no_value           : error { using error::error; };  ///< a variable or tensor that was moved from, or is not constructed yet
struct duplicate_name     : error { using error::error; };  ///< two different objects with one name in one graph
struct two_calls_as_one   : error { using error::error; };  ///< two calls that draw, of which an expression would make one
struct overlapping_output : error { using error::error; };  ///< run_into, update: memory that is written is also read
struct index_error        : error { using error::error; };  ///< an element access outside of the tensor
struct invalid_argument   : error { using error::error; };  ///< a parameter outside its range
struct no_kernel          : error { using error::error; };  ///< late: an operation or a type that the program's trace does not contain
struct unsupported_model  : error { using error::error; };  ///< a model file asks for what telar does not have; text names file, node, operator and reason
struct file_error         : error { using error::error; };  ///< a file that is absent, truncated, hostile or of another version
struct unsupported_processor : error { using error::error; };  ///< it lacks instructions that the program was compiled for
// clang-format on

/// Called with the error's text before the program aborts, in a build with -fno-exceptions.
using failure_handler = void (*)(const char* text);

namespace core::failures {
inline std::atomic<failure_handler>& handler() {
    static std::atomic<failure_handler> current{nullptr};
    return current;
}
/// The end of a build without exceptions. Without messages nothing is printed: printf is large.
[[noreturn]] TELAR_COLD inline void abort_with(const char* text) {
    if (const failure_handler h = handler().load()) h(text);
#if TELAR_MESSAGES
    else std::fprintf(stderr, "telar: %s\n", text);
#endif
    std::abort();
}
/// "wrong_shape"
template <class Error> constexpr std::array<char, 32> name_of_kind() {
    std::array<char, 32> text{};
#if defined(__GNUC__)
    constexpr std::string_view all = __PRETTY_FUNCTION__;  // "... Error = telar::...::wrong_shape]"
    constexpr std::size_t end = all.rfind(']'), begin = all.rfind(':', end) + 1;
#else
    constexpr std::string_view all = "error";
    constexpr std::size_t begin = 0, end = all.size();
#endif
    static_assert(end - begin < text.size());
    for (std::size_t i = begin; i < end; ++i) text[i - begin] = all[i];
    return text;
}
}  // namespace core::failures

/// Sets the handler of a build without exceptions; returns the one before. Pass nullptr to print to stderr again.
inline failure_handler set_failure_handler(failure_handler h) { return core::failures::handler().exchange(h); }

/// Throws Error(text); without exceptions calls the failure handler and aborts.
template <class Error> [[noreturn]] TELAR_COLD void fail([[maybe_unused]] const std::string& text) {
#if TELAR_MESSAGES
    const char* const what = text.c_str();
#else
    static constexpr auto kind = core::failures::name_of_kind<Error>();
    const char* const what = kind.data();
#endif
#if TELAR_HAS_EXCEPTIONS
    throw Error(what);
#else
    core::failures::abort_with(what);
#endif
}

#if TELAR_COMPILED
TELAR_INSTANCE void fail<missing_feed>(const std::string&);
TELAR_INSTANCE void fail<wrong_shape>(const std::string&);
TELAR_INSTANCE void fail<wrong_type>(const std::string&);
TELAR_INSTANCE void fail<no_value>(const std::string&);
TELAR_INSTANCE void fail<duplicate_name>(const std::string&);
TELAR_INSTANCE void fail<two_calls_as_one>(const std::string&);
TELAR_INSTANCE void fail<overlapping_output>(const std::string&);
TELAR_INSTANCE void fail<index_error>(const std::string&);
TELAR_INSTANCE void fail<invalid_argument>(const std::string&);
TELAR_INSTANCE void fail<no_kernel>(const std::string&);
TELAR_INSTANCE void fail<unsupported_model>(const std::string&);
TELAR_INSTANCE void fail<file_error>(const std::string&);
#endif

namespace core {
/// A part of a message: a text, a number, the extents of a tensor. It refers to what it is made of.
class text_part {
public:
    constexpr text_part(std::string_view words) : text_(words) {}
    constexpr text_part(const char* words) : text_(words) {}
    constexpr text_part(const std::string& words) : text_(words) {}
    constexpr text_part(const shape& shape) : extents_(&shape), kind_(extents) {}
    template <std::integral N>
    constexpr text_part(N number) : number_(static_cast<std::int64_t>(number)), kind_(whole) {}
    template <std::floating_point F> constexpr text_part(F number) : real_(static_cast<double>(number)), kind_(real) {}

    void add_to(std::string& message) const;

private:
    std::string_view text_{};
    const shape* extents_ = nullptr;
    std::int64_t number_ = 0;
    double real_ = 0;
    enum : std::int8_t { text, extents, whole, real } kind_ = text;
};
}  // namespace core

/// The parts one after the other: joined_text({"expected shape ", s, ", got ", n}). Without messages it is empty.
#if TELAR_MESSAGES
std::string joined_text(std::initializer_list<core::text_part> parts);
#else
inline std::string joined_text(std::initializer_list<core::text_part>) { return {}; }
#endif

/// "(3, 4)", "(3,)", "()"; an extent below zero prints as None.
std::string to_string(const shape& s);

#if TELAR_HAS_BODIES
#if TELAR_MESSAGES
TELAR_ONCE TELAR_COLD std::string joined_text(std::initializer_list<core::text_part> parts) {
    std::string text;
    for (const core::text_part& part : parts) part.add_to(text);
    return text;
}
#endif
TELAR_ONCE TELAR_COLD void core::text_part::add_to(std::string& message) const {
    switch (kind_) {
        case text: message += text_; break;
        case extents: message += to_string(*extents_); break;
        case whole: message += std::to_string(number_); break;
        case real: message += std::to_string(real_); break;
    }
}
TELAR_ONCE TELAR_COLD std::string to_string(const shape& s) {
    std::string text = "(";
    for (int i = 0; i < s.rank; ++i) text += (i ? ", " : "") + (s[i] < 0 ? std::string("None") : std::to_string(s[i]));
    return text + (s.rank == 1 ? ",)" : ")");
}
#endif  // TELAR_HAS_BODIES

}  // namespace telar::inline TELAR_ABI
