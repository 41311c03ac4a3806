// SPDX-License-Identifier: BSL-1.0
// From the JSON of a model to a network: classes, options, calls. Keras 3 and tf.keras 2 write calls differently.
#pragma once
#include <telar/nn/keras_model/network.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::nn::keras {

/// A layer around another one: on every step by itself, or with a kernel that was divided by its singular value.
class wrapping final : public any_layer {
    struct wrapped {
        file_layer* to = nullptr;
        void bind_to(bound_model& model) { to->bind(model); }
        symbol operator()(symbol x) const {
            const call_arguments a{{x}, {}, {}};
            to->require_operands(a);
            return to->running->call(a)[0];
        }
    };

public:
    wrapping(file_layer& inner, bool has_steps) : has_steps_(has_steps), layer_{{&inner}} {}
    void bind(bound_model& to) override { bind_member(layer_, to); }
    std::vector<symbol> call(const call_arguments& a) const override {
        const symbol x = running::with_named_mask(a.takes[0], a);
        return {has_steps_ ? layer_(x) : layer_.layer(x)};
    }

private:
    bool has_steps_;
    time_distributed<wrapped> layer_;
};

class network_reader {
public:
    explicit network_reader(reading& r) : reading_(r) {}

    /// The model as a layer.
    std::unique_ptr<file_layer> read_model(const json& told) { return read_layer(told, "", 0); }

private:
    static constexpr int most_nested = 32;
    using numbers_by_name = std::map<std::string, int, std::less<>>;

    static std::string text_of(const json& v) { return v.is(json::text) ? v.words : ""; }

    std::unique_ptr<file_layer> read_layer(const json& told, const std::string& outer, int depth) {
        auto l = std::make_unique<file_layer>();
        const json& config = told["config"];
        l->at = {reading_.file, "", text_of(told["class_name"]), reading_.is_keras_2};
        l->at.name = outer + text_of(config["name"].is(json::text) ? config["name"] : told["name"]);
        if (l->at.class_name.empty()) l->at.refuse("it has no class");
        if (depth > most_nested) l->at.refuse("models nested so deep");
        require_keras_class(told, *l);
        const bool is_list = config.is(json::list) && l->at.class_name == "Sequential";  // of the first versions
        if (!config.is(json::object) && !is_list) l->at.refuse("it has no config");
        l->is_trainable = !(config["trainable"].is(json::boolean) && !config["trainable"].truth);
        const std::string& name = l->at.class_name;
        if (name == "InputLayer") read_input(config, *l);
        else if (name == "Sequential") read_sequential(told, *l, depth);
        else if (name == "Functional" || name == "Model") read_functional(config, *l, depth);
        else if (text_of(told["module"]).starts_with("keras.src.ops")) read_operation(config, *l);
        else read_one(config, *l, depth);
        return l;
    }
    static void require_keras_class(const json& told, const file_layer& l) {
        const std::string module = text_of(told["module"]), registered = text_of(told["registered_name"]);
        if (l.at.class_name == "Lambda") l.at.refuse("its function is code of Python");
        if (l.at.class_name == "TFOpLambda" || l.at.class_name == "SlicingOpLambda" ||
            l.at.class_name == "TensorFlowOpLayer")
            l.at.refuse("an operation of TensorFlow's");
        const bool is_keras = module == "keras" || module.starts_with("keras.");
        const bool is_old = module.empty() && registered.empty();  // tf.keras 2 says of its own classes nothing more
        if (!(is_keras || is_old) || registered.find('>') != std::string::npos)
            l.at.refuse("a class of one's own" + (registered.empty() ? "" : ", registered as " + registered));
    }
    dtype type_of(const json& v, const file_layer& l) const {
        const json& name = v.is(json::object) ? v["config"]["name"] : v;
        if (name.is(json::null)) return dtype::float32;
        for (const core::dtype_info& row : core::dtype_table)
            if (name.is_text(row.name)) return row.kind;
        l.at.refuse("telar has no type '" + text_of(name) + '\'');
    }
    /// [null, 28, 28]
    static shape shape_of(const json& v, const file_layer& l) {
        if (!v.is(json::list)) l.at.refuse("it was saved before it was built: the shape of its input is not known");
        if (v.items.empty() || v.items.size() > static_cast<std::size_t>(max_rank))
            l.at.refuse("an input of " + std::to_string(v.items.size()) + " axes");
        shape s;
        for (const json& e : v.items) {
            const bool is_number = e.is(json::number) && e.value >= 1 && e.value <= most_of_an_option;
            if (!is_number && !e.is(json::null)) l.at.refuse("an extent that is no number");
            s.append(is_number ? static_cast<extent_t>(e.value) : dyn);
        }
        return s;
    }
    void read_input(const json& config, file_layer& l) const {
        const json& in_keras_2 = config["batch_input_shape"];
        l.extents = shape_of(in_keras_2.is(json::null) ? config["batch_shape"] : in_keras_2, l);
        l.type = type_of(config["dtype"], l);
        if (config["sparse"].truth || config["ragged"].truth) l.at.refuse("an input that is sparse or ragged");
    }
    void read_operation(const json& config, file_layer& l) const {
        l.is_layer = false;
        l.most_operands = any_number;
        option_reader options(config, l.at);
        l.running = made_operation(options, l.at);
        options.require_all_read();
    }
    void read_one(const json& config, file_layer& l, int depth) {
        l.type = type_of(config["dtype"], l);
        const std::string& name = l.at.class_name;
        if (!is_float(l.type)) l.type = dtype::float32;  // of layers of integers, as an Embedding of Keras 2
        option_reader options(config, l.at);
        if (name == "TimeDistributed" || name == "SpectralNormalization") {
            const bool has_steps = name == "TimeDistributed";
            l.kind = has_steps ? "time_distributed" : "spectral_normalization";
            l.inner.push_back(read_layer(options.other("layer"), l.at.name + '/', depth + 1));
            static_cast<void>(options.other("power_iterations"));
            if (l.inner[0]->is_input() || !l.inner[0]->is_layer) l.at.refuse("around what is no layer");
            l.type = l.inner[0]->type;
            l.running = std::make_unique<wrapping>(*l.inner[0], has_steps);
            l.least_rank = has_steps ? 3 : 1;
        } else if (name == "Bidirectional") {
            read_bidirectional(options, l);
        } else {
            const layer_row* row = find_layer(name);
            if (!row) l.at.refuse("telar has no such layer");
            l.kind = row->kind;
            l.least_operands = row->least_operands, l.most_operands = row->most_operands;
            l.least_rank = row->least_rank, l.most_rank = row->most_rank;
            l.running = row->make({options, l.at, row->kind});
            if (is_recurrent(l.kind)) l.least_rank = 2;  // as states have
        }
        options.require_all_read();
    }
    static bool is_recurrent(std::string_view kind) { return kind == "lstm" || kind == "gru" || kind == "simple_rnn"; }

