// SPDX-License-Identifier: BSL-1.0
#include "../support/keras_folder.hpp"

#include <telar/io/npz.hpp>
#include <telar/nn/keras_files.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace telar;

namespace {

const std::filesystem::path folder = std::filesystem::path(TELAR_TEST_DATA_DIR) / "keras";

// The classifier of tests/fixtures/from_keras_files.py, which goes on without its dropout.
struct mlp {
    nn::dense hidden{5, nn::tanh};
    nn::dense out{4};
    constexpr symbol operator()(symbol x) const { return out(hidden(x)); }
};
using model = nn::model<mlp, tensor<float, dyn, 3>>;
constexpr nn::sparse_categorical_crossentropy loss{.from_logits = true};

const io::archive& expected() {
    static const io::archive all = load_npz(folder / "expected.npz");
    return all;
}

}  // namespace

TEST_CASE("the optimiser goes on where Keras' stood") {
    for (const char* const file : {"mlp.keras", "mlp.h5"}) {
        INFO(file);
        model net(1);
        auto trainer = nn::compile<loss, nn::accuracy{}>(net, adam{.learning_rate = 0.5});
        CHECK(load_keras(folder / file, trainer));
        CHECK(trainer.steps() == 4);
        CHECK(trainer.learning_rate() == 0.001);
        trainer.fit(expected().get<tensor<float, dyn, 3>>("mlp.x0"),
                    expected().get<tensor<std::int32_t, dyn>>("mlp.labels"),
                    {.epochs = 1, .batch_size = 4, .shuffle = false, .verbose = 0});
        int number = 0;
        for (const nn::parameter_view& p : net.parameters()) {
            if (p.type != dtype::float32) continue;
            const io::named_array& want = expected().at("mlp.next" + std::to_string(number++));
            for (extent_t i = 0; i < p.extents->count(); ++i) {
                const float got = static_cast<const float*>(p.data)[i];
                CHECK(got == doctest::Approx(reinterpret_cast<const float*>(want.bytes.data())[i]).epsilon(1e-5));
            }
        }
    }
}
TEST_CASE("another optimiser: the weights are loaded, and its own state stays") {
    model net(1);
    auto trainer = nn::compile<loss>(net, sgd{.learning_rate = 0.5});
    CHECK_FALSE(load_keras(folder / "mlp.keras", trainer));
    CHECK(trainer.steps() == 0);
    CHECK(trainer.learning_rate() == 0.5);
    model same(2);
    load_keras(folder / "mlp.keras", same);
    CHECK(net.get<"out.kernel">()(4, 1) == same.get<"out.kernel">()(4, 1));
}
TEST_CASE("a trainer that is saved goes on with the same bits") {
    const auto x = expected().get<tensor<float, dyn, 3>>("mlp.x0");
    const auto labels = expected().get<tensor<std::int32_t, dyn>>("mlp.labels");
    const support::keras_file file("trained.keras");
    model a(1), b(2);
    auto first = nn::compile<loss, nn::accuracy{}>(a, adam{.learning_rate = 0.01});
    auto second = nn::compile<loss, nn::accuracy{}>(b, adam{.learning_rate = 0.5});
    save_keras(file.path, first);  // before the first step
    CHECK(load_keras(file.path, second));
    CHECK(second.steps() == 0);
    for (int i = 0; i < 3; ++i) first.train_on_batch(x, labels);
    save_keras(file.path, first);
    CHECK(load_keras(file.path, second));
    CHECK(second.steps() == 3);
    const tensor<float, dyn, dyn> y = a(x);
    CHECK(first.train_on_batch(x, labels) == second.train_on_batch(x, labels));
    std::vector<io::named_view> all{io::view_of("x0", x), io::view_of("y0", y), io::view_of("labels", labels)};
    const tensor<float> is_compiled{1.0f};
    all.push_back(io::view_of("loss", is_compiled));
    int number = 0;
    for (const nn::parameter_view& p : a.parameters()) {
        if (p.type != dtype::float32) continue;
        all.push_back({"next" + std::to_string(number++),
                       p.type,
                       *p.extents,
                       {static_cast<const std::byte*>(p.data), p.bytes()}});
    }
    for (int k = 0; k < model::parameter_count(); ++k) {
        const auto& type = model::leaf::value_types[k];
        CHECK(std::memcmp(a.data(k), b.data(k), static_cast<std::size_t>(type.extents.count()) * size_of(type.type)) ==
              0);
    }
    if (support::keeps_keras_files()) save_npz(support::keras_file("trained.npz").path, all);
}
