// SPDX-License-Identifier: BSL-1.0
// LeNet trained by dlib, whose networks are types too: two convolutions with pools, three dense layers, softmax
// cross-entropy, Adam.
#include <dlib/dnn.h>

#include <cmath>
#include <vector>

template <long Units, class Below> using dense = dlib::relu<dlib::fc<Units, Below>>;
template <long Filters, class Below>
using convolution = dlib::max_pool<2, 2, 2, 2, dlib::relu<dlib::con<Filters, 5, 5, 1, 1, Below>>>;
using images = dlib::input<dlib::matrix<unsigned char>>;
using lenet = dlib::loss_multiclass_log<dlib::fc<10, dense<84, dense<120, convolution<16, convolution<6, images>>>>>>;

int main() {
    lenet net;
    dlib::dnn_trainer<lenet, dlib::adam> trainer(net, dlib::adam());
    std::vector<dlib::matrix<unsigned char>> x(16);
    std::vector<unsigned long> labels(16);
    for (std::size_t i = 0; i < x.size(); ++i) {
        x[i].set_size(28, 28);
        for (long k = 0; k < x[i].size(); ++k) x[i](k) = static_cast<unsigned char>((k * 7 + long(i)) % 251);
        labels[i] = i % 10;
    }
    for (int i = 0; i < 2; ++i) trainer.train_one_step(x, labels);
    return std::isfinite(trainer.get_average_loss()) ? 0 : 1;
}