    void read_bidirectional(option_reader& options, file_layer& l) {
        const json &forward = options.other("layer"), &backward = options.other("backward_layer");
        const std::string name = text_of(forward["class_name"]);
        const layer_row* row = find_layer(name);
        if (!row || !is_recurrent(row->kind)) l.at.refuse("telar has no Bidirectional of '" + name + '\'');
        if (backward.is(json::object) && !backward["class_name"].is_text(name))
            l.at.refuse("telar has no Bidirectional of two classes");
        l.kind = "bidirectional";
        l.least_rank = 2, l.most_rank = 3, l.most_operands = 5;
        const std::string cell = '/' + std::string(row->kind) + "_cell";
        const json& own = forward["config"];
        l.names_of_parts["forward_layer"] = text_of(own["name"]) + cell;
        l.names_of_parts["backward_layer"] =
            (backward.is(json::object) ? text_of(backward["config"]["name"]) : "backward_" + text_of(own["name"])) +
            cell;
        const json& mode = options.other("merge_mode");
        merge_modes merged = merge_modes::concat;
        if (!mode.is(json::null)) options.read(mode, merged);
        const auto make = [&]<class L>(L one) {
            option_reader of_forward(own, l.at);
            const running::recurrent_options said(of_forward, l.at);
            of_forward.read_into(one, row->kind);
            of_forward.require_all_read();
            L other = one;
            other.go_backwards = !one.go_backwards;
            if (backward.is(json::object)) {
                other = L{};
                option_reader of_backward(backward["config"], l.at);
                static_cast<void>(running::recurrent_options(of_backward, l.at));
                of_backward.read_into(other, row->kind);
                of_backward.require_all_read();
            }
            l.running = std::make_unique<running::both_directions<L>>(one, other, !mode.is(json::null), merged,
                                                                      said.return_state, l.at);
        };
        if (row->kind == "lstm") make(lstm{});
        else if (row->kind == "gru") make(gru{});
        else make(simple_rnn{});
    }

