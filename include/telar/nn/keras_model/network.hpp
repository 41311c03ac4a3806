// SPDX-License-Identifier: BSL-1.0
// A model as Keras' config.json tells it: its layers, what each call of them takes, and their trace.
#pragma once
#include <telar/nn/keras_model/layer_table.hpp>
#include <telar/nn/keras_model/operation_table.hpp>
#include <telar/run/mistake_text.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::nn::keras {

/// What holds for a whole file while it is read.
struct reading {
    std::string file;
    bool is_keras_2 = false;
    int calls_left = 1 << 16;  // of layers, for models in models may call each other over and over
};

/// A value between layers: an output of a call of a layer.
struct history {
    int layer = 0, call = 0, output = 0;
    friend bool operator==(const history&, const history&) = default;
};
struct told_call {
    std::vector<history> takes;
    std::map<std::string, std::vector<history>, std::less<>> named;
    std::map<std::string, const json*, std::less<>> said;
};

class network;
/// The shape of a value, without what a run decides.
inline shape known_shape(symbol x) {
    shape s = x.extents();
    for (int i = 0; i < s.rank; ++i)
        if (!ir::is_number(s[i] = x.g->dims.resolve(s[i]))) s[i] = dyn;
    return s;
}
/// A layer of the file.
struct file_layer {
    layer_place at;
    std::string kind;                      // telar's; "" of inputs, operations, models
    std::unique_ptr<any_layer> running{};  // none: an input
    std::vector<told_call> calls{};        // of one in a model
    dtype type = dtype::float32;           // of its parameters; of an input its own
    shape extents{};                       // of an input
    bool is_layer = true;                  // else an operation, of which files of weights know nothing
    bool is_trainable = true;
    int least_operands = 1, most_operands = 1, least_rank = 0, most_rank = max_rank;
    std::vector<std::unique_ptr<file_layer>> inner{};     // of a model its layers, of a wrapper its layer
    network* model = nullptr;                             // it is one
    std::map<std::string, std::string> names_of_parts{};  // of both directions: their paths in Keras

    // ------------------------------------------------------------ when it is bound
    int first_slot = 0, end_slot = 0, prefix = 0;

    bool is_input() const { return running == nullptr; }
    void require_operands(const call_arguments& a) const {
        const int count = static_cast<int>(a.takes.size());
        if (model) return;  // which has its own number of inputs
        if (count < least_operands || count > most_operands)
            at.refuse("called with " + std::to_string(count) + " values");
        for (const symbol& x : a.takes)
            if (x.rank() < least_rank || x.rank() > most_rank)
                at.refuse("an input of shape " + to_string(known_shape(x)));
    }
    void bind(bound_model& to) {
        constexpr int longest_path = 96;  // of those in a graph, that only messages and profiles show
        const int before = to.path_size;
        if (to.path_size + static_cast<int>(at.name.size()) < longest_path) to.enter(at.name);
        prefix = to.path_size;
        first_slot = to.next_slot;
        running->bind(to);
        end_slot = to.next_slot;
        to.leave(before);
    }
};

/// A model of layers, also as a layer of another.
class network final : public any_layer {
public:
    std::vector<history> inputs, outputs;
    std::vector<std::string> output_names;

    network(file_layer& self, reading& r) : self_(self), reading_(r) {}
    const std::vector<std::unique_ptr<file_layer>>& layers() const { return self_.inner; }
    const file_layer& layer(int i) const { return *self_.inner[static_cast<std::size_t>(i)]; }

    void bind(bound_model& to) override {
        owner_ = &to;
        for (const auto& l : layers())
            if (!l->is_input()) l->bind(to);
    }
    std::vector<symbol> call(const call_arguments& a) const override {
        if (a.takes.size() != inputs.size())
            self_.at.refuse("called with " + std::to_string(a.takes.size()) + " values, where it has " +
                            std::to_string(inputs.size()) + " inputs");
        std::vector<std::vector<std::vector<symbol>>> given(layers().size());  // by layer, call, output
        for (std::size_t i = 0; i < given.size(); ++i) given[i].resize(layers()[i]->calls.size());
        for (std::size_t i = 0; i < inputs.size(); ++i)
            given[static_cast<std::size_t>(inputs[i].layer)] = {{a.takes[i]}};
        std::vector<symbol> results;
        compute_all(given);
        for (const history& h : outputs) results.push_back(value(given, h));
        return results;
    }

private:
    using values = std::vector<std::vector<std::vector<symbol>>>;

