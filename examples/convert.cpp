// SPDX-License-Identifier: BSL-1.0
// From a model file to compiled code: convert model.onnx net.hpp writes the model as a header of C++. Keras' .keras and
// .h5 do as well.
#include <telar/io/convert.hpp>
#include <telar/io/onnx.hpp>
#include <telar/nn/keras_model.hpp>

#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::string_view usage =
    "convert model.onnx|model.keras|model.h5 net.hpp [--namespace NAME] [--weights constexpr|file]\n"
    "        [--keep-weights] [--extent NAME=NUMBER]\n"
    "  --namespace     of the header; net unless given\n"
    "  --weights       constexpr: arrays in the header; file: net.safetensors beside it\n"
    "  --keep-weights  as they are in the file: nothing is computed of them\n"
    "  --extent        of ONNX: what an extent is that has a name in the file\n";

telar::graph_model loaded(const std::string& path, const telar::onnx_options& options) {
    if (!path.ends_with(".keras") && !path.ends_with(".h5")) return telar::load_onnx(path, options);
    if (!options.extents.empty()) throw telar::invalid_argument("--extent: extents have no names in Keras' files");
    return telar::load_keras_model(path);
}
int run(const std::vector<std::string>& words) {
    telar::convert_options options;
    telar::onnx_options of_file;
    std::vector<std::string> paths;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        const bool has_value = word == "--namespace" || word == "--weights" || word == "--extent";
        if (has_value && i + 1 == words.size()) throw telar::invalid_argument(word + " needs a value");
        if (word == "--namespace") options.name_space = words[++i];
        else if (word == "--keep-weights") options.fold_weights = false;
        else if (word == "--weights") {
            if (words[++i] == "file") options.weights = telar::weight_storage::file;
            else if (words[i] != "constexpr") throw telar::invalid_argument("--weights: constexpr or file");
        } else if (word == "--extent") {
            const std::string& text = words[++i];
            const std::size_t end = text.rfind('=');
            if (end == std::string::npos) throw telar::invalid_argument("--extent: NAME=NUMBER");
            of_file.extents[text.substr(0, end)] = std::stoll(text.substr(end + 1));
        } else if (word.starts_with("--")) throw telar::invalid_argument("there is no option " + word);
        else paths.push_back(word);
    }
    if (paths.size() != 2) {
        std::cout << usage;
        return 2;
    }
    telar::save_cpp(paths[1], loaded(paths[0], of_file), options);
    return 0;
}

}  // namespace

int main(int count, char** words) {
    try {
        return run({words + 1, words + count});
    } catch (const std::exception& e) {
        std::cerr << "convert: " << e.what() << '\n';
        return 1;
    }
}
