// SPDX-License-Identifier: BSL-1.0
// A model whose graph is made at run time, by a file's reader for example. telar's own passes compile it when it is
// first run; its kernels are interpreted.
#pragma once
#include <telar/graph/dot.hpp>
#include <telar/graph/print.hpp>
#include <telar/passes/sink_transposes.hpp>
#include <telar/passes/split_off_weights.hpp>
#include <telar/run/any_tensor.hpp>
#include <telar/run/explain.hpp>
#include <telar/run/late_schedule.hpp>
#include <telar/run/mistake_text.hpp>
#include <telar/run/model_port.hpp>
#include <telar/run/target/any_graph.hpp>
#include <telar/run/workspace.hpp>

#include <atomic>
#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI {

/// What an input of a graph_model can be.
template <class X>
concept ModelInput = Tensor<X> || std::same_as<X, any_tensor>;

namespace runtime {

struct model_weight {
    std::string name;
    any_tensor value;
};
/// What the reader of a file hands over. The graph's leaves are the inputs, then the weights; its roots the outputs.
struct model_source {
    std::string path;  // for messages
    graph traced;
    std::vector<model_port> inputs, outputs;
    std::vector<model_weight> weights;
    bool has_channels_first = false;  // its convolutions stand between transposes
};

/// The number of what has this name.
///
/// errors    invalid_argument, with the names that there are
template <class Named>
std::size_t number_of(const std::vector<Named>& all, std::string_view name, const std::string& path,
                      std::string_view what) {
    std::string names;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].name == name) return i;
        if (i < 20) names += (i ? ", \"" : "\"") + all[i].name + '"';
    }
    fail<invalid_argument>(path + ": no " + std::string(what) + " \"" + std::string(name) + "\"; there are " + names);
}
/// The feeds in the order of the inputs, each of which has one.
///
/// errors    missing_feed, duplicate_name, invalid_argument; wrong_type, wrong_shape
std::vector<const model_feed*> in_order(const std::vector<model_port>& inputs, std::span<const model_feed> feeds,
                                        const std::string& path);
/// errors    wrong_type, wrong_shape, with both
void require_fit(const model_port& input, const model_feed& given, const std::string& path);

/// A model in memory: graph, weights, schedule, and the workspaces of its runs. Copies of a graph_model share it.
class loaded_model {
public:
    explicit loaded_model(model_source source);
    loaded_model(const loaded_model&) = delete;
    loaded_model& operator=(const loaded_model&) = delete;

    const model_source& source() const { return source_; }
    void set_weight(std::size_t i, any_tensor value);
    /// Compiled by the first call. A failure is reported to its caller, and the next call tries again.
    const program_tables& tables();
    std::vector<std::string_view> leaf_names() const;
    std::vector<any_tensor> run(std::span<const model_feed* const> inputs);
    graph graph_after(int passes) const;
    std::vector<leaf_value> values_of_weights() const;
    void weights_have_changed() { is_stale_ = true; }
    /// The graph, without the transposes between its convolutions.
    graph in_best_layout(graph g) const;

private:
    void compile();
    void prepare_weights();
    std::unique_ptr<workspace> take_workspace();
    void give_back(std::unique_ptr<workspace> w);

    model_source source_;
    std::vector<leaf_info> leaves_;  // inputs, weights, what is prepared of them
    std::once_flag is_compiled_;
    std::unique_ptr<const late_schedule> schedule_, preparation_;
    std::vector<any_tensor> prepared_;   // by the preparation, once
    std::atomic<bool> is_stale_{false};  // since weights have changed
    std::mutex mutex_;
    std::vector<std::unique_ptr<workspace>> idle_;  // of runs that have ended
};

