// SPDX-License-Identifier: BSL-1.0
// What a model consists of while it is traced: its parameters, its layers, what they add to the loss.
//
// A model is an aggregate of layers, a plain constexpr description. A trace makes one of its own, and tells each
// parameter in it where it stands (bind.hpp). The first trace of a model writes a list of what is asked for; all others
// read the table that was made of it.
#pragma once
#include <telar/nn/constraint.hpp>
#include <telar/nn/initializer.hpp>
#include <telar/nn/regularizer.hpp>
#include <telar/telar.hpp>

#include <string_view>

namespace telar::inline TELAR_ABI::nn {

/// What a parameter is: where its path begins among the model's texts, its type, how it begins, what it adds to the
/// loss, what it may become.
struct parameter_info {
    std::int32_t path = 0;
    std::int32_t leaf = -1;  // its number among the model's values; -1: nobody asked for it
    expr::value_type type{};
    initializer begins{};
    std::int32_t trainable = 0;
    std::int32_t layer = -1;  // whose it is
    nn::regularizer regularizer{};
    nn::constraint constraint{};
};
/// A call of a layer, for summary: its path, its kind, the shape and the node of what it gave.
struct layer_info {
    std::int32_t path = 0, kind = 0;
    shape gives{};
    std::int32_t node = -1;
};
/// A node that a call of a layer takes, in the order of its operands; a node of the model's inputs, or its outputs.
struct layer_edge {
    static constexpr std::int32_t input = -2, output = -1;  // in place of the call
    static constexpr std::int32_t unnamed = -1;             // in place of the node: what no file of Keras' says
    std::int32_t call = 0, node = 0;
};

/// An operation between layers, for Keras' files: a node of one or two operands.
struct operation_info {
    std::int32_t node = 0, operands[2]{-1, -1};
    op kind = op::add;
    shape gives{};
};

/// A parameter begins at a multiple of so many bytes of its model's memory.
inline constexpr std::size_t parameter_alignment = core::alignment;

struct parameter;
/// What a layer gets instead of the value of one of its parameters, while a wrapper calls it.
class parameter_filter {
public:
    constexpr explicit parameter_filter(const parameter& of);
    parameter_filter(const parameter_filter&) = delete;
    parameter_filter& operator=(const parameter_filter&) = delete;
    constexpr virtual symbol filtered(symbol value) const = 0;
    class used;

protected:
    constexpr ~parameter_filter() = default;

private:
    friend struct bound_model;
    int slot_, layer_;
};

/// A model in a trace.
struct bound_model {
    ir::graph* g = nullptr;
    core::growable<parameter_info> parameters;  // by slot: in the order of the members
    core::growable<int> sites;                  // of layers, in the same order: their paths
    core::growable<layer_info> layers;          // calls
    core::growable<layer_edge> edges;           // between them
    core::growable<char> texts;                 // each with a zero behind it
    core::growable<symbol> penalties;           // that the step adds to the loss
    int first = 0;                              // node of the model's first value
    int first_leaf = 0;                         // its number, while the list is written
    int values = 0;                             // how many it has
    int random = -1;                            // slot of the random state
    dtype type = dtype::float32;                // of parameters that ask for no other
    bool describes = false;                     // writes the list, rather than reads it
    bool draws = false;
    bool (*is_frozen)(std::string_view path) = nullptr;  // of views with parts that are not trained
    int open_layer = -1;
    const parameter_filter* filter = nullptr;

    // ------------------------------------------------------------ the walk through its members
    char path[160]{};
    int path_size = 0, next_slot = 0, next_site = 0;
    int next_family = 0;  // of repeated layers

    /// A member: its name joins the path until `leave`.
    constexpr int enter(std::string_view name) {
        const int before = path_size;
        if (!describes) return before;
        if (before > 0) append('.');
        for (const char c : name) append(c);
        return before;
    }
    constexpr int enter(int number) {
        char digits[12]{};
        int at = 12;
        do digits[--at] = static_cast<char>('0' + number % 10);
        while ((number /= 10) > 0);
        return enter(std::string_view(digits + at, static_cast<std::size_t>(12 - at)));
    }
    constexpr void leave(int before) { path_size = before; }
    constexpr int add_slot() {
        if (describes) parameters.push({add_text({path, static_cast<std::size_t>(path_size)})});
        return next_slot++;
    }
    constexpr int add_site() {
        if (describes) sites.push(add_text({path, static_cast<std::size_t>(path_size)}));
        return sites[next_site++];
    }

