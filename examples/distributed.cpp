// SPDX-License-Identifier: BSL-1.0
// Handwritten digits again (digits.cpp), learnt by several processes: mpirun -np 2 build/examples/distributed
#include <filesystem>
#include <iostream>
#include <telar/data.hpp>
#include <telar/distributed.hpp>
#include <telar/nn.hpp>

using namespace telar;

struct classifier {
    nn::dense hidden{128, nn::relu}, out{10};
    constexpr symbol operator()(symbol x) const { return out(hidden(x)); }
};

/// A row of the table: 64 pixels of 0 to 16, then the digit.
labelled digits_of(const tensor<float, dyn, dyn>& table, extent_t begin, extent_t end) {
    labelled digits{zeros<float, dyn, dyn>(shape(end - begin, 64)), zeros<std::int32_t, dyn>(shape(end - begin))};
    for (extent_t row = begin; row < end; ++row) {
        for (extent_t k = 0; k < 64; ++k) digits.x(row - begin, k) = table(row, k) / 16;
        digits.y(row - begin) = static_cast<std::int32_t>(table(row, 64));
    }
    return digits;
}

int main() {
    return distributed::run([](distributed::world& world) {
        const auto table = read_csv(std::filesystem::path(__FILE__).parent_path() / "data" / "digits.csv");
        const extent_t rows = table.extent(0), trained = rows - rows / 5;
        const auto train = digits_of(table, 0, trained), test = digits_of(table, trained, rows);

        nn::model<classifier, tensor<float, dyn, 64>> net(1);
        auto trainer = nn::compile<nn::sparse_categorical_crossentropy{.from_logits = true}, nn::accuracy{}>(
            net, distributed::data_parallel(world, adam{.learning_rate = 2e-3}));
        nn::early_stopping stop{.patience = 3};  // decides alike in all processes
        trainer.fit(train, {.epochs = 20, .batch_size = 32, .verbose = 2}, nn::validation(test.x, test.y), stop);
        const auto [loss, accuracy] = trainer.evaluate(test);  // of all rows; each process reads its part of them
        if (world.is_first()) std::cout << "test: loss " << loss << ", accuracy " << accuracy << '\n';
        return accuracy > 0.9 ? 0 : 1;
    });
}

// prints:
// ...
// /test: loss 0[.][0-9]*, accuracy 0[.]9[0-9]*/
