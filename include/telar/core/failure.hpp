// SPDX-License-Identifier: BSL-1.0
// Run-time errors: one exception type per kind of mistake, and what happens in a build without exceptions.
// (Compile-time errors stand in core/errors.hpp.)
#pragma once
#include <telar/core/config.hpp>
#include <telar/core/shape.hpp>

#include <atomic>
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
/// The end of a build without exceptions.
[[noreturn]] TELAR_COLD inline void abort_with(const char* text) {
    if (const failure_handler h = handler().load()) h(text);
    else std::fprintf(stderr, "telar: %s\n", text);
    std::abort();
}
}  // namespace core::failures

/// Sets the handler of a build without exceptions; returns the one before. Pass nullptr to print to stderr again.
inline failure_handler set_failure_handler(failure_handler h) { return core::failures::handler().exchange(h); }

/// Throws Error(text); without exceptions calls the failure handler and aborts.
template <class Error> [[noreturn]] TELAR_COLD void fail(const std::string& text) {
#if TELAR_HAS_EXCEPTIONS
    throw Error(text);
#else
    core::failures::abort_with(text.c_str());
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

/// The parts one after the other.
std::string joined_text(std::initializer_list<std::string_view> parts);

/// "(3, 4)", "(3,)", "()"; an extent below zero prints as None.
std::string to_string(const shape& s);

#if TELAR_HAS_BODIES
TELAR_ONCE TELAR_COLD std::string joined_text(std::initializer_list<std::string_view> parts) {
    std::string text;
    for (const std::string_view part : parts) text += part;
    return text;
}
TELAR_ONCE TELAR_COLD std::string to_string(const shape& s) {
    std::string text = "(";
    for (int i = 0; i < s.rank; ++i) text += (i ? ", " : "") + (s[i] < 0 ? std::string("None") : std::to_string(s[i]));
    return text + (s.rank == 1 ? ",)" : ")");
}
#endif  // TELAR_HAS_BODIES

}  // namespace telar::inline TELAR_ABI
