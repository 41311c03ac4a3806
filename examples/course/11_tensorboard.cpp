// SPDX-License-Identifier: BSL-1.0
// Lesson 11. What TensorBoard draws is a file: records, each with two checksums, one behind the other.
#include <filesystem>
#include <iostream>
#include <telar/io/record_file.hpp>
#include <telar/io/summary_reader.hpp>
#include <telar/io/summary_writer.hpp>
#include <telar/telar.hpp>

using namespace telar;

int main() {
    const auto folder = std::filesystem::temp_directory_path() / "telar_lesson_11";  // a run is a folder
    std::filesystem::remove_all(folder);

    variable<"w", tensor<float>> w(tensor<float>{4});
    auto step = minimize(square(w - 1.0f), sgd{.learning_rate = 0.25});
    std::filesystem::path file;
    {
        summary_writer writer(folder);
        file = writer.path();
        for (int i = 0; i < 4; ++i) writer.scalar("loss", run(step).item(), i);
        writer.histogram("w", w.value(), 4);
    }

    // What stands in the file: length, checksum, that many bytes, checksum. The bytes are a protocol buffer.
    io::record_reader records(file);
    for (std::uint64_t at = 0; const auto record = records.next(); at = records.offset()) {
        std::cout << "byte " << at << ": a record of " << record->size() << " bytes";
        for (const char* tag : {"brain.Event", "loss", "\x01w"})  // a tag stands in it as it is
            if (record->find(tag) != record->npos) std::cout << ", " << (*tag == 1 ? "w" : tag);
        std::cout << '\n';
    }

    // TensorBoard asks for the numbers of a tag over the steps; so can a program.
    const auto series = read_scalars(folder, "loss");
    for (std::size_t i = 0; i < series.steps.size(); ++i)
        std::cout << "step " << series.steps[i] << ": loss " << series.values[i] << '\n';
    std::filesystem::remove_all(folder);
}

// prints:
// byte 0: a record of 26 bytes, brain.Event
// byte 42: a record of 26 bytes, loss
// byte 84: a record of 26 bytes, loss
// byte 126: a record of 26 bytes, loss
// byte 168: a record of 26 bytes, loss
// byte 210: a record of 117 bytes, w
// step 0: loss 9
// step 1: loss 2.25
// step 2: loss 0.5625
// step 3: loss 0.140625
