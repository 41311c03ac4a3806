// SPDX-License-Identifier: BSL-1.0
// A small program by its one function, and by launching one kernel after the other: the same bits.
#pragma once
#include <doctest/doctest.h>
#include <telar/telar.hpp>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>
#include <vector>

namespace support {

/// A tensor of numbers between -2 and 2; whole ones for integers, and of both kinds for bool.
template <class T> T filled(double phase = 0) {
    T t;
    for (telar::extent_t i = 0; i < static_cast<telar::extent_t>(t.size()); ++i) {
        using element = std::remove_cvref_t<decltype(*t.data())>;
        const double x = 2 * std::sin(0.7 * static_cast<double>(i) + phase);
        if constexpr (std::is_same_v<element, bool>) t.data()[i] = x > 0;
        else if constexpr (std::is_integral_v<element>)
            t.data()[i] = static_cast<element>(static_cast<std::int64_t>(4 * x));  // uint8 wraps
        else t.data()[i] = static_cast<element>(static_cast<float>(x));
    }
    return t;
}

/// The memory of all roots after a run by these tables; new values of variables are not written to them.
template <class Code, class E, class... Feeds>
std::vector<std::vector<std::byte>> roots_by(const telar::runtime::program_tables& p, const E& e,
                                             const Feeds&... feeds) {
    telar::workspace w;
    const auto leaves = telar::runtime::binding::values<Code>(e, feeds...);
    w.bind(p, leaves.data());
    std::vector<std::vector<std::byte>> memory;
    std::vector<void*> results;
    for (int r = 0; r < p.root_count; ++r) {
        const auto count = static_cast<std::size_t>(w.result_extents(p, r).count());
        memory.emplace_back(count * telar::size_of(Code::root_node(r).type), std::byte{0xee});
    }
    for (auto& m : memory) results.push_back(m.data());
    for (int again = 0; again < 2; ++again) w.run(p, leaves.data(), results.data());
    return memory;
}
template <class Code, class E, class... Feeds> void check_both_forms(const E& e, const Feeds&... feeds) {
    static constexpr telar::runtime::program_tables launching = Code::launching();
    static_assert(Code::is_one_function, "not a small program");
    const bool is_whole = Code::tables().whole != nullptr, is_launched = launching.whole == nullptr;
    REQUIRE(is_whole);
    REQUIRE(is_launched);
    const auto whole = roots_by<Code>(Code::tables(), e, feeds...), one_by_one = roots_by<Code>(launching, e, feeds...);
    REQUIRE(whole.size() == one_by_one.size());
    for (std::size_t r = 0; r < whole.size(); ++r) {
        CAPTURE(r);
        CHECK(whole[r] == one_by_one[r]);
    }
}
/// Of an expression, of fetch(...) and of update(...).
template <telar::Lazy E, class... Feeds> void check_small(const E& e, const Feeds&... feeds) {
    using expression = telar::expression_of<E>;
    check_both_forms<typename telar::runtime::program_of<expression>::type>(telar::as_expression(e), feeds...);
}
template <class List, class... Feeds>
requires requires { typename List::code; }
void check_small(const List& list, const Feeds&... feeds) {
    check_both_forms<typename List::code>(list.joined, feeds...);
}

}  // namespace support
