// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <telar/core/failure.hpp>
#include <type_traits>

using namespace telar;

static_assert(std::is_base_of_v<std::runtime_error, telar::error>);

TEST_SUITE("core/failure") {
    TEST_CASE_TEMPLATE("each kind is thrown as itself with its text", Kind, missing_feed, wrong_shape, no_value,
                       duplicate_name, overlapping_output, index_error, invalid_argument, file_error,
                       unsupported_processor) {
        static_assert(std::is_base_of_v<telar::error, Kind>);
        CHECK_THROWS_WITH_AS(fail<Kind>("W: expected 3, got 4"), "W: expected 3, got 4", Kind);
    }

    TEST_CASE("every kind can be caught as telar::error") {
        bool caught = false;
        try {
            fail<index_error>("i");
        } catch (const telar::error& e) { caught = std::string(e.what()) == "i"; }
        CHECK(caught);
    }

    TEST_CASE("the handler is exchanged for the one before") {
        const failure_handler mine = [](const char*) {};
        CHECK((set_failure_handler(mine) == nullptr));
        CHECK((set_failure_handler(nullptr) == mine));
    }

    TEST_CASE("a message is joined of texts, numbers and extents") {
        const std::string name = "W";
        CHECK(joined_text({"\"", name, "\": ", -3, " of ", std::size_t{7}, ", ", shape(2, 5), std::string_view(" "),
                           0.5f}) == "\"W\": -3 of 7, (2, 5) 0.500000");
        CHECK(joined_text({}) == "");
    }

    TEST_CASE("a shape is written as Python writes a tuple") {
        CHECK(to_string(shape()) == "()");
        CHECK(to_string(shape(3)) == "(3,)");
        CHECK(to_string(shape(3, 4)) == "(3, 4)");
        CHECK(to_string(shape(dyn, 4)) == "(None, 4)");
    }
}