    // ------------------------------------------------------------ what layers ask for
    constexpr std::string_view text(int from) const { return texts.data() + from; }
    constexpr int add_text(std::string_view s) {
        const int from = texts.size();
        texts.append(s.data(), static_cast<int>(s.size()));
        texts.push('\0');
        return from;
    }
    /// The value of a parameter, as a layer gets it.
    constexpr symbol value(int slot, const expr::value_type& wanted, const initializer& begins, bool trainable,
                           const regularizer& costs = {}, const constraint& allowed = {}) {
        const symbol own = own_value(slot, wanted, begins, trainable, costs, allowed);
        if (!filter || filter->slot_ != slot || g->error.what != ir::mistake_kind::none) return own;
        const int inner = open_layer;
        open_layer = filter->layer_;
        const symbol filtered = filter->filtered(own);
        open_layer = inner;
        return filtered;
    }
    /// The state from which layers draw random numbers.
    constexpr symbol random_state() {
        draws = true;
        return value(random, {dtype::int64, 0, shape(2)}, zeros, false);
    }
    /// Behind the last layer: what regularizers add to the loss, once for each parameter that is trained.
    constexpr void add_regularization() {
        for (const parameter_info& p : parameters) {
            if (p.leaf < 0 || !p.trainable || p.regularizer.kind == regularizer::none) continue;
            if (is_frozen && is_frozen(text(p.path))) continue;
            const symbol own{g, first + p.leaf};
            penalties.push(p.regularizer(ir::emit::in_place_of(next_value(own), own)));
        }
    }
    /// Behind the last layer: the random state moves on, in training.
    constexpr void finish() {
        if (!draws || describes || !g->regions.is_training()) return;
        const symbol state = random_state();
        constexpr std::int64_t blocks_of_a_run = std::int64_t{1} << 32;  // as of a random_state
        const symbol blocks = ir::emit::whole_constant(*g, dtype::int64, blocks_of_a_run);
        const symbol is_position = ir::emit::iota(*g, 2, dtype::int64);
        assign(state, state + is_position * blocks);
    }

private:
    constexpr symbol own_value(int slot, const expr::value_type& wanted, const initializer& begins, bool trainable,
                               const regularizer& costs, const constraint& allowed) {
        parameter_info& p = parameters[slot];
        for (int k = 0; k < wanted.extents.rank; ++k)
            if (wanted.extents[k] == 0) return refuse_units(wanted.extents);
        if (p.leaf < 0 && !describes) {
            g->fail({ir::mistake_kind::parameter_shape, op::leaf, {}, {}, 0, {}, wanted.extents, 0});
            return {g, first};
        }
        if (p.leaf < 0) {
            for (int k = 0; k < wanted.extents.rank; ++k)
                if (!ir::is_number(g->dims.resolve(wanted.extents[k])))
                    g->fail({ir::mistake_kind::parameter_shape, op::leaf, {}, {}, 0, {}, wanted.extents, 0});
            p.leaf = values++;
            p.type = wanted;
            p.begins = begins;
            p.trainable = trainable;
            p.layer = open_layer;
            p.regularizer = costs;
            p.constraint = allowed;
            const symbol s = declare(p);
            if (p.leaf == 0) first = s.id;
            return s;
        }
        if (!(p.type.extents == wanted.extents))
            g->fail({ir::mistake_kind::parameter_shape, op::leaf, {}, {}, 0, p.type.extents, wanted.extents, 0});
        return describes ? declare(p) : symbol{g, first + p.leaf};
    }
    /// A number of the right rank, so that the trace goes on.
    constexpr symbol refuse_units(const shape& wanted) {
        g->fail({ir::mistake_kind::layer_without_units, op::leaf, {}, {}, 0, {}, wanted, 0});
        shape extents;
        for (int k = 0; k < wanted.rank; ++k) extents.append(wanted[k] == 0 ? 1 : wanted[k]);
        return ir::emit::broadcast_to(ir::emit::constant(*g, type, 1), extents);
    }
    constexpr symbol declare(const parameter_info& p) { return expr::declare_leaf(*g, first_leaf + p.leaf, p.type); }
    constexpr void append(char c) {
        if (path_size < static_cast<int>(sizeof(path))) path[path_size++] = c;
    }
};

/// A parameter of a layer: kernel(x, shape(in, units), nn::glorot_uniform) is its value while the model is traced. A
/// layer of your own has its parameters as members, as telar's have.
///
/// errors    E251 parameter_shape: one call asks for another shape than the calls before, or for one that is not known;
///           E252 parameter_without_model; E255 layer_without_units: an extent is 0
struct parameter {
    bound_model* owner = nullptr;
    int slot = -1;