#if TELAR_HAS_BODIES
TELAR_ONCE loaded_model::loaded_model(model_source source) : source_(std::move(source)) {
    for (const model_port& p : source_.inputs) leaves_.push_back(leaf_info(p.name, {p.type, 0, p.extents}));
    for (const model_weight& w : source_.weights)
        leaves_.push_back(leaf_info(w.name, {w.value.type(), 0, w.value.extents()}));
}
TELAR_ONCE std::vector<std::string_view> loaded_model::leaf_names() const {
    std::vector<std::string_view> names;
    for (const leaf_info& l : leaves_) names.push_back(l.name);
    return names;
}
TELAR_ONCE graph loaded_model::graph_after(int passes) const {
    if (passes == 0) return source_.traced;
    graph g = in_best_layout(source_.traced);
    for (int i = 0; i < passes; ++i) g = optimisations[i](g);
    return g;
}
TELAR_ONCE graph loaded_model::in_best_layout(graph g) const {
    if (!source_.has_channels_first || !g.blocks.empty()) return g;
    graph better = sink_transposes(g);
    better.regions.all = g.regions.all;
    better.regions.texts = g.regions.texts;
    return better;
}
TELAR_ONCE const program_tables& loaded_model::tables() {
    std::call_once(is_compiled_, [&] { compile(); });
    return schedule_->tables();
}
TELAR_ONCE void loaded_model::compile() {
    const std::size_t leaf_count = source_.inputs.size() + source_.weights.size();
    leaves_.resize(leaf_count);  // a compilation that failed may have left more
    const auto scheduled = [&](std::vector<late_source> graphs) {
        return std::make_unique<const late_schedule>(std::move(graphs), leaves_.data(),
                                                     static_cast<int>(leaves_.size()), chosen::any_kernels);
    };
    std::vector<late_source> graphs = sources_of(in_best_layout(source_.traced));
    if (graphs.size() == 1) {
        const region_list regions = graphs[0].traced.regions;
        const graph best = optimise(std::move(graphs[0].traced));
        split_graph split =
            split_off_weights(best, static_cast<int>(source_.inputs.size()), static_cast<int>(leaf_count));
        leaves_.reserve(leaf_count + static_cast<std::size_t>(split.nodes.size()));  // both schedules point there
        preparation_ = split.nodes.empty() ? nullptr : scheduled(sources_of(std::move(split.of_weights)));
        for (const int i : split.nodes) leaves_.push_back(leaf_info("prepared", {best[i].type, 0, best[i].extents}));
        graphs[0].traced = std::move(split.rest);
        graphs[0].traced.regions.all = regions.all;
        graphs[0].traced.regions.texts = regions.texts;
        if (preparation_) prepare_weights();
    }
    schedule_ = scheduled(std::move(graphs));
}
TELAR_ONCE void loaded_model::prepare_weights() {
    const program_tables& p = preparation_->tables();
    std::vector<leaf_value> values(source_.inputs.size());
    for (leaf_value& input : values) {  // none is read
        static constexpr shape none(0);
        input = {nullptr, &none, true};
    }
    for (const leaf_value& v : values_of_weights()) values.push_back(v);
    workspace w;
    w.bind(p, values.data());
    prepared_.clear();
    std::vector<void*> memory;
    for (std::size_t i = source_.inputs.size() + source_.weights.size(); i < leaves_.size(); ++i)
        memory.push_back(prepared_.emplace_back(leaves_[i].type.type, leaves_[i].type.extents).bytes().data());
    if (!memory.empty()) w.run(p, values.data(), memory.data());
}
TELAR_ONCE void loaded_model::set_weight(std::size_t i, any_tensor value) {
    any_tensor& old = source_.weights[i].value;
    const auto text = [](const any_tensor& t) { return std::string(name_of(t.type())) + ' ' + to_string(t.extents()); };
    const std::string both =
        source_.path + ": weight \"" + source_.weights[i].name + "\": expected " + text(old) + ", got " + text(value);
    if (old.type() != value.type()) fail<wrong_type>(both);
    if (old.extents() != value.extents()) fail<wrong_shape>(both);
    old = std::move(value);
    weights_have_changed();
}
TELAR_ONCE std::vector<leaf_value> loaded_model::values_of_weights() const {
    std::vector<leaf_value> values;
    for (const model_weight& w : source_.weights) values.push_back({w.value.bytes().data(), &w.value.extents(), true});
    return values;
}
TELAR_ONCE std::unique_ptr<workspace> loaded_model::take_workspace() {
    const std::scoped_lock lock(mutex_);
    if (idle_.empty()) return std::make_unique<workspace>();
    std::unique_ptr<workspace> w = std::move(idle_.back());
    idle_.pop_back();
    return w;
}
TELAR_ONCE void loaded_model::give_back(std::unique_ptr<workspace> w) {
    const std::scoped_lock lock(mutex_);
    idle_.push_back(std::move(w));
}
TELAR_ONCE std::vector<const model_feed*> in_order(const std::vector<model_port>& inputs,
                                                   std::span<const model_feed> feeds, const std::string& path) {
    std::vector<const model_feed*> all(inputs.size(), nullptr);
    for (const model_feed& f : feeds) {
        const model_feed*& place = all[number_of(inputs, f.name, path, "input")];
        if (place) fail<duplicate_name>(path + ": input \"" + std::string(f.name) + "\" is given twice");
        place = &f;
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (!all[i]) fail<missing_feed>(path + ": input \"" + inputs[i].name + "\" has no value");
        require_fit(inputs[i], *all[i], path);
    }
    return all;
}
TELAR_ONCE void require_fit(const model_port& input, const model_feed& given, const std::string& path) {
    const auto text = [&](dtype expected, dtype got) {
        return path + ": input \"" + input.name + "\": expected " + std::string(name_of(expected)) + ' ' +
               to_string(input.extents) + ", got " + std::string(name_of(got)) + ' ' + to_string(given.extents);
    };
    if (given.type != input.type) fail<wrong_type>(text(input.type, given.type));
    bool fits = given.extents.rank == input.extents.rank;
    for (int i = 0; fits && i < input.extents.rank; ++i)
        fits = input.extents[i] == dyn || input.extents[i] == given.extents[i];
    if (!fits) fail<wrong_shape>(text(input.type, given.type));
}
TELAR_ONCE std::vector<any_tensor> loaded_model::run(std::span<const model_feed* const> inputs) {
    std::vector<leaf_value> values;
    for (std::size_t i = 0; i < inputs.size(); ++i) { values.push_back({inputs[i]->data, &inputs[i]->extents, true}); }
    const program_tables& p = tables();
    if (is_stale_) {
        const std::scoped_lock lock(mutex_);
        if (is_stale_ && preparation_) prepare_weights();
        is_stale_ = false;
    }
    for (const leaf_value& v : values_of_weights()) values.push_back(v);
    for (const any_tensor& t : prepared_) values.push_back({t.bytes().data(), &t.extents(), true});
    std::unique_ptr<workspace> w = take_workspace();
    w->bind(p, values.data());
    std::vector<any_tensor> results;
    std::vector<void*> memory;
    for (std::size_t i = 0; i < source_.outputs.size(); ++i) {
        results.emplace_back(source_.outputs[i].type, w->result_extents(p, static_cast<int>(i)));
        memory.push_back(results.back().bytes().data());
    }
    w->run(p, values.data(), memory.data());
    give_back(std::move(w));
    return results;
}
#endif  // TELAR_HAS_BODIES

}  // namespace runtime