    static bool is_given(const values& given, const history& h) {
        const auto& calls = given[static_cast<std::size_t>(h.layer)];
        return static_cast<std::size_t>(h.call) < calls.size() && !calls[static_cast<std::size_t>(h.call)].empty();
    }
    symbol value(const values& given, const history& h) const {
        if (!is_given(given, h)) layer(h.layer).at.refuse("a call that the model's inputs do not reach");
        const auto& all = given[static_cast<std::size_t>(h.layer)][static_cast<std::size_t>(h.call)];
        if (static_cast<std::size_t>(h.output) >= all.size())
            layer(h.layer).at.refuse("it has no output " + std::to_string(h.output));
        return all[static_cast<std::size_t>(h.output)];
    }
    /// A layer that is called twice may take in its second call what stands behind it in the list.
    void compute_all(values& given) const {
        bool is_ready = false;
        while (!is_ready) {
            bool has_moved = false;
            is_ready = true;
            for (std::size_t i = 0; i < layers().size(); ++i)
                for (std::size_t k = 0; k < layers()[i]->calls.size(); ++k) {
                    if (layers()[i]->is_input() || !given[i][k].empty()) continue;
                    if (can_compute(given, layers()[i]->calls[k])) {
                        given[i][k] = called(given, *layers()[i], layers()[i]->calls[k]);
                        has_moved = true;
                    } else {
                        is_ready = false;
                    }
                }
            if (!has_moved) return;
        }
    }
    static bool can_compute(const values& given, const told_call& c) {
        const auto has = [&](const history& h) { return is_given(given, h); };
        bool all = std::all_of(c.takes.begin(), c.takes.end(), has);
        for (const auto& [name, from] : c.named) all = all && std::all_of(from.begin(), from.end(), has);
        return all;
    }
    std::vector<symbol> called(const values& given, const file_layer& l, const told_call& c) const {
        if (--reading_.calls_left < 0) l.at.refuse("a model of so many calls");
        call_arguments a;
        for (const history& h : c.takes) a.takes.push_back(fitted(value(given, h), l));
        for (const auto& [name, from] : c.named)
            for (const history& h : from) a.named[name].push_back(fitted(value(given, h), l));
        a.said = c.said;
        l.require_operands(a);
        require_masks_fit(a, l);
        owner_->type = l.type;
        std::vector<symbol> y = l.running->call(a);
        ir::graph& g = *owner_->g;
        if (g.error.what != ir::mistake_kind::none) l.at.refuse(runtime::mistake_text(g.error));
        constexpr int most_nodes = 1 << 22;
        if (g.size() > most_nodes) l.at.refuse("a model of so many nodes");
        return y;
    }
    /// Floats become the layer's, as Keras casts them.
    static symbol fitted(symbol x, const file_layer& l) {
        if (l.model || !l.is_layer || !is_float(x.type()) || x.type() == l.type) return x;
        return with_mask_of(x, ir::emit::cast(x, l.type));
    }
    /// A mask has axes of its value, all but the last at most.
    static void require_masks_fit(const call_arguments& a, const file_layer& l) {
        for (const auto& [name, masks] : a.named) {
            if (!name.ends_with("mask")) continue;
            for (std::size_t i = 0; i < masks.size(); ++i) {
                bool fits = masks[i].type() == dtype::boolean && masks[i].rank() >= 1;
                if (name == "mask" && i < a.takes.size()) {
                    const symbol m = masks[i], x = a.takes[i];
                    fits = fits && m.rank() < x.rank() && m.rank() >= std::min(2, x.rank() - 1);
                    for (int k = 0; fits && k < m.rank(); ++k)
                        fits = m.g->dims.same(shape(m.extents()[k]), shape(x.extents()[k]));
                }
                if (!fits) l.at.refuse("a mask of shape " + to_string(known_shape(masks[i])));
            }
        }
    }

    file_layer& self_;
    reading& reading_;
    bound_model* owner_ = nullptr;
};

}  // namespace telar::inline TELAR_ABI::nn::keras
