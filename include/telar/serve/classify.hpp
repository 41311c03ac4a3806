// SPDX-License-Identifier: BSL-1.0
// TensorFlow Serving's classify and regress: predictions of examples, written in their own way.
#pragma once
#include <telar/serve/predict.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace telar::inline TELAR_ABI::serve {

/// The numbers and characters in a value.
inline std::size_t value_count(const io::json& v) {
    std::size_t n = 1 + v.words.size();
    for (const io::json& item : v.items) n += value_count(item);
    return n;
}
/// The context of examples: an object, which has values of inputs alone, and is not so large that a short body would
/// stand for any amount of memory.
///
/// errors    E290, E293, E295
inline void require_context(const io::json& context, std::size_t examples, const std::vector<model_port>& ports) {
    constexpr std::size_t most = std::size_t{1} << 24;
    if (context.is(io::json::null)) return;
    if (!context.is(io::json::object)) fail<malformed_request>("\"context\" is no object");
    require_names(context, "context", ports);
    const std::size_t count = value_count(context);
    if (count > most / (examples + 1))
        fail<body_too_large>("the " + std::to_string(count) + " values of \"context\" stand for those of " +
                             std::to_string(examples) + " examples; at most " + std::to_string(most) +
                             " are taken in all");
}

/// Reads {"examples": [{"x": 1.0}, ...], "context": {"y": 2.0}}: the context's features are those of each example.
///
/// errors    E290, E292, E293, E295
/// source    tensorflow.org/tfx/serving/api_rest
/// test      tests/serve/predict_test.cpp
inline std::vector<any_tensor> read_examples(const std::string& body, const std::vector<model_port>& ports) {
    const io::json whole = request_object(body);
    // TensorFlow names these methods' signatures; a model has one for all methods.
    const io::json& name = whole["signature_name"];
    if (!name.words.starts_with("tensorflow/serving/")) require_signature(whole);
    const io::json* examples = member(whole, "examples");
    if (!examples) fail<malformed_request>("there is no \"examples\"");
    const io::json& context = whole["context"];
    require_context(context, examples->items.size(), ports);
    for (std::size_t i = 0; i < examples->items.size(); ++i) {
        const io::json& example = examples->items[i];
        if (!example.is(io::json::object) || is_bytes(example))
            fail<malformed_request>("examples[" + std::to_string(i) + "] is no object of features");
        for (const std::string& feature : context.names)
            if (member(example, feature))
                fail<malformed_request>("examples[" + std::to_string(i) + "]." + feature +
                                        " stands in \"context\", too");
    }
    return read_instances(*examples, "examples", body, ports, context);
}

/// {"results": [[["", 0.25], ["", 0.75]], ...]}: of each example the classes, which have no labels, with their scores.
///
/// errors    E293 inputs_do_not_match: the model has no output (examples, classes) that it is alone
/// test      tests/serve/predict_test.cpp
inline std::string classify_response(const std::vector<any_tensor>& values, const std::vector<model_port>& ports) {
    if (values.size() != 1 || values[0].rank() != 2)
        fail<inputs_do_not_match>("classify takes a model with one output of two axes; there are " + names_of(ports));
    const auto classes = static_cast<std::size_t>(values[0].extents()[1]);
    std::string out = "{\"results\":[";
    for (std::size_t i = 0; i < static_cast<std::size_t>(values[0].extents()[0]); ++i) {
        out += i ? ",[" : "[";
        for (std::size_t k = 0; k < classes; ++k) {
            out += k ? ",[\"\"," : "[\"\",";
            append_json(out, values[0], 2, i * classes + k);
            out += ']';
        }
        out += ']';
    }
    return out + "]}";
}
/// {"results": [3.5, 4.0]}: a number for each example.
///
/// errors    E293 inputs_do_not_match: the model has no output of one number an example that it is alone
/// test      tests/serve/predict_test.cpp
inline std::string regress_response(const std::vector<any_tensor>& values, const std::vector<model_port>& ports) {
    if (values.size() != 1 || values[0].rank() == 0 ||
        values[0].size() != static_cast<std::size_t>(values[0].extents()[0]))
        fail<inputs_do_not_match>("regress takes a model with one number for each example; there are " +
                                  names_of(ports));
    std::string out = "{\"results\":[";
    for (std::size_t i = 0; i < values[0].size(); ++i) {
        if (i > 0) out += ',';
        append_json(out, values[0], values[0].rank(), i);
    }
    return out + "]}";
}

}  // namespace telar::inline TELAR_ABI::serve
