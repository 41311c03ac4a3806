// SPDX-License-Identifier: BSL-1.0
// Which array of a file is which parameter of a model: by path, by the layers' names, or by the order of the layers of
// a class.
#pragma once
#include <telar/nn/keras/layout.hpp>
#include <telar/nn/keras/stored_model.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace telar::inline TELAR_ABI::nn::keras {

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

/// Writes what fits into the model.
inline void load(const layout& model, const pairing& p) {
    for (std::size_t k = 0; k < model.parameters.size(); ++k)
        convert(p.arrays[k]->type, p.arrays[k]->elements.bytes(), model.parameters[k].type, model.parameters[k].data);
}

}  // namespace telar::inline TELAR_ABI::nn::keras
