// SPDX-License-Identifier: BSL-1.0
// The callback beside Keras' own: the same training, whose files of events are checked in (from_keras_tensorboard.py).
#include <doctest/doctest.h>

#if !__has_include(<protozero/pbf_builder.hpp>)
TEST_CASE("tensorboard") { MESSAGE("skipped: protozero is not installed"); }
#else
#include "../support/log_folder.hpp"

#include <telar/io/summary_reader.hpp>
#include <telar/nn.hpp>
#include <telar/nn/tensorboard.hpp>

#include <filesystem>
#include <set>
#include <string>
#include <tuple>
#include <vector>

using namespace telar;

namespace {

struct net {
    nn::dense hidden{4, nn::tanh}, out{3};
    constexpr symbol operator()(symbol x) const { return out(hidden(x)); }
};
using model = nn::model<net, tensor<float, dyn, 2> >;

float irregular(extent_t i) { return static_cast<float>((static_cast<double>((37 * i + 11) % 64) - 31.5) / 32); }

std::vector<summary_event> events_of(const std::filesystem::path& folder) {
    std::vector<summary_event> all;
    for (const auto& file : std::filesystem::directory_iterator(folder))
        for (summary_event& e : read_summaries(file.path())) all.push_back(std::move(e));
    return all;
}

/// Trains as Keras did: 20 samples in batches of 6, in their order; 6 others validate.
struct training {
    tensor<float, 26, 2> x;
    tensor<std::int32_t, 26> y;
    model network;

    training() {
        for (extent_t i = 0; i < 52; ++i) x.data()[i] = irregular(i);
        for (extent_t i = 0; i < 26; ++i) y(i) = static_cast<std::int32_t>(i * 7 % 3);
        for (const nn::parameter_view& p : network.parameters())
            for (extent_t i = 0; i < p.extents->count(); ++i) static_cast<float*>(p.data)[i] = irregular(i);
    }
    template <class... Callbacks> void fit(int epochs, Callbacks&&... callbacks) {
        auto trainer = nn::compile<nn::sparse_categorical_crossentropy{.from_logits = true}, nn::accuracy{}>(
            network, sgd{.learning_rate = exponential_decay{0.5, 4, 0.5}});
        const tensor<float, dyn, 2> train_x = x.rows(0, 20), test_x = x.rows(20, 26);
        const tensor<std::int32_t, dyn> train_y = y.rows(0, 20), test_y = y.rows(20, 26);
        trainer.fit(train_x, train_y, {.epochs = epochs, .batch_size = 6, .shuffle = false, .verbose = 0},
                    nn::validation(test_x, test_y), callbacks...);
    }
};

}  // namespace

TEST_CASE("tags, steps and numbers are those of Keras' callback") {
    const support::log_folder folder("keras");
    nn::tensorboard board{.log_dir = folder.path, .histogram_freq = 2, .write_images = true, .update_freq = 2};
    training().fit(3, board);
    for (const std::string run : {"train", "validation"}) {
        INFO(run);
        using entry = std::tuple<std::string, std::int64_t, bool>;
        std::set<entry> wanted, written;
        std::vector<std::pair<entry, summary_value> > keras;
        for (const summary_event& e : read_summaries(TELAR_TEST_DATA_DIR "/tensorboard/" + run + ".tfevents"))
            for (const summary_value& v : e.values) {
                const std::string model_name = "sequential/";
                entry own{v.tag.starts_with(model_name) ? v.tag.substr(model_name.size()) : v.tag, e.step,
                          v.number.has_value()};
                wanted.insert(own);
                keras.emplace_back(own, v);
            }
        for (const summary_event& e : events_of(folder.path / run))
            for (const summary_value& v : e.values) {
                const entry own{v.tag, e.step, v.number.has_value()};
                CHECK_MESSAGE(written.insert(own).second, "twice: ", v.tag);
                for (const auto& [of, value] : keras) {
                    if (of != own) continue;
                    INFO(v.tag, " ", e.step);
                    if (v.number) CHECK(*v.number == doctest::Approx(*value.number).epsilon(1e-5));
                    if (v.plugin == "images") {
                        REQUIRE(v.strings.size() == value.strings.size());
                        CHECK(v.strings[0] == value.strings[0]);
                        CHECK(v.strings[1] == value.strings[1]);
                    }
                }
            }
        CHECK(wanted.size() == (run == "train" ? 37 : 12));
        CHECK(wanted == written);
    }
}

