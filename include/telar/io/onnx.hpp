// SPDX-License-Identifier: BSL-1.0
// Reads ONNX models: load_onnx(path) gives a graph_model. Needs protozero, a library of headers.
#pragma once
#include <telar/io/file.hpp>
#include <telar/io/onnx/operations.hpp>
#include <telar/run/graph_model.hpp>

#include <cstddef>
#include <exception>
#include <filesystem>
#include <span>
#include <string>
#include <utility>

namespace telar::inline TELAR_ABI {

namespace io::onnx {

/// Why a model is refused, in words.
inline std::string text_of(const refusal& r) {
    switch (r.why) {
        case reason::operation: return "telar has no such operation";
        case reason::type: return "an element type that telar does not have: " + r.what;
        case reason::no_tensor: return "\"" + r.what + "\" is no tensor";
        case reason::axes: return "more than six axes (" + r.what + ")";
        case reason::random: return "random numbers";
        case reason::value:
            return "the value of input \"" + r.what + "\" decides about shapes: give it in onnx_options::values";
        case reason::extent: return r.what + " must be known: give it in onnx_options::extents or shapes";
        case reason::form: return "a form that telar does not have: " + r.what;
        case reason::mistake:
        case reason::damaged: break;
    }
    return r.what;
}
[[noreturn]] inline void fail_with(const refusal& r, const std::string& path, std::span<const std::byte> bytes) {
    if (r.why == reason::damaged) {
        const auto at = reinterpret_cast<const std::byte*>(r.at) - bytes.data();
        refuse_file(path, static_cast<std::size_t>(at), r.what);
    }
    const std::string node = r.operation.empty() ? "" : "node \"" + r.node + "\", operator " + r.operation + ": ";
    fail<unsupported_model>(path + ": " + node + text_of(r));
}

/// What a translated graph is as a model.
inline runtime::model_source source_of(translation t, const onnx::graph& from, const std::string& path) {
    runtime::model_source source;
    source.path = path;
    const auto extents_in = [&](shape s) {
        for (int i = 0; i < s.rank; ++i)
            if (!ir::is_number(s[i] = t.g.dims.resolve(s[i]))) s[i] = dyn;
        return s;
    };
    for (int i = 0; i < t.g.roots.size(); ++i) {
        const ir::node& n = t.g[t.g.roots[i].id];
        source.outputs.push_back({from.outputs[static_cast<std::size_t>(i)].name, n.type, extents_in(n.extents)});
    }
    for (std::size_t i = 0; i < t.leaves.size(); ++i) {
        leaf_of_model& l = t.leaves[i];
        if (l.has_value) source.weights.push_back({std::move(l.name), std::move(l.value)});
        else source.inputs.push_back({std::move(l.name), t.type_of_input(i), t.shape_of_input(i)});
    }
    source.traced = std::move(t.g);
    source.has_channels_first = true;
    return source;
}
/// The model in these bytes; the path is for messages.
inline graph_model model_of(std::span<const std::byte> bytes, const std::string& path, const onnx_options& options) {
    try {
        const model m(protozero::data_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
        return graph_model(source_of(translation(m, options), m.graphs[0], path));
    } catch (const refusal& r) { fail_with(r, path, bytes); }
}

}  // namespace io::onnx

/// Reads an ONNX model.
///
///     graph_model m = load_onnx("resnet20.onnx");
///     tensor<float, dyn, 10> logits = m(images);
///
/// shapes    an extent that has a name in the file, or none, is known when the model runs; an operation that has to
///           know it earlier refuses the model, and onnx_options says what it is. Inputs with a value in the file are
///           weights
/// types     float32, float64, float16, bfloat16, int32, int64, uint8, bool
/// errors    file_error, with path and offset: absent, truncated, no ONNX model, a tensor whose bytes do not fit its
///           shape; unsupported_model, with path, node, operator and reason
/// edge      operations: docs/onnx.md. Nothing of a refused file stays behind
/// source    https://onnx.ai/onnx/repo-docs/IR.html
/// test      tests/onnx/models_test.cpp, tests/onnx/extents_test.cpp, tests/onnx/hostile_test.cpp
inline graph_model load_onnx(const std::filesystem::path& path, const onnx_options& options = {}) {
    return io::onnx::model_of(read_file(path), path.string(), options);
}

}  // namespace telar::inline TELAR_ABI
