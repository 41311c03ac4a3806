// SPDX-License-Identifier: BSL-1.0
// What the tests of whole models share: the file of Keras' results, the interpreter, the schedule's runner.
#include "../support/fixtures.hpp"
#include "../support/schedule_runner.hpp"
#include "programs.hpp"

#include <telar/graph/verify.hpp>

#if !TELAR_HAS_SAFETENSORS
namespace programs {

bool has_keras() {
    MESSAGE("skipped: nlohmann-json is not installed");
    return false;
}
void check_values(const std::string&, const std::string&, double, const std::vector<array>&) {}
void check_graph(const std::string&, const telar::ir::graph&, const telar::core::growable<array>&) {}
std::vector<double> losses(const std::string&) { return {}; }

}  // namespace programs
#else
namespace programs {

namespace {

array expected(const std::string& name) {
    static const telar::io::archive all =
        telar::load_safetensors(TELAR_TEST_DATA_DIR "/../programs/tensorflow.safetensors");
    return support::array_of(all.at(name));
}
double error_of_loss(const std::string& model, const array& got) { return std::abs(got.at(0) / losses(model)[0] - 1); }
/// The error of what was kept of a gradient, or of the length of the whole, if that is larger.
double error_of_gradient(const std::string& model, int number, const array& got) {
    const array want = expected(model + "/gradient" + std::to_string(number));
    const int every = std::max(1, got.count() / 512);
    REQUIRE(want.count() == (got.count() + every - 1) / every);
    double largest = 0, apart = 0, squares = 0;
    for (int k = 0; k < want.count(); ++k) {
        largest = std::max(largest, std::abs(want.at(k)));
        apart = std::max(apart, support::distance(got.at(k * every), want.at(k)));
    }
    for (int k = 0; k < got.count(); ++k) squares += got.at(k) * got.at(k);
    const double length = expected(model + "/norms").at(number);
    return std::max(apart / largest, support::distance(std::sqrt(squares), length) / length);
}
std::vector<array> interpreted(const telar::ir::graph& g, const telar::core::growable<array>& leaves) {
    const telar::core::growable<array> results = support::interpreted(g, leaves);
    return {results.begin(), results.end()};
}

}  // namespace

bool has_keras() { return true; }
std::vector<double> losses(const std::string& model) {
    const array all = expected(model + "/losses");
    std::vector<double> list;
    for (int i = 0; i < all.count(); ++i) list.push_back(all.at(i));
    return list;
}
void check_values(const std::string& model, const std::string& way, double allowed, const std::vector<array>& values) {
    REQUIRE(static_cast<int>(values.size()) == 1 + expected(model + "/norms").count());
    double largest = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        INFO(model, ", ", way, ", value ", i, ": 0 is the loss, 1 the first gradient");
        const double error =
            i == 0 ? error_of_loss(model, values[i]) : error_of_gradient(model, static_cast<int>(i) - 1, values[i]);
        CHECK(error <= allowed);
        largest = std::max(largest, error);
    }
    CHECK(largest > 0);  // two different programs are not equal to the last bit
}
void check_graph(const std::string& model, const telar::ir::graph& g, const telar::core::growable<array>& leaves) {
    REQUIRE(g.error.what == telar::ir::mistake_kind::none);
    REQUIRE(telar::ir::verify(g));
    const telar::ir::graph better = telar::ir::passes::optimise(g);
    if (g[g.roots[0].id].type == telar::dtype::float64) {
        check_values(model, "as traced", 1e-6, interpreted(g, leaves));
        check_values(model, "optimised", 1e-6, interpreted(better, leaves));
    } else {
        check_values(
            model, "in kernels", 1e-4,
            support::run_schedule(better, telar::ir::passes::make_schedule(better, support::cpu_target), leaves)
                .results);
    }
}

}  // namespace programs
#endif
