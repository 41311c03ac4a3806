// SPDX-License-Identifier: BSL-1.0
// Layers of many kinds, whose options Keras has to understand: tests/fixtures/keras_opens.py.
#include "../support/keras_folder.hpp"

#include <telar/io/npz.hpp>
#include <telar/nn/keras_files.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace telar;

namespace {

struct sequences {
    nn::conv1d causal{
        .filters = 4, .kernel_size = 3, .padding = nn::padding::causal, .kernel_regularizer = nn::l2(0.1)};
    nn::group_norm groups{2};
    nn::prelu slopes{.shared_axes = {1}};
    nn::spatial_dropout1d drop{0.2};
    nn::max_pooling1d pool;
    nn::up_sampling1d up;
    nn::time_distributed<nn::dense> each{nn::dense{4, nn::silu, true, nn::he_normal, nn::constant(0.5)}};
    nn::additive_attention attend;
    nn::group_query_attention shared{.head_dim = 2, .num_query_heads = 4, .num_key_value_heads = 2};
    nn::simple_rnn states{.units = 3, .return_sequences = true, .kernel_constraint = nn::max_norm(3)};
    nn::rms_norm rms;
    nn::permute swap{{2, 1}};
    nn::reshape flat{{-1}};
    nn::leaky_relu_layer leaky;
    nn::repeat_vector copies{2};
    nn::flatten all;
    nn::elu_layer elu{0.5};
    nn::dense out{3, nn::hard_sigmoid};
    constexpr symbol operator()(symbol x) const {
        x = up(pool(drop(slopes(groups(causal(x))))));
        x = each(x);
        x = rms(states(shared(attend(x, x))));
        return out(elu(all(copies(leaky(flat(swap(x)))))));
    }
};
struct images {
    nn::rescaling scale{0.5, -1};
    nn::normalization norm;
    nn::zero_padding2d pad{{{1, 0}, {2, 1}}};
    nn::cropping2d crop{1};
    nn::conv2d_transpose wide{.filters = 3, .kernel_size = 2, .strides = 2};
    nn::conv2d grouped{
        .filters = 3, .kernel_size = {2, 3}, .strides = {2, 1}, .padding = nn::padding::same, .groups = 3};
    nn::depthwise_conv2d deep{.kernel_size = 2, .depth_multiplier = 2};
    nn::relu_layer relu{.max_value = 6, .negative_slope = 0.1};
    nn::average_pooling2d mean{{1, 2}};
    nn::up_sampling2d up{.size = {1, 2}, .interpolation = nn::interpolation::bilinear};
    nn::gaussian_noise noise{0.1};
    nn::global_max_pooling space;
    nn::dense a{4, nn::softplus}, b{4, nn::mish}, c{4};
    nn::multiply product;
    nn::subtract difference;
    nn::average mean_of;
    nn::maximum largest;
    nn::dot cosine{1, true};
    nn::unit_normalization unit;
    nn::softmax_layer probabilities;
    nn::concatenate both;
    constexpr symbol operator()(symbol x) const {
        x = wide(crop(pad(norm(scale(x)))));
        x = space(noise(up(mean(relu(deep(grouped(x)))))));
        const symbol p = a(x), q = b(x), r = c(x);
        const symbol s = largest(mean_of(product(p, q), r), difference(q, r));
        return both(unit(s), cosine(p, r), probabilities(s));
    }
};

struct hiding {
    nn::sequential body = nn::conv2d{4, 3, nn::relu} | nn::max_pooling2d{2} | nn::flatten{} | nn::dense{4};
    nn::sequential head = nn::dense{2};
    constexpr symbol operator()(symbol x) const { return head(body(x)); }
};
struct residual {
    nn::dense stem{4};
    struct block {
        nn::dense up{6, nn::relu}, down{4};
        nn::batch_norm norm;
        constexpr symbol operator()(symbol x) const { return relu(x + norm(down(up(x)))); }
    };
    std::array<block, 2> blocks;
    nn::dense gate{4, nn::sigmoid}, out{2};
    constexpr symbol operator()(symbol x) const {
        x = tanh(stem(x));
        for (const auto& b : blocks) x = b(x);
        return out(x * gate(x) - stem(x));
    }
};
struct own_layer {
    nn::parameter scale;
    constexpr symbol operator()(symbol x) const { return x * scale(x, shape(4), nn::ones); }
};
struct hiding_ones_own {
    nn::sequential body = nn::dense{4} | own_layer{} | nn::dense{2};
    constexpr symbol operator()(symbol x) const { return body(x); }
};

template <class Net, class X> void check_saved(const std::string& name, const X& x) {
    Net net(3), other(4);
    generator random(9);
    for (const nn::parameter_view& p : net.parameters())
        if (p.type == dtype::float32)
            for (extent_t i = 0; i < p.extents->count(); ++i)
                static_cast<float*>(p.data)[i] =
                    static_cast<float>(random.uniform() + (p.path.ends_with("variance") ? 0.5 : -0.3));
    const support::keras_file file(name + ".keras");
    save_keras(file.path, net);
    load_keras(file.path, other);
    for (int k = 0; k < Net::parameter_count(); ++k) {
        INFO(std::string(net.path_of(k)));
        const auto& type = Net::leaf::value_types[k];
        if (type.type == dtype::float32)
            CHECK(std::memcmp(net.data(k), other.data(k),
                              static_cast<std::size_t>(type.extents.count()) * sizeof(float)) == 0);
    }
    if (!support::keeps_keras_files()) return;
    const tensor<float, dyn, dyn> y = net(x);
    save_npz(support::keras_file(name + ".npz").path, {io::view_of("x0", x), io::view_of("y0", y)});
}
template <class X> X drawn(const shape& extents) {
    generator random(5);
    X x = X::uninitialized(extents);
    for (float& v : x.span()) v = static_cast<float>(random.normal());
    return x;
}

}  // namespace

TEST_CASE("layers of sequences") {
    using X = tensor<float, dyn, 6, 2>;
    check_saved<nn::model<sequences, X>>("sequences", drawn<X>(shape(3, 6, 2)));
}
TEST_CASE("layers of images, and of several operands") {
    using X = tensor<float, dyn, 5, 6, 2>;
    check_saved<nn::model<images, X>>("images", drawn<X>(shape(3, 5, 6, 2)));
    const support::keras_file file("counted.weights.h5");
    nn::model<images, X> net;
    save_keras(file.path, net);
    const nn::keras::stored_model stored(file.path);
    const auto* const count = stored.find("layers/normalization/vars/2");  // without it Keras refuses the layer
    REQUIRE(count != nullptr);
    CHECK(count->type == dtype::int64);
}
TEST_CASE("nn::sequential hides types, but not those of telar's layers") {
    using X = tensor<float, dyn, 6, 6, 2>;
    check_saved<nn::model<hiding, X>>("hiding", drawn<X>(shape(3, 6, 6, 2)));
    nn::model<hiding_ones_own, tensor<float, dyn, 3>> net;
    CHECK_THROWS_AS(save_keras(support::keras_file("hiding_ones_own.keras").path, net), invalid_argument);
}
TEST_CASE("operations between layers that are layers of Keras'") {
    using X = tensor<float, dyn, 4>;
    check_saved<nn::model<residual, X>>("residual", drawn<X>(shape(3, 4)));
}
