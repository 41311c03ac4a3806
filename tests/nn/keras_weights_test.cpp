// SPDX-License-Identifier: BSL-1.0
#include "../support/damaged.hpp"

#include <telar/io/npz.hpp>
#include <telar/nn/keras_weights.hpp>

#include <doctest/doctest.h>

#include <cstring>
#include <fstream>
#include <string>

using namespace telar;

namespace {

const std::filesystem::path folder = std::filesystem::path(TELAR_TEST_DATA_DIR) / "keras";

// The models of tests/fixtures/from_keras_files.py.
struct mlp {
    nn::dense hidden{5, nn::tanh};
    nn::dropout drop{0.25};
    nn::dense out{4};
    constexpr symbol operator()(symbol x) const { return out(drop(hidden(x))); }
};
struct wide_mlp {
    static constexpr dtype parameter_type = dtype::float64;
    nn::dense hidden{5, nn::tanh}, out{4};
    constexpr symbol operator()(symbol x) const { return out(hidden(x)); }
};
struct named {
    nn::dense out{2}, hidden{2, nn::relu};  // of one shape: only the names tell them apart
    constexpr symbol operator()(symbol x) const { return out(hidden(x)); }
};
struct adapted {
    nn::normalization norm;
    nn::dense out{1};
    constexpr symbol operator()(symbol x) const { return out(norm(x)); }
};
struct image {
    nn::conv2d first{.filters = 3, .kernel_size = 3, .padding = nn::padding::same, .use_bias = false};
    nn::batch_norm norm;
    nn::separable_conv2d apart{4, 3};
    nn::conv2d beside{4, 1};
    nn::depthwise_conv2d deep{2};
    nn::dense out{2};
    constexpr symbol operator()(symbol x) const {
        x = apart(nn::relu(norm(first(x))));
        return out(nn::global_average_pooling{}(deep(x + beside(x))));
    }
};
struct text {
    nn::embedding words{7, 3};
    nn::bidirectional<nn::lstm> states{nn::lstm{.units = 2, .return_sequences = true}};
    nn::layer_norm norm;
    nn::multi_head_attention attention{2, 3};
    nn::gru last{3};
    nn::dense out{1};
    constexpr symbol operator()(symbol x) const {
        const symbol y = norm(states(words(x)));
        return out(last(y + attention(y, y)));
    }
};
struct block {
    nn::dense up{6, nn::gelu}, down{3};
    constexpr symbol operator()(symbol x) const { return x + down(up(x)); }
};
struct members {
    nn::dense head{2};
    std::array<nn::dense, 0> none{};
    ::block block;
    constexpr symbol operator()(symbol x) const { return head(block(x)); }
};
struct whole {
    mlp backbone;
    nn::dense head{2};
    constexpr symbol operator()(symbol x) const { return head(backbone(x)); }
};

const io::archive& expected() {
    static const io::archive all = load_npz(folder / "expected.npz");
    return all;
}
template <class T> T values(const std::string& name) { return expected().get<T>(name); }
template <class A, class B> void check_near(const A& got, const B& want, double allowed = 1e-5) {
    REQUIRE(got.extents() == want.extents());
    for (std::size_t i = 0; i < got.size(); ++i)
        CHECK(static_cast<double>(got.data()[i]) == doctest::Approx(want.data()[i]).epsilon(allowed));
}
/// Loaded from each file, a model predicts what Keras predicted.
template <class Net, class X> void check_model(const std::string& name, std::initializer_list<const char*> files) {
    for (const char* const file : files) {
        INFO(file);
        Net net(7);
        load_keras(folder / file, net);
        check_near(net(values<X>(name + ".x0")), values<tensor<float, dyn, dyn>>(name + ".y"));
    }
}

}  // namespace

