// SPDX-License-Identifier: BSL-1.0
// Lab 4. Is a sentence a praise or a complaint? The mean of what its words stand for says so, or a net that reads them
// in order; with vectors learnt from 2,100 sentences, or pretrained on millions of others.
//
//     04_sentiment [seeds]   5 unless given: the accuracies are means over so many trainings
#include <algorithm>
#include <iomanip>
#include <iostream>
#include <string>
#include <string_view>
#include <telar/data/texts.hpp>
#include <telar/nn.hpp>
#include <unordered_map>

#include "lab.hpp"

using namespace telar;

constexpr int most_words = 2000, shown = 6;
using sentences = tensor<std::int64_t, dyn, 40>;  // words of a sentence, of which few have more
using in_pieces = tensor<std::int64_t, dyn, 64>;  // pieces of words, likewise

// clang-format off
/// The mean of the vectors, those that pad left out, and one number of it: the log-odds of praise.
template <int Count, int Width> struct mean_of_vectors {
    nn::embedding words{.input_dim = Count, .output_dim = Width, .mask_zero = true};
    nn::global_average_pooling mean{};
    nn::dropout drop{0.4};
    nn::dense out{1};
    constexpr symbol operator()(symbol x) const { return out(drop(mean(words(x)))); }
};
/// The same of a net that reads the words in order, and once more from behind. It passes over those that pad.
template <int Count, int Width> struct read_in_order {
    nn::embedding words{.input_dim = Count, .output_dim = Width, .mask_zero = true};
    nn::dropout drop_words{0.3};
    nn::bidirectional<nn::gru> both{nn::gru{16}};
    nn::dropout drop{0.4};
    nn::dense out{1};
    constexpr symbol operator()(symbol x) const { return out(drop(both(drop_words(words(x))))); }
};
// clang-format on

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

/// The pieces of words that WordLlama has vectors for: "▁great", "est".
class pieces {
public:
    /// Reads the lines `"piece": number,` of the vocabulary in a tokenizer's JSON.
    explicit pieces(const std::filesystem::path& path) {
        const std::vector<std::byte> file = read_file(path);
        std::string_view rest(reinterpret_cast<const char*>(file.data()), file.size());
        rest.remove_prefix(std::min(rest.find("\"vocab\": {"), rest.size()));
        rest = rest.substr(rest.find('\n') + 1);
        rest = rest.substr(0, rest.find("\n    }") + 1);
        for (std::size_t end = 0; (end = rest.find('\n')) != rest.npos; rest.remove_prefix(end + 1)) {
            const std::string_view line = rest.substr(0, end);
            const std::size_t from = line.find('"') + 1, to = line.rfind("\": ");
            if (to == line.npos || from > to) continue;
            numbers_[std::string(line.substr(from, to - from))] = std::stoll(std::string(line.substr(to + 3)));
        }
    }
    /// The longest piece that fits, then the longest that fits behind it; 0 pads.
    in_pieces operator()(const std::vector<std::string>& texts) const {
        constexpr std::size_t longest = 16;
        in_pieces all = zeros<std::int64_t, dyn, 64>(shape(static_cast<extent_t>(texts.size()), 64));
        for (extent_t n = 0; n < all.extent(0); ++n) {
            std::string text;
            for (const char c : ' ' + texts[static_cast<std::size_t>(n)])
                if (c == ' ') text += "▁";
                else text += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
            extent_t count = 0;
            for (std::size_t at = 0; at < text.size() && count < 64;) {
                std::size_t size = std::min(longest, text.size() - at);
                auto found = numbers_.end();
                for (; size > 0 && (found = numbers_.find(text.substr(at, size))) == numbers_.end();) --size;
                if (size > 0) all(n, count++) = found->second;
                at += std::max(size, std::size_t(1));
            }
        }
        return all;
    }

private:
    std::unordered_map<std::string, std::int64_t> numbers_;
};

/// What is learnt from and what is tested with, as numbers.
template <class X> struct encoded {
    X train, validate, test;
    template <class Encode>
    encoded(const reviews& all, const Encode& encode)
        : train(encode(all.train.texts)), validate(encode(all.validate.texts)), test(encode(all.test.texts)) {}
};

/// What several trainings came to.
struct outcome {
    std::string name;
    std::vector<double> accuracies{};  // of the test
    std::vector<double> losses{};      // of the sentences to stop by, of the first training's epochs

