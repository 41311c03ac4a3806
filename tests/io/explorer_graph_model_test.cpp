// SPDX-License-Identifier: BSL-1.0
#include "../support/draft_model.hpp"

#include <doctest/doctest.h>
#include <telar/io/explorer.hpp>

using namespace telar;
using support::affine_model;

namespace {

using rows_of_2 = tensor<float, dyn, 2>;
const rows_of_2 one = {{1, 2}};

}  // namespace

TEST_CASE("it is explored, with and without values") {
    using namespace telar::io::explorer;
    const graph_model m = affine_model();
    CHECK(programs_of(subject_of_graph_model(m), 3).at(0).eager.empty());
    const explored_program p = programs_of(subject_of_graph_model(m, one), 1).at(0);
    CHECK(p.leaves.at(1).name == "W");
    const auto& y = p.eager.at(static_cast<std::size_t>(p.stages[0].g.roots[0].id));
    CHECK(y.first == std::vector<double>{11, 22, 38});
    CHECK(y.difference == 0);
    CHECK_THROWS_AS((void)subject_of_graph_model(m, one, one), missing_feed);
}
