// SPDX-License-Identifier: BSL-1.0
#include "../support/training.hpp"

#include <telar/nn/checkpoint_folder.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

using namespace telar;

namespace {

using model = support::dropping_model;
const support::products data;
using support::options, support::same, support::stop_at;

auto trainer_of(model& net) { return nn::compile<nn::mean_squared_error{}>(net, nadam{.learning_rate = 0.01}); }
struct folder : support::temporary_folder {
    folder() : temporary_folder("telar-checkpoint-folder-test") {}
};
std::string content(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}
using numbers = std::vector<long long>;

}  // namespace

TEST_CASE("checkpoint_folder: the newest are kept; after a power cut the training goes on with the same bits") {
    const folder here;
    model whole(1), first(1), second(77);
    auto uninterrupted = trainer_of(whole), begun = trainer_of(first), resumed = trainer_of(second);
    uninterrupted.fit(data.x, data.y, options(7));
    {
        nn::checkpoint_folder saves{.directory = here / "run", .max_to_keep = 2};
        CHECK(saves.restore(begun) == 0);
        CHECK_THROWS_WITH((void)begun.fit(data.x, data.y, options(7), saves, stop_at{4}), "power cut");
    }
    nn::checkpoint_folder saves{.directory = here / "run", .max_to_keep = 2};
    CHECK(saves.steps() == numbers{2, 3});

    // None of these is a checkpoint: half a one, other names, a number with zeros.
    for (const char* name :
         {".telar-1.part", "9.safetensors.part", "9", "x.safetensors", "009.safetensors", "-9.safetensors"})
        std::ofstream(saves.directory / name) << "half";
    CHECK(saves.steps() == numbers{2, 3});
    const int next = saves.restore(resumed);
    CHECK(next == 4);
    resumed.fit(data.x, data.y, options(7, next), saves);
    CHECK(same(second, whole));
    CHECK(saves.steps() == numbers{5, 6});
    CHECK(std::filesystem::exists(saves.directory / "009.safetensors"));
}
TEST_CASE("checkpoint_folder: every so many batches, all kept; in the background the same files") {
    const folder here;
    model one(1), two(1), three(5);
    auto behind = trainer_of(one), before = trainer_of(two), loads = trainer_of(three);
    nn::checkpoint_folder background{.directory = here / "a", .save_freq = 4, .max_to_keep = 0},
        foreground{.directory = here / "b", .save_freq = 4, .max_to_keep = 0, .save_on_background = false};
    behind.fit(data.x, data.y, options(3), background);
    before.fit(data.x, data.y, options(3), foreground);
    CHECK(background.steps() == numbers{4, 8, 12, 16});
    CHECK(foreground.steps() == background.steps());
    for (const long long step : background.steps())
        CHECK(content(background.file(step)) == content(foreground.file(step)));

    CHECK(loads.load(background.file(8)) == 1);  // within the second epoch, which begins anew
    CHECK(loads.steps() == 8);
    CHECK(background.restore(loads) == 2);
    loads.fit(data.x, data.y, options(3, 2), background);
    CHECK(background.steps() == numbers{4, 8, 12, 16, 20});
}
TEST_CASE("checkpoint_folder: the best alone, weights alone") {
    const folder here;
    model net(1), loaded(9);
    auto trainer = trainer_of(net), evaluated = trainer_of(loaded);
    nn::checkpoint_folder best{.directory = here / "best", .save_best_only = true, .save_weights_only = true};
    const auto h = trainer.fit(data.x, data.y, options(12), nn::validation(data.x, data.y), best);
    const auto lowest = std::min_element(h["val_loss"].begin(), h["val_loss"].end());
    CHECK(best.steps() == numbers{lowest - h["val_loss"].begin()});
    nn::load_weights(best.file(best.steps().back()), loaded);
    CHECK(evaluated.evaluate(data.x, data.y, 4)[0] == *lowest);
    CHECK_THROWS_AS((void)best.restore(evaluated), file_error);

    nn::checkpoint_folder never{.directory = here / "never", .save_best_only = true, .initial_value_threshold = 0.0};
    trainer.fit(data.x, data.y, options(2), nn::validation(data.x, data.y), never);
    CHECK(never.steps().empty());
    nn::checkpoint_folder highest{
        .directory = here / "highest", .monitor = "loss", .save_best_only = true, .mode = nn::monitor_mode::max};
    trainer.fit(data.x, data.y, options(1), highest);
    CHECK(highest.steps() == numbers{0});
}
TEST_CASE("checkpoint_folder: what cannot be is refused, before anything has changed") {
    const folder here;
    model net(1);
    auto trainer = trainer_of(net);
    nn::checkpoint_folder saves{.directory = here / "run", .max_to_keep = 3};
    trainer.fit(data.x, data.y, options(2), saves);
    const model before = net;
    CHECK_THROWS_WITH_AS(
        (void)trainer.fit(data.x, data.y, options(2), saves),
        ((here / "run").string() + ": holds step 1, and this training would save step 0: begin it with "
                                   "restore(trainer), or in another folder")
            .c_str(),
        invalid_argument);
    nn::checkpoint_folder negative{.directory = here / "n", .max_to_keep = -1};
    CHECK_THROWS_AS((void)trainer.fit(data.x, data.y, options(2), negative), invalid_argument);
    CHECK(same(net, before));
    nn::checkpoint_folder within{.directory = here / "w", .save_best_only = true, .save_freq = 2};
    CHECK_THROWS_AS((void)trainer.fit(data.x, data.y, options(1), within), invalid_argument);  // no val_loss yet

    // What fails in the background is heard of as fit ends.
    std::ofstream(here / "file") << "no folder";
    nn::checkpoint_folder nowhere{.directory = here / "file"};
    CHECK_THROWS_AS((void)trainer.fit(data.x, data.y, options(1), nowhere), file_error);
    nowhere.wait();  // once

    std::filesystem::resize_file(saves.file(1), 100);
    const model now = net;
    CHECK_THROWS_AS((void)saves.restore(trainer), file_error);
    CHECK(same(net, now));
}
