// SPDX-License-Identifier: BSL-1.0
// Why a request is not answered: one exception for each mistake, with its status of HTTP. (docs/errors.md explains
// them.)
#pragma once
#include <telar/core/failure.hpp>

#include <string>
#include <string_view>

namespace telar::inline TELAR_ABI::serve {

/// What a client is told: {"error": "E291 not_found: ..."}, with this status.
///
/// edge      retry_after, in seconds, is that header of the answer; 0: there is none
/// test      tests/serve/application_threads_test.cpp
struct refusal : error {
    int status, retry_after;
    refusal(int status_of_http, std::string_view name, const std::string& text, int seconds = 0)
        : error(std::string(name) + ": " + text), status(status_of_http), retry_after(seconds) {}
};

// clang-format off
/// The body is no JSON, or not the object that the method takes; the path names a version that is no number.
struct malformed_request      : refusal { explicit malformed_request(const std::string& t)      : refusal(400, "E290 malformed_request", t) {} };
/// No such path, model, version or label.
struct not_found              : refusal { explicit not_found(const std::string& t)              : refusal(404, "E291 not_found", t) {} };
/// A value of another type or shape than the input's; the text has its place in the JSON, and both.
struct value_does_not_fit     : refusal { explicit value_does_not_fit(const std::string& t)     : refusal(400, "E292 value_does_not_fit", t) {} };
/// An input without a value, a name that no input has, instances of different inputs; another signature.
struct inputs_do_not_match    : refusal { explicit inputs_do_not_match(const std::string& t)    : refusal(400, "E293 inputs_do_not_match", t) {} };
/// The path is there, for another method.
struct method_not_allowed     : refusal { explicit method_not_allowed(const std::string& t)     : refusal(405, "E294 method_not_allowed", t) {} };
/// More bytes than the server takes.
struct body_too_large         : refusal { explicit body_too_large(const std::string& t)         : refusal(413, "E295 body_too_large", t) {} };
/// Says of itself that it is no JSON.
struct unsupported_media_type : refusal { explicit unsupported_media_type(const std::string& t) : refusal(415, "E296 unsupported_media_type", t) {} };
/// One client has more requests under way than the server allows it.
struct too_many_requests      : refusal { explicit too_many_requests(const std::string& t)      : refusal(429, "E297 too_many_requests", t, 1) {} };
/// The queue of the model is full, there are too many connections, or the server is about to end.
struct overloaded             : refusal { explicit overloaded(const std::string& t)             : refusal(503, "E298 overloaded", t, 1) {} };
/// The model took the values and failed all the same.
struct prediction_failed      : refusal { explicit prediction_failed(const std::string& t)      : refusal(500, "E299 prediction_failed", t) {} };
// clang-format on

}  // namespace telar::inline TELAR_ABI::serve
