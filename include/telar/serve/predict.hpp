// SPDX-License-Identifier: BSL-1.0
// The bodies of TensorFlow Serving's predict, classify and regress, without a network.
#pragma once
#include <telar/serve/json_tensor.hpp>
#include <telar/serve/servable.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::serve {

/// How the tensors of a request stand in it, and those of the answer will: a row for each instance, or a column for
/// each input.
enum class request_form { rows, columns };

struct predict_request {
    request_form form = request_form::rows;
    std::vector<any_tensor> inputs;  // in the model's order
};

/// The only signature: TensorFlow's default.
inline constexpr std::string_view only_signature = "serving_default";

/// "a", "b"
inline std::string names_of(const std::vector<model_port>& ports) {
    std::string text;
    for (const model_port& p : ports) text += (text.empty() ? "\"" : ", \"") + p.name + '"';
    return text;
}

/// The object that a body is.
///
/// errors    E290 malformed_request
inline io::json request_object(const std::string& body) {
    io::json whole;
    try {
        whole = io::read_json(body, "body");
    } catch (const file_error& e) { fail<malformed_request>(e.what()); }
    if (!whole.is(io::json::object)) fail<malformed_request>("the body is no object");
    return whole;
}
/// errors    E290 malformed_request: no text; E293 inputs_do_not_match: another one than there is
inline void require_signature(const io::json& request) {
    const io::json& name = request["signature_name"];
    if (name.is(io::json::null)) return;
    if (!name.is(io::json::text)) fail<malformed_request>("signature_name is no text");
    if (name.words != only_signature && !name.words.empty())
        fail<inputs_do_not_match>("signature_name \"" + name.words + "\": the model has \"" +
                                  std::string(only_signature) + "\" alone");
}

/// The member of a request's object, whatever its value.
inline const io::json* member(const io::json& object, std::string_view name) {
    const auto at = std::find(object.names.begin(), object.names.end(), name);
    return at == object.names.end() ? nullptr : &object.items[static_cast<std::size_t>(at - object.names.begin())];
}

/// All members are values of inputs.
///
/// errors    E293 inputs_do_not_match
inline void require_names(const io::json& object, const std::string& place, const std::vector<model_port>& ports) {
    for (const std::string& name : object.names)
        if (std::none_of(ports.begin(), ports.end(), [&](const model_port& p) { return p.name == name; }))
            fail<inputs_do_not_match>(place + ": no input is named \"" + name + "\"; there are " + names_of(ports));
}

/// Instances as columns: a list of values of the only input, or of objects with a value for each. What an object leaves
/// out is a member of `common`.
///
/// errors    E290, E292, E293
inline std::vector<any_tensor> read_instances(const io::json& list, const std::string& list_name,
                                              const std::string& body, const std::vector<model_port>& ports,
                                              const io::json& common = {}) {
    if (!list.is(io::json::list)) fail<malformed_request>('"' + list_name + "\" is no list");
    if (list.items.empty()) fail<malformed_request>('"' + list_name + "\" is empty");
    const auto is_named = [](const io::json& v) { return v.is(io::json::object) && !is_bytes(v); };
    const bool named = is_named(list.items[0]);
    if (!named && ports.size() != 1)
        fail<inputs_do_not_match>(list_name + "[0]: the model has the inputs " + names_of(ports) +
                                  ", so an instance is an object with a value for each");
    std::vector<json_rows> columns(ports.size());
    for (std::size_t k = 0; k < ports.size(); ++k) {
        if (ports[k].extents.rank == 0)
            fail<inputs_do_not_match>("input \"" + ports[k].name +
                                      "\" has no axis of instances: give \"inputs\" instead of \"" + list_name + '"');
        columns[k] = {{}, list_name, named ? '.' + ports[k].name : ""};
    }
    for (std::size_t i = 0; i < list.items.size(); ++i) {
        const io::json& instance = list.items[i];
        const std::string place = list_name + '[' + std::to_string(i) + ']';
        if (is_named(instance) != named)
            fail<inputs_do_not_match>(place +
                                      (named ? ": no object, unlike the first" : ": an object, unlike the first"));
        if (!named) {
            columns[0].rows.push_back(&instance);
            continue;
        }
        for (std::size_t k = 0; k < ports.size(); ++k) {
            const io::json* own = member(instance, ports[k].name);
            const io::json* value = own ? own : member(common, ports[k].name);
            if (!value) fail<inputs_do_not_match>(place + ": no value for input \"" + ports[k].name + '"');
            columns[k].rows.push_back(value);
        }
        if (instance.names.size() + common.names.size() != ports.size()) require_names(instance, place, ports);
    }
    std::vector<any_tensor> values;
    for (std::size_t k = 0; k < ports.size(); ++k) values.push_back(tensor_reader(body, ports[k]).read(columns[k]));
    return values;
}

