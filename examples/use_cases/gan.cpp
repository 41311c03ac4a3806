// SPDX-License-Identifier: BSL-1.0
// A generative adversarial net. One net draws digits, another tells them from real ones; each learns from the other,
// by a step and an optimiser of its own. A third, which knows the real digits, reads what was drawn.
#include <algorithm>
#include <array>
#include <iostream>
#include <telar/data.hpp>
#include <telar/nn.hpp>

#include "../labs/lab.hpp"

using namespace telar;

constexpr extent_t noise = 16, samples = 1000, at_once = 64;
using images = tensor<float, dyn, 64>;
using codes = tensor<float, dyn, noise>;

// clang-format off
inline constexpr auto draws = nn::dense{128, nn::relu} | nn::dense{128, nn::relu} | nn::dense{64, nn::sigmoid};
inline constexpr auto judges = nn::dense{128, nn::leaky_relu} | nn::dropout{0.3}
                             | nn::dense{128, nn::leaky_relu} | nn::dropout{0.3} | nn::dense{1};  // log-odds of "real"
inline constexpr auto reads = nn::dense{128, nn::relu} | nn::dropout{0.3} | nn::dense{10};
// clang-format on

codes normal(extent_t rows, generator& random) {
    codes z = codes::uninitialized(shape(rows, noise));
    for (float& v : z) v = static_cast<float>(random.normal());
    return z;
}

/// How a reader of real digits reads these images.
struct reading {
    std::array<int, 10> counts{};  // of each digit
    double confidence = 0;         // mean probability of the digit that was read
    int rarest() const { return *std::min_element(counts.begin(), counts.end()); }
};
reading read_by(const auto& reader, const images& x) {
    reading r;
    const auto p = softmax(reader(x), axis<1>);
    for (extent_t n = 0; n < x.extent(0); ++n) {
        extent_t best = 0;
        for (extent_t k = 1; k < 10; ++k)
            if (p(n, k) > p(n, best)) best = k;
        ++r.counts[static_cast<std::size_t>(best)];
        r.confidence += p(n, best) / static_cast<double>(x.extent(0));
    }
    return r;
}
void print(const std::string& name, const reading& r) {
    std::cout << name << ": confidence " << r.confidence << ", of each digit";
    for (const int n : r.counts) std::cout << ' ' << n;
    std::cout << '\n';
}

int main(int count, char** words) {
    const int epochs = count > 1 ? std::stoi(words[1]) : 300;
    const std::uint64_t seed = count > 2 ? std::stoull(words[2]) : 1;
    const auto [test, real] = lab::digits(5);  // a fifth is kept from everybody
    const images unseen(test.x);

    nn::model_of<reads, images> reader(1);
    auto reading_lessons =
        nn::compile<nn::sparse_categorical_crossentropy{.from_logits = true}, nn::accuracy{}>(reader, adam{});
    reading_lessons.fit(real, {.epochs = 40, .verbose = 0});
    std::cout << "the reader is right about " << reading_lessons.evaluate(test)[1]
              << " of digits that it has not seen\n";

    nn::model_of<draws, codes> generating(seed);
    nn::model_of<judges, images> judge(seed + 100);
    auto judging = scope<"judge">(judge);  // two models in one expression: one has a name of its own
    input<"X", images> X;
    input<"Z", codes> Z;
    const auto fake = generating(Z);
    // -log D(x) - log(1 - D(G(z))), and -log D(G(z)), of log-odds.
    const auto loss_of_judge = mean(softplus(-judging(X))) + mean(softplus(judging(stop_gradient(fake))));
    const auto loss_of_drawing = mean(softplus(-judging(fake)));
    const adam slow{.learning_rate = 1e-3, .beta_1 = 0.5};
    auto judge_step = minimize(loss_of_judge, slow, nn::wrt(judging));
    auto draw_step = minimize(loss_of_drawing, slow, nn::wrt(generating));

    generator random(seed);
    const codes fixed = normal(samples, random);
    const reading before = read_by(reader, generating(fixed));
    std::vector<double> judge_losses, draw_losses;
    batches shuffled(real.x, real.y, at_once, random);
    for (int epoch = 0; epoch < epochs; ++epoch) {
        double judge_sum = 0, draw_sum = 0;
        for (const auto& [x, y] : shuffled) {
            judge_sum += run(judge_step, X = x, Z = normal(x.extent(0), random)).item();
            draw_sum += run(draw_step, Z = normal(at_once, random)).item();
        }
        judge_losses.push_back(judge_sum / static_cast<double>(shuffled.size()));
        draw_losses.push_back(draw_sum / static_cast<double>(shuffled.size()));
    }

    const images drawn = generating(fixed);
    const reading of_test = read_by(reader, unseen), after = read_by(reader, drawn);
    print("real digits", of_test);
    print("drawn, before training", before);
    print("drawn", after);

    std::vector<lab::tile> tiles;
    for (extent_t n = 0; n < 40; ++n)
        tiles.push_back({drawn.span().subspan(static_cast<std::size_t>(n) * 64, 64), 8, 8, ""});
    lab::save_tiles(lab::picture("gan.svg"), tiles, 10, 0, 1, 5);
    save_line_chart(lab::picture("gan_losses.svg"), {{"tells them apart", judge_losses}, {"draws", draw_losses}},
                    {.title = "Two losses that have no end", .x_label = "epoch", .y_label = "loss"});
    return after.confidence > 0.85 && after.rarest() >= 20 ? 0 : 1;
}

// prints:
// /the reader is right about 0[.]9[5-9].* of digits that it has not seen/
// /real digits: confidence 0[.]9.*/
// /drawn, before training: .*/
// /drawn: confidence 0[.](8[5-9]|9).*/