    double mean() const {
        double sum = 0;
        for (const double v : accuracies) sum += v;
        return sum / static_cast<double>(accuracies.size());
    }
};
/// Trains a net of its own for each seed, until the loss of the sentences to stop by has not fallen for four epochs.
/// begin(net) gives it vectors, if it does not learn its own, and says what is trained; look(net) sees the first.
template <class Net, class X, class Begin, class Look>
outcome learn(const std::string& name, const encoded<X>& x, const reviews& all, std::uint64_t seeds, const Begin& begin,
              const Look& look) {
    outcome result{name};
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        nn::model<Net, X> net(seed);
        auto&& trained = begin(net);
        auto trainer = nn::compile<nn::binary_crossentropy{.from_logits = true}, nn::binary_accuracy{.threshold = 0}>(
            trained, adam{.learning_rate = 3e-3});
        nn::early_stopping stop{.monitor = "val_loss", .patience = 4, .restore_best_weights = true};
        const auto history =
            trainer.fit(x.train, all.train.labels(), {.epochs = 50, .batch_size = 32, .seed = seed, .verbose = 0},
                        nn::validation(x.validate, all.validate.labels()), stop);
        result.accuracies.push_back(trainer.evaluate(x.test, all.test.labels())[1]);
        if (seed > 1) continue;
        result.losses = history["val_loss"];
        look(net);
    }
    const auto [least, most] = std::minmax_element(result.accuracies.begin(), result.accuracies.end());
    std::cout << std::left << std::setw(25) << name << std::fixed << std::setprecision(1) << 100 * result.mean()
              << " % are right; " << 100 * *least << " to " << 100 * *most << '\n';
    return result;
}

/// The frequent words that say most: each is a sentence of its own.
void print_words(const auto& net, const text_vectorization& vectorize) {
    std::vector<std::string> words = vectorize.get_vocabulary(false);
    words.resize(300);
    const auto odds = net(sentences(vectorize(words)));
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
        std::cout << (net(sentences(vectorize({text})))(0, 0) > 0 ? '+' : '-') << ' ' << text << '\n';
}

int main(int count, char** arguments) {
    const auto seeds = static_cast<std::uint64_t>(count > 1 ? std::stoi(arguments[1]) : 5);
    reviews all;
    for (const char* site : {"amazon_cells", "imdb", "yelp"}) {
        const auto file = lab::data("text/uci-sentiment") / (std::string(site) + "_labelled.txt");
        if (!std::filesystem::exists(file)) return lab::skip(file);
        read_sentences(file, all);
    }
    text_vectorization vectorize({.max_tokens = most_words, .output_sequence_length = 40});
    vectorize.adapt(all.train.texts);  // the others may hold unknown words, as those of tomorrow
    const encoded<sentences> x(all, [&](const auto& texts) { return sentences(vectorize(texts)); });
    std::cout << all.train.texts.size() << " sentences to learn from, " << all.validate.texts.size() << " to stop by, "
              << all.test.texts.size() << " to test; " << vectorize.vocabulary_size() << " words\n";

    std::vector<outcome> outcomes;
    const auto as_drawn = [](auto& net) -> auto& { return net; };
    const auto look_away = [](const auto&) {};
    const auto print = [&](const auto& net) { print_words(net, vectorize); };
    outcomes.push_back(learn<mean_of_vectors<most_words, 16>>("own vectors, mean", x, all, seeds, as_drawn, print));
    outcomes.push_back(learn<read_in_order<most_words, 16>>("own vectors, GRU", x, all, seeds, as_drawn, look_away));

    if (const auto folder = lab::data("text/wordllama"); std::filesystem::exists(folder)) {
        const encoded<in_pieces> encoded_pieces(all, pieces(folder / "l2_supercat_tokenizer_config.json"));
        const auto table = load_safetensors(folder / "l2_supercat_256.safetensors")
                               .get<tensor<float16, 32000, 256>>("embedding.weight");
        const auto as_pretrained = [&](auto& net) {
            auto vectors = net.template get<"words.embeddings">();
            std::transform(table.data(), table.data() + table.size(), vectors.data(),
                           [](float16 v) { return float(v); });
            return nn::frozen<"words">(net);  // 2,100 sentences are too few to learn eight million numbers anew
        };
        outcomes.push_back(learn<mean_of_vectors<32000, 256>>("pretrained vectors, mean", encoded_pieces, all, seeds,
                                                              as_pretrained, look_away));
        outcomes.push_back(learn<read_in_order<32000, 256>>("pretrained vectors, GRU", encoded_pieces, all, seeds,
                                                            as_pretrained, look_away));
    } else {
        std::cout << "without pretrained vectors: there is no " << folder.string() << '\n';
    }
    std::vector<chart_line> lines;
    bool is_good = true;
    for (const outcome& o : outcomes) {
        lines.push_back({o.name, o.losses});
        is_good = is_good && o.mean() > (o.name.starts_with("pretrained") ? 0.8 : 0.75);
    }
    save_line_chart(lab::picture("04_losses.svg"), lines,
                    {.title = "300 sentences that say when to stop", .x_label = "epoch", .y_label = "cross-entropy"});
    return is_good ? 0 : 1;
}

// prints:
// 2100 sentences to learn from, 300 to stop by, 600 to test; 2000 words
// /praise:    .*great.*/
// /complaint: .*bad.*/
// + An excellent phone, and a great price.
// - The worst meal I ever had.
// /own vectors, mean +(7[6-9]|8[0-3])[.][0-9] % are right.*/
// /own vectors, GRU +(7[6-9]|8[0-3])[.][0-9] % are right.*/
// ...
