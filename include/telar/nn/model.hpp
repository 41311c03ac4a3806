// SPDX-License-Identifier: BSL-1.0
// A model: an aggregate of layers, which is a pure description, and the values of its parameters.
#pragma once
#include <telar/nn/bind.hpp>
#include <telar/nn/layers.hpp>

#include <array>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>

namespace telar::inline TELAR_ABI::nn {

// ---------------------------------------------------------------- the table of a model, as a constant
struct model_sizes {
    int parameters = 0, sites = 0, layers = 0, texts = 0, edges = 0, operations = 0;
};
template <model_sizes S> struct frozen_model {
    ir::fixed<parameter_info, S.parameters> parameters;  // by slot
    ir::fixed<int, S.sites> sites;
    ir::fixed<layer_info, S.layers> layers;
    ir::fixed<char, S.texts> texts;
    ir::fixed<layer_edge, S.edges> edges;
    ir::fixed<operation_info, S.operations> operations;
    ir::mistake error;
    std::int32_t values = 0, random = 0;

    constexpr explicit frozen_model(const auto& from) : error(from.error), values(from.values), random(from.random) {
        ir::copy_into(parameters, from.parameters);
        ir::copy_into(sites, from.sites);
        ir::copy_into(layers, from.layers);
        ir::copy_into(texts, from.texts);
        ir::copy_into(edges, from.edges);
        ir::copy_into(operations, from.operations);
    }
    constexpr std::string_view text(int from) const { return text_in(texts, from); }
    /// The text that begins there.
    static constexpr std::string_view text_in(const auto& texts, int from) {
        int end = from;
        while (texts[end] != '\0') ++end;
        return {texts.data() + from, static_cast<std::size_t>(end - from)};
    }
};
struct described_model {
    core::growable<parameter_info> parameters;
    core::growable<int> sites;
    core::growable<layer_info> layers;
    core::growable<char> texts;
    core::growable<layer_edge> edges;
    core::growable<operation_info> operations;
    ir::mistake error;
    std::int32_t values = 0, random = 0;
};
constexpr model_sizes sizes_of(const described_model& m) {
    return {m.parameters.size(), m.sites.size(), m.layers.size(), m.texts.size(), m.edges.size(), m.operations.size()};
}
constexpr bool has_room(const model_sizes& room, const model_sizes& s) {
    return s.parameters <= room.parameters && s.sites <= room.sites && s.layers <= room.layers &&
           s.texts <= room.texts && s.edges <= room.edges && s.operations <= room.operations;
}

/// The element type of a model's parameters: M::parameter_type, or float32.
template <class M> constexpr dtype parameter_type() {
    if constexpr (requires { M::parameter_type; }) return M::parameter_type;
    else return dtype::float32;
}

/// The first trace of a model: it asks every layer for its parameters, as in training.
template <class M, class... Inputs> struct description {
    static constexpr void trace_into(ir::graph& g, bound_model& bound) {
        g.regions.set_training(true);
        bound.g = &g;
        bound.type = parameter_type<M>();
        bound.describes = true;
        bound.first_leaf = static_cast<int>(sizeof...(Inputs));
        M m{};
        bind_model(m, bound);
        int number = 0;
        const symbol x[]{expr::declare_leaf(g, number++, expr::value_type_of<Inputs>())...};
        for (const symbol& s : x) bound.edges.push({layer_edge::input, s.id});
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            const auto output = [&](const symbol& y) { bound.edges.push({layer_edge::output, y.id}); };
            const auto y = m(x[I]...);
            if constexpr (requires { output(y); }) output(y);
            else std::apply([&](const auto&... each) { (output(each), ...); }, y);
        }
        (std::index_sequence_for<Inputs...>{});
    }
    /// The operations between layers that a layer of Keras' can be. Most of what is taken some layer gave just before.
    static constexpr void add_operation(const ir::graph& g, const bound_model& bound, int node,
                                        core::growable<operation_info>& operations) {
        if (node < bound.edges[static_cast<int>(sizeof...(Inputs)) - 1].node + 1) return;  // an input, or unnamed
        for (int i = bound.layers.size() - 1; i >= 0; --i)
            if (bound.layers[i].node == node) return;
        for (const operation_info& o : operations)
            if (o.node == node) return;
        const ir::node& n = g.nodes[node];
        const bool is_activation = n.kind == op::relu || n.kind == op::tanh || n.kind == op::sigmoid ||
                                   n.kind == op::softplus || n.kind == op::exp,
                   is_merge = n.kind == op::add || n.kind == op::sub || n.kind == op::mul || n.kind == op::maximum ||
                              n.kind == op::minimum;
        if (!is_activation && !is_merge) return;
        for (int k = 0; k < 1 + is_merge; ++k)
            if (!(g.nodes[n.in[k]].extents == n.extents)) return;
        operations.push({node, {n.in[0], is_merge ? n.in[1] : -1}, n.kind, n.extents});
        for (int k = 0; k < 1 + is_merge; ++k) add_operation(g, bound, n.in[k], operations);
    }
    static constexpr described_model made() {
        ir::graph g;
        bound_model bound;
        trace_into(g, bound);
        if (bound.values == 0) static_cast<void>(bound.random_state());  // a leaf has a value
        core::growable<operation_info> operations;
        for (int i = 0; i < bound.edges.size(); ++i) add_operation(g, bound, bound.edges[i].node, operations);
        return {bound.parameters, bound.sites, bound.layers, bound.texts, bound.edges,
                operations,       g.error,     bound.values, bound.random};
    }
};
}  // namespace telar::inline TELAR_ABI::nn