    /// x: a value of the trace.
    constexpr symbol operator()(symbol x, const shape& extents, const initializer& begins = glorot_uniform,
                                bool trainable = true) const {
        if (!owner) return refuse(x);
        return owner->value(slot, {owner->type, 0, extents}, begins, trainable);
    }
    /// The same of one that is trained, with what it adds to the loss and what it may become.
    constexpr symbol operator()(symbol x, const shape& extents, const initializer& begins, const regularizer& costs,
                                const constraint& allowed) const {
        if (!owner) return refuse(x);
        return owner->value(slot, {owner->type, 0, extents}, begins, true, costs, allowed);
    }
    constexpr symbol of_type(symbol x, dtype type, const shape& extents, const initializer& begins,
                             bool trainable) const {
        if (!owner) return refuse(x);
        return owner->value(slot, {type, 0, extents}, begins, trainable);
    }

private:
    static constexpr symbol refuse(symbol x) {
        x.g->fail({ir::mistake_kind::parameter_without_model, op::leaf, {}, {}, 0, x.extents(), {}, 0});
        return x;
    }
};

constexpr parameter_filter::parameter_filter(const parameter& of)
    : slot_(of.slot), layer_(of.owner ? of.owner->open_layer : -1) {}
/// While it lives, the layers of a model get a parameter through a filter.
class parameter_filter::used {
public:
    constexpr used(const parameter& of, const parameter_filter& filter) : model_(of.owner) {
        if (!model_) return;
        before_ = model_->filter;
        model_->filter = &filter;
    }
    used(const used&) = delete;
    used& operator=(const used&) = delete;
    constexpr ~used() {
        if (model_) model_->filter = before_;
    }

private:
    bound_model* model_;
    const parameter_filter* before_ = nullptr;
};

/// Where a layer stands in its model, for the names of regions and for random numbers. A member of every layer.
struct site {
    bound_model* owner = nullptr;
    int path = -1;

    constexpr symbol random_state() const { return owner->random_state(); }
    /// True if the layer is part of what is not trained, nn::frozen<"part">(net).
    constexpr bool is_frozen() const { return owner && owner->is_frozen && owner->is_frozen(owner->text(path)); }
    /// A term of the loss, of steps and of evaluate.
    constexpr void add_loss(symbol term) const {
        if (owner) owner->penalties.push(term);
    }
};

/// A call of a layer while it is traced: what is added belongs to its region, and summary tells of it.
class layer_call {
public:
    constexpr layer_call(const site& at, symbol x, std::string_view kind)
        : owner_(at.owner),
          kind_(kind),
          path_(at.path),
          outer_(at.owner ? at.owner->open_layer : -1),
          region_(*x.g, at.owner ? last_part(at) : kind, kind) {
        if (!owner_ || !owner_->describes) return;
        owner_->open_layer = owner_->layers.push({path_, owner_->add_text(kind), {}});
        takes(x);
    }
    layer_call(const layer_call&) = delete;
    layer_call& operator=(const layer_call&) = delete;
    constexpr ~layer_call() {
        if (owner_) owner_->open_layer = outer_;
    }
    /// Another operand.
    constexpr void takes(symbol x) const { takes_node(x.id); }
    /// Something that a layer of Keras' is told by its name when it is called, such as a mask or an initial state.
    constexpr void takes_unnamed() const { takes_node(layer_edge::unnamed); }
    constexpr symbol gives(symbol y) const {
        if (!owner_ || !owner_->describes) return y;
        layer_info& own = owner_->layers[owner_->open_layer];
        own.gives = y.extents();
        own.node = y.id;
        return y;
    }
    /// The same of a layer whose output adds to the loss.
    constexpr symbol gives(symbol y, const regularizer& activity) const {
        adds_to_loss(y, activity);
        return gives(y);
    }
    /// What y (N,...) costs, by the number of samples.
    constexpr void adds_to_loss(symbol y, const regularizer& activity) const {
        if (!owner_ || activity.kind == regularizer::none) return;
        const symbol samples = ir::emit::extent(*y.g, y.extents()[0], y.type());
        owner_->penalties.push(divide_no_nan(activity(y), samples));
    }

private:
    /// Regions join names by themselves: of "encoder.up", called in the region "encoder", it is "up".
    static constexpr std::string_view last_part(const site& at) {
        const std::string_view path = at.owner->text(at.path);
        const ir::region_list& regions = at.owner->g->regions;
        const std::string_view outer = regions.all.empty() ? "" : regions.text(regions.all[regions.now].path);
        const bool is_inside = !outer.empty() && path.size() > outer.size() && path.substr(0, outer.size()) == outer;
        return is_inside ? path.substr(outer.size() + 1) : path;
    }
    constexpr void takes_node(int node) const {
        if (owner_ && owner_->describes) owner_->edges.push({owner_->open_layer, node});
    }
    bound_model* owner_;
    std::string_view kind_;
    int path_, outer_;
    ir::open_region region_;
};

}  // namespace telar::inline TELAR_ABI::nn
