// SPDX-License-Identifier: BSL-1.0
// Lab 9. A small transformer reads Shakespeare letter by letter, learns which letter comes next, and then writes.
//
//     09_language_model [steps]   4000 unless given; the fewer, the worse
#include <algorithm>
#include <chrono>
#include <iomanip>
#include <iostream>
#include <string>
#include <string_view>
#include <telar/data/texts.hpp>
#include <telar/nn.hpp>

#include "lab.hpp"

using namespace telar;

constexpr extent_t context = 128;  // characters that are seen at once: T
constexpr int characters = 65, width = 128, heads = 4, layers = 3;

/// x + p: a vector of its own for each place, since attention does not know in which order it sees things.
struct position {
    nn::parameter embeddings{};
    nn::site here{};
    constexpr symbol operator()(symbol x) const {  // (N,T,width)
        const nn::layer_call call(here, x, "position");
        return call.gives(x + embeddings(x, shape(x.extents()[1], x.extents()[2]), nn::random_normal(0, 0.02)));
    }
};
/// Each place asks the places before it, then each place thinks for itself; both are added to what was there.
struct block {
    nn::layer_norm before{}, between{};
    nn::multi_head_attention attention{heads};
    nn::dense up{4 * width, nn::gelu}, down{width};
    constexpr symbol operator()(symbol x) const {
        const symbol seen = before(x);
        x = x + attention(seen, seen, {.use_causal_mask = true});
        return x + down(up(between(x)));
    }
};
struct transformer {
    nn::embedding letters{characters, width, nn::random_normal(0, 0.02)};
    position places{};
    nn::repeat<block, layers> blocks{};
    nn::layer_norm last{};
    nn::dense out{characters};
    constexpr symbol operator()(symbol x) const {  // (N,T) numbers of characters -> (N,T,65) log-odds of the next
        return out(last(blocks(places(letters(x)))));
    }
};

using texts = tensor<std::int32_t, dyn, context>;

/// Windows of a text, `apart` characters apart; y is x, one character later.
struct windows {
    texts x, y;
    windows(const tensor<std::int64_t, dyn>& text, extent_t from, extent_t to, extent_t apart) {
        const extent_t count = (to - from - context - 1) / apart + 1;
        x.resize(shape(count, context));
        y.resize(shape(count, context));
        for (extent_t n = 0; n < count; ++n)
            for (extent_t t = 0; t < context; ++t) {
                x(n, t) = static_cast<std::int32_t>(text(from + n * apart + t));
                y(n, t) = static_cast<std::int32_t>(text(from + n * apart + t + 1));
            }
    }
};

/// Goes on with a text. The lower the temperature, the more likely the likely letters are: near 0 only the likeliest is
/// written, at 1 they are as likely as the net says.
template <class Net>
std::string write(const Net& net, const character_tokenizer& letters, std::string text, int count, float temperature,
                  std::uint64_t seed) {
    generator random(seed);
    for (int i = 0; i < count; ++i) {
        const std::string_view seen =
            std::string_view(text).substr(text.size() - std::min(text.size(), std::size_t(context)));
        const auto numbers = letters.encode(seen);
        texts x = zeros<std::int32_t, dyn, context>(shape(1, context));  // what stands behind the text is not looked at
        for (extent_t t = 0; t < numbers.extent(0); ++t) x(0, t) = static_cast<std::int32_t>(numbers(t));
        const auto scores = net(x);  // (1,T,65)
        tensor<float, characters> next;
        std::copy_n(&scores(0, numbers.extent(0) - 1, 0), characters, next.data());
        text += letters.token_of(categorical(next / temperature, random)());
    }
    return text;
}

int main(int count, char** words) {
    const int steps = count > 1 ? std::stoi(words[1]) : 4000, epochs = std::max(2, steps / 400);
    const auto path = lab::data("text/tinyshakespeare.txt");
    if (!std::filesystem::exists(path)) return lab::skip(path);
    const std::vector<std::byte> file = read_file(path);
    const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
    const character_tokenizer letters(text);
    const auto numbers = letters.encode(text);
    const extent_t all = numbers.extent(0), learnt = all * 9 / 10;
    const windows train(numbers, 0, learnt, 16), held_out(numbers, learnt, all, context);

    nn::model<transformer, texts> net(1);
    constexpr extent_t batch = 16;
    const cosine_decay rate{
        .decay_steps = 0.95 * steps, .alpha = 0.05, .warmup_target = 2e-3, .warmup_steps = 0.05 * steps};
    auto trainer = nn::compile<nn::sparse_categorical_crossentropy{.from_logits = true}>(
        net, adamw{.learning_rate = rate, .weight_decay = 0.1, .beta_2 = 0.99});
    std::cout << summary(net);

    const auto start = std::chrono::steady_clock::now();
    const auto history =
        trainer.fit(train.x, train.y,
                    {.epochs = epochs, .batch_size = batch, .seed = 1, .verbose = 2, .steps_per_epoch = steps / epochs},
                    nn::validation(held_out.x, held_out.y));
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const double loss = history["val_loss"].back();
    std::cout << "held out: " << std::setprecision(4) << loss << " nats a character\n";
    std::cout << std::setprecision(3) << seconds / steps << " seconds a step, "
              << std::lround(steps / seconds * batch * context) << " characters a second\n";
    std::vector<double> at;  // the steps of each epoch's end
    for (int e = 1; e <= epochs; ++e) at.push_back(e * (steps / epochs));
    save_line_chart(lab::picture("09_loss.svg"),
                    {{"training", history["loss"], at}, {"held out", history["val_loss"], at}},
                    {.title = "Shakespeare by letters", .x_label = "steps", .y_label = "nats a character"});

    const auto sample = write(net, letters, "ROMEO:\n", 400, 0.8f, 1);
    std::cout << sample << '\n';
    const bool is_the_same = sample == write(net, letters, "ROMEO:\n", 400, 0.8f, 1);
    return is_the_same && loss < (steps < 4000 ? 2.8 : 1.7) ? 0 : 1;
}

// prints:
// ...
// /held out: [12][.][0-9]+ nats a character/
// /[0-9.]+ seconds a step, [0-9]+ characters a second/
// ROMEO:
// ...
