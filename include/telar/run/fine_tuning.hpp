// SPDX-License-Identifier: BSL-1.0
// Training of a graph_model: the loss is differentiated when the program runs, and compiled late together with the
// optimiser's updates.
#pragma once
#include <telar/run/graph_model.hpp>
#include <telar/run/optimizers.hpp>
#include <telar/run/step_leaves.hpp>

#include <array>
#include <concepts>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI {

/// A training step of a model that was read from a file: it changes the weights that are named, in the model and in all
/// its copies.
///
///     graph_model m = load_onnx("resnet20.onnx");
///     fine_tuning step(m, {"linear.weight", "linear.bias"}, {"label", dtype::int64, shape(dyn)}, adam{},
///                      [](symbol logits, symbol label) { return mean(sparse_softmax_cross_entropy(logits, label)); });
///     float loss = step.run({{"input", images}, {"label", labels}});
///
/// shapes    the loss is one number
/// types     the weights that are trained are floats
/// errors    invalid_argument: no weight of that name, several outputs, a loss of which there is no gradient; of a run
///           as graph_model
/// edge      normalisations use the means and variances of the file, which are not trained. The step owns what the
///           optimiser remembers; `optimizer` may be changed between steps. No other run may read the weights meanwhile
/// test      tests/run/fine_tuning_test.cpp
template <class Optimizer> class fine_tuning {
    static constexpr auto states = static_cast<std::size_t>(Optimizer::states);
    static constexpr auto hypers = static_cast<std::size_t>(Optimizer::hypers);

public:
    Optimizer optimizer;

    template <std::invocable<symbol, symbol> Loss>
    fine_tuning(graph_model& m, const std::vector<std::string>& trained, model_port label, Optimizer o,
                const Loss& loss)
        : optimizer(std::move(o)), model_(m.loaded()), fed_(m.inputs()) {
        const runtime::model_source& source = model_->source();
        if (source.outputs.size() != 1) fail<invalid_argument>(source.path + ": a model of one output is trained");
        expr::trace t;
        t.g = ir::graph(source.traced);
        const symbol output{&t.g, t.g.roots[0].id, false};
        t.g.roots.clear();
        const auto add_leaf = [&](std::string name, dtype type, const shape& extents) {
            names_.push_back(std::move(name));
            types_.push_back({type, 0, extents});
            return expr::declare_leaf(t.g, static_cast<int>(types_.size()) - 1, types_.back());
        };
        for (const model_port& p : source.inputs) names_.push_back(p.name), types_.push_back({p.type, 0, p.extents});
        std::vector<symbol> values;
        std::vector<std::size_t> numbers;
        for (const std::string& name : trained) numbers.push_back(m.number_of_weight(name));
        for (const runtime::model_weight& w : source.weights) {
            names_.push_back(w.name), types_.push_back({w.value.type(), 0, w.value.extents()});
        }
        for (const std::size_t i : numbers) {
            const std::size_t leaf = source.inputs.size() + i;
            values.push_back(expr::declare_leaf(t.g, static_cast<int>(leaf), types_[leaf]));
        }
        const symbol target = add_leaf(label.name, label.type, label.extents);
        fed_.push_back(std::move(label));

        const int count = static_cast<int>(values.size());
        std::vector<symbol> remembered;  // state 0 of each weight, state 1 of each, ...
        for (int k = 0; k < Optimizer::states; ++k)
            for (std::size_t i = 0; i < values.size(); ++i) {
                const shape s = runtime::optimizers::state_extents<Optimizer>(k, values[i].extents(), trained[i]);
                remembered.push_back(add_leaf(trained[i] + '/' + std::string(Optimizer::name), dtype::float32, s));
                add_own(dtype::float32, s);
            }
        const symbol number = add_leaf("step", dtype::float32, shape());
        add_own(dtype::float32, shape());
        std::array<symbol, hypers> hyper;
        for (symbol& h : hyper) {
            h = add_leaf("hyper", dtype::float32, shape());
            add_own(dtype::float32, shape());
        }
        const symbol loss_now = ir::emit::cast(loss(output, target), dtype::float32);
        std::vector<symbol> gradients(values.size());
        remembered.resize(remembered.size() + 1);
        ir::passes::differentiate(
            runtime::optimizers::scaled_loss<Optimizer>(loss_now, count, remembered.data(), hyper.data()),
            values.data(), count, gradients.data());
        if (t.g.error.what != ir::mistake_kind::none)
            fail<invalid_argument>(source.path + ": " + runtime::mistake_text(t.g.error));
        for (symbol& g : gradients) g = ir::emit::widened(g.plain());
        if constexpr (runtime::optimizers::transforms<Optimizer>)
            Optimizer::transform(gradients.data(), count, remembered.data(), hyper.data());
        runtime::training::push(t, loss_now, {});
        const symbol next = number + 1;
        runtime::training::push(t, next, number);
        for (std::size_t i = 0; i < values.size(); ++i) {
            std::array<symbol, states> own;
            for (std::size_t k = 0; k < states; ++k) own[k] = remembered[k * values.size() + i];
            runtime::training::update<Optimizer>(t, values[i], gradients[i], next, own, hyper, trained[i]);
        }
        compile(std::move(t.g));
    }
    fine_tuning(const fine_tuning&) = delete;
    fine_tuning& operator=(const fine_tuning&) = delete;

    /// One step; returns the loss before it. The label is fed beside the model's inputs.
    float run(std::initializer_list<model_feed> feeds) {
        const auto in_order =
            runtime::in_order(fed_, std::span<const model_feed>(feeds.begin(), feeds.size()), model_->source().path);
        std::vector<runtime::leaf_value> values;
        const std::size_t inputs = fed_.size() - 1;
        for (std::size_t i = 0; i < inputs; ++i) values.push_back({in_order[i]->data, &in_order[i]->extents, true});
        for (const runtime::leaf_value& v : model_->values_of_weights()) values.push_back(v);
        values.push_back({in_order[inputs]->data, &in_order[inputs]->extents, true});
        const auto hyper = runtime::optimizers::values_of(optimizer, static_cast<double>(steps()));
        for (std::size_t k = 0; k < hypers; ++k)
            own_[own_.size() - hypers + k].values<float>()[0] = static_cast<float>(hyper[k]);
        for (const any_tensor& t : own_) values.push_back({t.bytes().data(), &t.extents(), true});

        const runtime::program_tables& p = schedule_->tables();
        workspace_.bind(p, values.data());
        float loss = 0;
        std::vector<void*> results{&loss};
        for (int r = 1; r < p.root_count; ++r)
            results.push_back(const_cast<void*>(values[static_cast<std::size_t>(p.roots[r].target)].data));
        workspace_.run(p, values.data(), results.data());
        model_->weights_have_changed();
        return loss;
    }
    /// How many steps were taken.
    int steps() const { return static_cast<int>(own_[own_.size() - hypers - 1].template values<float>()[0]); }

private:
    void add_own(dtype type, const shape& extents) {
        any_tensor& t = own_.emplace_back(type, extents);
        if (!t.bytes().empty()) std::memset(t.bytes().data(), 0, t.bytes().size());
    }
    void compile(ir::graph g) {
        for (std::size_t i = 0; i < types_.size(); ++i) leaves_.push_back(runtime::leaf_info(names_[i], types_[i]));
        schedule_ = std::make_unique<const runtime::late_schedule>(
            runtime::sources_of(model_->in_best_layout(std::move(g))), leaves_.data(), static_cast<int>(leaves_.size()),
            runtime::chosen::any_kernels);
    }

    std::shared_ptr<runtime::loaded_model> model_;
    std::vector<model_port> fed_;  // the inputs, then the label
    std::vector<std::string> names_;
    std::vector<expr::value_type> types_;  // of the leaves: inputs, weights, label, states, step, hyper-parameters
    std::vector<runtime::leaf_info> leaves_;
    std::vector<any_tensor> own_;  // states, step, hyper-parameters
    std::unique_ptr<const runtime::late_schedule> schedule_;
    workspace workspace_;
};

}  // namespace telar::inline TELAR_ABI
