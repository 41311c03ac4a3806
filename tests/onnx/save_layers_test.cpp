// SPDX-License-Identifier: BSL-1.0
// Models of layers: saved, read again, and computed.
#include "saved.hpp"

#include <telar/nn/model.hpp>

#include <algorithm>
#include <tuple>

using namespace telar;
using saved::check_model;
using saved::drawn;

namespace {

struct mlp {
    nn::dense hidden{7, nn::gelu};
    nn::dropout drop{0.25};
    nn::dense out{4, nn::softmax};
    constexpr symbol operator()(symbol x) const { return out(drop(hidden(x))); }
};
struct image {
    nn::conv2d first{.filters = 4, .kernel_size = 3, .padding = nn::padding::same, .use_bias = false};
    nn::batch_norm norm;
    nn::activation_layer act{nn::relu};
    nn::conv2d beside{6, 1}, deep{6, {1, 3}, nn::relu, 1, nn::padding::same};
    nn::add sum;
    nn::max_pooling2d pool;
    nn::separable_conv2d apart{5, 2};
    nn::average_pooling2d mean;
    nn::global_average_pooling space;
    nn::dense out{2};
    constexpr symbol operator()(symbol x) const {
        x = act(norm(first(x)));
        return out(space(mean(apart(pool(sum(beside(x), deep(x)))))));
    }
};
struct transformer {
    nn::embedding words{11, 8};
    nn::layer_norm norm, norm_of_hidden;
    nn::multi_head_attention attention{2, 4};
    nn::add sum;
    nn::dense hidden{16, nn::gelu}, out{8};
    constexpr symbol operator()(symbol ids) const {
        const symbol x = words(ids), y = sum(x, attention(norm(x), norm(x)));
        return sum(y, out(hidden(norm_of_hidden(y))));
    }
};
struct text {
    nn::embedding words{7, 3};
    nn::bidirectional<nn::lstm> states{nn::lstm{.units = 2, .return_sequences = true}};
    nn::gru last{3};
    nn::dense out{1};
    constexpr symbol operator()(symbol x) const { return out(last(states(words(x)))); }
};
struct twice {
    nn::dense shared{3, nn::relu};
    nn::concatenate both;
    nn::dense first{2}, second{1, nn::sigmoid};
    constexpr auto operator()(symbol a, symbol b) const {
        const symbol z = both(shared(a), shared(b));
        return std::tuple(first(z), second(z));
    }
};
using rows = tensor<float, dyn, 3>;

template <class Net> std::string saved_bytes(const Net& net) {
    return io::onnx::saving::bytes_of(io::onnx::saving::model_of(io::onnx::saving::expression_of_model(net)), "m", {});
}
template <class Net> void check_layers(const std::string& name, const std::vector<any_tensor>& x) {
    Net net(5);
    saved::randomise(net);
    check_model(name, net, x);
}

}  // namespace

TEST_CASE("models of layers") {
    const any_tensor x = drawn(dtype::float32, shape(4, 3));
    check_layers<nn::model<mlp, rows>>("mlp", {x});
    check_layers<nn::model<twice, rows, rows>>("twice", {x, drawn(dtype::float32, shape(4, 3), 2)});
    check_layers<nn::model<transformer, tensor<std::int32_t, dyn, 5>>>("transformer",
                                                                       {drawn(dtype::int32, shape(2, 5), 3, 0, 11)});
    check_layers<nn::model<text, tensor<std::int32_t, dyn, 5>>>("text", {drawn(dtype::int32, shape(2, 5), 3, 0, 7)});
}
TEST_CASE("a network of images has its transposes at its ends alone, and its weights by their paths") {
    using net = nn::model<image, tensor<float, dyn, 8, 8, 3>>;
    check_layers<net>("image", {drawn(dtype::float32, shape(2, 8, 8, 3))});
    const std::string bytes = saved_bytes(net(5));
    const std::vector<std::string> all = saved::operations_of(bytes);
    CHECK(std::count(all.begin(), all.end(), "Conv") == 5);
    CHECK(std::count(all.begin(), all.end(), "BatchNormalization") == 1);
    CHECK(std::count(all.begin(), all.end(), "Transpose") == 2);  // of the image, and of the depthwise kernel
    const io::onnx::model m(protozero::data_view(bytes.data(), bytes.size()));
    std::vector<std::string> names;
    for (const io::onnx::tensor& t : m.graphs[0].initializers) names.push_back(t.name);
    for (const char* name :
         {"first.kernel", "norm.gamma", "norm.moving_variance", "out.bias", "apart.depthwise_kernel"})
        CHECK_MESSAGE(std::count(names.begin(), names.end(), name) == 1, name);
    CHECK(m.graphs[0].inputs[0].extents[0].name == "batch");
    CHECK(m.graphs[0].outputs[0].extents[0].name == "batch");
}
