// SPDX-License-Identifier: BSL-1.0
// Models of several inputs and outputs, and views of models, in compile, fit, evaluate and predict.
#include <doctest/doctest.h>
#include <telar/nn/trainer.hpp>

#include <array>
#include <string>
#include <vector>

using namespace telar;

namespace {
/// Two inputs; a number and the scores of three classes.
struct two_by_two {
    nn::dense left{4, nn::tanh}, right{4, nn::tanh}, number{1}, classes{3};
    constexpr std::array<symbol, 2> operator()(symbol a, symbol b) const {
        const symbol h = left(a) + right(b);
        return {number(h), classes(h)};
    }
};
using model = nn::model<two_by_two, tensor<float, dyn, 2>, tensor<float, dyn, 3>>;
constexpr nn::sparse_categorical_crossentropy of_logits{.from_logits = true};

struct samples {
    tensor<float, 12, 2> a;
    tensor<float, 12, 3> b;
    tensor<float, 12> number;
    tensor<int, 12> label;
    samples() {
        for (int i = 0; i < 12; ++i) {
            for (int k = 0; k < 2; ++k) a(i, k) = float((5 * i + 3 * k) % 7) / 7;
            for (int k = 0; k < 3; ++k) b(i, k) = float((4 * i + 5 * k) % 9) / 9;
            number(i) = a(i, 0) - b(i, 1);
            label(i) = b(i, 0) > 0.7f ? 2 : a(i, 1) > 0.5f;
        }
    }
};
}  // namespace

