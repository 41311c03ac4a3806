// SPDX-License-Identifier: BSL-1.0
#include "../support/thread_group.hpp"
#include "../support/training.hpp"

#include <telar/nn/checkpoints.hpp>

#include <doctest/doctest.h>

#include <cstring>
#include <fstream>
#include <optional>
#include <vector>

using namespace telar;

namespace {

using model = support::dropping_model;
const support::products data;
using support::options, support::same, support::stop_at;

struct narrow {
    nn::dense hidden{7, nn::tanh};
    nn::dropout drop{0.3};
    nn::dense out{1};
    constexpr symbol operator()(symbol x) const { return out(drop(hidden(x))); }
};

template <class Net, class Optimizer> auto trainer_of(Net& net, Optimizer o) {
    return nn::compile<nn::mean_squared_error{}>(net, o);
}
constexpr auto optimiser =
    with_options<optimizer_options{.clipnorm = 1, .use_ema = true, .ema_momentum = 0.5, .ema_overwrite_frequency = 4}>(
        nadam{.learning_rate = 0.01});
using trainer_type = decltype(trainer_of(std::declval<model&>(), optimiser));
struct folder : support::temporary_folder {
    folder() : temporary_folder("telar-checkpoints-test") {}
};
struct interrupts {
    int batches = 0;
    void on_batch_end(auto&, long long, const nn::epoch_logs&) {
        if (++batches == 8) std::raise(SIGINT);  // the second of the second epoch
    }
};

}  // namespace

