// SPDX-License-Identifier: BSL-1.0
// Lab 7. Is a sentence a praise or a complaint? The mean of what its words stand for says so, of sentences that the net
// has not seen; and the words say what it has learnt.
#include <algorithm>
#include <iomanip>
#include <iostream>
#include <telar/data/texts.hpp>
#include <telar/nn.hpp>

#include "lab.hpp"

using namespace telar;

constexpr int most_words = 2000, shown = 6;
constexpr extent_t length = 40;  // words of a sentence, of which few have more
using sentences = tensor<std::int64_t, dyn, length>;

/// The mean of the words' vectors, those that pad left out, and one number of it: the log-odds of praise.
struct net {
    nn::embedding words{.input_dim = most_words, .output_dim = 16, .mask_zero = true};
    nn::global_average_pooling mean{};
    nn::dropout drop{0.4};
    nn::dense out{1};
    constexpr symbol operator()(symbol x) const { return out(drop(mean(words(x)))); }
};

struct part {
    std::vector<std::string> texts;
    std::vector<float> praises;  // 1, or 0

    auto labels() const { return tensor<float, dyn>::from(shape(static_cast<extent_t>(praises.size())), praises); }
};
struct reviews {
    part train, validate, test;
};
/// Each line is a sentence, a tab, and 1 or 0; of ten lines two test and one says when to stop.
void read_sentences(const std::filesystem::path& path, reviews& all) {
    const std::vector<std::byte> file = read_file(path);
    std::string_view rest(reinterpret_cast<const char*>(file.data()), file.size());
    for (int line = 0; !rest.empty(); ++line) {
        const std::string_view text = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(text.size() + 1, rest.size()));
        const std::size_t tab = text.rfind('\t');
        if (tab == text.npos || tab + 1 == text.size()) continue;
        part& to = line % 5 == 4 ? all.test : line % 10 == 8 ? all.validate : all.train;
        to.texts.emplace_back(text.substr(0, tab));
        to.praises.push_back(text[tab + 1] == '1' ? 1.0f : 0.0f);
    }
}

int main() {
    reviews all;
    for (const char* site : {"amazon_cells", "imdb", "yelp"}) {
        const auto file = lab::data("text/uci-sentiment") / (std::string(site) + "_labelled.txt");
        if (!std::filesystem::exists(file)) return lab::skip(file);
        read_sentences(file, all);
    }
    text_vectorization vectorize({.max_tokens = most_words, .output_sequence_length = length});
    vectorize.adapt(all.train.texts);  // the others may hold unknown words, as those of tomorrow
    const auto indices = [&](const std::vector<std::string>& texts) { return sentences(vectorize(texts)); };
    std::cout << all.train.texts.size() << " sentences to learn from, " << all.validate.texts.size() << " to stop by, "
              << all.test.texts.size() << " to test; " << vectorize.vocabulary_size() << " words\n";

    nn::model<net, sentences> model(1);
    auto trainer = nn::compile<nn::binary_crossentropy{.from_logits = true}, nn::binary_accuracy{.threshold = 0}>(
        model, adam{.learning_rate = 3e-3});
    const sentences x = indices(all.train.texts), stop_x = indices(all.validate.texts),
                    test_x = indices(all.test.texts);
    const auto y = all.train.labels(), stop_y = all.validate.labels(), test_y = all.test.labels();
    nn::early_stopping stop{.monitor = "val_loss", .patience = 3, .restore_best_weights = true};
    const auto history =
        trainer.fit(x, y, {.epochs = 50, .batch_size = 32, .verbose = 0}, nn::validation(stop_x, stop_y), stop);
    const auto [loss, accuracy] = trainer.evaluate(test_x, test_y);
    std::cout << history.size() << " epochs; of the test " << std::setprecision(3) << 100 * accuracy
              << " % are right\n";

    // Each word as a sentence of its own.
    std::vector<std::string> words = vectorize.get_vocabulary(false);
    words.resize(300);  // the frequent ones
    const auto odds = model(indices(words));
    std::vector<std::size_t> order(words.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return odds.data()[a] > odds.data()[b]; });
    std::cout << "praise:   ";
    for (std::size_t i = 0; i < shown; ++i) std::cout << ' ' << words[order[i]];
    std::cout << "\ncomplaint:";
    for (std::size_t i = 0; i < shown; ++i) std::cout << ' ' << words[order[order.size() - 1 - i]];
    std::cout << '\n';
    for (const char* text : {"An excellent phone, and a great price.", "The worst meal I ever had."})
        std::cout << (model(sentences(vectorize({text})))(0, 0) > 0 ? '+' : '-') << ' ' << text << '\n';
    return accuracy > 0.75 ? 0 : 1;
}

// prints:
// 2100 sentences to learn from, 300 to stop by, 600 to test; 2000 words
// /[0-9]+ epochs; of the test (7[89]|8[0-3])[.0-9]* % are right/
// /praise:    .*great.*/
// /complaint: .*bad.*/
// + An excellent phone, and a great price.
// - The worst meal I ever had.