    // ------------------------------------------------------------ models
    network& begin_model(file_layer& l) {
        auto made = std::make_unique<network>(l, reading_);
        l.model = made.get();
        l.most_operands = any_number;
        l.running = std::move(made);
        return *l.model;
    }
    /// The layers of a model, by name.
    numbers_by_name read_layers(const json& list, file_layer& l, const std::string& outer, int depth) {
        if (!list.is(json::list) || list.items.empty()) l.at.refuse("it has no layers");
        numbers_by_name numbers;
        for (const json& told : list.items) {
            l.inner.push_back(read_layer(told, outer, depth + 1));
            const std::string name = l.inner.back()->at.name.substr(outer.size());
            if (!numbers.emplace(name, static_cast<int>(numbers.size())).second)
                l.inner.back()->at.refuse("another layer has its name");
        }
        return numbers;
    }
    /// Of the layers in a model; those of the outermost have no prefix.
    static std::string outer_of(const file_layer& l, int depth) { return depth == 0 ? "" : l.at.name + '/'; }

    void read_sequential(const json& told, file_layer& l, int depth) {
        const json& config = told["config"];
        network& model = begin_model(l);
        const json& list = config.is(json::list) ? config : config["layers"];
        read_layers(list, l, outer_of(l, depth), depth);
        if (!l.inner[0]->is_input()) {
            auto input = std::make_unique<file_layer>();
            input->at = {reading_.file, l.at.name, "Sequential", reading_.is_keras_2};
            const json& first = list.items[0];
            input->type = type_of(first["config"]["dtype"], l);
            if (l.inner[0]->kind == "embedding") input->type = dtype::int32;
            input->extents = shape_of(shape_before(config, told, first), *input);
            input->at.name = outer_of(l, depth) + l.inner[0]->at.name + "_input";
            l.inner.insert(l.inner.begin(), std::move(input));
        }
        l.inner[0]->calls.emplace_back();
        for (std::size_t i = 1; i < l.inner.size(); ++i) {
            if (l.inner[i]->is_input()) l.inner[i]->at.refuse("an input behind other layers");
            l.inner[i]->calls.push_back({{history{static_cast<int>(i) - 1, 0, 0}}, {}, {}});
        }
        model.inputs = {{0, 0, 0}};
        model.outputs = {{static_cast<int>(l.inner.size()) - 1, 0, 0}};
        model.output_names = {l.inner.back()->at.name};
    }
    static const json& shape_before(const json& config, const json& told, const json& first) {
        const json& of_first = first["config"]["batch_input_shape"];
        if (!of_first.is(json::null)) return of_first;
        const json& of_model = config["build_input_shape"];
        return of_model.is(json::null) ? told["build_config"]["input_shape"] : of_model;
    }

    void read_functional(const json& config, file_layer& l, int depth) {
        network& model = begin_model(l);
        const json& list = config["layers"];
        if (!list.is(json::list)) l.at.refuse("a class of one's own: its calls are code of Python");
        const auto numbers = read_layers(list, l, outer_of(l, depth), depth);
        for (std::size_t i = 0; i < l.inner.size(); ++i) {
            file_layer& each = *l.inner[i];
            const json& calls = list.items[i]["inbound_nodes"];
            for (const json& c : calls.items) each.calls.push_back(read_call(c, each, numbers));
            if (each.is_input() && each.calls.empty()) each.calls.emplace_back();
        }
        add_histories(config["input_layers"], model.inputs, nullptr, l, numbers);
        add_histories(config["output_layers"], model.outputs, &model.output_names, l, numbers);
        if (model.inputs.empty() || model.outputs.empty()) l.at.refuse("it has no inputs or no outputs");
        for (const history& h : model.inputs)
            if (!l.inner[static_cast<std::size_t>(h.layer)]->is_input()) l.at.refuse("an input that is no input layer");
    }
    static bool is_history(const json& v) {
        return v.is(json::list) && v.items.size() >= 3 && v.items[0].is(json::text) && v.items[1].is(json::number) &&
               v.items[2].is(json::number);
    }
    static history history_of(const json& v, const file_layer& l, const numbers_by_name& numbers) {
        if (!is_history(v)) l.at.refuse("a value that says nothing of where it comes from");
        const auto found = numbers.find(v.items[0].words);
        if (found == numbers.end()) l.at.refuse("it takes what a layer \"" + v.items[0].words + "\" gives");
        const double call = v.items[1].value, output = v.items[2].value;
        if (!(call >= 0 && call < any_number && output >= 0 && output < any_number))
            l.at.refuse("a value that says nothing of where it comes from");
        return {found->second, static_cast<int>(call), static_cast<int>(output)};
    }
    /// ["x", 0, 0], a list of such, or an object of such.
    static void add_histories(const json& v, std::vector<history>& to, std::vector<std::string>* names, file_layer& l,
                              const numbers_by_name& numbers, const std::string& name = "") {
        if (is_history(v)) {
            to.push_back(history_of(v, l, numbers));
            if (!names) return;
            std::string own = name.empty() ? v.items[0].words : name;
            for (int n = 1; std::find(names->begin(), names->end(), own) != names->end(); ++n)
                own = (name.empty() ? v.items[0].words : name) + '_' + std::to_string(n);
            names->push_back(own);
        } else {
            for (std::size_t i = 0; i < v.items.size(); ++i)
                add_histories(v.items[i], to, names, l, numbers, v.is(json::object) ? v.names[i] : name);
        }
    }

