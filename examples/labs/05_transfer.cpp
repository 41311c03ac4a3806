// SPDX-License-Identifier: BSL-1.0
// Lab 5. A net that has learnt to tell cars from cats looks at clothes, of which few have labels: against the same net
// that begins from nothing.
//
//     05_transfer [seeds [labels]]   3 seeds, and 5 and 20 labels of each class, unless given
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <iomanip>
#include <iostream>
#include <string>
#include <string_view>
#include <telar/data.hpp>
#include <telar/nn.hpp>
#include <telar/nn/keras_weights.hpp>

#include "lab.hpp"

using namespace telar;

constexpr nn::conv2d conv(int filters, int size, int stride) {
    return {.filters = filters, .kernel_size = size, .strides = stride, .padding = nn::padding::same};
}
constexpr nn::batch_norm normalised{.momentum = 0.9};  // from nothing there are few steps to learn the moving means in

/// y = relu(x + two convolutions of it); with a stride also x goes through one, to have y's extents.
template <int Filters, int Stride> struct residual {
    nn::conv2d first = conv(Filters, 3, Stride), second = conv(Filters, 3, 1), shortcut = conv(Filters, 1, Stride);
    nn::batch_norm first_norm = normalised, second_norm = normalised;
    constexpr symbol operator()(symbol x) const {
        const symbol y = second(nn::relu(first_norm(first(x))));
        // Called here, since load_keras goes by the order of the calls, and this is the file's.
        const symbol kept = Stride == 1 ? x : shortcut(x);
        return nn::relu(kept + second_norm(y));
    }
};
/// ResNet-8 of MLPerf Tiny without its last layer.   (N,32,32,3), 0 to 255 -> (N,64)
struct resnet {
    nn::conv2d stem = conv(16, 3, 1);
    nn::batch_norm stem_norm = normalised;
    residual<16, 1> one{};
    residual<32, 2> two{};
    residual<64, 2> three{};
    constexpr symbol operator()(symbol x) const {
        return nn::global_average_pooling{}(three(two(one(nn::relu(stem_norm(stem(x)))))));
    }
};
/// As it was trained, for the ten classes of CIFAR-10.
struct pretrained {
    resnet body{};
    nn::dense head{10, nn::softmax};
    constexpr symbol operator()(symbol x) const { return head(body(x)); }
};
/// Other images, a new head.   (N,784), grey, 0 to 1 -> (N,10) log-odds
struct transferred {
    resnet body{};
    nn::dropout drop{0.2};
    nn::dense head{10};
    constexpr symbol operator()(symbol x) const {
        x = nn::zero_padding2d{2}(reshape(x * 255.0f, extents<-1, 28, 28, 1>));  // (N,32,32,1)
        return head(drop(body(nn::concatenate{}(x, x, x))));
    }
};
using pictures = tensor<float, dyn, 32, 32, 3>;
using grey = tensor<float, dyn, 784>;
using transfer_net = nn::model<transferred, grey>;

/// The body's values, from one model to the other.
void copy_body(nn::model<pretrained, pictures>& from, transfer_net& to) {
    const auto theirs = nn::part<"body">(from).parameters();
    auto ours = nn::part<"body">(to).parameters();
    for (std::size_t k = 0; k < ours.size(); ++k) std::memcpy(ours[k].data, theirs[k].data, ours[k].bytes());
}
/// So many samples of each class, chosen at random.
labelled choose(const labelled& all, int of_each, std::uint64_t seed) {
    std::vector<std::int32_t> order(static_cast<std::size_t>(all.y.extent(0)));
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int32_t>(i);
    generator(seed).shuffle(std::span(order));
    labelled few{zeros<float, dyn, dyn>(shape(10 * of_each, 784)), zeros<std::int32_t, dyn>(shape(10 * of_each))};
    std::array<int, 10> taken{};
    extent_t row = 0;
    for (const std::int32_t n : order) {
        if (taken[static_cast<std::size_t>(all.y(n))]++ >= of_each) continue;
        std::copy_n(&all.x(n, 0), 784, &few.x(row, 0));
        few.y(row++) = all.y(n);
    }
    return few;
}
/// How much of the test the net says rightly.
double accuracy(const transfer_net& net, const labelled& test) {
    constexpr extent_t at_once = 200;
    extent_t right = 0;
    for (extent_t from = 0; from + at_once <= test.y.extent(0); from += at_once) {
        const auto said = argmax(net(grey(test.x.rows(from, from + at_once))), axis<1>);
        for (extent_t n = 0; n < at_once; ++n) right += said(n) == test.y(from + n);
    }
    return static_cast<double>(right) / static_cast<double>(test.y.extent(0));
}
/// Trains so many steps of 20 samples. The rate falls to 0 along a cosine.
void fit(auto&& net, const labelled& few, int steps, double rate, std::uint64_t seed) {
    auto trainer = nn::compile<nn::sparse_categorical_crossentropy{.from_logits = true}>(
        net, adam{.learning_rate = cosine_decay{.initial_learning_rate = rate, .decay_steps = double(steps)}});
    const int per_epoch = static_cast<int>((few.y.extent(0) + 19) / 20);
    trainer.fit(few, {.epochs = steps / per_epoch, .batch_size = 20, .seed = seed, .verbose = 0});
}

