// SPDX-License-Identifier: BSL-1.0
// Programs that are compiled when they are first run give the bits of those that are compiled with the C++ program.
// (Compiled with -ffp-contract=off: g++ else makes one rounding of two where it likes, in compiled kernels only.)
#include <doctest/doctest.h>
#include <telar/telar.hpp>

#include <cmath>
#include <cstring>
#include <thread>
#include <vector>

using namespace telar;

namespace {

template <class T> T filled(T t, double phase = 0) {
    for (extent_t i = 0; i < static_cast<extent_t>(t.size()); ++i)
        t.data()[i] =
            static_cast<std::remove_cvref_t<decltype(*t.data())>>(std::sin(0.37 * static_cast<double>(i) + phase));
    return t;
}
template <class T> void check_same_bits(const T& a, const T& b) {
    REQUIRE(a.extents() == b.extents());
    CHECK(std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * sizeof(*a.data())) == 0);
}
template <class... T> void check_same_bits(const std::tuple<T...>& a, const std::tuple<T...>& b) {
    [&]<std::size_t... I>(std::index_sequence<I...>) { (check_same_bits(std::get<I>(a), std::get<I>(b)), ...); }
    (std::index_sequence_for<T...>{});
}
constexpr extent_t batches[] = {0, 1, 2, 7, 16, 33, 128, 700};

}  // namespace

TEST_CASE("rows, columns, products and their gradients") {
    input<"x", tensor<float, dyn, 10>> X;
    variable<"W", tensor<float, 10, 70>> W;
    variable<"b", tensor<float, 70>> b;
    W = filled(tensor<float, 10, 70>{});
    b = filled(tensor<float, 70>{}, 1);
    const auto y = softmax(tanh(matmul(X, W) + b) * 2.f);
    const auto loss = mean(square(y)) + sum(log(1.f + abs(y))) * 0.01f;
    const auto program = [&](auto f) { return fetch(f, y, gradient(f, W), gradient(f, b), max(y, axis<0>)); };
    for (const extent_t n : batches) {
        if (n == 0) continue;  // the largest of nothing
        CAPTURE(n);
        const auto x = filled(tensor<float, dyn, 10>(shape(n, 10)));
        check_same_bits(run(program(loss), X = x), run(program(late(loss)), X = x));
    }
}

TEST_CASE("fused loops on rows and columns of any length") {
    input<"x", tensor<float, dyn, dyn>> X;
    const auto centred = X - mean(X, axis<1>, keep_dims);
    const auto normal = centred / sqrt(mean(square(centred), axis<1>, keep_dims) + 1e-5f);
    const auto scaled = maximum(pow(abs(X) + 0.5f, normal) - X * max(X, axis<0>, keep_dims), -1.f);
    const auto program = [&](auto f) {
        return fetch(f, softmax(X), normal, sum(scaled, axis<0>), prod(scaled, axis<1>), sum(X * X));
    };
    for (const auto& [rows, columns] : {std::pair{3, 1000}, {40, 70}, {2, 5000}, {300, 9}, {9, 129}, {1, 2049}}) {
        CAPTURE(columns);
        const auto x = filled(tensor<float, dyn, dyn>(shape(rows, columns)));
        check_same_bits(run(program(scaled), X = x), run(program(late(scaled)), X = x));
    }
}

TEST_CASE("a training step") {
    using runtime::training::named_state;
    input<"x", tensor<double, dyn, 6>> X;
    input<"label", tensor<std::int32_t, dyn>> Label;
    variable<"W1", tensor<double, 6, 20>> W1(filled(tensor<double, 6, 20>{}));
    variable<"W2", tensor<double, 20, 4>> W2(filled(tensor<double, 20, 4>{}, 2));
    variable<"V1", tensor<double, 6, 20>> V1(filled(tensor<double, 6, 20>{}));
    variable<"V2", tensor<double, 20, 4>> V2(filled(tensor<double, 20, 4>{}, 2));
    const auto loss = [&](const auto& a, const auto& c) {
        return mean(sparse_softmax_cross_entropy(matmul(relu(matmul(X, a)), c), Label));
    };
    auto early = minimize(loss(W1, W2), adam{.learning_rate = 0.01});
    auto after = minimize(late(loss(V1, V2)), adam{.learning_rate = 0.01});
    for (int i = 0; i < 20; ++i) {
        const extent_t n = 5 + i % 3;
        const auto x = filled(tensor<double, dyn, 6>(shape(n, 6)), i);
        tensor<std::int32_t, dyn> label(shape{n});
        for (extent_t k = 0; k < n; ++k) label(k) = static_cast<std::int32_t>(k % 4);
        check_same_bits(run(early, X = x, Label = label), run(after, X = x, Label = label));
    }
    check_same_bits(W1.value(), V1.value());
    check_same_bits(W2.value(), V2.value());
    CHECK(early.workspace_bytes(7) == after.workspace_bytes(7));
}

