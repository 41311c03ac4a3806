// SPDX-License-Identifier: BSL-1.0
// The weights of Keras' files in a model: load_keras. What belongs to what is found by path, by the layers' names, or
// by the order of the layers of a class.
#pragma once
#include <telar/io/hdf5.hpp>
#include <telar/io/zip.hpp>
#include <telar/nn/keras_layout.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::nn::keras {

using io::hdf5::object;

/// A layer of a file, and its arrays in Keras' order.
struct stored_layer {
    std::string path, name;       // "layers/dense_1"; "hidden", if it says one
    std::string container, kind;  // "layers", "dense"; of what is no member of a list ""
    int number = 0;               // 1
    std::vector<const object*> arrays{};
};

/// A file of Keras': a .keras archive, weights alone (.weights.h5), or a legacy .h5.
///
/// errors    file_error: as of io::hdf5 and io::zip; or the file holds no weights
class stored_model {
public:
    explicit stored_model(const std::filesystem::path& path) : path_(path.string()), bytes_(read_raw_file(path)) {
        std::span<const std::byte> weights = bytes_;
        std::string name = path_;
        if (io::piece(bytes_, path_, "").begins_with("PK")) {
            archive_ = std::make_unique<io::zip::archive>(std::exchange(bytes_, {}), path_);
            weights = archive_->read("model.weights.h5");
            name += ": model.weights.h5";
        }
        objects_ = io::hdf5::read(weights, name);
        for (const object& o : objects_) by_path_.emplace(o.path, &o);
        is_legacy_ = by_path_.contains("model_weights") || objects_.front().texts.contains("layer_names");
        if (is_legacy_) find_legacy_layers(by_path_.contains("model_weights") ? "model_weights" : "");
        else find_layers();
        if (layers_.empty()) fail<file_error>(path_ + ": there are no weights of Keras' in it");
    }

    const std::string& path() const { return path_; }
    bool is_legacy() const { return is_legacy_; }
    const std::vector<stored_layer>& layers() const { return layers_; }
    const object* find(const std::string& path) const {
        const auto found = by_path_.find(path);
        return found == by_path_.end() ? nullptr : found->second;
    }
    /// What stands in a group, by its numbers: optimizer/vars/0, 1, ...
    std::vector<const object*> numbered(const std::string& group) const {
        std::vector<const object*> all;
        while (const object* o = find(group + '/' + std::to_string(all.size()))) all.push_back(o);
        return all;
    }
    /// The arrays of a group of a layer: of a layer's own; of that of its cell, where it has none.
    std::vector<const object*> held_by(const std::string& group) const {
        std::vector<const object*> all = numbered(group + "/vars");
        return all.empty() ? numbered(group + "/cell/vars") : all;
    }
    /// The member of a group that says this name of itself.
    std::string group_named(const std::string& in, std::string_view name) const {
        for (const object& o : objects_) {
            const auto said = o.texts.find("name");
            if (said == o.texts.end() || said->second.size() != 1 || said->second[0] != name) continue;
            const std::string group = parent(o.path);
            if (parent(group) == in) return group;
        }
        return "";
    }

    /// Of "blocks/" number 1: block_1; number 0 is the one without a number. "" where several classes have one.
    std::string member_of_list(const std::string& in, const std::string& number) const {
        std::set<std::string> found;
        for (auto at = by_path_.lower_bound(in); at != by_path_.end() && at->first.starts_with(in); ++at) {
            const std::string member = at->first.substr(in.size(), at->first.find('/', in.size()) - in.size());
            const std::size_t line = member.rfind('_');
            const std::string digits = line == std::string::npos ? "" : member.substr(line + 1);
            const bool has_number = !digits.empty() && digits.find_first_not_of("0123456789") == std::string::npos;
            if ((has_number ? digits : "0") == number) found.insert(member);
        }
        return found.size() == 1 ? in + *found.begin() : "";
    }

private:
    static std::string parent(const std::string& path) {
        const std::size_t slash = path.rfind('/');
        return slash == std::string::npos ? "" : path.substr(0, slash);
    }
    static std::string last(const std::string& path) { return path.substr(path.rfind('/') + 1); }

