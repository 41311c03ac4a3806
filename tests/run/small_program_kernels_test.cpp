// SPDX-License-Identifier: BSL-1.0
// Kernels of small programs: sizes that fill no register, all types, rows and columns, products of all layouts.
#include <doctest/doctest.h>
#include <telar/telar.hpp>

#include "../support/small_program.hpp"

using namespace telar;
using support::check_small;
using support::filled;

namespace {

template <class T, extent_t... N> T fed() { return filled<T>(static_cast<double>(sizeof...(N))); }

/// A function that does Count random things to matrices (3, 5) and (5, 5), rows (5) and columns (3, 1).
template <unsigned Seed, int Count> struct random_function {
    constexpr symbol operator()(symbol a, symbol b, symbol row, symbol column) const {
        unsigned state = Seed * 2654435761u + 12345u;
        const auto below = [&](int n) {
            state = state * 1664525u + 1013904223u;
            return static_cast<int>((state >> 16) % static_cast<unsigned>(n));
        };
        core::growable<symbol> known;
        for (const symbol s : {a, row, column, a * row}) known.push(s);
        for (int i = 0; i < Count; ++i) {
            const symbol x = known[below(known.size())], y = known[known.size() - 1];
            const bool is_matrix = x.rank() == 2 && x.extents()[0] == 3 && x.extents()[1] == 5;
            switch (below(9)) {
                case 0: known.push(tanh(x) - y); break;
                case 1: known.push(x * y); break;
                case 2: known.push(maximum(x, y * 0.5)); break;
                case 3: known.push(where(x < y, x, y + 1)); break;
                case 4:
                    if (is_matrix) known.push(matmul(x, b) * 0.25);
                    break;
                case 5:
                    if (is_matrix) known.push(sum(x, axis<1>, keep_dims));
                    break;
                case 6:
                    if (is_matrix) known.push(mean(x, axis<0>, keep_dims));
                    break;
                case 7:
                    if (is_matrix) known.push(matmul(matmul(x, swap_axes(x, axes<0, 1>)), x) * 0.1);
                    break;
                default: known.push(sigmoid(x + y)); break;
            }
        }
        symbol all = known[known.size() - 1];
        for (int i = 4; i < known.size(); i += 3) all = all + known[i];
        return all;
    }
};
template <unsigned Seed, class T> void check_random() {
    CAPTURE(Seed);
    const input<"a", tensor<T, 3, 5>> A;
    const input<"b", tensor<T, 5, 5>> B;
    const input<"r", tensor<T, 5>> R;
    const input<"c", tensor<T, 3, 1>> C;
    constexpr auto f = telar::function(random_function<Seed, 14>{});
    check_small(f(A, B, R, C), A = filled<tensor<T, 3, 5>>(1), B = filled<tensor<T, 5, 5>>(2),
                R = filled<tensor<T, 5>>(3), C = filled<tensor<T, 3, 1>>(4));
}

}  // namespace

TEST_CASE("random graphs") {
    check_random<1, float>();
    check_random<2, double>();
    check_random<3, float>();
}
TEST_CASE("rows, columns, places") {
    const input<"x", tensor<float, 7, 19>> X;
    const auto x = filled<tensor<float, 7, 19>>();
    const auto centred = X - mean(X, axis<1>, keep_dims);
    check_small(fetch(softmax(X), centred / sqrt(mean(square(centred), axis<1>, keep_dims) + 1e-5f), argmax(X, axis<1>),
                      sum(X, axis<0>), prod(X, axis<0>), max(X), sum(exp(X))),
                X = x);
    const input<"y", tensor<float, 40, 3>> Y;
    check_small(fetch(sum(Y, axis<0>), Y - max(Y, axis<0>), sum(swap_axes(Y, axes<0, 1>), axis<1>)),
                Y = filled<tensor<float, 40, 3>>());
    const input<"z", tensor<float, 2, 300>> Z;
    check_small(fetch(sum(Z * Z, axis<1>), cos(Z)), Z = filled<tensor<float, 2, 300>>());
}
TEST_CASE("types") {
    const input<"i", tensor<int, 13>> I;
    const input<"l", tensor<std::int64_t, 13>> L;
    const input<"u", tensor<std::uint8_t, 13>> U;
    const input<"t", tensor<bool, 13>> T;
    const input<"h", tensor<float16, 13>> H;
    const input<"d", tensor<double, 13>> D;
    check_small(fetch(I * I - 3, sum(I), cast<float>(I), I / 3), I = filled<tensor<int, 13>>());
    check_small(fetch(L * L, max(L), cast<double>(L)), L = filled<tensor<std::int64_t, 13>>());
    check_small(fetch(U + U, cast<int>(U)), U = filled<tensor<std::uint8_t, 13>>());
    check_small(fetch(!T, any(T), all(T), where(T, D, D * 2.0)), T = filled<tensor<bool, 13>>(),
                D = filled<tensor<double, 13>>());
    check_small(fetch(tanh(H) * H, sum(H)), H = filled<tensor<float16, 13>>());
    check_small(fetch(exp(D), sum(D), D > 0.0), D = filled<tensor<double, 13>>());
}
TEST_CASE("products") {
    const input<"a", tensor<float, 5, 11>> A;
    const input<"b", tensor<float, 11, 21>> B;
    const input<"c", tensor<float, 21, 11>> C;
    const input<"v", tensor<float, 11>> V;
    const input<"p", tensor<float, 2, 3, 4>> P;
    const input<"q", tensor<float, 2, 4, 5>> Q;
    const input<"i", tensor<int, 5, 11>> I;
    const input<"j", tensor<int, 11, 3>> J;
    const auto a = filled<tensor<float, 5, 11>>(1);
    const auto b = filled<tensor<float, 11, 21>>(2);
    const auto c = filled<tensor<float, 21, 11>>(3);
    const auto v = filled<tensor<float, 11>>(4);
    check_small(fetch(relu(matmul(A, B)), matmul(A, swap_axes(C, axes<0, 1>)) + 1.f,
                      matmul(swap_axes(B, axes<0, 1>), swap_axes(A, axes<0, 1>))),
                A = a, B = b, C = c);
    check_small(fetch(tanh(matmul(V, B)), matmul(V, swap_axes(C, axes<0, 1>)), matmul(A, V), matmul(V, V)), A = a,
                B = b, C = c, V = v);
    check_small(fetch(matmul(P, Q), matmul(I, J)), P = filled<tensor<float, 2, 3, 4>>(5),
                Q = filled<tensor<float, 2, 4, 5>>(6), I = filled<tensor<int, 5, 11>>(7),
                J = filled<tensor<int, 11, 3>>(8));
}
TEST_CASE("slices, turned axes, pieces put together") {
    const input<"x", tensor<float, 6, 9>> X;
    check_small(fetch(reverse(X, axis<1>) * 2.f, concat(X, X + 1.f, axis<1>), transpose(X) - 1.f,
                      slice(X, starts<1, 2>, sizes<3, 5>)),
                X = filled<tensor<float, 6, 9>>());
}
