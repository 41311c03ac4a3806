// SPDX-License-Identifier: BSL-1.0
#include "../support/keras_folder.hpp"

#include <telar/io/npz.hpp>
#include <telar/nn/keras_files.hpp>

#include <doctest/doctest.h>

#include <cstring>
#include <string>

using namespace telar;

namespace {

struct mlp {
    nn::dense hidden{5, nn::tanh};
    nn::dropout drop{0.25};
    nn::dense out{4};
    constexpr symbol operator()(symbol x) const { return out(drop(hidden(x))); }
};
/// Branches of different depth: Keras' list of layers is not in the order of the calls.
struct image {
    nn::conv2d first{.filters = 3, .kernel_size = 3, .padding = nn::padding::same, .use_bias = false};
    nn::batch_norm norm;
    nn::activation_layer act{nn::relu};
    nn::conv2d beside{4, 1}, deep{4, {1, 3}, nn::relu, 1, nn::padding::same}, deeper{4, 1};
    nn::add sum;
    nn::max_pooling2d pool;
    nn::separable_conv2d apart{4, 2};
    nn::global_average_pooling space;
    nn::dense out{2};
    constexpr symbol operator()(symbol x) const {
        x = act(norm(first(x)));
        return out(space(apart(pool(sum(beside(x), deeper(deep(x)))))));
    }
};
struct text {
    nn::embedding words{7, 3};
    nn::bidirectional<nn::lstm> states{nn::lstm{.units = 2, .return_sequences = true}};
    nn::layer_norm norm;
    nn::multi_head_attention attention{2, 3};
    nn::add sum;
    nn::gru last{3};
    nn::dense out{1};
    constexpr symbol operator()(symbol x) const {
        const symbol y = norm(states(words(x)));
        return out(last(sum(y, attention(y, y))));
    }
};
/// A layer called twice, two inputs, two outputs.
struct twice {
    nn::dense shared{3, nn::relu};
    nn::concatenate both;
    nn::dense first{2}, second{1, nn::sigmoid};
    constexpr auto operator()(symbol a, symbol b) const {
        const symbol z = both(shared(a), shared(b));
        return std::tuple(first(z), second(z));
    }
};
struct with_operation {
    nn::dense hidden{3}, out{2};
    constexpr symbol operator()(symbol x) const { return out(sin(hidden(x))); }
};
struct own_activation {
    nn::dense out{2, [](symbol x) -> symbol { return x * x; }};
    constexpr symbol operator()(symbol x) const { return out(x); }
};
inline constexpr auto chained = nn::dense{4, nn::gelu} | nn::dropout{0.1} | nn::dense{2, nn::softmax};

template <class X> X drawn(const shape& extents) {
    generator random(3);
    X x = X::uninitialized(extents);
    for (auto& v : x.span())
        if constexpr (std::is_integral_v<std::remove_reference_t<decltype(v)>>)
            v = static_cast<int>(random.uniform() * 7);
        else v = static_cast<float>(random.normal());
    return x;
}
template <class Net> void randomise(Net& net) {
    generator random(9);
    for (const nn::parameter_view& p : net.parameters())
        if (p.type == dtype::float32)
            for (extent_t i = 0; i < p.extents->count(); ++i)
                static_cast<float*>(p.data)[i] = static_cast<float>(0.05 + 0.3 * random.uniform());
}
/// Saved and loaded into another it predicts the same bits; what Keras is to predict stands beside it.
template <class Net, class... X> void check_saved(const std::string& name, const X&... x) {
    const support::keras_file keras(name + ".keras"), weights(name + ".weights.h5");
    Net net(5);
    randomise(net);
    save_keras(keras.path, net);
    save_keras(weights.path, net);
    for (const auto& file : {keras.path, weights.path}) {
        Net other(6);
        load_keras(file, other);
        for (int k = 0; k < Net::parameter_count(); ++k) {
            INFO(std::string(net.path_of(k)));
            const auto& type = Net::leaf::value_types[k];
            if (type.type == dtype::float32)
                CHECK(std::memcmp(net.data(k), other.data(k),
                                  static_cast<std::size_t>(type.extents.count()) * sizeof(float)) == 0);
        }
    }
    if (support::keeps_keras_files()) {
        const auto y = net(x...);
        std::vector<io::named_view> all;
        int number = 0;
        (all.push_back(io::view_of("x" + std::to_string(number++), x)), ...);
        if constexpr (Tensor<std::remove_const_t<decltype(y)>>) all.push_back(io::view_of("y0", y));
        else {
            all.push_back(io::view_of("y0", std::get<0>(y)));
            all.push_back(io::view_of("y1", std::get<1>(y)));
        }
        save_npz(support::keras_file(name + ".npz").path, all);
    }
}

}  // namespace

TEST_CASE("what is saved is loaded, bit for bit") {
    using rows = tensor<float, dyn, 3>;
    using images = tensor<float, dyn, 6, 6, 2>;
    using texts = tensor<std::int32_t, dyn, 5>;
    check_saved<nn::model<mlp, rows>>("mlp", drawn<rows>(shape(4, 3)));
    check_saved<nn::model<image, images>>("image", drawn<images>(shape(2, 6, 6, 2)));
    check_saved<nn::model<text, texts>>("text", drawn<texts>(shape(2, 5)));
    check_saved<nn::model<twice, rows, rows>>("twice", drawn<rows>(shape(4, 3)), drawn<rows>(shape(4, 3)));
    check_saved<nn::model_of<chained, rows>>("chained", drawn<rows>(shape(4, 3)));
}
TEST_CASE("what Keras cannot say is refused, and its weights are offered") {
    nn::model<with_operation, tensor<float, dyn, 3>> a;
    nn::model<own_activation, tensor<float, dyn, 3>> b;
    const support::keras_file keras("refused.keras"), weights("refused.weights.h5"), other_suffix("refused.h5");
    const auto& path = keras.path;
    const std::string start = "save_keras: " + path.string() + ": ",
                      end = "; the weights alone can be saved as .weights.h5";
    CHECK_THROWS_WITH_AS(save_keras(path, a),
                         (start + "'out' is computed by operations that are no layers" + end).c_str(),
                         invalid_argument);
    CHECK_THROWS_WITH_AS(save_keras(path, b), (start + "'out': Keras has no such 'activation'" + end).c_str(),
                         invalid_argument);
    CHECK_FALSE(std::filesystem::exists(path));
    CHECK_THROWS_AS(save_keras(other_suffix.path, a), invalid_argument);
    save_keras(weights.path, a);
    decltype(a) other(4);
    load_keras(weights.path, other);
    CHECK(other.get<"out.kernel">()(1, 1) == a.get<"out.kernel">()(1, 1));
}
