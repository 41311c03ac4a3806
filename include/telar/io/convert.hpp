// SPDX-License-Identifier: BSL-1.0
// From a model file to compiled code: writes a graph_model as a header of C++, in which the model is a telar program of
// its own.
#pragma once
#include <telar/io/cpp/function_writer.hpp>
#include <telar/io/output_file.hpp>
#include <telar/io/safetensors.hpp>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI {

/// Where the weights of a converted model are.
enum class weight_storage {
    arrays,  ///< constexpr arrays in the header
    file,    ///< a safetensors file beside it, which the program reads
};
/// How a model is converted.
struct convert_options {
    std::string name_space = "net";                   ///< of the header: names with :: between them
    weight_storage weights = weight_storage::arrays;  ///< where the weights are
    bool fold_weights = true;                         ///< what depends on weights alone is computed now
};
/// A model as text.
struct converted_model {
    std::string header;
    std::vector<std::pair<std::string, any_tensor>> weights;  ///< by the names of the description's members
};

namespace io::cpp {

inline void require_namespace(const std::string& name) {
    bool fits = !name.empty();
    for (std::size_t from = 0; fits && from <= name.size();) {
        const std::size_t end = std::min(name.find("::", from), name.size());
        const std::string part = name.substr(from, end - from);
        fits = identifier(part) == part;
        from = end + 2;
    }
    if (!fits) fail<invalid_argument>("convert: \"" + comment(name) + "\" is not the name of a namespace");
}

/// The header of a model, part by part.
class header_writer {
public:
    header_writer(const runtime::model_source& source, const convert_options& options, std::string weights_file)
        : source_(source),
          options_(options),
          weights_file_(std::move(weights_file)),
          written_((require_one_input(source), source), options.fold_weights) {}

    std::string text() const {
        return beginning() + arrays() + description() + types() + "}  // namespace " + options_.name_space + '\n';
    }
    const std::vector<written_weight>& weights() const { return written_.weights; }
    const function_writer& function() const { return written_; }
    /// Whether the weights are in a file of their own. A model without weights has none.
    bool has_file() const { return options_.weights == weight_storage::file && has_weights(); }

private:
    const runtime::model_source& source_;
    const convert_options& options_;
    std::string weights_file_;
    function_writer written_;

    static void require_one_input(const runtime::model_source& source) {
        if (source.inputs.empty() || source.outputs.empty())
            fail<unsupported_model>(source.path + ": a model without inputs or outputs cannot be converted");
    }
    bool has_weights() const {
        return std::any_of(written_.weights.begin(), written_.weights.end(),
                           [](const auto& w) { return w.value.size() > 0; });
    }
    bool has_arrays() const { return options_.weights == weight_storage::arrays && has_weights(); }
    std::string beginning() const {
        std::string text = "// Made of " + comment(std::filesystem::path(source_.path).filename().string()) +
                           " by telar's convert.\n#pragma once\n";
        text += has_file() ? "#include <telar/nn/checkpoints.hpp>\n" : "#include <telar/nn/constant_model.hpp>\n";
        text += "\n#include <array>\n#include <cstdint>\n";
        if (has_file()) text += "#include <filesystem>\n";
        text += "#include <limits>\n#include <tuple>\n\nnamespace " + options_.name_space + " {\n\n";
        const auto port = [&](const char* what, const model_port& p) {
            text += "// " + std::string(what) + ' ' + comment(p.name) + "  " + to_string(p.extents) + ' ' +
                    std::string(name_of(p.type)) + '\n';
        };
        for (const model_port& p : source_.inputs) port("input ", p);
        for (const model_port& p : source_.outputs) port("output", p);
        return text + '\n';
    }
    std::string arrays() const {
        if (!has_arrays()) return "";
        std::string text = "namespace weights {\n";
        for (const written_weight& w : written_.weights) {
            if (w.value.size() == 0) continue;
            text += "// " + to_string(w.value.extents()) + "\nalignas(64) inline constexpr " +
                    element_of_array(w.value.type()) + ' ' + w.name + "[] = {" + elements_text(w.value) + "\n};\n";
        }
        return text + "}  // namespace weights\n\n";
    }

