// SPDX-License-Identifier: BSL-1.0
// A training that loses a process in its third epoch: `dying <folder> <how>`, with how = throw, kill or exit. Then
// `dying <folder> check`, by itself, loads the checkpoint that is there.
#include <telar/distributed.hpp>
#include <telar/nn/checkpoints.hpp>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <string>

using namespace telar;

namespace {
struct curve {
    nn::dense hidden{64, nn::tanh}, out{1};
    constexpr symbol operator()(symbol x) const { return out(hidden(x)); }
};
using curve_model = nn::model<curve, tensor<float, dyn, 8>>;

struct death {
    std::string how;
    int rank;
    long long batches = 0;
    void on_batch_end(auto&, long long, const nn::epoch_logs&) {
        if (rank != 2 || ++batches < 22) return;  // of 10 in an epoch
        if (how == "throw") throw std::runtime_error("the sensor of this rank is gone");
        if (how == "exit") std::_Exit(3);
        std::raise(SIGKILL);
    }
};
auto trainer_of(curve_model& net, auto optimizer) { return nn::compile<nn::mean_squared_error{}>(net, optimizer); }

int check(const std::filesystem::path& file) {
    curve_model net(1);
    auto trainer = trainer_of(net, adam{});
    const int next = trainer.load(file);
    std::cout << "next epoch " << next << " after " << trainer.steps() << " steps\n";
    return next == 2 && trainer.steps() == 20 ? 0 : 1;
}
}  // namespace

int main(int, char** argv) {
    const std::filesystem::path file = std::filesystem::path(argv[1]) / "last.safetensors";
    const std::string how = argv[2];
    if (how == "check") return check(file);
    return distributed::run([&](distributed::world& world) {
        tensor<float, 160, 8> x;
        tensor<float, 160> y;
        generator random(4);
        for (float& v : x) v = static_cast<float>(random.normal());
        for (float& v : y) v = static_cast<float>(random.normal());
        curve_model net(1);
        auto trainer = trainer_of(net, distributed::data_parallel(world, adam{}));
        nn::model_checkpoint save{.filepath = file.string()};
        death dies{how, world.rank()};
        trainer.fit(x, y, {.epochs = 50, .batch_size = 16, .verbose = 0}, save, dies);
    });
}