namespace telar::inline TELAR_ABI::ir {
template <> struct frozen_form<nn::model_sizes> { template <nn::model_sizes S> using of = nn::frozen_model<S>; };
}  // namespace telar::inline TELAR_ABI::ir

namespace telar::inline TELAR_ABI::nn {

/// The values of a model's parameters: one piece of memory.
struct parameter_memory {
    core::buffer<std::byte> bytes;
};

/// All values of a model as one leaf of an expression.
template <class M, class... Inputs> struct model_leaf {
    using description = nn::description<M, Inputs...>;
    using stage = ir::evaluated<description, model_sizes{64, 64, 64, 2048, 128, 16}>;
    static constexpr const auto& table = stage::value;

    using value = parameter_memory;
    using handle = expr::storage_handle;
    static constexpr bool is_captured = false, is_variable = true, is_trainable = true;
    static constexpr int captures = 0, tree_size = 1;
    static constexpr int width = table.values;
    static constexpr std::string_view name = "model";

    /// Slots of the values, in the order in which they were asked for.
    static constexpr auto slots = [] {
        std::array<int, std::size_t(width)> s{};
        for (int i = 0; i < table.parameters.size(); ++i)
            if (const int leaf = table.parameters[i].leaf; leaf >= 0) s[static_cast<std::size_t>(leaf)] = i;
        return s;
    }();
    static constexpr const parameter_info& info(int k) { return table.parameters[slots[static_cast<std::size_t>(k)]]; }
    /// The texts by themselves: a program that runs needs names, but not the table.
    static constexpr auto texts = table.texts;
    static constexpr std::string_view name_of(int k) { return table.text_in(texts, info(k).path); }

    static constexpr bool is_constrained(int k) { return info(k).constraint.kind != constraint::none; }

    struct facts {
        expr::value_type types[std::size_t(width + 1)]{};
        std::size_t offset[std::size_t(width + 1)]{};
        std::size_t bytes = 0;
        int trained[std::size_t(width + 1)]{};
        int trained_count = 0, length_of_names = 0;
        extent_t flat_count = 0;
    };
    /// What is trained lies together, in front.
    static constexpr facts all = [] {
        facts f;
        const auto place = [&](bool trained) {
            for (int k = 0; k < width; ++k) {
                if ((info(k).trainable != 0) != trained) continue;
                f.types[k] = info(k).type;
                f.offset[k] = f.bytes;
                const std::size_t own = static_cast<std::size_t>(f.types[k].extents.count()) * size_of(f.types[k].type);
                f.bytes += (own + parameter_alignment - 1) / parameter_alignment * parameter_alignment;
                if (!trained) continue;
                f.trained[f.trained_count++] = k;
                f.length_of_names += static_cast<int>(name_of(k).size());
            }
        };
        place(true);
        bool alike = f.trained_count > 0;
        for (int i = 0; i < f.trained_count; ++i)
            alike = alike && f.types[f.trained[i]].type == f.types[f.trained[0]].type && !is_constrained(f.trained[i]);
        if (alike) f.flat_count = static_cast<extent_t>(f.bytes / size_of(f.types[f.trained[0]].type));
        place(false);
        return f;
    }();
    static constexpr const auto& value_types = all.types;
    static constexpr const auto& trained = all.trained;
    static constexpr int trained_count = all.trained_count, length_of_names = all.length_of_names;
    /// How many elements the memory of all trained values has, with what lies between them; 0: they cannot be one
    /// tensor, for their types differ or one of them has a constraint.
    static constexpr extent_t flat_count = all.flat_count;
    static constexpr std::size_t offset_of(int k) { return all.offset[k]; }
    static constexpr expr::value_type type = all.types[trained_count > 0 ? all.trained[0] : 0];
    static constexpr std::size_t bytes = all.bytes;

    /// What a step may make of value k.
    static constexpr symbol allowed_value(symbol v, int k) { return info(k).constraint(v); }
    static void* data_of(expr::stored_value& v, int k) {
        return expr::value_in<parameter_memory>(v).bytes.data() + all.offset[k];
    }
    static constexpr symbol lower(expr::trace& t) { return t.named(expr::identity<model_leaf>); }
};

/// The model as a function of its values and its inputs.
template <class Leaf, class M> struct model_function {
    static constexpr bool is_users = true;
    /// The model, bound to the values that begin at `first`.
    static constexpr bound_model bound_to(symbol first) {
        bound_model b;
        b.g = first.g;
        b.first = first.id;
        b.values = Leaf::width;
        b.type = parameter_type<M>();
        b.parameters = ir::lent(Leaf::table.parameters);
        b.sites = ir::lent(Leaf::table.sites);
        b.texts = ir::lent(Leaf::table.texts);
        b.random = Leaf::table.random;
        if constexpr (requires { Leaf::is_frozen({}); }) b.is_frozen = Leaf::is_frozen;
        return b;
    }
    template <class... X> constexpr auto operator()(symbol first, X... x) const {
        bound_model b = bound_to(first);
        M m{};
        bind_model(m, b);
        const auto y = m(x...);
        b.finish();
        return y;
    }
};

/// The paths of all parameters, for messages.
template <class Leaf, class = std::make_index_sequence<std::size_t(Leaf::width)>> struct paths;
template <class Leaf, std::size_t... K> struct paths<Leaf, std::index_sequence<K...>> {
    template <int Number> static constexpr auto text() {
        return []<std::size_t... I>(std::index_sequence<I...>) {
            return fixed_string<sizeof...(I) + 1>({Leaf::name_of(Number)[I]..., '\0'});
        }
        (std::make_index_sequence<Leaf::name_of(Number).size()>{});
    }
    using type = core::errors::there_are<text<static_cast<int>(K)>()...>;
};

/// How a model, and a view of one, is called: with tensors it computes now, else it is an expression.
template <class Model> struct model_calls {
    template <class... A> auto operator()(const A&... a) const {
        return expr::call<model_function<typename Model::leaf, typename Model::aggregate>>(source_line{},
                                                                                           own().as_leaf(), a...);
    }
    template <Tensor... A> auto operator()(const A&... a) const {
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            const auto y = (*this)(input<"x" + number<I>, A>{}...);
            const auto now = [&](const auto& wanted) { return run(wanted, (input<"x" + number<I>, A>{} = a)...); };
            if constexpr (Lazy<std::remove_const_t<decltype(y)>>) return now(y);
            else return now(std::apply([](const auto&... each) { return fetch(each...); }, y));
        }
        (std::index_sequence_for<A...>{});
    }

private:
    const Model& own() const { return static_cast<const Model&>(*this); }
};

