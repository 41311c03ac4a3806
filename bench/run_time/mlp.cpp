// SPDX-License-Identifier: BSL-1.0
// One training step of a perceptron 784-128-10: forward, softmax cross-entropy, backward, update. The labels and the
// images are random. One step from the same weights must give the same weights; the timed steps go on from there.
#include <optional>
#include <telar/telar.hpp>

#include "suite.hpp"
#if defined(TELAR_HAS_EIGEN)
#include <Eigen/Core>
#endif

namespace {

using telar::extent_t;

constexpr extent_t inputs = 784, hidden = 128, classes = 10;
constexpr std::size_t w1_size = hidden * inputs, w2_size = classes * hidden;

/// The parameters one after the other: W1 (128,784), b1, W2 (10,128), b2, as both begin.
struct parameters {
    std::vector<float> w1 = bench::random_numbers(w1_size, 1, -0.08f, 0.08f);
    std::vector<float> w2 = bench::random_numbers(w2_size, 2, -0.2f, 0.2f);
};
template <extent_t Batch> std::vector<std::int32_t> random_labels() {
    std::vector<std::int32_t> labels(Batch);
    for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::int32_t>((i * 7 + i / 3) % classes);
    return labels;
}
void append(std::vector<float>& to, const float* from, std::size_t count) { to.insert(to.end(), from, from + count); }

// ---------------------------------------------------------------- telar
template <extent_t Batch, class Optimizer> class telar_step {
public:
    telar_step(Optimizer optimizer, const std::vector<float>& images)
        : optimizer_(optimizer),
          x_(telar::tensor<float, Batch, inputs>::from(telar::shape(Batch, inputs), images)),
          y_(telar::tensor<std::int32_t, Batch>::from(telar::shape(Batch), random_labels<Batch>())) {}

    void reset() {
        const parameters p;
        std::copy(p.w1.begin(), p.w1.end(), W1.value().begin());
        std::copy(p.w2.begin(), p.w2.end(), W2.value().begin());
        std::fill(b1.value().begin(), b1.value().end(), 0.0f);
        std::fill(b2.value().begin(), b2.value().end(), 0.0f);
        step_.emplace(training());  // a new one: the optimiser remembers nothing
    }
    void operator()() { loss_ = run(*step_, X = x_, labels = y_); }
    std::vector<float> result() const {
        std::vector<float> all{loss_.item()};
        append(all, W1.value().data(), W1.value().size());
        append(all, b1.value().data(), b1.value().size());
        append(all, W2.value().data(), W2.value().size());
        append(all, b2.value().data(), b2.value().size());
        return all;
    }

private:
    telar::variable<"W1", telar::matrix<float, hidden, inputs>> W1;
    telar::variable<"b1", telar::tensor<float, hidden>> b1;
    telar::variable<"W2", telar::matrix<float, classes, hidden>> W2;
    telar::variable<"b2", telar::tensor<float, classes>> b2;
    telar::input<"X", telar::tensor<float, Batch, inputs>> X;
    telar::input<"labels", telar::tensor<std::int32_t, Batch>> labels;
    Optimizer optimizer_;
    auto training() const {
        return minimize(mean(sparse_softmax_cross_entropy(W2 * relu(W1 * X + b1) + b2, labels)), optimizer_);
    }
    std::optional<decltype(std::declval<const telar_step&>().training())> step_;
    telar::tensor<float, Batch, inputs> x_;
    telar::tensor<std::int32_t, Batch> y_;
    telar::tensor<float> loss_;
};

// ---------------------------------------------------------------- Eigen, by hand
#if defined(TELAR_HAS_EIGEN)
/// The network and its way back; what to do with the gradients is said below.
template <extent_t Batch> class eigen_network {
protected:
    using big = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    using row = Eigen::Matrix<float, 1, Eigen::Dynamic>;

public:
    explicit eigen_network(const std::vector<float>& images)
        : x(Eigen::Map<const big>(images.data(), Batch, inputs)), labels(random_labels<Batch>()) {
        h.resize(Batch, hidden), z.resize(Batch, classes), dh.resize(Batch, hidden);
        reset();
    }
    void reset() {
        const parameters p;
        w1 = Eigen::Map<const big>(p.w1.data(), hidden, inputs);
        w2 = Eigen::Map<const big>(p.w2.data(), classes, hidden);
        b1 = row::Zero(hidden), b2 = row::Zero(classes);
    }
    std::vector<float> result() const {
        std::vector<float> all{loss};
        append(all, w1.data(), w1_size), append(all, b1.data(), hidden);
        append(all, w2.data(), w2_size), append(all, b2.data(), classes);
        return all;
    }

protected:
    /// Forward, and back to dz and dh: the gradients by what enters the two activations.
    void forward_and_back() {
        h.noalias() = x * w1.transpose();
        h = (h.rowwise() + b1).cwiseMax(0.0f);
        z.noalias() = h * w2.transpose();
        z.rowwise() += b2;
        float sum = 0;
        for (Eigen::Index i = 0; i < Batch; ++i) {
            const float most = z.row(i).maxCoeff(), at_label = z(i, labels[static_cast<std::size_t>(i)]);
            z.row(i) = (z.row(i).array() - most).exp();
            const float exponentials = z.row(i).sum();
            sum += std::log(exponentials) - (at_label - most);
            z.row(i) *= 1.0f / (Batch * exponentials);
            z(i, labels[static_cast<std::size_t>(i)]) -= 1.0f / Batch;
        }
        loss = sum / Batch;
        dh.noalias() = z * w2;
        dh = (h.array() > 0).select(dh.array(), 0.0f);
    }
    big x, w1, w2, h, z, dh;
    row b1, b2;
    std::vector<std::int32_t> labels;
    float loss = 0;
};
template <extent_t Batch> struct eigen_sgd : eigen_network<Batch> {
    using eigen_network<Batch>::eigen_network;
    float rate = 0;
    void operator()() {
        this->forward_and_back();
        this->w2.noalias() -= rate * (this->z.transpose() * this->h);
        this->b2 -= rate * this->z.colwise().sum();
        this->w1.noalias() -= rate * (this->dh.transpose() * this->x);
        this->b1 -= rate * this->dh.colwise().sum();
    }
};
template <extent_t Batch> struct eigen_adam : eigen_network<Batch> {
    using base = eigen_network<Batch>;
    using big = typename base::big;
    using row = typename base::row;
    float rate = 0;
    int steps = 0;
    big g1, g2, m1, m2, v1, v2;
    row c1, c2, mc1, mc2, vc1, vc2;

    explicit eigen_adam(const std::vector<float>& images) : base(images) { reset(); }
    void reset() {
        base::reset();
        steps = 0;
        m1 = v1 = big::Zero(hidden, inputs), m2 = v2 = big::Zero(classes, hidden);
        mc1 = vc1 = row::Zero(hidden), mc2 = vc2 = row::Zero(classes);
    }
    template <class P> static void update(P& p, const P& g, P& m, P& v, float corrected) {
        m = 0.9f * m + 0.1f * g;
        v.array() = 0.999f * v.array() + 0.001f * g.array().square();
        p.array() -= corrected * m.array() / (v.array().sqrt() + 1e-7f);
    }
    void operator()() {
        this->forward_and_back();
        const float t = static_cast<float>(++steps);
        const float corrected = rate * std::sqrt(1 - std::pow(0.999f, t)) / (1 - std::pow(0.9f, t));
        g2.noalias() = this->z.transpose() * this->h;
        g1.noalias() = this->dh.transpose() * this->x;
        c2 = this->z.colwise().sum(), c1 = this->dh.colwise().sum();
        update(this->w1, g1, m1, v1, corrected);
        update(this->b1, c1, mc1, vc1, corrected);
        update(this->w2, g2, m2, v2, corrected);
        update(this->b2, c2, mc2, vc2, corrected);
    }
};
#endif

template <extent_t Batch> void step(bench::suite& suite, bool with_adam) {
    const std::string workload = with_adam ? "MLP 784-128-10 step, Adam" : "MLP 784-128-10 step, SGD";
    const std::string size = "batch " + std::to_string(Batch);
    if (!suite.wants(workload, size)) return;
    const auto images = bench::random_numbers(Batch * inputs, 5, 0, 1);
    // Three products by W1's size less the gradient by the images, three by W2's.
    const double operations = 2.0 * Batch * (2 * w1_size + 3 * w2_size) + (with_adam ? 12.0 * w1_size : 0);
    bench::row r(workload, size, {operations, 0}, {1e-3, 2e-5});
    const float rate = 0.001f;

    const auto add = [&r](const char* name, auto& s) {
        r.add(
            name, [&s] { s(); }, [&s] { return s.result(); }, [&s] { s.reset(); });
    };
    telar_step<Batch, telar::sgd> by_sgd(telar::sgd{.learning_rate = rate}, images);
    telar_step<Batch, telar::adam> by_adam(telar::adam{.learning_rate = rate}, images);
    if (with_adam) add("telar", by_adam);
    else add("telar", by_sgd);
#if defined(TELAR_HAS_EIGEN)
    eigen_sgd<Batch> eigen_by_sgd(images);
    eigen_adam<Batch> eigen_by_adam(images);
    eigen_by_sgd.rate = eigen_by_adam.rate = rate;
    if (with_adam) add("Eigen by hand", eigen_by_adam);
    else add("Eigen by hand", eigen_by_sgd);
#endif
    suite.run(r);
}

}  // namespace

int main(int argc, char** argv) {
    bench::suite suite("mlp", argc, argv);
    for (const bool with_adam : {false, true}) {
        step<32>(suite, with_adam);
        step<128>(suite, with_adam);
    }
    return suite.finish();
}
