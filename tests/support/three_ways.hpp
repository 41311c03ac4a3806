// SPDX-License-Identifier: BSL-1.0
// A function on symbols, interpreted as traced, optimised, and as a schedule of kernels: all have to agree.
#pragma once
#include "schedule_runner.hpp"

#include <doctest/doctest.h>
#include <telar/expr/function.hpp>
#include <telar/graph/settle_calls.hpp>
#include <telar/graph/verify.hpp>
#include <telar/passes/pipeline.hpp>

#include <string>
#include <utility>
#include <vector>

namespace support {

/// The values of f's results, in three ways that have to agree.
template <class F, class... A> std::vector<array> results_of(F f, const A&... x) {
    using namespace telar;
    using namespace telar::ir::passes;
    using namespace telar::ir::kernels;
    graph g;
    growable<array> leaves;
    (leaves.push(x), ...);
    const auto results = [&]<int... I>(std::integer_sequence<int, I...>) {
        return f(declare_leaf(g, I, {x.type, 0, x.extents})...);
    }
    (std::make_integer_sequence<int, sizeof...(A)>{});
    for (int i = 0; i < telar::expr::result_count<std::remove_const_t<decltype(results)>>; ++i)
        g.roots.push({telar::expr::result_at(results, i).id, -1, 0, 0});
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
    const auto scheduled = support::run_schedule(better, make_schedule(better), leaves, g.blocks).results;
    for (int i = 0; i < traced.size(); ++i) {
        for (const array* other : {&optimised[i], &scheduled[static_cast<std::size_t>(i)]}) {
            REQUIRE(other->extents == traced[i].extents);
            for (int k = 0; k < traced[i].count(); ++k) CHECK(support::distance(other->at(k), traced[i].at(k)) < 1e-13);
        }
    }
    return {traced.begin(), traced.end()};
}
inline void check_near(const array& a, const std::vector<double>& v) {
    REQUIRE(a.count() == static_cast<int>(v.size()));
    for (int i = 0; i < a.count(); ++i)
        CHECK(a.at(i) == doctest::Approx(v[static_cast<std::size_t>(i)]).epsilon(1e-12));
}
inline void check_near(const array& a, const array& b) {
    std::vector<double> v;
    for (int i = 0; i < b.count(); ++i) v.push_back(b.at(i));
    check_near(a, v);
}

}  // namespace support