/// One parameter of a model, at run time.
struct parameter_view {
    std::string_view path;
    const shape* extents = nullptr;
    dtype type{};
    bool trainable = false;
    void* data = nullptr;

    std::size_t bytes() const { return static_cast<std::size_t>(extents->count()) * size_of(type); }
};

/// A model of type M for inputs of these types, and the values of its parameters. M is an aggregate of layers with
/// operator()(symbol...):
///
///     struct mlp {
///         nn::dense hidden{128, nn::relu}, out{10};
///         constexpr symbol operator()(symbol x) const { return out(hidden(x)); }
///     };
///     nn::model<mlp, tensor<float, dyn, 784>> net;  // or net(seed)
///     auto y = net(images);                         // tensors in: it predicts now
///     auto later = net(X);                          // an input in: an expression
///
/// edge      a copy has values of its own; assignment writes into what is there, so that steps and expressions made of
///           the model go on with it; a move takes the values along. A layer that is called twice has one set of values
/// errors    E251 parameter_shape; those of the layers, with the member's path in in_region<...>
/// test      tests/nn/model_test.cpp
template <class M, class... Inputs> class model : public model_calls<model<M, Inputs...>> {
    static_assert(sizeof...(Inputs) > 0, "nn::model<M, Input...>: name the types of its inputs");

public:
    using leaf = model_leaf<M, Inputs...>;
    using aggregate = M;
    using inputs = std::tuple<Inputs...>;

    explicit model(std::uint64_t seed = 0) {
        expr::diagnose<described>();
        initialize(seed);
    }

    /// In the caller's memory of memory_bytes, which outlives the model and all that is made of it: nothing is taken
    /// from the heap. All values are 0, to be read from elsewhere, or set by initialize. A copy is on the heap.
    ///
    /// errors    invalid_argument: the memory is too small
    explicit model(std::span<std::byte> memory) : storage_(stored_in(memory)) {
        expr::diagnose<described>();
        std::memset(values().bytes.data(), 0, leaf::bytes);
    }
    /// What a model in the caller's memory needs; it may begin at any address.
    static constexpr std::size_t memory_bytes =
        leaf::bytes + 2 * parameter_alignment + sizeof(expr::variable_storage<parameter_memory>);

    /// All values as at the beginning, from this seed.
    void initialize(std::uint64_t seed = 0) {
        parameter_memory& memory = values();
        memory.bytes.resize(leaf::bytes);
        std::memset(memory.bytes.data(), 0, leaf::bytes);  // also between the values, where updates run through
        generator random(seed);
        for (int k = 0; k < leaf::width; ++k) {
            const parameter_info& p = leaf::info(k);
            if (leaf::table.random >= 0 && leaf::slots[static_cast<std::size_t>(k)] == leaf::table.random) {
                const std::int64_t state[2]{static_cast<std::int64_t>(seed), 0};
                std::memcpy(data(k), state, sizeof(state));
            } else {
                p.begins.fill(p.type, data(k), random);
            }
        }
    }

    // ------------------------------------------------------------ its values
    /// How many parameters there are, and how many numbers they hold.
    static constexpr int parameter_count() { return leaf::width; }
    static constexpr extent_t count_of_numbers(bool trainable) {
        extent_t n = 0;
        for (int k = 0; k < leaf::width; ++k)
            if ((leaf::info(k).trainable != 0) == trainable && leaf::slots[std::size_t(k)] != leaf::table.random)
                n += leaf::info(k).type.extents.count();
        return n;
    }
    static constexpr std::string_view path_of(int k) { return leaf::name_of(k); }
    /// All of them, one behind the other.
    core::buffer<std::byte>& memory() { return values().bytes; }
    const core::buffer<std::byte>& memory() const { return values().bytes; }
    void* data(int k) { return values().bytes.data() + leaf::all.offset[k]; }
    const void* data(int k) const { return values().bytes.data() + leaf::all.offset[k]; }

    /// All of them: for (const nn::parameter_view& p : net.parameters()). The random state of layers is one.
    std::array<parameter_view, std::size_t(leaf::width)> parameters() {
        std::array<parameter_view, std::size_t(leaf::width)> all;
        for (int k = 0; k < leaf::width; ++k)
            all[static_cast<std::size_t>(k)] = {path_of(k), &leaf::value_types[k].extents, leaf::value_types[k].type,
                                                leaf::info(k).trainable != 0, data(k)};
        return all;
    }

    /// The number of the parameter of this path; -1: there is none.
    template <fixed_string Path> static constexpr int number_of() {
        for (int k = 0; k < leaf::width; ++k)
            if (leaf::name_of(k) == Path.view()) return k;
        return -1;
    }
    /// The values of a parameter: net.get<"hidden.kernel">()(0, 3).
    ///
    /// errors    E253 no_such_parameter, which lists those there are
    template <fixed_string Path> auto get() { return view_of<require<Path>()>(*this); }
    template <fixed_string Path> auto get() const { return view_of<require<Path>()>(*this); }
    /// The same by pointers to members: net.get<&mlp::hidden, &nn::dense::kernel>().
    template <auto Member, auto... Inner>
    requires std::is_member_object_pointer_v<decltype(Member)>
    auto get() {
        constexpr int k = leaf::table.parameters[slot_of<Member, Inner...>()].leaf;
        static_assert(k >= 0, "nn::model::get: no call of the layer asked for this parameter");
        return view_of<k>(*this);
    }

    /// The values as an operand; of no use by itself.
    expression<leaf, leaf> as_leaf() const { return expression<leaf, leaf>(std::in_place, storage_.handle()); }
    const expr::storage_handle& handle() const { return storage_.handle(); }

private:
    struct described {
        static constexpr ir::mistake error = leaf::table.error;
    };
    template <fixed_string Path> static constexpr int require() {
        constexpr int k = number_of<Path>();
        if constexpr (k < 0) core::errors::no_such_parameter<Path, typename paths<leaf>::type>();
        return k < 0 ? 0 : k;
    }
    /// The values of parameter K, constant if the model is.
    template <int K, class Self> static auto view_of(Self& net) {
        using element = element_t<leaf::value_types[K].type>;
        using T = std::conditional_t<std::is_const_v<Self>, const element, element>;
        return tensor_view<T>(static_cast<T*>(net.data(K)), leaf::value_types[K].extents);
    }
    template <auto... Members> static constexpr int slot_of() {
        ir::graph g;
        bound_model bound;
        bound.g = &g;
        bound.describes = true;
        M m{};
        bind_model(m, bound);
        return (m.*....*Members).slot;
    }
    parameter_memory& values() const { return storage_.value(); }
    /// The values at the beginning of the memory, behind them the storage. Nobody owns it, so that nobody counts.
    static expr::storage_handle stored_in(std::span<std::byte> memory) {
        using storage = expr::variable_storage<parameter_memory>;
        static_assert(alignof(storage) <= parameter_alignment);
        void* at = memory.data();
        std::size_t room = memory.size();
        if (room < memory_bytes || !std::align(parameter_alignment, leaf::bytes + sizeof(storage), at, room))
            fail<invalid_argument>(
                joined_text({"nn::model: it needs ", memory_bytes, " bytes of memory, ", memory.size(), " are given"}));
        auto* const values = static_cast<std::byte*>(at);
        auto* const made = ::new (static_cast<void*>(values + leaf::bytes)) storage;
        made->name = leaf::name;
        made->value.bytes = core::buffer<std::byte>::lent(values, leaf::bytes, leaf::bytes);
        return expr::storage_handle(std::shared_ptr<void>(), made);
    }
    expr::owned_storage<leaf> storage_;
};

/// A model of an object, which is a constant: nn::model_of<net, tensor<float, dyn, 784>>.
template <const auto& Object, class... Inputs> using model_of = model<from_object<Object>, Inputs...>;

/// A model, or a view of one.
template <class T>
concept Model = requires {
    typename T::leaf::description;
    typename T::aggregate;
};
/// All parameters of a model that are trained, for minimize.
template <Model... M> constexpr variable_list<typename M::leaf...> wrt(const M&...) { return {}; }

}  // namespace telar::inline TELAR_ABI::nn
