// SPDX-License-Identifier: BSL-1.0
// What a pipeline of images costs: epochs of fit that decode PNG files, on the training's thread, ahead of it and on
// several threads. And what a step of a dataset costs, beside batches.
//   input_pipeline <folder of PNG files> [copies of each]
#include <telar/data/batches.hpp>
#include <telar/data/image_folders.hpp>
#include <telar/nn.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace {

using namespace telar;

struct net {
    nn::conv2d edges{32, 3, nn::relu}, shapes{64, 3, nn::relu};
    nn::dense out{2};
    constexpr symbol operator()(symbol x) const {
        const symbol y = shapes(max_pool(edges(x * (1.0 / 255)), window<2>));
        return out(global_mean_pool(y));
    }
};

template <class F> void measure(const char* name, F f) {
    double best = 1e9;
    for (int i = 0; i < 7; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        f();
        best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    }
    std::printf("%-44s %8.1f ms\n", name, best * 1e3);
}
template <class Data> void read_all(Data& data) {
    for (const auto& batch : data) static_cast<void>(batch);
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 2) return std::puts("input_pipeline <folder of PNG files> [copies of each]"), 1;
    const auto load = [](const std::filesystem::path& path) {
        return std::tuple(resize_image(read_image(path, 3), 48, 48), path.filename().string()[0] == 'a' ? 1 : 0);
    };
    const auto files = list_files(std::filesystem::path(arguments[1]) / "*.png")
                           .repeat(count > 2 ? std::atoi(arguments[2]) : 40)
                           .shuffle(1000, 1);
    nn::model<net, tensor<float, dyn, 48, 48, 3>> model(1);
    auto trainer = nn::compile<nn::sparse_categorical_crossentropy{.from_logits = true}>(model, adam{});
    const auto train = [&](const char* name, auto data) {
        measure(name, [&] { trainer.fit(data, {.epochs = 1, .verbose = 0}); });
    };
    auto decoded = files.map(load).batch(16);
    measure("decode alone", [&] { read_all(decoded); });
    train("train alone: map, batch, cache", decoded.cache());
    train("map, batch", decoded);
    train("map, batch, prefetch(2)", decoded.prefetch(2));
    train("map on 2 threads, batch, prefetch(2)", files.map(load, 2).batch(16).prefetch(2));
    train("map on all threads, batch, prefetch(2)", files.map(load, 0).batch(16).prefetch(2));

    generator random(1);
    const auto x = random_uniform<float, dyn, dyn>(random, shape(20000, 32));
    const auto y = arange<std::int32_t>(20000);
    batches of_tensors(x, y, 32, generator(1));
    auto of_rows = from_rows(x, y).shuffle(1000, 1).batch(32);
    measure("20,000 rows: batches", [&] { read_all(of_tensors); });
    measure("20,000 rows: from_rows, shuffle, batch", [&] { read_all(of_rows); });
}