/// A model that was read from a file: load_onnx gives one. Its graph is optimised by telar's passes when it is first
/// run, or by prepare(); its kernels are interpreted.
///
///     graph_model m = load_onnx("resnet20.onnx");
///     tensor<float, dyn, 10> logits = m(images);
///     auto out = m.run({{"input", images}});           // by name; out["logits"]
///
/// shapes    an input's unknown extents, such as that of the batch, are read when it runs: one schedule serves them all
/// types     those of the file; a result is an any_tensor, which says its type and rank and is converted with a check
/// errors    wrong_type, wrong_shape: of an input, with both shapes; missing_feed: an input without a value;
///           invalid_argument: no input or output of that name; no_kernel: an operation in a type that no kernel has
/// edge      copies share the weights. Runs in several threads are safe, as long as nobody changes weights meanwhile
/// test      tests/run/graph_model_test.cpp
class graph_model {
public:
    /// What a run gives: the outputs, by name or in their order.
    class outputs_of_run {
    public:
        outputs_of_run(std::shared_ptr<const runtime::loaded_model> of, std::vector<any_tensor> values)
            : of_(std::move(of)), values_(std::move(values)) {}
        std::size_t size() const { return values_.size(); }
        /// errors    index_error
        const any_tensor& operator[](std::size_t i) const {
            if (i >= values_.size()) fail<index_error>(of_->source().path + ": no output " + std::to_string(i));
            return values_[i];
        }
        /// errors    invalid_argument: there is no output of that name
        const any_tensor& operator[](std::string_view name) const {
            return values_[runtime::number_of(of_->source().outputs, name, of_->source().path, "output")];
        }
        auto begin() const { return values_.begin(); }
        auto end() const { return values_.end(); }

    private:
        std::shared_ptr<const runtime::loaded_model> of_;
        std::vector<any_tensor> values_;
    };

    explicit graph_model(runtime::model_source source)
        : loaded_(std::make_shared<runtime::loaded_model>(std::move(source))) {}

    const std::vector<model_port>& inputs() const { return loaded_->source().inputs; }
    const std::vector<model_port>& outputs() const { return loaded_->source().outputs; }
    const std::string& path() const { return loaded_->source().path; }