    /// Every group that has variables, or whose members have, is one layer, but for models in models.
    void find_layers() {
        std::set<std::string> containers;  // lists of layers
        for (const object& o : objects_)
            if (!o.is_array && last(o.path) == "layers") containers.insert(o.path);
        std::map<std::string, stored_layer> found;
        for (const object& o : objects_) {
            const std::string group = parent(o.path);
            if (!o.is_array || last(group) != "vars" || o.path.starts_with("optimizer/")) continue;
            if (last(parent(group)) == "seed_generator") continue;
            stored_layer l = layer_at(parent(group), containers);
            stored_layer& own = found.try_emplace(l.path, std::move(l)).first->second;
            own.arrays.push_back(&o);
        }
        for (auto& [path, l] : found) layers_.push_back(std::move(l));
        std::stable_sort(layers_.begin(), layers_.end(), [](const stored_layer& a, const stored_layer& b) {
            return std::tie(a.container, a.kind, a.number) < std::tie(b.container, b.kind, b.number);
        });
    }
    stored_layer layer_at(const std::string& holder, const std::set<std::string>& containers) const {
        std::string list;  // the innermost that holds it
        for (const std::string& c : containers)
            if (holder.starts_with(c + '/') && c.size() > list.size()) list = c;
        stored_layer l{holder, "", list, ""};
        if (!list.empty()) {
            l.path = holder.substr(0, holder.find('/', list.size() + 1));
            l.kind = last(l.path);
            const std::size_t line = l.kind.rfind('_');
            const std::string_view digits = std::string_view(l.kind).substr(line + 1);
            constexpr std::size_t most_digits = 9;
            if (line != std::string::npos && !digits.empty() && digits.size() <= most_digits &&
                digits.find_first_not_of("0123456789") == std::string_view::npos) {
                l.number = std::atoi(l.kind.c_str() + line + 1);
                l.kind.resize(line);
            }
        }
        if (const object* vars = find(l.path + "/vars"))
            if (const auto name = vars->texts.find("name"); name != vars->texts.end() && !name->second.empty())
                l.name = name->second[0];
        return l;
    }

    /// layer_names tells their order, weight_names that of their arrays.
    void find_legacy_layers(const std::string& root) {
        const std::string in = root.empty() ? "" : root + '/';
        for (const std::string& name : names_in(root, "layer_names")) {
            stored_layer l{in + name, name, "", ""};
            for (const std::string& weight : names_in(l.path, "weight_names")) {
                const object* o = find(l.path + '/' + weight);
                if (!o || !o->is_array)
                    fail<file_error>(path_ + ": " + l.path + ": there is no array '" + weight + "'");
                l.arrays.push_back(o);
            }
            if (!l.arrays.empty()) layers_.push_back(std::move(l));
        }
    }
    /// An attribute; where it is long, its parts name0, name1, ...
    std::vector<std::string> names_in(const std::string& path, const std::string& attribute) const {
        const object* o = find(path);
        if (!o) fail<file_error>(path_ + ": there is no group '" + path + "'");
        if (const auto whole = o->texts.find(attribute); whole != o->texts.end()) return whole->second;
        std::vector<std::string> all;
        for (int i = 0;; ++i) {
            const auto part = o->texts.find(attribute + std::to_string(i));
            if (part == o->texts.end()) break;
            all.insert(all.end(), part->second.begin(), part->second.end());
        }
        return all;
    }

    std::string path_;
    std::vector<std::byte> bytes_;
    std::unique_ptr<io::zip::archive> archive_;
    std::vector<object> objects_;
    std::map<std::string, const object*> by_path_;
    std::vector<stored_layer> layers_;
    bool is_legacy_ = false;
};

// ---------------------------------------------------------------- which array is which parameter
/// By parameter; null where there is none.
struct pairing {
    std::vector<const object*> arrays;
    std::vector<const object*> left{};  // in the file
    bool is_complete() const {
        return left.empty() && std::find(arrays.begin(), arrays.end(), nullptr) == arrays.end();
    }
};

class matcher {
public:
    matcher(const layout& model, const stored_model& file) : model_(model), file_(file) {}