TEST_CASE("attention, which is a chain, and images") {
    input<"q", tensor<float, 2, dyn, 16>> Q;
    input<"image", tensor<float, dyn, 9, 9, 3>> Image;
    variable<"F", tensor<float, 3, 3, 3, 5>> F(filled(tensor<float, 3, 3, 3, 5>{}));
    const auto attended = attention(Q, Q, Q);
    const auto pooled = max_pool(relu(conv(Image, F)), window<2>);
    const auto program = [&](auto f) { return fetch(f, gradient(mean(square(pooled)), F), pooled); };
    for (const extent_t n : {1, 5, 40}) {
        CAPTURE(n);
        const auto q = filled(tensor<float, 2, dyn, 16>(shape(2, n, 16)));
        const auto image = filled(tensor<float, dyn, 9, 9, 3>(shape(n, 9, 9, 3)));
        check_same_bits(run(program(attended), Q = q, Image = image),
                        run(program(late(attended)), Q = q, Image = image));
    }
}

TEST_CASE("indices, random numbers, truth values") {
    input<"i", tensor<std::int64_t, dyn>> I;
    variable<"table", tensor<float, 50, 8>> Table(filled(tensor<float, 50, 8>{}));
    const auto rows = gather(Table, I, axis<0>);
    const auto chosen = where(rows > 0.25f, rows, cast<float>(argmax(rows, axis<1>, keep_dims)) * 0.5f);
    const auto loss = sum(square(chosen));
    for (const extent_t n : {1, 3, 60}) {
        tensor<std::int64_t, dyn> i(shape{n});
        for (extent_t k = 0; k < n; ++k) i(k) = k * 7 % 50;
        check_same_bits(run(fetch(loss, chosen, gradient(loss, Table), cumsum(rows, axis<0>)), I = i),
                        run(fetch(late(loss), chosen, gradient(loss, Table), cumsum(rows, axis<0>)), I = i));
    }
    CHECK_THROWS_AS(run(late(loss), I = tensor<std::int64_t, 1>{50}), index_error);
}

TEST_CASE("a truth value that is a constant") {
    constexpr auto chosen = telar::function([](symbol x) {
        const symbol truth = ir::emit::constant(*x.g, dtype::boolean, 1);
        return max(where(truth, x, -1.f), -1) + where(!truth, x, sum(x));
    });
    input<"x", tensor<float, dyn, 3>> X;
    const auto x = filled(tensor<float, dyn, 3>(shape(3, 3)), 1);
    check_same_bits(run(chosen(X), X = x), run(late(chosen(X)), X = x));
}

TEST_CASE("the first run compiles, for all threads, and a workspace is used again") {
    input<"x", tensor<float, dyn>> X;
    const auto y = late(exp(X) * 3.f - X);
    const auto x = filled(tensor<float, dyn>(shape{1000}));
    const auto expected = run(exp(X) * 3.f - X, X = x);
    std::vector<tensor<float, dyn>> results(4, tensor<float, dyn>(shape{0}));
    std::vector<std::thread> threads;
    for (auto& result : results) threads.emplace_back([&] { result = run(y, X = x); });
    for (auto& t : threads) t.join();
    for (const auto& result : results) check_same_bits(result, expected);
    CHECK(show_graph(y) == show_graph(exp(X) * 3.f - X));
    CHECK(explain(y, 1000).kernels.size() == 1);
}
