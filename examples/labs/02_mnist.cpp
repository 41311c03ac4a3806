// SPDX-License-Identifier: BSL-1.0
// Lab 2. A convolutional net reads handwritten digits; then a net that is too small and one that is too large for 1,000
// of them: under- and overfitting.
//
//     02_mnist [samples [folder]]   all 60,000 samples, and the four files of $TELAR_DATA/mnist, unless given
#include <iostream>
#include <telar/data.hpp>
#include <telar/nn.hpp>

#include "lab.hpp"

using namespace telar;

struct cnn {
    nn::conv2d edges{16, 5, nn::relu}, shapes{32, 5, nn::relu};
    nn::dense hidden{128, nn::relu};
    nn::dropout drop{0.4};
    nn::dense out{10};
    constexpr symbol operator()(symbol x) const {
        x = reshape(x, extents<-1, 28, 28, 1>);  // (N,784) -> height, width, one channel
        x = nn::max_pool2d(edges(x), 2);         // (N,12,12,16)
        x = nn::max_pool2d(shapes(x), 2);        // (N,4,4,32)
        return out(drop(hidden(nn::flatten{}(x))));
    }
};
inline constexpr auto too_small = nn::dense{2, nn::relu} | nn::dense{10};
inline constexpr auto too_large = nn::dense{256, nn::relu} | nn::dense{10};

using digits = tensor<float, dyn, 784>;

auto compile(auto& net, double learning_rate) {
    return nn::compile<nn::sparse_categorical_crossentropy{.from_logits = true}, nn::accuracy{}>(
        net, adam{.learning_rate = learning_rate});
}

/// The first layer's kernels: each sees 5x5 pixels.
template <class Net> void draw_filters(const Net& net) {
    const auto kernel = net.template get<"edges.kernel">();  // (5,5,1,16)
    std::vector<std::vector<float>> pixels(16);
    std::vector<lab::tile> tiles;
    for (extent_t f = 0; f < 16; ++f) {
        auto& p = pixels[static_cast<std::size_t>(f)];
        for (extent_t i = 0; i < 25; ++i) p.push_back(kernel(i / 5, i % 5, 0, f));
        tiles.push_back({p, 5, 5, std::to_string(f + 1)});
    }
    lab::save_tiles(lab::picture("02_filters.svg"), tiles, 8, -0.5f, 0.5f, 12);
}

/// The first 30 digits of the test that are read wrongly.
template <class Net> void draw_mistakes(const Net& net, const labelled& test) {
    const auto read = argmax(net(test.x), axis<1>);
    std::vector<lab::tile> tiles;
    for (extent_t n = 0; n < test.y.extent(0) && tiles.size() < 30; ++n)
        if (read(n) != test.y(n))
            tiles.push_back(
                {{&test.x(n, 0), 784}, 28, 28, std::to_string(test.y(n)) + ", read " + std::to_string(read(n))});
    if (!tiles.empty()) lab::save_tiles(lab::picture("02_mistakes.svg"), tiles, 10, 0, 1);
}

/// 60 epochs with 1,000 digits, and how the loss goes on digits that the net has not seen.
template <class Net>
void fit_few(Net& net, const std::string& name, const train_and_test& data, std::vector<chart_line>& lines) {
    const labelled few = lab::first(data.train, 1000), others = lab::first(data.test, 2000);
    auto trainer = compile(net, 1e-3);
    const auto history = trainer.fit(few, {.epochs = 60, .verbose = 0}, nn::validation(others.x, others.y));
    lines.push_back({name + ", training", history["loss"]});
    lines.push_back({name + ", validation", history["val_loss"]});
    std::cout << name << ": loss " << history["loss"].back() << ", validation " << history["val_loss"].back()
              << ", accuracy " << history["accuracy"].back() << ", validation " << history["val_accuracy"].back()
              << '\n';
}

int main(int count, char** words) {
    const extent_t samples = count > 1 ? std::stoi(words[1]) : 60000;
    const std::filesystem::path folder = count > 2 ? std::filesystem::path(words[2]) : lab::data("mnist");
    if (!std::filesystem::exists(folder)) return lab::skip(folder);
    const train_and_test data = read_mnist(folder);

    nn::model<cnn, digits> net(1);
    std::cout << summary(net);
    auto trainer = compile(net, 1e-3);
    nn::learning_rate_scheduler slower{[](int epoch, double rate) { return epoch < 3 ? rate : rate / 3; }};
    trainer.fit(lab::first(data.train, samples), {.epochs = 5, .batch_size = 64}, slower);
    const auto [loss, accuracy] = trainer.evaluate(data.test, 500);
    std::cout << "test: loss " << loss << ", accuracy " << accuracy << '\n';
    draw_filters(net);
    draw_mistakes(net, lab::first(data.test, 5000));

    std::vector<chart_line> lines;
    nn::model_of<too_small, digits> small(1);
    nn::model_of<too_large, digits> large(1);
    fit_few(small, "2 units", data, lines);
    fit_few(large, "256 units", data, lines);
    save_line_chart(lab::picture("02_overfitting.svg"), lines,
                    {.title = "1,000 digits: too small and too large", .x_label = "epoch", .y_label = "cross-entropy"});
    const double wanted = count > 2 ? 0 : samples < 60000 ? 0.95 : 0.99;  // other data: whatever it reaches
    return accuracy >= wanted ? 0 : 1;
}

// prints:
// ...
// /edges   conv2d   .*/
// ...
// /test: loss 0[.][01][0-9]*, accuracy 0[.]9[67][0-9]*/
// /2 units: loss 1[.][0-9]+, validation 1[.][0-9]+, accuracy 0[.][3-7][0-9]*, validation 0[.][3-6][0-9]*/
// /256 units: loss 0[.]00[0-9]+, validation 0[.][5-7][0-9]+, accuracy 1, validation 0[.]8[0-9]*/
