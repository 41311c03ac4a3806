// SPDX-License-Identifier: BSL-1.0
// Graphs of random operations, saved, read again, and computed: whole numbers, so that every value is exact.
#include "../support/random_graph.hpp"
#include "saved.hpp"

#include <string>
#include <vector>

using namespace telar;

TEST_CASE("random graphs") {
    int saved_ones = 0, refused = 0, unread = 0;
    for (const dtype type : {dtype::float32, dtype::int32, dtype::int16})
        for (unsigned seed = 0; seed < 120; ++seed) {
            CAPTURE(seed);
            const std::string name = "random_" + std::string(name_of(type)) + "_" + std::to_string(seed);
            CAPTURE(name);
            support::random_graph r(seed, type);
            for (int i = 0; i < 14; ++i) r.grow();
            for (std::size_t k = 1; k <= 3; ++k) r.make_root(r.numbers[r.numbers.size() - k]);
            r.make_root(r.questions.back());
            REQUIRE(r.g.error.what == ir::mistake_kind::none);
            io::onnx::saving::saved_model m;
            m.traced = r.g;
            for (int i = 0; i < r.leaves.size(); ++i) {
                m.leaves.push_back({"x" + std::to_string(i), nullptr, r.leaves[i].extents, true});
            }
            std::string bytes;
            try {
                bytes = io::onnx::saving::bytes_of(std::move(m), name, {});
            } catch (const unsupported_model& e) {  // the larger of two, scattered
                CHECK(std::string(e.what()) == name + ": ONNX has no operation for scatter");
                ++refused;
                continue;
            }
            const saved::arrays expected = saved::reference::interpret(r.g, r.leaves);
            std::vector<any_tensor> x, y;
            for (const auto& a : r.leaves) x.push_back(saved::tensor_from(a));
            for (const auto& a : expected) y.push_back(saved::tensor_from(a));
            if (type != dtype::float32) saved::keep(name, bytes, x, y);  // of floats the last digits decide
            if (type == dtype::int16) continue;                          // load_onnx has no such type
            try {
                const saved::arrays got = saved::results_of(bytes, r.leaves);
                REQUIRE(got.size() == expected.size());
                for (int i = 0; i < got.size(); ++i) saved::check_near(got[i], expected[i], 0);
                ++saved_ones;
            } catch (const unsupported_model& e) {
                MESSAGE(name << ": " << e.what());
                ++unread;
            }
        }
    MESSAGE(saved_ones << " are the same, " << refused << " refused, " << unread << " not read");
    CHECK(saved_ones > 150);
}
