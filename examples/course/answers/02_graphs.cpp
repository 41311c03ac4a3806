// SPDX-License-Identifier: BSL-1.0
// Answer 2. Two products are left of (a b + c) (a b - c), and two of a b + a c: there the compiler keeps both, because
// a (b + c) can be another number.
#include <iostream>
#include <telar/telar.hpp>

using namespace telar;

constexpr auto with_sharing = telar::function([](auto a, auto b, auto c) { return (a * b + c) * (a * b - c); });
constexpr auto expanded_form = telar::function([](auto a, auto b, auto c) { return a * b + a * c; });
constexpr auto factored_form = telar::function([](auto a, auto b, auto c) { return a * (b + c); });

int main() {
    const tensor<float> a = 1e10f, b = 1e30f, c = -1e30f;
    static_assert(decltype(graph_of(with_sharing, a, b, c))::count(op::mul) == 2);
    static_assert(decltype(graph_of(expanded_form, a, b, c))::count(op::mul) == 2);
    static_assert(decltype(graph_of(factored_form, a, b, c))::count(op::mul) == 1);
    std::cout << "a b + a c is a number: " << std::boolalpha << !is_nan(expanded_form(a, b, c)).item() << '\n'
              << "a (b + c) = " << factored_form(a, b, c).item() << '\n';
}

// prints:
// a b + a c is a number: false
// a (b + c) = 0
