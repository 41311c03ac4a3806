// SPDX-License-Identifier: BSL-1.0
// A variational autoencoder: eight numbers for each digit, a bound on the likelihood of digits that it has not seen,
// digits that nobody wrote, and the ways between two digits.
#include <algorithm>
#include <cmath>
#include <iostream>
#include <telar/data.hpp>
#include <telar/nn.hpp>

#include "../labs/lab.hpp"

using namespace telar;

constexpr extent_t latent = 8;
using images = tensor<float, dyn, 64>;
using codes = tensor<float, dyn, latent>;

inline constexpr auto encodes =
    nn::dense{128, nn::relu} | nn::dropout{0.2} | nn::dense{2 * latent};   // means, logarithms of variances
inline constexpr auto decodes = nn::dense{128, nn::relu} | nn::dense{64};  // log-odds of each pixel

/// The digits as ink and paper: 1 where a pixel is at least half black.
images inked(const labelled& digits) {
    images x(digits.x);
    for (float& v : x) v = v >= 0.5f ? 1.0f : 0.0f;
    return x;
}
/// The baseline: a mixture of the ten digits, equally likely, each with its mean image. Its likelihood is exact.
double mixture(const images& x, const labelled& train, const images& unseen) {
    tensor<double, 10, 64> ink = zeros<double, 10, 64>();
    tensor<double, 10> n = zeros<double, 10>();
    for (extent_t i = 0; i < x.extent(0); ++i) {
        ++n(train.y(i));
        for (extent_t k = 0; k < 64; ++k) ink(train.y(i), k) += x(i, k);
    }
    double sum = 0;
    for (extent_t i = 0; i < unseen.extent(0); ++i) {
        double likelihood = 0;
        for (extent_t c = 0; c < 10; ++c) {
            double of_class = 0.1;
            for (extent_t k = 0; k < 64; ++k) {
                const double p = (ink(c, k) + 0.5) / (n(c) + 1);
                of_class *= unseen(i, k) > 0 ? p : 1 - p;
            }
            likelihood += of_class;
        }
        sum += std::log(likelihood);
    }
    return sum / static_cast<double>(unseen.extent(0));
}

int main(int count, char** words) {
    const int epochs = count > 1 ? std::stoi(words[1]) : 400;
    const std::uint64_t seed = count > 2 ? std::stoull(words[2]) : 1;
    const auto [test, train] = lab::digits(5);
    const images seen = inked(train), unseen = inked(test);

    nn::model_of<encodes, images> encoder(seed);
    nn::model_of<decodes, codes> decoder(seed + 100);
    input<"X", images> X;
    random_state<"noise"> rng(seed);
    const auto code = encoder(X);                                                  // (n,16)
    const auto means = slice(code, starts<0, 0>, sizes<-1, latent>);               // (n,8)
    const auto log_variances = slice(code, starts<0, latent>, sizes<-1, latent>);  // (n,8)
    const auto z = means + exp(0.5f * log_variances) * random_normal_like(means, rng);
    const auto odds = scope<"decoder">(decoder)(z);
    const auto log_likelihood = sum(X * odds - softplus(odds), axis<1>);  // (n)
    const auto divergence = 0.5f * sum(square(means) + exp(log_variances) - 1.0f - log_variances, axis<1>);
    const auto bound = mean(log_likelihood - divergence);
    auto step = minimize(-bound, adam{.learning_rate = 2e-3});

    const auto bound_of = [&](const images& x, int draws) {
        double total = 0;
        for (int i = 0; i < draws; ++i) total += run(bound, X = x).item() / static_cast<double>(draws);
        return total;
    };
    std::vector<double> train_bounds, test_bounds;
    batches shuffled(seen, train.y, 64, generator(seed));
    for (int epoch = 0; epoch < epochs; ++epoch) {
        step.optimizer.learning_rate = 2e-3 * (epochs - epoch) / epochs;
        for (const auto& [x, y] : shuffled) run(step, X = x);
        train_bounds.push_back(bound_of(seen, 1));
        test_bounds.push_back(bound_of(unseen, 1));
    }
    const double baseline = mixture(seen, train, unseen), elbo = bound_of(unseen, 20);
    std::cout << "log-likelihood of a digit that was not seen, in nats:\na mixture of ten mean digits: " << baseline
              << "\nthe autoencoder, at least: " << elbo << "\nof which the code costs "
              << run(mean(divergence), X = unseen).item() << '\n';

    // Two rows of digits that nobody wrote; then three ways between two written ones, along a line between their codes.
    codes line = codes::uninitialized(shape(50, latent));
    generator random(seed);
    for (float& v : line) v = static_cast<float>(random.normal());
    const codes written = run(means, X = unseen);
    for (extent_t n = 20; n < 50; ++n)
        for (extent_t k = 0; k < latent; ++k) {
            const extent_t from = (n - 20) / 10 * 2;
            const float way = static_cast<float>(n % 10) / 9;
            line(n, k) = (1 - way) * written(from, k) + way * written(from + 1, k);
        }
    const images drawn = sigmoid(decoder(line));
    std::vector<lab::tile> tiles;
    for (std::size_t n = 0; n < 50; ++n) tiles.push_back({drawn.span().subspan(n * 64, 64), 8, 8, ""});
    lab::save_tiles(lab::picture("vae.svg"), tiles, 10, 0, 1, 5);
    save_line_chart(lab::picture("vae_bound.svg"), {{"training", train_bounds}, {"held out", test_bounds}},
                    {.title = "ELBO", .x_label = "epoch", .y_label = "nats"});
    return elbo > baseline + 1 ? 0 : 1;
}

// prints:
// log-likelihood of a digit that was not seen, in nats:
// a mixture of ten mean digits: -19.6823
// /the autoencoder, at least: -1[78][.].*/
// /of which the code costs [56][.].*/