TEST_CASE("a model predicts what Keras predicted") {
    using rows = tensor<float, dyn, 3>;
    check_model<nn::model<mlp, rows>, rows>("mlp", {"mlp.keras", "mlp.h5", "mlp.weights.h5"});
    check_model<nn::model<named, rows>, rows>("named", {"named.weights.h5"});
    check_model<nn::model<members, rows>, rows>("members", {"members.weights.h5"});
}
TEST_CASE("layers of many kinds are found by their classes' order, or by that of all") {
    using images = tensor<float, dyn, 6, 6, 2>;
    using texts = tensor<std::int32_t, dyn, 5>;
    check_model<nn::model<image, images>, images>("image", {"image.keras"});
    check_model<nn::model<text, texts>, texts>("text", {"text.keras", "text.h5"});
}
TEST_CASE("a normalisation counts its samples in Keras' files, which nothing reads") {
    for (const char* ending : {"keras", "weights.h5", "h5"}) {
        CAPTURE(ending);
        nn::model<adapted, tensor<float, dyn, 2>> net;
        load_keras(folder / (std::string("adapted.") + ending), net);
        CHECK(net(tensor<float, 2, 2>{{2, 4}, {3, 8}})(0, 0) == doctest::Approx(0.5));
        CHECK(net(tensor<float, 2, 2>{{2, 4}, {3, 8}})(1, 0) == doctest::Approx(3.5));
    }
}
TEST_CASE("a part, and a model of another element type") {
    nn::model<whole, tensor<float, dyn, 3>> net;
    nn::model<mlp, tensor<float, dyn, 3>> own;
    load_keras(folder / "mlp.keras", nn::part<"backbone">(net));
    load_keras(folder / "mlp.keras", own);
    CHECK(net.get<"backbone.hidden.kernel">()(1, 2) == own.get<"hidden.kernel">()(1, 2));
    CHECK(net.get<"backbone.out.bias">()(3) == own.get<"out.bias">()(3));
    nn::model<wide_mlp, tensor<double, dyn, 3>> wide;
    load_keras(folder / "mlp.keras", wide);
    CHECK(wide.get<"hidden.kernel">()(1, 2) == static_cast<double>(own.get<"hidden.kernel">()(1, 2)));
}
TEST_CASE("a damaged file is refused with its path, and nothing is loaded; or it is still one of this model") {
    using model = nn::model<mlp, tensor<float, dyn, 3>>;
    const auto path = std::filesystem::temp_directory_path() / "telar-keras-weights-test";
    int refused = 0;
    const auto try_with = [&](const std::string& damaged) {
        std::ofstream(path, std::ios::binary) << damaged;
        model net(1);
        const auto before = net.memory();
        try {
            load_keras(path, net);
        } catch (const error& problem) {
            ++refused;
            CHECK(std::string(problem.what()).starts_with(path.string() + ": "));
            CHECK(std::memcmp(before.data(), net.memory().data(), before.size()) == 0);
        }
    };
    for (const char* const file : {"mlp.h5", "mlp.weights.h5", "mlp.keras"}) {
        const auto bytes = read_raw_file(folder / file);
        support::each_damage({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, try_with, 67);
    }
    CHECK(refused > 1000);
    std::filesystem::remove(path);
}
TEST_CASE("what does not fit is told, and nothing is loaded") {
    struct wide {
        nn::dense hidden{6, nn::tanh}, out{4};
        constexpr symbol operator()(symbol x) const { return out(hidden(x)); }
    };
    struct longer {
        nn::dense hidden{5, nn::tanh}, more{5}, out{4};
        constexpr symbol operator()(symbol x) const { return out(more(hidden(x))); }
    };
    nn::model<wide, tensor<float, dyn, 3>> a(1), same_as_a(1);
    nn::model<longer, tensor<float, dyn, 3>> b(1);
    const std::string path = (folder / "mlp.weights.h5").string();
    CHECK_THROWS_WITH_AS(load_keras(path, a),
                         (path + ": the weights are not this model's:"
                                 "\n  hidden.kernel, float32 (3, 6): in the file layers/dense/vars/0, float32 (3, 5)"
                                 "\n  hidden.bias, float32 (6,): in the file layers/dense/vars/1, float32 (5,)"
                                 "\n  out.kernel, float32 (6, 4): in the file layers/dense_1/vars/0, float32 (5, 4)")
                             .c_str(),
                         wrong_shape);
    CHECK(a.get<"out.bias">()(0) == same_as_a.get<"out.bias">()(0));
    CHECK_THROWS_WITH_AS(load_keras(path, b),
                         (path + ": the weights are not this model's:"
                                 "\n  more.kernel, float32 (5, 5): in the file layers/dense_1/vars/0, float32 (5, 4)"
                                 "\n  more.bias, float32 (5,): in the file layers/dense_1/vars/1, float32 (4,)"
                                 "\n  out.kernel, float32 (5, 4): in the file nothing"
                                 "\n  out.bias, float32 (4,): in the file nothing")
                             .c_str(),
                         file_error);
    CHECK_THROWS_AS(load_keras(folder / "image.keras", a), file_error);
    CHECK_THROWS_AS(load_keras(folder / "expected.npz", a), file_error);
}
