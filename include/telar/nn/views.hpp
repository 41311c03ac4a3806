// SPDX-License-Identifier: BSL-1.0
// Views of a model. They share its values: frozen trains only some parts, late makes its programs late, scope gives the
// model a name of its own in an expression, part shows one part alone.
#pragma once
#include <telar/nn/model.hpp>

#include <array>
#include <string_view>

namespace telar::inline TELAR_ABI::nn {

namespace views {
/// True of "backbone" and of what lies in it, as "backbone.stem.kernel".
constexpr bool is_in(std::string_view path, std::string_view part) {
    return path.substr(0, part.size()) == part && (path.size() == part.size() || path[part.size()] == '.');
}
template <class Leaf, fixed_string Part> constexpr bool has_part() {
    for (int k = 0; k < Leaf::width; ++k)
        if (is_in(Leaf::name_of(k), Part.view())) return true;
    return false;
}
template <class Leaf, fixed_string Part> constexpr void require_part() {
    if constexpr (!has_part<Leaf, Part>()) core::errors::no_such_parameter<Part, typename paths<Leaf>::type>();
}
}  // namespace views

/// The values of a model, of which parts are not trained.
template <class Leaf, fixed_string... Parts> struct frozen_leaf : Leaf {
    static constexpr bool is_frozen(std::string_view path) { return (... || views::is_in(path, Parts.view())); }

    struct facts {
        int trained[std::size_t(Leaf::width + 1)]{};
        int count = 0, length_of_names = 0;
        extent_t flat_count = 0;
    };
    static constexpr facts left = [] {
        facts f;
        bool together = Leaf::flat_count > 0;
        for (int i = 0, last = -1; i < Leaf::trained_count; ++i) {
            const int k = Leaf::trained[i];
            if (is_frozen(Leaf::name_of(k))) continue;
            together = together && (last < 0 || last == i - 1);
            last = i;
            f.trained[f.count++] = k;
            f.length_of_names += static_cast<int>(Leaf::name_of(k).size());
        }
        if (!together || f.count == 0) return f;
        const int end = f.trained[f.count - 1];
        const std::size_t size = std::size_t(size_of(Leaf::type.type)),
                          bytes = Leaf::offset_of(end) - Leaf::offset_of(f.trained[0]) +
                                  static_cast<std::size_t>(Leaf::value_types[end].extents.count()) * size;
        f.flat_count = static_cast<extent_t>(bytes / size);
        return f;
    }();
    static constexpr const auto& trained = left.trained;
    static constexpr int trained_count = left.count, length_of_names = left.length_of_names;
    static constexpr extent_t flat_count = left.flat_count;
    static constexpr symbol lower(expr::trace& t) { return t.named(expr::identity<frozen_leaf>); }
};
/// The values of a model whose programs are compiled when they are first run.
template <class Leaf> struct late_leaf : Leaf {
    static constexpr bool is_late = true;
    static constexpr symbol lower(expr::trace& t) { return t.named(expr::identity<late_leaf>); }
};
/// The values of a model that stands beside others of its type.
template <class Leaf, fixed_string Name> struct scoped_leaf : Leaf {
    static constexpr std::string_view name = Name.view();
    static constexpr symbol lower(expr::trace& t) { return t.named(expr::identity<scoped_leaf>); }
};

/// A model seen through another leaf type. It refers to the model, which must outlive it.
template <Model Net, class Leaf> class model_view : public model_calls<model_view<Net, Leaf>> {
public:
    using leaf = Leaf;
    using aggregate = typename Net::aggregate;
    using inputs = typename Net::inputs;

    explicit model_view(Net& net) : net_(&net) {}
    Net& whole() const { return *net_; }
    core::buffer<std::byte>& memory() const { return net_->memory(); }
    const expr::storage_handle& handle() const { return net_->handle(); }
    expression<leaf, leaf> as_leaf() const { return expression<leaf, leaf>(std::in_place, handle()); }

private:
    Net* net_;
};

template <class T> inline constexpr bool is_view = false;
template <class Net, class Leaf> inline constexpr bool is_view<model_view<Net, Leaf>> = true;

/// The model with some parts frozen: their gradients are never computed. The view shares the model's values.
///
///     auto head = nn::compile<nn::mean_squared_error{}>(nn::frozen<"backbone">(net), adam{});  // then
///     auto fine = nn::compile<nn::mean_squared_error{}>(net, adam{.learning_rate = 1e-5});
///
/// errors    E253 no_such_parameter: the model has no part of this path
/// edge      a batch norm in a frozen part predicts, in training too, as Keras'; dropout does not
/// source    Keras' trainable = False
/// test      tests/nn/views_test.cpp
template <fixed_string... Parts, Model Net> auto frozen(Net& net) {
    (views::require_part<typename Net::leaf, Parts>(), ...);
    return model_view<Net, frozen_leaf<typename Net::leaf, Parts...>>(net);
}

/// The model, compiled when it is first run: every program that contains it is late, and so is its training. The view
/// shares the model's values.
///
///     auto trainer = nn::compile<nn::mean_squared_error{}>(nn::late(net), adam{});
///     callable<tensor<float, dyn, 10>(const tensor<float, dyn, 784>&)> predict = nn::late(net);
///
/// edge      may be a view itself: nn::late(nn::frozen<"backbone">(net))
/// source    docs/running.md
/// test      tests/nn/late_test.cpp
template <Model Net> auto late(Net& net) { return model_view<Net, late_leaf<typename Net::leaf>>(net); }
template <class Net, class Leaf> auto late(const model_view<Net, Leaf>& view) {
    return model_view<Net, late_leaf<Leaf>>(view.whole());
}

/// The parameters of a part of a model, with their paths in that part: nn::part<"backbone">(net).parameters().
///
/// errors    E253 no_such_parameter: the model has no part of this path
template <fixed_string Part, class Net> class model_part {
    using leaf = typename Net::leaf;
    static constexpr int count = [] {
        int n = 0;
        for (int k = 0; k < leaf::width; ++k) n += views::is_in(leaf::name_of(k), Part.view());
        return n;
    }();

public:
    explicit model_part(Net& net) : net_(&net) {}
    Net& whole() const { return *net_; }
    std::array<parameter_view, std::size_t(count)> parameters() const {
        std::array<parameter_view, std::size_t(count)> own;
        std::size_t n = 0;
        for (parameter_view p : net_->parameters()) {
            if (!views::is_in(p.path, Part.view())) continue;
            p.path.remove_prefix(p.path.size() == Part.view().size() ? 0 : Part.view().size() + 1);
            own[n++] = p;
        }
        return own;
    }

private:
    Net* net_;
};
template <fixed_string Part, Model Net> auto part(Net& net) {
    views::require_part<typename Net::leaf, Part>();
    return model_part<Part, Net>(net);
}

}  // namespace telar::inline TELAR_ABI::nn

namespace telar::inline TELAR_ABI {

/// The model under a name of its own: two models of one type may stand in one expression, scope<"target">(net)(X). Both
/// share their values.
template <fixed_string Name, nn::Model Net> auto scope(Net& net) {
    return nn::model_view<Net, nn::scoped_leaf<typename Net::leaf, Name>>(net);
}

}  // namespace telar::inline TELAR_ABI
