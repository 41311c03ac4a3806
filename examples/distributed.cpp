// SPDX-License-Identifier: BSL-1.0
// Handwritten digits again (digits.cpp), learnt by several processes: mpirun -np 2 build/examples/distributed
#include <filesystem>
#include <iostream>
#include <telar/data.hpp>
#include <telar/distributed.hpp>
#include <telar/nn.hpp>
#include <vector>

using namespace telar;

struct classifier {
    nn::dense hidden{128, nn::relu}, out{10};
    constexpr symbol operator()(symbol x) const { return out(hidden(x)); }
};

/// A row of the table: 64 pixels of 0 to 16, then the digit. Every fifth row is held out.
labelled digits_of(const tensor<float, dyn, dyn>& table, bool are_held_out) {
    std::vector<extent_t> rows;
    for (extent_t row = 0; row < table.extent(0); ++row)
        if ((row % 5 == 4) == are_held_out) rows.push_back(row);
    const auto count = static_cast<extent_t>(rows.size());
    labelled digits{zeros<float, dyn, dyn>(shape(count, 64)), zeros<std::int32_t, dyn>(shape(count))};
    for (extent_t n = 0; n < count; ++n) {
        const extent_t row = rows[static_cast<std::size_t>(n)];
        for (extent_t k = 0; k < 64; ++k) digits.x(n, k) = table(row, k) / 16;
        digits.y(n) = static_cast<std::int32_t>(table(row, 64));
    }
    return digits;
}

int main() {
    return distributed::run([](distributed::world& world) {
        const auto table = read_csv(std::filesystem::path(__FILE__).parent_path() / "data" / "digits.csv");
        const auto train = digits_of(table, false), test = digits_of(table, true);

        nn::model<classifier, tensor<float, dyn, 64>> net(1);
        auto trainer = nn::compile<nn::sparse_categorical_crossentropy{.from_logits = true}, nn::accuracy{}>(
            net, distributed::data_parallel(world, adam{.learning_rate = 2e-3}));
        nn::early_stopping stop{.patience = 3};  // decides alike in all processes
        trainer.fit(train, {.epochs = 20, .batch_size = 32, .verbose = 2}, nn::validation(test.x, test.y), stop);
        const auto [loss, accuracy] = trainer.evaluate(test);  // of all rows; each process reads its part of them
        if (world.is_first()) std::cout << "test: loss " << loss << ", accuracy " << accuracy << '\n';
        return accuracy > 0.95 ? 0 : 1;
    });
}

// prints:
// ...
// /test: loss 0[.][0-9]*, accuracy 0[.]9[5-9][0-9]*/