/// The value of one input in the column format.
inline any_tensor read_column(const io::json& v, const std::string& place, const std::string& body,
                              const model_port& port) {
    tensor_reader reader(body, port);
    if (port.extents.rank == 0) return reader.read_scalar(v, place);
    json_rows source{{}, place, ""};
    if (is_bytes(v))
        fail<value_does_not_fit>(place + ": input \"" + port.name + "\" is " + std::string(name_of(port.type)) + ' ' +
                                 to_string(port.extents) +
                                 ", so bytes stand in a list, one for each of its first axis");
    if (!v.is(io::json::list))
        fail<value_does_not_fit>(place + ": input \"" + port.name + "\" is " + std::string(name_of(port.type)) + ' ' +
                                 to_string(port.extents) + ", the value is no list");
    for (const io::json& row : v.items) source.rows.push_back(&row);
    return reader.read(source);
}

/// Reads the body of a predict request.
///
/// shapes    {"instances": [...]}: each instance has the inputs' shapes without the first axis; {"inputs": ...}: whole
///           tensors, of the only input or by name
/// types     as in JSON; integers may have 64 bits; {"b64": "..."} stands for the bytes of all axes that are left
/// errors    E290 malformed_request, E292 value_does_not_fit, E293 inputs_do_not_match
/// source    tensorflow.org/tfx/serving/api_rest
/// test      tests/serve/predict_test.cpp
inline predict_request read_predict_request(const std::string& body, const std::vector<model_port>& ports) {
    const io::json whole = request_object(body);
    require_signature(whole);
    const io::json* instances = member(whole, "instances");
    const io::json* inputs = member(whole, "inputs");
    if (instances && inputs) fail<malformed_request>("both \"instances\" and \"inputs\"; a request has one of them");
    if (instances) return {request_form::rows, read_instances(*instances, "instances", body, ports)};
    if (!inputs) fail<malformed_request>("neither \"instances\" nor \"inputs\"");

    predict_request r{request_form::columns, {}};
    if (!inputs->is(io::json::object) || is_bytes(*inputs)) {
        if (ports.size() != 1)
            fail<inputs_do_not_match>("inputs: the model has the inputs " + names_of(ports) +
                                      ", so this is an object with a value for each");
        r.inputs.push_back(read_column(*inputs, "inputs", body, ports[0]));
        return r;
    }
    for (const model_port& p : ports) {
        const io::json* value = member(*inputs, p.name);
        if (!value)
            fail<inputs_do_not_match>("inputs: no value for input \"" + p.name + "\"; there are values for " +
                                      std::to_string(inputs->names.size()) + " names");
        r.inputs.push_back(read_column(*value, "inputs." + p.name, body, p));
    }
    return r;
}

/// How many instances the outputs have.
///
/// errors    E293 inputs_do_not_match: they have no first axis, or different ones
inline extent_t instance_count(const std::vector<any_tensor>& values, const std::vector<model_port>& ports) {
    for (std::size_t k = 0; k < values.size(); ++k)
        if (values[k].rank() == 0 || values[k].extents()[0] != values[0].extents()[0])
            fail<inputs_do_not_match>("output \"" + ports[k].name + "\" is " + to_string(values[k].extents()) +
                                      ", which has no row for each instance: give \"inputs\" instead of \"instances\"");
    return values.empty() ? 0 : values[0].extents()[0];
}

/// {"predictions": ...} of rows, {"outputs": ...} of columns; an only output has no name.
///
/// test      tests/serve/predict_test.cpp
inline std::string predict_response(request_form form, const std::vector<any_tensor>& values,
                                    const std::vector<model_port>& ports) {
    const auto append_object = [&](std::string& out, const auto& append_value) {
        for (std::size_t k = 0; k < values.size(); ++k) {
            out += (k ? "," : "{") + io::json_text(ports[k].name) + ':';
            append_value(values[k]);
        }
        out += '}';
    };
    std::string out = form == request_form::rows ? "{\"predictions\":" : "{\"outputs\":";
    if (form == request_form::columns) {
        if (values.size() == 1) append_json(out, values[0]);
        else append_object(out, [&](const any_tensor& t) { append_json(out, t); });
        return out + '}';
    }
    const extent_t count = instance_count(values, ports);
    if (values.size() == 1) {
        append_json(out, values[0]);
        return out + '}';
    }
    out += '[';
    for (extent_t i = 0; i < count; ++i) {
        if (i > 0) out += ',';
        append_object(out, [&](const any_tensor& t) {
            append_json(out, t, 1, t.size() / static_cast<std::size_t>(count) * static_cast<std::size_t>(i));
        });
    }
    return out + "]}";
}

}  // namespace telar::inline TELAR_ABI::serve