    // ------------------------------------------------------------ the function
    std::string description() const {
        std::string text = "/// The model as a function of its inputs and parameters.\nstruct description {\n";
        std::string names;
        for (const written_weight& w : written_.weights)
            if (w.value.size() > 0) names += (names.empty() ? "" : ", ") + w.name;
        if (!names.empty()) text += wrapped("    telar::nn::parameter " + names + ';', 8) + "\n";
        const bool is_single = written_.results.size() == 1;
        text += std::string("    constexpr ") + (is_single ? "telar::symbol" : "auto") + " operator()(";
        std::string results, inside = body();
        for (const int r : written_.results) results += (results.empty() ? "" : ", ") + written_.operand(r, false);
        inside += "        return " + (is_single ? results : "std::tuple(" + results + ")") + ";\n";
        for (std::size_t i = 0; i < written_.inputs.size(); ++i)
            text += std::string(i ? ", " : "") + (has_word(inside, written_.inputs[i]) ? "" : "[[maybe_unused]] ") +
                    "telar::symbol " + written_.inputs[i];
        text += ") const {\n" + inside + "    }\n";
        if (!names.empty()) text += wrapped("    TELAR_NAMES(description, " + names + ')', 8) + '\n';
        return text + "};\n\n";
    }
    std::string body() const {
        struct line {
            std::string text, comment;
        };
        std::vector<line> lines;
        const auto shape_text = [](const ir::graph& g, const shape& s) {
            return ir::graph_text::shape_text(g.dims, s, ir::unknown_extents::as_none);
        };
        for (const written_weight& w : written_.weights)
            lines.push_back({"const auto " + w.name + "_ = " + parameter(w) + ';', ""});
        bool has_extents = false;
        for (const statement& s : written_.statements) {
            lines.push_back({"const auto " + s.name + " = " + written_.text_of(s) + ';',
                             shape_text(written_.out, written_.out[s.node].extents)});
            has_extents = has_extents || s.text.find("dims.") != std::string::npos;
        }
        const std::string equal = equalities();
        std::size_t column = 0;
        for (const line& l : lines)
            if (l.text.size() <= 100) column = std::max(column, l.text.size());
        std::string text;
        if (has_extents || !equal.empty())
            text += "        [[maybe_unused]] auto& dims = " + written_.inputs[0] + ".g->dims;\n";
        text += equal;
        for (const line& l : lines) {
            text += "        " + l.text;
            if (!l.comment.empty())
                text += std::string(l.text.size() < column ? column - l.text.size() : 0, ' ') + "  // " + l.comment;
            text += '\n';
        }
        return text;
    }
    /// The value of a parameter; its name is the parameter's, with an underscore behind it.
    std::string parameter(const written_weight& w) const {
        const std::string& x = written_.inputs[0];
        std::string extents = "telar::shape(";
        for (int i = 0; i < w.value.rank(); ++i) extents += (i ? ", " : "") + std::to_string(w.value.extents()[i]);
        extents += ')';
        if (w.value.size() == 0)  // nothing is trained in it, and no array can be empty
            return "telar::ir::emit::broadcast_to(telar::ir::emit::whole_constant(*" + x + ".g, " +
                   dtype_text(w.value.type()) + ", 0), " + extents + ')';
        const std::string begins = has_arrays() ? "telar::nn::values_of(weights::" + w.name + ')' : "telar::nn::zeros";
        if (w.value.type() != dtype::float32)
            return w.name + ".of_type(" + x + ", " + dtype_text(w.value.type()) + ", " + extents + ", " + begins +
                   ", " + (w.is_trained ? "true" : "false") + ')';
        return w.name + '(' + x + ", " + extents + ", " + begins + (w.is_trained ? ")" : ", false)");
    }
    /// Extents of inputs that the file says to be equal, by a name.
    std::string equalities() const {
        std::string text;
        const ir::graph& g = written_.out;
        const node_writer extents = written_.writer();
        for (std::size_t i = 0; i < source_.inputs.size(); ++i)
            for (int k = 0; k < source_.inputs[i].extents.rank; ++k) {
                const std::string own = written_.inputs[i] + ".extents()[" + std::to_string(k) + ']';
                for (int e = 0; e < g.dims.table.size(); ++e) {
                    const ir::dimension& d = g.dims.table[e];
                    if (d.kind != ir::dimension_kind::variable || d.lhs != static_cast<extent_t>(i) || d.rhs != k)
                        continue;
                    const std::string other = extents.extent(ir::extent_of_entry(e));
                    if (other != own) text += "        dims.unify(" + own + ", " + other + ");\n";
                }
            }
        return text;
    }

