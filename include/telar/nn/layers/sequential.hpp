// SPDX-License-Identifier: BSL-1.0
// One layer behind the other: nn::dense{64, nn::relu} | nn::dropout{0.5} | nn::dense{10}.
#pragma once
#include <telar/nn/bind.hpp>

#include <concepts>
#include <type_traits>

namespace telar::inline TELAR_ABI {
namespace nn {

/// What takes a symbol and gives one: telar's layers, a layer or a model of your own, an activation.
template <class L>
concept Layer = std::is_class_v<L> && !std::same_as<L, symbol> && requires(const L& l, symbol x) {
    { l(x) } -> std::same_as<symbol>;
};

/// Two layers, of which the first may be a chain itself. Its layers are numbered: "0.kernel", "2.kernel".
template <class First, class Second> struct chain {
    First first{};
    Second second{};

    constexpr symbol operator()(symbol x) const { return second(first(x)); }
    constexpr void bind_to(bound_model& to) {
        int number = 0;
        bind_numbered(to, number);
    }
    constexpr void bind_numbered(bound_model& to, int& number) {
        if constexpr (requires { first.bind_numbered(to, number); }) first.bind_numbered(to, number);
        else bind_one(first, to, number);
        bind_one(second, to, number);
    }

private:
    static constexpr void bind_one(auto& layer, bound_model& to, int& number) {
        const int before = to.enter(number++);
        bind_member(layer, to);
        to.leave(before);
    }
};

template <class T> inline constexpr bool is_chain = false;
template <class A, class B> inline constexpr bool is_chain<chain<A, B>> = true;

/// Is told of the layers that an nn::sequential hides: where each lies, and a mark of its type, for who knows the
/// types.
class layer_visitor {
public:
    template <class L> static inline char mark = 0;  // its address; a constant might be merged with others

    /// number: in the chain; -1: there is none, but one layer.
    virtual void layer(const void* at, const void* mark_of_type, int number) = 0;

    template <class L> void chain_of(const L& layers, int& number) {
        if constexpr (is_chain<L>) {
            chain_of(layers.first, number);
            layer(&layers.second, &mark<decltype(layers.second)>, number++);
        } else {
            layer(&layers, &mark<L>, number++);
        }
    }

protected:
    ~layer_visitor() = default;
};

/// Any layer, or a chain of them, as a member of a model that does not name its type:
///
///     struct mlp {
///         nn::sequential body = nn::dense{64, nn::relu} | nn::dropout{0.5} | nn::dense{10};
///         constexpr symbol operator()(symbol x) const { return body(x); }
///     };
///
/// source    Keras' Sequential
/// test      tests/nn/layers_test.cpp
class sequential {
    struct any_layer {
        constexpr any_layer() = default;
        any_layer(const any_layer&) = delete;
        any_layer& operator=(const any_layer&) = delete;
        constexpr virtual ~any_layer() = default;
        constexpr virtual symbol call(symbol x) const = 0;
        constexpr virtual void bind(bound_model& to) = 0;
        constexpr virtual any_layer* copy() const = 0;
        virtual void visit(layer_visitor& v) const = 0;
    };
    template <class L> struct held final : any_layer {
        L layer;

        constexpr explicit held(const L& l) : layer(l) {}
        constexpr ~held() override = default;
        constexpr symbol call(symbol x) const override { return layer(x); }
        constexpr void bind(bound_model& to) override { bind_member(layer, to); }
        constexpr any_layer* copy() const override { return new held(layer); }
        void visit(layer_visitor& v) const override {
            int number = is_chain<L> ? 0 : -1;
            v.chain_of(layer, number);
        }
    };

public:
    template <Layer L>
    requires(!std::same_as<L, sequential>) constexpr sequential(const L& layer) : layer_(new held<L>(layer)) {}
    constexpr sequential(const sequential& other) : layer_(other.layer_->copy()) {}
    constexpr sequential& operator=(const sequential& other) {
        any_layer* const copied = other.layer_->copy();
        delete layer_;
        layer_ = copied;
        return *this;
    }
    constexpr ~sequential() { delete layer_; }
    constexpr symbol operator()(symbol x) const { return layer_->call(x); }
    constexpr void bind_to(bound_model& to) { layer_->bind(to); }
    void visit(layer_visitor& v) const { layer_->visit(v); }

private:
    any_layer* layer_;
};

/// A model of an object: inline constexpr auto net = nn::dense{64, nn::relu} | nn::dense{10}; nn::model_of<net, X> m;
template <const auto& Object> struct from_object {
    std::remove_cvref_t<decltype(Object)> layers = Object;

    constexpr symbol operator()(symbol x) const { return layers(x); }
    constexpr void bind_to(bound_model& to) { bind_member(layers, to); }
};

}  // namespace nn

/// One layer behind the other.
template <nn::Layer A, nn::Layer B> constexpr nn::chain<A, B> operator|(const A& a, const B& b) { return {a, b}; }

}  // namespace telar::inline TELAR_ABI