    // ------------------------------------------------------------ calls
    told_call read_call(const json& v, const file_layer& l, const numbers_by_name& numbers) const {
        told_call c;
        if (v.is(json::object)) {
            const json &args = v["args"], &kwargs = v["kwargs"];
            for (std::size_t i = 0; i < args.items.size(); ++i) add_argument(args.items[i], i, c, l, numbers);
            add_all_named(kwargs, c, l, numbers);
        } else {
            if (!v.is(json::list)) l.at.refuse("a call that is no list");
            const auto take = [&](const json& each) {
                c.takes.push_back(history_of(each, l, numbers));
                if (each.items.size() > 3) add_all_named(each.items[3], c, l, numbers);
            };
            if (is_history(v)) take(v);
            else std::for_each(v.items.begin(), v.items.end(), take);
        }
        return c;
    }
    static bool is_value(const json& v) { return v["class_name"].is_text("__keras_tensor__"); }
    static void add_values(const json& v, std::vector<history>& to, const file_layer& l,
                           const numbers_by_name& numbers) {
        if (is_value(v)) to.push_back(history_of(v["config"]["keras_history"], l, numbers));
        else if (is_history(v)) to.push_back(history_of(v, l, numbers));
        else if (v.is(json::list) || v.is(json::object))
            for (const json& each : v.items) add_values(each, to, l, numbers);
    }
    static void add_argument(const json& v, std::size_t i, told_call& c, const file_layer& l,
                             const numbers_by_name& numbers) {
        const std::size_t before = c.takes.size();
        add_values(v, c.takes, l, numbers);
        if (c.takes.size() > before || v.is(json::null)) return;
        if (l.is_layer) l.at.refuse("called with what is no value of the model");
        c.said.emplace(std::to_string(i), &v);
    }
    static void add_all_named(const json& v, told_call& c, const file_layer& l, const numbers_by_name& numbers) {
        if (!v.is(json::object) && !v.is(json::null)) l.at.refuse("a call whose names are no object");
        for (std::size_t i = 0; i < v.items.size(); ++i) add_named(v.names[i], v.items[i], c, l, numbers);
    }
    static void add_named(const std::string& name, const json& v, told_call& c, const file_layer& l,
                          const numbers_by_name& numbers) {
        static constexpr std::string_view known[]{
            "mask",  "query_mask", "value_mask", "key_mask",       "initial_state",   "query",
            "value", "key",        "training",   "attention_mask", "use_causal_mask", "return_attention_scores"};
        std::vector<history> values;
        add_values(v, values, l, numbers);
        const bool says_nothing = v.is(json::null) || (v.is(json::boolean) && !v.truth);
        if (says_nothing) return;
        if (name == "training") return;  // Keras' predict says another
        if (std::find(std::begin(known), std::end(known), name) == std::end(known))
            l.at.refuse("called with '" + name + '\'');
        if (!values.empty() &&
            std::any_of(v.items.begin(), v.items.end(), [](const json& i) { return i.is(json::null); }) &&
            v.is(json::list))
            l.at.refuse("a list of '" + name + "' that has gaps");
        if (values.empty()) c.said.emplace(name, &v);
        else c.named.emplace(name, std::move(values));
    }

    reading& reading_;
};

}  // namespace telar::inline TELAR_ABI::nn::keras
