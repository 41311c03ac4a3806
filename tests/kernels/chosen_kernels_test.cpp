// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <string>
#include <telar/kernels/cpu/interpreted/chosen_kernels.hpp>

using namespace telar;
using border::kernel_table;
using ir::kernels::cpu::interpreted::best_of;

namespace {

// The lowest four extensions of the table stand for those that instruction sets need.
constexpr kernel_table least{"least", 0b1, nullptr, nullptr}, more{"more", 0b111, nullptr, nullptr},
    most{"most", 0b1111, nullptr, nullptr}, other{"other", 0b1010, nullptr, nullptr};
const std::array tables{&least, &more, &most, &other};

std::string best(core::processors::extensions has, std::string_view name = "") {
    return best_of(tables, has, name).instruction_set;
}

}  // namespace

TEST_SUITE("kernels/cpu/interpreted/chosen_kernels") {
    TEST_CASE("the table that needs the most of what the processor has") {
        CHECK(best(0b1) == "least");
        CHECK(best(0b11) == "least");
        CHECK(best(0b111) == "more");
        CHECK(best(0b1011) == "other");
        CHECK(best(0b1111) == "most");
        CHECK(best(~core::processors::extensions{0}) == "most");
    }
    TEST_CASE("of tables that need as many, the unit's own") {
        const kernel_table own{"own", 0b111, nullptr, nullptr};
        const std::array two{&own, &more};
        CHECK(best_of(two, 0b1111, "").instruction_set == std::string("own"));
    }
    TEST_CASE("one that is named") {
        CHECK(best(0b1111, "least") == "least");
        CHECK(best(0b1111, "other") == "other");
        CHECK_THROWS_WITH_AS(best(0b1111, "third"),
                             "TELAR_INSTRUCTION_SET=third: telar::compiled has least, more, most, other",
                             invalid_argument);
        CHECK_THROWS_AS(best(0b111, "most"), unsupported_processor);
    }
    TEST_CASE("late programs run on this unit's kernels or better ones") {
        CHECK((TELAR_COMPILED || late_instruction_set() == std::string(instruction_set())));
    }
}
