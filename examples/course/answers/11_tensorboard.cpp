// SPDX-License-Identifier: BSL-1.0
// Answer 11. Two runs in two folders, and the question that TensorBoard's picture answers: which one is lower at step
// 10?
#include <filesystem>
#include <iostream>
#include <telar/io/summary_reader.hpp>
#include <telar/io/summary_writer.hpp>
#include <telar/telar.hpp>

using namespace telar;

int main() {
    const auto logs = std::filesystem::temp_directory_path() / "telar_answer_11";
    std::filesystem::remove_all(logs);
    for (const auto& [run_name, rate] : {std::pair("slow", 0.01), std::pair("fast", 0.2)}) {
        variable<"w", tensor<float>> w(tensor<float>{4});
        auto step = minimize(square(w - 1.0f), sgd{.learning_rate = rate});
        summary_writer writer(logs / run_name);
        for (int i = 0; i <= 10; ++i) writer.scalar("loss", run(step).item(), i);
    }
    const double slow = read_scalars(logs / "slow", "loss").values.at(10);
    const double fast = read_scalars(logs / "fast", "loss").values.at(10);
    std::cout << "lower at step 10: " << (fast < slow ? "fast" : "slow") << '\n';
    std::filesystem::remove_all(logs);
}

// prints:
// lower at step 10: fast