TEST_CASE("resumed, a training has the same bits as uninterrupted: dropout, shuffling, an optimiser that remembers") {
    const folder here;
    model whole(1);
    auto uninterrupted = trainer_of(whole, optimiser);
    // Its means take the weights' place at the end of fit: so it is one fit.
    const nn::history h = uninterrupted.fit(data.x, data.y, options(6));

    model first(1);
    auto begun = trainer_of(first, optimiser);
    const nn::backup_and_restore backup{.backup_dir = here / "backup"};
    CHECK_THROWS_WITH((void)begun.fit(data.x, data.y, options(6), nn::backup_and_restore(backup), stop_at{3}),
                      "power cut");
    REQUIRE(std::filesystem::exists(backup.file()));

    model second(77);
    auto resumed = trainer_of(second, optimiser);
    resumed.optimizer().learning_rate = 5;
    CHECK(!same(second, whole));
    const nn::history rest = resumed.fit(data.x, data.y, options(6), nn::backup_and_restore(backup));
    CHECK(rest.epochs() == std::vector<int>{3, 4, 5});
    for (std::size_t i = 0; i < 3; ++i) CHECK(rest["loss"][i] == h["loss"][i + 3]);
    CHECK(same(second, whole));
    CHECK(resumed.steps() == uninterrupted.steps());
    CHECK(resumed.learning_rate() == 0.01);
    CHECK(!std::filesystem::exists(backup.file()));

    // A training that was saved goes on as the one that saved it; into a trainer that has gone another way, too.
    uninterrupted.save(here / "run.safetensors", 6);
    uninterrupted.fit(data.x, data.y, options(8, 6));
    const int next = resumed.load(here / "run.safetensors");
    CHECK(next == 6);
    CHECK(!same(second, whole));
    resumed.fit(data.x, data.y, options(8, next));
    CHECK(same(second, whole));

    // Before its first step it remembers nothing.
    model third(1);
    auto fresh = trainer_of(third, optimiser);
    fresh.save(here / "fresh.safetensors");
    CHECK(resumed.load(here / "fresh.safetensors") == 0);
    CHECK(resumed.steps() == 0);
    resumed.fit(data.x, data.y, options(6));
    fresh.fit(data.x, data.y, options(6));
    CHECK(same(second, third));
    CHECK(resumed.steps() == fresh.steps());

    // What does not fit changes nothing.
    const model before = second;
    std::ofstream(here / "other.safetensors") << "no such file";
    CHECK_THROWS_AS((void)resumed.load(here / "other.safetensors"), file_error);
    nn::save_weights(here / "weights.safetensors", whole);
    CHECK_THROWS_WITH_AS((void)resumed.load(here / "weights.safetensors"), doctest::Contains("optimizer/steps"),
                         file_error);
    CHECK(same(second, before));
    nn::model<narrow, tensor<float, dyn, 2>> other;
    CHECK_THROWS_AS(nn::load_weights(here / "weights.safetensors", other), wrong_shape);
    nn::load_weights(here / "weights.safetensors", second);
    CHECK(same(second, whole));
}
TEST_CASE("the first of several processes saves what all of them go on from") {
    const folder here;
    constexpr int ranks = 3;
    std::vector<model> whole(ranks), resumed(ranks);
    const auto fit = [](distributed::process_group& group, model& net, auto... more) {
        auto trainer = trainer_of(net, distributed::data_parallel(group, optimiser));
        return trainer.fit(data.x, data.y, options(5), more...).epochs();
    };
    const auto rank_of = [](const distributed::process_group& g) { return static_cast<std::size_t>(g.rank()); };
    support::on_threads(ranks, [&](auto& group) { fit(group, whole[rank_of(group)]); });
    const nn::backup_and_restore backup{.backup_dir = here / "backup"};
    CHECK_THROWS_WITH(support::on_threads(ranks,
                                          [&](auto& group) {
                                              model net;
                                              fit(group, net, nn::backup_and_restore(backup), stop_at{3});
                                          }),
                      "power cut");
    support::on_threads(ranks, [&](auto& group) {
        model& net = resumed[rank_of(group)];
        net.initialize(static_cast<std::uint64_t>(group.rank()) + 70);
        CHECK(fit(group, net, nn::backup_and_restore(backup)) == std::vector<int>{3, 4});
    });
    for (std::size_t r = 0; r < ranks; ++r) CHECK(same(resumed[r], whole[r]));  // their random states, too
    CHECK(!same(whole[1], whole[0]));                                           // each has its own
}
TEST_CASE("the same of an optimiser that updates all parameters as one tensor") {
    const folder here;
    model one(1), two(2), three(1);
    auto saves = trainer_of(one, adam{.learning_rate = 0.01});
    auto loads = trainer_of(two, adam{.learning_rate = 0.01});
    auto fresh = trainer_of(three, adam{.learning_rate = 0.01});
    saves.fit(data.x, data.y, options(2));
    saves.save(here / "run.safetensors", 2);
    saves.fit(data.x, data.y, options(4, 2));
    const int next = loads.load(here / "run.safetensors");
    loads.fit(data.x, data.y, options(4, next));
    CHECK(same(one, two));
    // Before its first step it remembers nothing.
    fresh.save(here / "fresh.safetensors");
    CHECK(loads.load(here / "fresh.safetensors") == 0);
    fresh.fit(data.x, data.y, options(2));
    loads.fit(data.x, data.y, options(2));
    CHECK(same(two, three));
}
TEST_CASE("model_checkpoint: the best epoch is in the file; Ctrl-C leaves the backup of the last whole epoch") {
    const folder here;
    model net(1);
    auto trainer = trainer_of(net, optimiser);
    nn::model_checkpoint best{
        .filepath = (here / "runs/best.safetensors").string(), .save_best_only = true, .save_weights_only = true};
    const auto h = trainer.fit(data.x, data.y, options(5), nn::validation(data.x, data.y), best);
    model loaded(9);
    nn::load_weights(here / "runs/best.safetensors", loaded);
    auto evaluated = trainer_of(loaded, optimiser);
    CHECK(evaluated.evaluate(data.x, data.y, 4)[0] == *std::min_element(h["val_loss"].begin(), h["val_loss"].end()));

    nn::model_checkpoint each{.filepath = (here / "runs/{epoch:02d}.safetensors").string()};
    trainer.fit(data.x, data.y, options(2), each);
    CHECK(trainer.load(here / "runs/01.safetensors") == 1);

    const nn::backup_and_restore backup{.backup_dir = here / "backup"};
    const auto broken = trainer.fit(data.x, data.y, options(4), nn::backup_and_restore(backup), interrupts{});
    CHECK(broken.interrupted);
    CHECK(broken.size() == 2);
    CHECK(trainer.load(backup.file()) == 1);
}
