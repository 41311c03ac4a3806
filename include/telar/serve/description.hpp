// SPDX-License-Identifier: BSL-1.0
// What TensorFlow Serving tells of a model: its versions, its signature.
#pragma once
#include <telar/io/json_text.hpp>
#include <telar/serve/model_store.hpp>
#include <telar/serve/predict.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace telar::inline TELAR_ABI::serve {

/// TensorFlow's word for a type.
constexpr std::string_view tensorflow_name(dtype t) {
    switch (t) {
        case dtype::float32: return "DT_FLOAT";
        case dtype::float64: return "DT_DOUBLE";
        case dtype::int32: return "DT_INT32";
        case dtype::int64: return "DT_INT64";
        case dtype::uint8: return "DT_UINT8";
        case dtype::boolean: return "DT_BOOL";
        case dtype::float16: return "DT_HALF";
        case dtype::bfloat16: return "DT_BFLOAT16";
        case dtype::int8: return "DT_INT8";
        case dtype::int16: return "DT_INT16";
        case dtype::uint16: return "DT_UINT16";
        case dtype::uint32: return "DT_UINT32";
    }
    return "DT_INVALID";
}

/// {"model_version_status": [{"version": "1", "state": "AVAILABLE", "status": ...}]}
///
/// source    tensorflow_serving/apis/get_model_status.proto
/// test      tests/serve/application_threads_test.cpp
inline std::string status_text(const std::vector<version_status>& versions) {
    std::string out = "{\"model_version_status\":[";
    for (const version_status& v : versions) {
        if (&v != versions.data()) out += ',';
        const bool is_broken = v.state == version_state::ended;
        out += "{\"version\":\"" + std::to_string(v.version) + "\",\"state\":\"" +
               (is_broken                           ? "END"
                : v.state == version_state::loading ? "LOADING"
                                                    : "AVAILABLE") +
               "\",\"status\":{\"error_code\":\"" + (is_broken ? "UNKNOWN" : "OK") +
               "\",\"error_message\":" + io::json_text(v.problem) + "}}";
    }
    return out + "]}";
}

/// {"x":{"dtype":"DT_FLOAT","tensor_shape":{"dim":[{"size":"-1","name":""}], ...
inline std::string ports_text(const std::vector<model_port>& ports) {
    std::string out = "{";
    for (const model_port& p : ports) {
        if (&p != ports.data()) out += ',';
        out += io::json_text(p.name) + ":{\"dtype\":\"" + std::string(tensorflow_name(p.type)) +
               "\",\"tensor_shape\":{\"dim\":[";
        for (int k = 0; k < p.extents.rank; ++k)
            out += (k ? "," : "") + ("{\"size\":\"" + std::to_string(p.extents[k])) + "\",\"name\":\"\"}";
        out += "],\"unknown_rank\":false},\"name\":" + io::json_text(p.name) + '}';
    }
    return out + '}';
}

/// {"model_spec": ..., "metadata": {"signature_def": ...}}
///
/// source    tensorflow_serving/apis/get_model_metadata.proto
/// test      tests/serve/application_threads_test.cpp
inline std::string metadata_text(const served_version& v) {
    return "{\"model_spec\":{\"name\":" + io::json_text(v.name) + ",\"signature_name\":\"\",\"version\":\"" +
           std::to_string(v.version) + "\"},\"metadata\":{\"signature_def\":{\"signature_def\":{\"" +
           std::string(only_signature) + "\":{\"inputs\":" + ports_text(v.model->model().inputs) +
           ",\"outputs\":" + ports_text(v.model->model().outputs) +
           ",\"method_name\":\"tensorflow/serving/predict\"}}}}}";
}

}  // namespace telar::inline TELAR_ABI::serve
