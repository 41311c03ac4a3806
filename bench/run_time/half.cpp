// SPDX-License-Identifier: BSL-1.0
// Numbers of two bytes beside float32: what half the bytes win where memory is what counts, and what rounding costs
// where it is not.
#include "tensors.hpp"

#include <memory>

namespace {

using bench::access;
using bench::random_tensor;
using bench::row;

/// line(a, x, b) of numbers that lie in memory as T.
template <class T, telar::extent_t N, class Line> void add_line(row& r, const char* name, Line line) {
    const telar::input<"a", telar::tensor<T, N>> A;
    const telar::input<"x", telar::tensor<T, N>> X;
    const telar::input<"b", telar::tensor<T, N>> B;
    const auto program = telar::compile(line(A, X, B));
    r.add(name, [program, w = std::make_shared<telar::workspace>(), y = std::make_shared<telar::tensor<T, N>>(), A, X,
                 B, a = random_tensor<T, N>(1), x = random_tensor<T, N>(2),
                 b = random_tensor<T, N>(3)]() mutable { program.into(*w, *y, A = a, X = x, B = b); });
}
template <telar::extent_t N> void line_through_relu(bench::suite& suite, const std::string& size) {
    const std::string workload = "relu(a * x + b) of two bytes";
    if (!suite.wants(workload, size)) return;
    const auto line = [](const auto& a, const auto& x, const auto& b) { return relu(a * x + b); };
    const auto rounded_once = [](const auto& a, const auto& x, const auto& b) {
        using T = typename std::remove_cvref_t<decltype(a)>::value_t::value_type;
        return cast<T>(relu(cast<float>(a) * cast<float>(x) + cast<float>(b)));
    };
    row r(workload, size, {3.0 * N, 8.0 * N, access::three_to_one});
    add_line<telar::bfloat16, N>(r, "bfloat16", line);
    add_line<telar::bfloat16, N>(r, "bfloat16, rounded once", rounded_once);
    add_line<telar::float16, N>(r, "float16", line);
    add_line<telar::float16, N>(r, "float16, rounded once", rounded_once);
    add_line<float, N>(r, "float32", line);
    suite.run(r);
}

template <class T, telar::extent_t N> void add_product(row& r, const char* name) {
    const telar::input<"a", telar::tensor<T, N, N>> A;
    const telar::input<"b", telar::tensor<T, N, N>> B;
    const auto program = telar::compile(matmul(A, B));
    r.add(name, [program, w = std::make_shared<telar::workspace>(), y = std::make_shared<telar::tensor<T, N, N>>(), A,
                 B, a = random_tensor<T, N, N>(1),
                 b = random_tensor<T, N, N>(2)]() mutable { program.into(*w, *y, A = a, B = b); });
}
template <telar::extent_t N> void product(bench::suite& suite, const std::string& size) {
    const std::string workload = "matmul of two bytes";
    if (!suite.wants(workload, size)) return;
    row r(workload, size, {2.0 * N * N * N, 6.0 * N * N});
    add_product<telar::bfloat16, N>(r, "bfloat16");
    add_product<telar::float16, N>(r, "float16");
    add_product<float, N>(r, "float32");
    suite.run(r);
}

}  // namespace

int main(int argc, char** argv) {
    bench::suite suite("half", argc, argv);
    line_through_relu<1'000>(suite, "1e3");
    line_through_relu<100'000>(suite, "1e5");
    line_through_relu<10'000'000>(suite, "1e7");
    product<64>(suite, "64");
    product<512>(suite, "512");
    return suite.finish();
}
