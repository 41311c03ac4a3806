// SPDX-License-Identifier: BSL-1.0
// A model as Keras' config.json tells it.
#pragma once
#include <telar/nn/keras/graph.hpp>
#include <telar/nn/keras/options.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace telar::inline TELAR_ABI::nn::keras {

inline std::string json_of_shape(const shape& s) {
    std::string text = "[";
    for (int k = 0; k < s.rank; ++k) text += (k ? ", " : "") + (s[k] < 0 ? std::string("null") : std::to_string(s[k]));
    return text + ']';
}

/// config.json's "config" of a Functional.
class functional_json {
public:
    functional_json(const functional& f, const std::map<std::string, told_layer>& options, dtype type,
                    bool (*is_frozen)(std::string_view path))
        : f_(f), options_(options), type_(type), is_frozen_(is_frozen) {}

    std::string text(std::string_view name) const {
        std::string layers, inputs, outputs;
        for (const graph_layer& l : f_.layers) layers += (layers.empty() ? "" : ", ") + layer(l);
        for (int i = 0; f_.layers[static_cast<std::size_t>(i)].kind.empty(); ++i)
            inputs += (i ? ", " : "") + history({i, 0});
        for (const operand& o : f_.outputs) outputs += (outputs.empty() ? "" : ", ") + history(o);
        json_object config;
        config.add("name", io::json_text(name)).add("trainable", "true").add("layers", '[' + layers + ']');
        config.add("input_layers", '[' + inputs + ']').add("output_layers", '[' + outputs + ']');
        return config.text();
    }

private:
    std::string history(const operand& o) const {
        return '[' + io::json_text(f_.layers[static_cast<std::size_t>(o.layer)].name) + ", " + std::to_string(o.call) +
               ", 0]";
    }
    std::string tensor(const operand& o) const {
        const graph_layer& l = f_.layers[static_cast<std::size_t>(o.layer)];
        json_object config;
        config.add("shape", json_of_shape(l.gives));
        config.add("dtype", io::json_text(name_of(l.kind.empty() ? l.type : type_)));
        config.add("keras_history", history(o));
        return json_object().add("class_name", "\"__keras_tensor__\"").add("config", config.text()).text();
    }
    std::string layer(const graph_layer& l) const {
        std::string config, calls;
        if (l.kind.empty()) {
            json_object o;
            o.add("batch_shape", json_of_shape(l.gives)).add("dtype", io::json_text(name_of(l.type)));
            config = o.add("name", io::json_text(l.name)).text();
        } else {
            json_object o;
            o.add("name", io::json_text(l.name)).add("dtype", io::json_text(name_of(type_)));
            if (is_frozen_ && is_frozen_(l.name)) o.add("trainable", "false");
            config = o.text();
            const std::string& own = options_.at(l.name).options;
            if (own.size() > 2) config = config.substr(0, config.size() - 1) + ", " + own.substr(1);
            for (const std::vector<operand>& takes : l.calls) calls += (calls.empty() ? "" : ", ") + call(l, takes);
        }
        json_object all;
        all.add("module", "\"keras.layers\"").add("class_name", io::json_text(l.class_name())).add("config", config);
        all.add("registered_name", "null").add("name", io::json_text(l.name));
        return all.add("inbound_nodes", '[' + calls + ']').text();
    }
    /// add([a, b]), but multi_head_attention(query, value, key).
    std::string call(const graph_layer& l, const std::vector<operand>& takes) const {
        std::string args;
        for (const operand& o : takes) args += (args.empty() ? "" : ", ") + tensor(o);
        if (takes.size() > 1 && !l.kind.ends_with("head_attention") && !l.kind.starts_with("group_query"))
            args = '[' + args + ']';
        return json_object().add("args", '[' + args + ']').add("kwargs", "{}").text();
    }

    const functional& f_;
    const std::map<std::string, told_layer>& options_;
    dtype type_;
    bool (*is_frozen_)(std::string_view path);
};

}  // namespace telar::inline TELAR_ABI::nn::keras