    /// The first of the three ways that finds all parameters; else the last, with what it lacks.
    pairing found() const {
        if (!file_.is_legacy())
            if (const auto p = by(&matcher::group_by_path)) return *p;
        if (const auto p = by(&matcher::group_by_name)) return *p;
        return file_.is_legacy() ? by_order() : by_class();
    }

private:
    pairing none() const { return {std::vector<const object*>(model_.parameters.size())}; }
    static void set(pairing& p, const holder& h, const std::vector<const object*>& arrays) {
        for (std::size_t i = 0; i < std::max(arrays.size(), h.parameters.size()); ++i) {
            if (i >= h.parameters.size()) p.left.push_back(arrays[i]);
            else if (i < arrays.size()) p.arrays[static_cast<std::size_t>(h.parameters[i])] = arrays[i];
        }
    }
    /// The arrays of a holder in a layer's group: "query" may be the group query, or one of that name.
    std::vector<const object*> arrays_of(const holder& h, const std::string& group) const {
        if (h.path.empty()) return file_.held_by(group);
        std::string path = h.path;
        std::replace(path.begin(), path.end(), '.', '/');
        std::vector<const object*> all = file_.held_by(group + '/' + path);
        if (!all.empty()) return all;
        const std::string named = file_.group_named(group, h.path);
        return named.empty() ? all : file_.held_by(named);
    }

    /// Every layer by a group, or nothing. What else the file has is passed over.
    std::optional<pairing> by(std::string (matcher::*group_of)(const layer&) const) const {
        pairing p = none();
        for (const layer& l : model_.layers) {
            const std::string group = (this->*group_of)(l);
            if (group == no_group) return std::nullopt;
            for (const holder& h : l.holders) {
                if (file_.is_legacy()) continue;
                set(p, h, arrays_of(h, group));
            }
            if (file_.is_legacy()) set_flat(p, l, group);
        }
        return p.is_complete() ? std::optional(p) : std::nullopt;
    }
    static constexpr std::string_view no_group = "?";

    /// blocks.1.up is the group blocks/block_1/up: a number is that of any class.
    std::string group_by_path(const layer& l) const {
        std::string group;
        for (std::string_view path = l.path; !path.empty();) {
            const std::string_view part = path.substr(0, path.find('.'));
            path.remove_prefix(std::min(path.size(), part.size() + 1));
            const std::string in = group.empty() ? "" : group + '/';
            group = in + std::string(part);
            if (!file_.find(group) && part.find_first_not_of("0123456789") == std::string_view::npos)
                group = file_.member_of_list(in, std::string(part));
        }
        return group.empty() || !file_.find(group) ? std::string(no_group) : group;
    }
    std::string group_by_name(const layer& l) const {
        for (const stored_layer& s : file_.layers())
            if (s.name == l.path) return s.path;
        return std::string(no_group);
    }
    void set_flat(pairing& p, const layer& l, const std::string& group) const {
        for (const stored_layer& s : file_.layers())
            if (s.path == group) set(p, flat({&l}), s.arrays);
    }
    /// The parameters of several layers as Keras lists those of one: all that are trained, then the others.
    holder flat(const std::vector<const layer*>& layers) const {
        holder all;
        for (const bool trained : {true, false})
            for (const layer* l : layers)
                for (const holder& h : l->holders)
                    for (const int k : h.parameters)
                        if (model_.parameters[static_cast<std::size_t>(k)].trainable == trained)
                            all.parameters.push_back(k);
        return all;
    }

    /// The first layer of a class is the file's first, and so on.
    pairing by_class() const {
        pairing p = none();
        std::map<std::string, std::vector<const stored_layer*>> of_class;
        for (const stored_layer& s : file_.layers()) {
            auto& own = of_class[s.kind];
            if (!own.empty() && own[0]->container != s.container)
                fail<file_error>(file_.path() + ": " + own[0]->path + ", " + s.path +
                                 ": layers of one class in several models, which only their names can tell apart");
            own.push_back(&s);
        }
        std::map<std::string, std::size_t> used;
        for (const layer& l : model_.layers) {
            const std::string kind = l.file_class();
            const auto& stored = of_class[kind];
            if (used[kind] >= stored.size() || kind.empty()) continue;
            const stored_layer& s = *stored[used[kind]++];
            for (const holder& h : l.holders) set(p, h, arrays_of(h, s.path));
        }
        for (const auto& [kind, stored] : of_class)
            for (std::size_t i = used[kind]; i < stored.size(); ++i)
                p.left.insert(p.left.end(), stored[i]->arrays.begin(), stored[i]->arrays.end());
        return p;
    }
    /// Layer by layer. A model in a model is one layer of such a file, and as many here as have its number of arrays.
    pairing by_order() const {
        pairing p = none();
        std::size_t next = 0;
        for (const stored_layer& s : file_.layers()) {
            std::vector<const layer*> own;
            holder all;
            while (next < model_.layers.size() && all.parameters.size() < s.arrays.size()) {
                own.push_back(&model_.layers[next++]);
                all = flat(own);
            }
            set(p, all, s.arrays);
        }
        return p;
    }