    /// The output of a model that has one, for its inputs in their order.
    template <ModelInput... X> any_tensor operator()(const X&... x) const {
        static_assert(sizeof...(X) > 0, "a graph_model takes a value for each of its inputs");
        if (inputs().size() != sizeof...(X))
            fail<missing_feed>(path() + ": it has " + std::to_string(inputs().size()) + " inputs, " +
                               std::to_string(sizeof...(X)) + " values are given");
        if (outputs().size() != 1)
            fail<invalid_argument>(path() + ": it has " + std::to_string(outputs().size()) +
                                   " outputs: use run({{\"name\", value}})");
        const model_feed feeds[] = {{std::string_view(), x}...};
        const model_feed* in_order[sizeof...(X)];
        for (std::size_t i = 0; i < sizeof...(X); ++i) {
            in_order[i] = &feeds[i];
            runtime::require_fit(inputs()[i], feeds[i], path());
        }
        return std::move(loaded_->run(in_order)[0]);
    }
    /// All outputs, for inputs by name.
    outputs_of_run run(std::span<const model_feed> feeds) const {
        return {loaded_, loaded_->run(runtime::in_order(inputs(), feeds, path()))};
    }
    outputs_of_run run(std::initializer_list<model_feed> feeds) const {
        return run(std::span(feeds.begin(), feeds.size()));
    }
    /// Compiles the graph now, not in the first run.
    void prepare() const { loaded_->tables(); }

    /// The names of its weights, and the weight of a name. One that is set is that of all copies of the model.
    ///
    /// errors    invalid_argument: there is none of that name; wrong_type, wrong_shape
    std::vector<std::string_view> weight_names() const {
        std::vector<std::string_view> names;
        for (const runtime::model_weight& w : loaded_->source().weights) names.push_back(w.name);
        return names;
    }
    const any_tensor& weight(std::string_view name) const {
        return loaded_->source().weights[number_of_weight(name)].value;
    }
    void set_weight(std::string_view name, any_tensor value) {
        loaded_->set_weight(number_of_weight(name), std::move(value));
    }

    /// errors    invalid_argument: there is none of that name
    std::size_t number_of_weight(std::string_view name) const {
        return runtime::number_of(loaded_->source().weights, name, path(), "weight");
    }
    /// The model as its copies share it.
    const std::shared_ptr<runtime::loaded_model>& loaded() const { return loaded_; }

    /// The graph as text, one line for each node; for Graphviz; and what the compiler made of it (see explain.hpp).
    friend std::string show_graph(const graph_model& m, stage s = stage::optimised) {
        return to_string(m.graph_at(s), m.loaded_->leaf_names());
    }
    friend std::string dot_graph(const graph_model& m, stage s = stage::optimised) {
        return to_dot(m.graph_at(s), m.loaded_->leaf_names());
    }
    friend explanation explain(const graph_model& m, extent_t batch = 1) {
        return runtime::explaining::of(
            m.loaded_->tables(), [&](int passes) { return m.loaded_->graph_after(passes); },
            runtime::costs::all_are{batch});
    }
    friend std::string summary(const graph_model& m) { return m.summary_text(); }
    friend std::ostream& operator<<(std::ostream& out, const graph_model& m) { return out << m.summary_text(); }

private:
    ir::graph graph_at(stage s) const {
        return loaded_->graph_after(s == stage::traced ? 0 : ir::passes::optimisation_count);
    }
    std::string summary_text() const;

    std::shared_ptr<runtime::loaded_model> loaded_;
};

#if TELAR_HAS_BODIES
TELAR_ONCE std::string graph_model::summary_text() const {
    using enum core::text_table::align;
    core::text_table table({{"", left}, {"name", left}, {"type", left}, {"shape", left}});
    const auto add = [&](std::string_view what, const std::string& name, dtype type, const shape& extents) {
        table.add({std::string(what), name, std::string(name_of(type)), to_string(extents)});
    };
    for (const model_port& p : inputs()) add("input", p.name, p.type, p.extents);
    for (const model_port& p : outputs()) add("output", p.name, p.type, p.extents);
    extent_t numbers = 0, bytes = 0;
    for (const runtime::model_weight& w : loaded_->source().weights) {
        numbers += static_cast<extent_t>(w.value.size());
        bytes += static_cast<extent_t>(w.value.bytes().size());
    }
    return path() + '\n' + table.text() + "weights: " + std::to_string(loaded_->source().weights.size()) + ", " +
           core::grouped_text(numbers) + " numbers (" + core::grouped_text(bytes) + " bytes)\n" +
           "nodes: " + std::to_string(graph_at(stage::traced).size()) + " as read, " +
           std::to_string(graph_at(stage::optimised).size()) + " optimised\n";
}
#endif  // TELAR_HAS_BODIES

}  // namespace telar::inline TELAR_ABI
