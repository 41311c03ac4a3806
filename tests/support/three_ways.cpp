// SPDX-License-Identifier: BSL-1.0
#include "three_ways.hpp"

#include <telar/graph/settle_calls.hpp>
#include <telar/graph/verify.hpp>

#include <string>

namespace support {

std::vector<array> agreed_results(telar::ir::graph& g, const telar::core::growable<array>& leaves) {
    using namespace telar;
    using namespace telar::ir::passes;
    using namespace telar::ir::kernels;
    REQUIRE(g.error.what == mistake_kind::none);
    settle_calls(g);
    if (const char* why = first_illegality(g)) FAIL(std::string(why));
    const graph better = optimise(g);
    if (const char* why = first_illegality(better)) FAIL(std::string(why));
    growable<graph_block> better_blocks = g.blocks;
    for (graph_block& b : better_blocks) {
        if (const char* why = first_illegality(b.body)) FAIL(std::string(why));
        b.body = optimise(b.body);
        if (const char* why = first_illegality(b.body)) FAIL(std::string(why));
    }
    const auto traced = reference::interpret(g, leaves),
               optimised = reference::interpret(better, better_blocks, leaves, nullptr);
    const auto scheduled = run_schedule(better, make_schedule(better, cpu_target), leaves, g.blocks).results;
    for (int i = 0; i < traced.size(); ++i) {
        for (const array* other : {&optimised[i], &scheduled[static_cast<std::size_t>(i)]}) {
            REQUIRE(other->extents == traced[i].extents);
            for (int k = 0; k < traced[i].count(); ++k) CHECK(distance(other->at(k), traced[i].at(k)) < 1e-13);
        }
    }
    return {traced.begin(), traced.end()};
}
void check_near(const array& a, const std::vector<double>& v) {
    REQUIRE(a.count() == static_cast<int>(v.size()));
    for (int i = 0; i < a.count(); ++i)
        CHECK(a.at(i) == doctest::Approx(v[static_cast<std::size_t>(i)]).epsilon(1e-12));
}
void check_near(const array& a, const array& b) {
    std::vector<double> v;
    for (int i = 0; i < b.count(); ++i) v.push_back(b.at(i));
    check_near(a, v);
}

}  // namespace support
