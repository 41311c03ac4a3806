// SPDX-License-Identifier: BSL-1.0
// write_model folder/NAME output NAME: of folder/NAME.keras.json, .safetensors and _reference.safetensors makes
// output/NAME.hpp, the model as code, and output/NAME_case.hpp: an input and the output that other software gave for
// it.
#include "../support/keras_file.hpp"

#include <telar/io/convert.hpp>
#include <telar/io/cpp/literals.hpp>
#include <telar/io/safetensors.hpp>

#include <cstring>
#include <filesystem>
#include <iostream>
#include <string>

using namespace telar;

namespace {

/// The first of a batch.
any_tensor first_of(const io::named_array& all) {
    shape extents = all.extents;
    extents[0] = 1;
    any_tensor t(all.type, extents);
    std::memcpy(t.bytes().data(), all.bytes.data(), t.bytes().size());
    return t;
}
std::string case_text(const std::string& name, const any_tensor& t) {
    std::string type = "telar::tensor<float";
    for (int k = 0; k < t.rank(); ++k) type += ", " + std::to_string(t.extents()[k]);
    return "using " + name + "_type = " + type + ">;\nalignas(64) inline constexpr float " + name + "[] = {" +
           io::cpp::elements_text(t) + "\n};\n";
}
void write(const std::string& model, const std::filesystem::path& output, const std::string& name) {
    const std::filesystem::path file = output / (name + ".keras");
    support::write_keras(file, support::text_of(read_file(model + ".keras.json")),
                         load_safetensors(model + ".safetensors"));
    save_cpp(output / (name + ".hpp"), load_keras_model(file), {.name_space = name});
    const io::archive reference = load_safetensors(model + "_reference.safetensors");
    write_file(output / (name + "_case.hpp"), "#pragma once\n#include <telar/core/tensor.hpp>\n\nnamespace " + name +
                                                  "_case {\n" + case_text("input", first_of(reference.at("input"))) +
                                                  case_text("output", first_of(reference.at("output"))) +
                                                  "}  // namespace " + name + "_case\n");
}

}  // namespace

int main(int count, char** words) {
    if (count != 4) return 2;
    try {
        write(words[1], words[2], words[3]);
    } catch (const std::exception& e) {
        std::cerr << "write_model: " << e.what() << '\n';
        return 1;
    }
    return 0;
}