TEST_CASE("two inputs, two outputs: the loss is the weighted sum of theirs, a metric belongs to an output") {
    const samples s;
    model net(3);
    auto trainer =
        nn::compile<nn::outputs<nn::named<"number">(nn::weighted{nn::mean_squared_error{}, 0.25}), of_logits>{},
                    nn::of_output<1, nn::accuracy{}>{}, nn::root_mean_squared_error{}>(net,
                                                                                       adam{.learning_rate = 0.05});
    const auto [number, scores] = trainer.predict(std::tie(s.a, s.b), 5);
    CHECK(number.extents() == shape(12, 1));
    CHECK(scores.extents() == shape(12, 3));
    double squares = 0, entropy = 0, right = 0;
    for (int i = 0; i < 12; ++i) {
        squares += std::pow(double(number(i, 0)) - s.number(i), 2) / 12;
        double all = 0;
        int best = 0;
        for (int k = 0; k < 3; ++k) {
            all += std::exp(double(scores(i, k)));
            if (scores(i, k) > scores(i, best)) best = k;
        }
        entropy += (std::log(all) - double(scores(i, s.label(i)))) / 12;
        right += (best == s.label(i)) / 12.0;
    }
    const auto [loss, accuracy, root] = trainer.evaluate(std::tie(s.a, s.b), std::tie(s.number, s.label), 5);
    CHECK(loss == doctest::Approx(0.25 * squares + entropy).epsilon(1e-5));
    CHECK(accuracy == doctest::Approx(right));
    CHECK(root == doctest::Approx(std::sqrt(squares)).epsilon(1e-5));

    trainer.optimizer().learning_rate = 0;
    const auto same =
        trainer.fit(std::tie(s.a, s.b), std::tie(s.number, s.label), {.epochs = 1, .batch_size = 5, .verbose = 0},
                    nn::validation(std::tie(s.a, s.b), std::tie(s.number, s.label)));
    for (const std::string before : {"", "val_"}) {
        CHECK(same[before + "loss"].back() == doctest::Approx(loss));
        CHECK(same[before + "number_loss"].back() == doctest::Approx(squares).epsilon(1e-5));
        CHECK(same[before + "output_1_loss"].back() == doctest::Approx(entropy).epsilon(1e-5));
    }
    trainer.optimizer().learning_rate = 0.05;
    const auto history =
        trainer.fit(std::tie(s.a, s.b), std::tie(s.number, s.label), {.epochs = 60, .batch_size = 5, .verbose = 0},
                    nn::validation(std::tie(s.a, s.b), std::tie(s.number, s.label)));
    CHECK(history["loss"].back() < 0.3 * history["loss"].front());
    CHECK(history["output_1_accuracy"].back() > 0.9);
    CHECK(history["val_loss"].back() < 0.3 * loss);
    CHECK(trainer.train_on_batch(std::tie(s.a, s.b), std::tie(s.number, s.label)) < 0.3 * loss);
    const tensor<int, dyn, 1> column = reshape(s.label, extents<-1, 1>);  // (n,1) stands for (n)
    CHECK(trainer.evaluate(std::tie(s.a, s.b), std::tie(s.number, column), 5) ==
          trainer.evaluate(std::tie(s.a, s.b), std::tie(s.number, s.label), 5));
    const tensor<int, dyn, dyn> one_hot(shape(12, 3));
    CHECK_THROWS_WITH_AS(trainer.evaluate(std::tie(s.a, s.b), std::tie(s.number, one_hot), 5),
                         "output 1 of the model has shape (None, 3), for which sparse_categorical_crossentropy expects "
                         "targets of shape (None,), not (12, 3)",
                         wrong_shape);
    const tensor<float, 11> fewer;
    CHECK_THROWS_AS(trainer.evaluate(std::tie(s.a, s.b), std::tie(fewer, s.label)), wrong_shape);
}
TEST_CASE("a view is trained: what is frozen stays") {
    const samples s;
    struct line {
        nn::dense body{3, nn::tanh}, head{1};
        constexpr symbol operator()(symbol x) const { return head(body(x)); }
    };
    nn::model<line, tensor<float, dyn, 2>> net(1);
    const auto before = net;
    auto trainer = nn::compile<nn::mean_squared_error{}>(nn::frozen<"body">(net), sgd{.learning_rate = 0.1});
    trainer.fit(s.a, s.number, {.epochs = 2, .verbose = 0});
    CHECK(net.get<"body.kernel">()(1, 2) == before.get<"body.kernel">()(1, 2));
    CHECK(net.get<"head.kernel">()(1, 0) != before.get<"head.kernel">()(1, 0));
    CHECK(&trainer.net() == &net);

    const auto now = net;
    auto parts = nn::compile<nn::mean_squared_error{}>(
        net, loss_scale_optimizer{multi_optimizer(sgd{.learning_rate = 0.1}, for_part<"head">(adam{.learning_rate = 0}),
                                                  for_part<"head.bias">(momentum{}))});
    parts.fit(s.a, s.number, {.epochs = 2, .verbose = 0});
    CHECK(net.get<"body.kernel">()(1, 2) != now.get<"body.kernel">()(1, 2));
    CHECK(net.get<"head.kernel">()(1, 0) == now.get<"head.kernel">()(1, 0));
    CHECK(net.get<"head.bias">()(0) != now.get<"head.bias">()(0));
    parts.optimizer().of<"head">().learning_rate = 0.1;
    parts.fit(s.a, s.number, {.epochs = 1, .verbose = 0});
    CHECK(net.get<"head.kernel">()(1, 0) != now.get<"head.kernel">()(1, 0));
    for (const auto& state : parts.step().remembered())  // of momentum one, of adam two, of sgd none
        if (state.name == "body.kernel/multi_optimizer/state_0" || state.name == "head.bias/multi_optimizer/state_1")
            CHECK(state.extents == shape());
        else if (state.name == "head.kernel/multi_optimizer/state_1") CHECK(state.extents == shape(3, 1));
}
TEST_CASE("a model of images and labels mixes both in training, and takes its own loss") {
    struct mixed {
        nn::mix_up mix{0.5};
        nn::flatten flat{};
        nn::dense out{3};
        nn::site here{};
        constexpr symbol operator()(symbol images, symbol labels) const {
            const auto [x, y] = mix(images, labels);
            const symbol scores = out(flat(x));
            here.add_loss(mean(softmax_cross_entropy(scores, y)));
            return scores;
        }
    };
    tensor<float, 6, 2, 2, 1> x;
    tensor<float, 6, 3> labels;
    tensor<int, 6> classes;
    for (int i = 0; i < 6; ++i) {
        classes(i) = i % 3;
        for (int k = 0; k < 4; ++k) x(i, k / 2, k % 2, 0) = float((k + i) % 3 == 0) + 0.1f * float(i);
        for (int k = 0; k < 3; ++k) labels(i, k) = float(k == i % 3);
    }
    nn::model<mixed, tensor<float, dyn, 2, 2, 1>, tensor<float, dyn, 3>> net(1);
    auto trainer = nn::compile<nn::weighted{of_logits, 0}, nn::accuracy{}>(net, sgd{.learning_rate = 0});
    const auto scores = net(x, labels);
    double entropy = 0;
    for (int i = 0; i < 6; ++i) {
        double all = 0;
        for (int k = 0; k < 3; ++k) all += std::exp(double(scores(i, k)));
        entropy += (std::log(all) - double(scores(i, i % 3))) / 6;
    }
    CHECK(trainer.evaluate(std::tie(x, labels), classes)[0] == doctest::Approx(entropy).epsilon(1e-5));
    const float once = trainer.train_on_batch(std::tie(x, labels), classes);
    CHECK(once != trainer.train_on_batch(std::tie(x, labels), classes));  // mixed anew
    CHECK(trainer.evaluate(std::tie(x, labels), classes)[0] == doctest::Approx(entropy).epsilon(1e-5));
    trainer.optimizer().learning_rate = 0.3;
    trainer.fit(std::tie(x, labels), classes, {.epochs = 200, .verbose = 0});
    CHECK(trainer.evaluate(std::tie(x, labels), classes)[0] < 0.7 * entropy);
}