    const layout& model_;
    const stored_model& file_;
};

// ---------------------------------------------------------------- values
/// Whether numbers of one type may be read as the other: floats of any width, else the same.
constexpr bool converts(dtype from, dtype to) { return from == to || (is_float(from) && is_float(to)); }

inline void convert(dtype from, std::span<const std::byte> values, dtype to, void* into) {
    if (from == to) {
        if (!values.empty()) std::memcpy(into, values.data(), values.size());
        return;
    }
    const auto each = [&]<class From, class To>(From, To) {
        for (std::size_t i = 0; i < values.size() / sizeof(From); ++i) {
            From v;
            std::memcpy(&v, values.data() + i * sizeof(From), sizeof(From));
            static_cast<To*>(into)[i] = static_cast<To>(static_cast<double>(v));
        }
    };
    const auto as_float = [](dtype t, auto f) {
        if (t == dtype::float32) f(float{});
        if (t == dtype::float64) f(double{});
        if (t == dtype::float16) f(float16{});
        if (t == dtype::bfloat16) f(bfloat16{});
    };
    as_float(from, [&](auto a) { as_float(to, [&](auto b) { each(a, b); }); });
}

/// "float32 (3, 4)"
inline std::string described(dtype type, const shape& extents) {
    return std::string(name_of(type)) + ' ' + to_string(extents);
}
inline std::string described(const object& o) {
    return o.path + ", " + (o.has_type ? described(o.type, o.extents) : "of another type");
}

/// Refuses a file whose arrays are not the model's parameters, with one line for each that does not fit.
inline void require_fit(const layout& model, const pairing& p, const std::string& path) {
    std::string lines;
    bool only_shapes = true;
    for (std::size_t k = 0; k < model.parameters.size(); ++k) {
        const parameter_view& of = model.parameters[k];
        const object* o = p.arrays[k];
        const bool fits_type = o && o->has_type && converts(o->type, of.type);
        if (fits_type && o->extents == *of.extents) continue;
        only_shapes = only_shapes && fits_type;
        lines += "\n  " + std::string(of.path) + ", " + described(of.type, *of.extents) + ": in the file " +
                 (o ? described(*o) : "nothing");
    }
    for (const object* o : p.left) lines += "\n  in the file " + described(*o) + ": in the model nothing";
    only_shapes = only_shapes && p.left.empty();
    if (lines.empty()) return;
    const std::string text = path + ": the weights are not this model's:" + lines;
    if (only_shapes) fail<wrong_shape>(text);
    fail<file_error>(text);
}

/// All of them, or, when one does not fit, none.
inline void load(const layout& model, const stored_model& file) {
    const pairing p = matcher(model, file).found();
    require_fit(model, p, file.path());
    for (std::size_t k = 0; k < model.parameters.size(); ++k)
        convert(p.arrays[k]->type, p.arrays[k]->elements.bytes(), model.parameters[k].type, model.parameters[k].data);
}

}  // namespace telar::inline TELAR_ABI::nn::keras

namespace telar::inline TELAR_ABI::nn {

/// What load_keras and save_keras take: a model, a view of one, or a part.
template <class T>
concept HasParameters = requires(T& net) {
    keras::layout_of(net);
};

/// Reads the weights of a file that Keras wrote: .keras, .weights.h5, or a legacy .h5. All, or, when one does not fit,
/// none.
///
///     load_keras("mnist.keras", net);
///     load_keras("mobilenet.weights.h5", nn::part<"backbone">(net));
///
/// shapes    the model's
/// types     floats of any width become the model's
/// errors    file_error, with path and offset: no such file, truncated, damaged; or, with one line for each parameter
///           that has none, or array that nobody wants: other layers; wrong_shape, in the same way
/// edge      a layer is found by its path, as in a Keras model of members (blocks/up for blocks.up), else by its name
///           (Dense(4, name="hidden") for the member hidden), else the n-th layer of a class here, in the order of the
///           calls, is the n-th of that class there. Each way finds all layers or is not taken; with the first two
///           what else the file holds is passed over. Of a legacy file the order of all layers decides. The state of
///           random numbers is not read
/// source    Keras' Model.load_weights; keras/src/saving/saving_lib.py, legacy_h5_format.py
/// test      tests/nn/keras_weights_test.cpp
template <HasParameters Net> void load_keras(const std::filesystem::path& path, Net&& net) {
    keras::load(keras::layout_of(net), keras::stored_model(path));
}

}  // namespace telar::inline TELAR_ABI::nn
