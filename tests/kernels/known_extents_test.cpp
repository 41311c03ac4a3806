// SPDX-License-Identifier: BSL-1.0
// Which products are compiled for their extents.
#include <doctest/doctest.h>
#include <telar/expr/linear.hpp>
#include <telar/expr/movement.hpp>
#include <telar/run/program.hpp>

using telar::ir::kernels::product_extents;

TEST_CASE("a kernel knows its extents where all are numbers and it pays") {
    using telar::dyn;
    using telar::matmul;
    using telar::tensor;
    using telar::transpose;
    const auto extents = [](auto product) {
        constexpr const auto& plan = decltype(graph_of(product))::plan;
        const telar::ir::kernel& k = plan.kernels[0];
        return telar::ir::kernels::known_extents(telar::ir::kernels::cpu::cpu_target.products, k,
                                                 plan.accesses[k.first_access], plan.accesses[k.first_access + 1]);
    };
    const auto lhs = [](auto shape) { return telar::input<"a", decltype(shape)>(); };
    const auto rhs = [](auto shape) { return telar::input<"b", decltype(shape)>(); };
    const product_extents rows = extents(matmul(lhs(tensor<float, 9, 5>()), rhs(tensor<float, 5, 7>())));
    CHECK(rows.m == 9);
    CHECK(rows.n == 7);
    CHECK(rows.k == 5);
    CHECK_FALSE(rows.a_in_columns);
    CHECK_FALSE(rows.b_in_columns);
    CHECK(extents(matmul(transpose(lhs(tensor<float, 5, 9>())), rhs(tensor<float, 5, 7>()))).a_in_columns);
    CHECK(extents(matmul(lhs(tensor<float, 9, 5>()), transpose(rhs(tensor<float, 7, 5>())))).b_in_columns);
    CHECK(extents(matmul(lhs(tensor<float, 2, 5>()), transpose(rhs(tensor<float, 7, 5>())))).m == 2);  // dot products
    CHECK(extents(matmul(lhs(tensor<float, 2, 32>()), transpose(rhs(tensor<float, 32, 32>())))).m == 2);
    CHECK(extents(matmul(lhs(tensor<float, 2, 32>()), transpose(rhs(tensor<float, 33, 32>())))).m == 0);  // too many
    CHECK(extents(matmul(lhs(tensor<float, dyn, 5>()), rhs(tensor<float, 5, 7>()))).m == 0);
    CHECK(extents(matmul(lhs(tensor<float, 9, 700>()), rhs(tensor<float, 700, 700>()))).m == 0);  // B is large
    CHECK(extents(matmul(lhs(tensor<std::int32_t, 9, 5>()), rhs(tensor<std::int32_t, 5, 7>()))).m == 0);
    const product_extents cut = extents(
        matmul(slice(lhs(tensor<float, 9, 8>()), telar::axis<1>, telar::range<1, 6>), rhs(tensor<float, 5, 7>())));
    CHECK(cut.m == 0);
    CHECK(telar::ir::kernels::extents_of_product(rows.bits()).k == 5);
}