int main(int count, char** words) {
    const auto seeds = static_cast<std::uint64_t>(count > 1 ? std::stoi(words[1]) : 3);
    const std::vector<int> sizes = count > 2 ? std::vector{std::stoi(words[2])} : std::vector{5, 20};
    const auto folder = lab::data("mlperf-tiny");
    if (!std::filesystem::exists(folder)) return lab::skip(folder);
    auto other = lab::data("fashion-mnist");
    if (!std::filesystem::exists(other)) other = "/usr/share/datasets/fashion-mnist";  // Debian's package
    if (!std::filesystem::exists(other)) other = lab::data("mnist");
    if (!std::filesystem::exists(other)) return lab::skip(other);

    // The net does here what it did where it was trained.
    nn::model<pretrained, pictures> original;
    load_keras(folder / "resnet8_cifar10.h5", original);
    const auto reference = load_safetensors(folder / "resnet8_cifar10_reference.safetensors");
    const auto theirs = reference.get<tensor<float, dyn, 10>>("output");
    const auto ours = original(reference.get<pictures>("input"));
    double difference = 0;
    for (std::size_t i = 0; i < theirs.size(); ++i)
        difference = std::max(difference, double(std::abs(theirs.data()[i] - ours.data()[i])));
    std::cout << "of the reference's 32 images the probabilities differ by at most " << std::setprecision(1)
              << std::scientific << difference << std::endl;

    const train_and_test data = read_mnist(other);
    const labelled test = lab::first(data.test, 2000);
    std::cout << other.filename().string() << ", means of " << seeds
              << " trainings\nlabels  from nothing  frozen  fine-tuned\n";
    std::array<chart_line, 3> lines{{{"from nothing", {}}, {"frozen, a new head", {}}, {"then fine-tuned", {}}}};
    std::array<double, 3> means{};
    for (const int of_each : sizes) {
        means = {};
        const int steps = of_each < 50 ? 300 : 600;
        for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
            const labelled few = choose(data.train, of_each, seed);
            transfer_net fresh(seed), net(seed);
            fit(fresh, few, steps, 2e-3, seed);
            copy_body(original, net);
            fit(nn::frozen<"body">(net), few, steps, 1e-2, seed);
            const double with_new_head = accuracy(net, test);
            // The norms go on with the means and deviations of CIFAR-10, to which all else is adapted.
            fit(nn::frozen<"body.stem_norm", "body.one.first_norm", "body.one.second_norm", "body.two.first_norm",
                           "body.two.second_norm", "body.three.first_norm", "body.three.second_norm">(net),
                few, steps / 2, 2e-4, seed);
            const std::array right{accuracy(fresh, test), with_new_head, accuracy(net, test)};
            for (std::size_t way = 0; way < 3; ++way) means[way] += right[way] / static_cast<double>(seeds);
        }
        std::cout << std::fixed << std::setprecision(3) << std::setw(6) << of_each;
        for (std::size_t way = 0; way < 3; ++way) {
            std::cout << std::setw(12) << means[way];
            lines[way].x.push_back(of_each);
            lines[way].y.push_back(means[way]);
        }
        std::cout << std::endl;
    }
    save_line_chart(lab::picture("05_labels.svg"), {lines.begin(), lines.end()},
                    {.title = "Few labels: " + other.filename().string(),
                     .x_label = "labels of each class",
                     .y_label = "accuracy"});
    return difference < 1e-5 && means[2] > means[0] ? 0 : 1;
}

// prints:
// /of the reference's 32 images the probabilities differ by at most [0-9.]+e-0[5-9]/
// /(fashion-)?mnist, means of 1 trainings/
// labels  from nothing  frozen  fine-tuned
// /    10 +0[.][0-9]+ +0[.][0-9]+ +0[.][0-9]+/
