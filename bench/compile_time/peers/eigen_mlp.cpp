// SPDX-License-Identifier: BSL-1.0
// The measure of the others: what a C++ programmer writes by hand today. One training step of an MLP 784-128-10 in
// Eigen: forward pass, cross-entropy, gradients, Adam.
#include <Eigen/Dense>

#include <cmath>
#include <cstdio>

using matrix = Eigen::MatrixXf;
using vector = Eigen::VectorXf;

/// Adam's state for one parameter, and its step.
template <class Parameter> struct adam {
    Parameter mean, variance;

    explicit adam(const Parameter& p) : mean(p), variance(p) {
        mean.setZero();
        variance.setZero();
    }
    void step(Parameter& p, const Parameter& gradient, int t) {
        const float rate = 1e-3f * std::sqrt(1 - std::pow(0.999f, float(t))) / (1 - std::pow(0.9f, float(t)));
        mean = 0.9f * mean + 0.1f * gradient;
        variance = 0.999f * variance + 0.001f * gradient.cwiseProduct(gradient);
        p.array() -= rate * mean.array() / (variance.array().sqrt() + 1e-7f);
    }
};

struct mlp {
    matrix w1 = matrix::Random(128, 784) * 0.05f, w2 = matrix::Random(10, 128) * 0.1f;
    vector b1 = vector::Zero(128), b2 = vector::Zero(10);
    adam<matrix> adam_w1{w1}, adam_w2{w2};
    adam<vector> adam_b1{b1}, adam_b2{b2};
    int steps = 0;

    /// x: (784, batch), a column for each example. The mean loss before the step.
    float train(const matrix& x, const Eigen::VectorXi& labels) {
        const auto batch = static_cast<float>(x.cols());
        const matrix before = (w1 * x).colwise() + b1;
        const matrix hidden = before.cwiseMax(0.f);
        matrix logits = (w2 * hidden).colwise() + b2;
        logits.rowwise() -= logits.colwise().maxCoeff().eval();
        const Eigen::RowVectorXf sums = logits.array().exp().colwise().sum().matrix();
        matrix d_logits = (logits.array().exp().rowwise() / sums.array()).matrix();
        float loss = 0;
        for (Eigen::Index i = 0; i < x.cols(); ++i) {
            loss += std::log(sums(i)) - logits(labels(i), i);
            d_logits(labels(i), i) -= 1;
        }
        d_logits /= batch;
        const matrix d_hidden = ((w2.transpose() * d_logits).array() * (before.array() > 0).cast<float>()).matrix();
        ++steps;
        adam_w2.step(w2, d_logits * hidden.transpose(), steps);
        adam_b2.step(b2, d_logits.rowwise().sum(), steps);
        adam_w1.step(w1, d_hidden * x.transpose(), steps);
        adam_b1.step(b1, d_hidden.rowwise().sum(), steps);
        return loss / batch;
    }
};

int main() {
    mlp net;
    const matrix x = matrix::Random(784, 32);
    Eigen::VectorXi labels(32);
    for (int i = 0; i < 32; ++i) labels(i) = i % 10;
    float loss = 0;
    for (int i = 0; i < 20; ++i) loss = net.train(x, labels);
    std::printf("%g\n", double(loss));
    return loss < 1 ? 0 : 1;
}