    // ------------------------------------------------------------ what is done with it
    std::string types() const {
        std::string types;
        for (const model_port& p : source_.inputs) {
            types += ", telar::tensor<" + type_text(p.type);
            for (int i = 0; i < p.extents.rank; ++i)
                types += p.extents[i] == dyn ? ", telar::dyn" : ", " + std::to_string(p.extents[i]);
            types += '>';
        }
        if (has_file())
            return "/// The model and its weights: zeros, until they are loaded.\nusing model = "
                   "telar::nn::model<description" +
                   types + ">;\ninline model load(const std::filesystem::path& path = \"" + weights_file_ +
                   "\") {\n    model net;\n    telar::nn::load_weights(path, net);\n    return net;\n}\n\n";
        std::string text;
        if (has_weights())
            text =
                "/// The model with its own copy of the weights, which can be trained.\nusing trainable_model = "
                "telar::nn::model<description" +
                types + ">;\n";
        return "/// The model with the weights where they are.\nusing model = telar::nn::constant_model<description" +
               types + ">;\n" + text + '\n';
    }
    static bool has_word(const std::string& text, const std::string& word) {
        const auto is_inside = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
        for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1))
            if (!is_inside(text[at - 1]) && !is_inside(text[at + word.size()])) return true;
        return false;
    }
    /// A list, in lines of 120 characters.
    static std::string wrapped(const std::string& text, std::size_t indent) {
        std::string all;
        std::size_t column = 0;
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = std::min(text.find(", ", at), text.size());
            const std::string part = text.substr(at, end - at) + (end < text.size() ? "," : "");
            if (column > 0 && column + 1 + part.size() > 118) all += '\n' + std::string(indent, ' '), column = indent;
            else if (column > 0) all += ' ', ++column;
            all += part, column += part.size();
            at = end + 2;
        }
        return all;
    }
};

}  // namespace io::cpp

/// A model as a header of C++: a description as one writes it for nn::model, with a statement for each operation and
/// the names of the file, and its weights.
///
///     #include "net.hpp"                    // what save_cpp wrote
///     const net::model digits;              // reads the weights where they are
///     tensor<float, 1, 10> y = digits(x);   // compiled by the C++ compiler, as every telar program
///
/// shapes    extents that are not known stay dyn; load_onnx's options fix them
/// types     all; weights of two bytes are arrays of their bits
/// errors    unsupported_model: an operation that C++ cannot say, by its name; invalid_argument: the namespace
/// edge      what a file calls its values becomes plain identifiers. What depends on weights alone is computed by the
///           reference interpreter, unless fold_weights is false; numbers without axes are literals
/// source    docs/converting.md
/// test      tests/io/convert_test.cpp
inline converted_model convert(const graph_model& m, const convert_options& options = {}) {
    io::cpp::require_namespace(options.name_space);
    const std::string file = options.name_space.substr(options.name_space.rfind(':') + 1) + ".safetensors";
    const io::cpp::header_writer writer(m.loaded()->source(), options, file);
    converted_model made{writer.text(), {}};
    for (const auto& w : writer.weights()) made.weights.emplace_back(w.name, w.value);
    return made;
}

/// Writes the header of a converted model, and the file of its weights if it is to have one: beside the header, with
/// its name and the extension safetensors.
///
/// errors    those of convert; file_error
inline void save_cpp(const std::filesystem::path& path, const graph_model& m, const convert_options& options = {}) {
    io::cpp::require_namespace(options.name_space);
    std::filesystem::path weights_path = path;
    weights_path.replace_extension(".safetensors");
    const io::cpp::header_writer writer(m.loaded()->source(), options,
                                        io::cpp::comment(weights_path.filename().string()));
    if (writer.has_file()) {
        std::vector<io::named_view> views;
        for (const auto& w : writer.weights())
            if (w.value.size() > 0) views.push_back({w.name, w.value.type(), w.value.extents(), w.value.bytes()});
        save_safetensors(weights_path, views);
    }
    write_file(path, std::string_view(writer.text()));
}

}  // namespace telar::inline TELAR_ABI