TEST_CASE("the graph is the model's, by layers") {
    const support::log_folder folder("graph");
    training().fit(1, nn::tensorboard{.log_dir = folder.path});
    std::string graph;
    for (const summary_event& e : events_of(folder.path / "train"))
        if (!e.graph_def.empty()) graph = e.graph_def;
    std::string text;
    protozero::pbf_message<io::messages::graph> all(graph);
    while (all.next(io::messages::graph::node)) {
        protozero::pbf_message<io::messages::node> node(all.get_message());
        while (node.next(io::messages::node::name)) text += node.get_string() + ' ';
    }
    CHECK(text ==
          "input_0 hidden/kernel hidden/matmul hidden/bias hidden/add hidden/tanh out/kernel out/matmul out/bias "
          "out/add ");
    training quiet;
    quiet.fit(1, nn::tensorboard{.log_dir = folder.path / "none", .write_graph = false});
    for (const summary_event& e : events_of(folder.path / "none" / "train")) CHECK(e.graph_def.empty());
}

TEST_CASE("batches alone, speeds, a second fit") {
    const support::log_folder folder("batches");
    training t;
    nn::tensorboard board{
        .log_dir = folder.path, .write_graph = false, .write_steps_per_second = true, .update_freq = "batch"};
    t.fit(2, board);
    CHECK(read_scalars(folder.path / "train", "batch_loss").steps == std::vector<std::int64_t>{1, 2, 3, 4, 5, 6, 7, 8});
    CHECK(read_scalars(folder.path / "train", "batch_steps_per_second").values.at(3) > 0);
    CHECK(read_scalars(folder.path / "train", "epoch_steps_per_second").values.at(1) > 0);
    t.fit(1, board);
    CHECK(read_scalars(folder.path / "train", "epoch_loss").steps == std::vector<std::int64_t>{0, 1, 0});
}

TEST_CASE("weights are drawn as Keras draws them") {
    const support::log_folder folder("drawn");
    summary_writer writer(folder.path);
    const std::vector<float> w = [] {
        std::vector<float> values;
        for (extent_t i = 0; i < 2 * 3 * 4 * 5; ++i) values.push_back(static_cast<float>(i) / 120);
        return values;
    }();
    const auto draw = [&](const shape& s) { nn::boards::draw(writer, "w", tensor_view<const float>(w.data(), s), 0); };
    draw(shape(6));
    draw(shape(6, 2));
    draw(shape(2, 6));
    draw(shape(2, 3, 1, 4));
    draw(shape(5, 2, 2, 3));
    draw(shape(2, 3, 4, 5));  // no image
    draw(shape());            // nor this
    writer.close();
    std::string text;
    for (const summary_event& e : read_summaries(writer.path()))
        for (const summary_value& v : e.values)
            text += v.strings[0] + 'x' + v.strings[1] + ':' + std::to_string(v.strings.size() - 2) + ' ';
    CHECK(text == "1x6:1 6x2:1 6x2:1 3x2:3 2x2:3 ");
    const auto strings = read_summaries(writer.path()).at(2).values.at(0).strings;
    const std::vector<std::uint8_t> turned = {0, 4, 8, 12, 17, 21, 2, 6, 10, 14, 19, 23};  // w(0,0), w(1,0), ...
    CHECK(strings.at(2) == io::png(turned, 2, 6, 1));
}

TEST_CASE("arguments that cannot be") {
    CHECK_THROWS_WITH_AS(nn::tensorboard{.update_freq = "hourly"},
                         "tensorboard: update_freq is \"hourly\", not epoch or batch", invalid_argument);
    CHECK_THROWS_WITH_AS(nn::tensorboard{.update_freq = 0}, "tensorboard: update_freq is 0", invalid_argument);
    CHECK_THROWS_WITH_AS(training().fit(1, nn::tensorboard{.log_dir = "refused", .histogram_freq = -1}),
                         "tensorboard: histogram_freq is -1", invalid_argument);
}
#endif
