// SPDX-License-Identifier: BSL-1.0
// A target of one's own. The program is traced by the C++ compiler as ever; telar's passes make it a schedule for the
// ledger's limits, and the ledger runs it. docs/adding_a_target.md goes through the files.
#include "launch.hpp"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <telar/telar.hpp>

using namespace telar;

int main() {
    variable<"W", matrix<float, 3, 5>> W;
    variable<"b", tensor<float, 3>> b;
    variable<"rows", matrix<float, 8, 5>> rows;
    generator random(1);
    glorot_uniform{}(W.value(), random);
    glorot_uniform{}(rows.value(), random);
    const input<"i", tensor<std::int32_t, dyn>> i;
    const tensor<std::int32_t, 4> four{7, 0, 3, 3};

    // The same expression, on the CPU and on the ledger.
    const auto p = softmax(W * gather(rows, i) + b);
    const auto on_cpu = run(p, i = four);
    const auto on_ledger = run(on_target<ledger::kernels>(p), i = four);
    float apart = 0;
    for (std::size_t k = 0; k < on_cpu.size(); ++k)
        apart = std::max(apart, std::abs(on_cpu.data()[k] - on_ledger.data()[k]));
    std::cout << "the same to 1e-6: " << (apart < 1e-6f ? "yes" : "no") << '\n';

    const char* const kinds[] = {"loops", "products", "chains", "library", "calls"};
    for (std::size_t k = 0; k < ledger::book().size(); ++k)
        if (const ledger::entry& e = ledger::book()[k]; e.launches > 0)
            std::cout << kinds[k] << ": " << e.launches << " launched, " << e.operations << " operations, " << e.bytes
                      << " bytes\n";

    // An index out of range: a kernel notes it, all others run, and no variable is assigned to.
    const tensor<std::int32_t, 4> wrong{7, 0, 8, 3};
    const float before = W.value()(0, 0);
    try {
        run(update(W = on_target<ledger::kernels>(W * 0.5f + sum(p))), i = wrong);
    } catch (const index_error& e) {
        std::cout << e.what() << "; W is " << (W.value()(0, 0) == before ? "as it was" : "another") << '\n';
    }
}

// prints:
// the same to 1e-6: yes
// loops: 3 launched, 64 operations, 304 bytes
// products: 1 launched, 132 operations, 576 bytes
// library: 1 launched, 0 operations, 0 bytes
// gather: index 8 is outside of an axis of extent 8; W is as it was
