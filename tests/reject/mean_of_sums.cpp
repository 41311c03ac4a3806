// SPDX-License-Identifier: BSL-1.0
// error: E322 nn: a loss that is a sum over the batch has no mean over processes; take reduction::sum_over_batch_size
// error: mean_of_sums.*loss<.*mean_squared_error
#include <telar/nn.hpp>

using namespace telar;

struct line {
    nn::dense out{1};
    constexpr symbol operator()(symbol x) const { return out(x); }
};
#ifndef REJECT
constexpr nn::mean_squared_error loss{};
#else
constexpr nn::mean_squared_error loss{.reduction = nn::reduction::sum};
#endif

void train(distributed::process_group& group, const tensor<float, 4, 3>& x, const tensor<float, 4>& y) {
    nn::model<line, tensor<float, dyn, 3>> net;
    auto trainer = nn::compile<loss>(net, distributed::data_parallel(group, sgd{}));
    trainer.train_on_batch(x, y);
}
