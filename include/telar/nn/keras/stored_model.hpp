// SPDX-License-Identifier: BSL-1.0
// A file of Keras': which layers it has, and the arrays of each.
#pragma once
#include <telar/io/hdf5.hpp>
#include <telar/io/zip.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
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
    /// may_be_empty: a model without weights is one, too.
    explicit stored_model(const std::filesystem::path& path, bool may_be_empty = false)
        : stored_model(read_raw_file(path), path.string(), may_be_empty) {}
    stored_model(std::vector<std::byte> bytes, std::string path, bool may_be_empty)
        : path_(std::move(path)), bytes_(std::move(bytes)) {
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
        if (layers_.empty() && !may_be_empty) fail<file_error>(path_ + ": there are no weights of Keras' in it");
    }

    /// How many samples a Normalization has seen, beside its mean and variance. Nothing reads it.
    static bool is_count(const object& o) { return o.extents.rank == 0 && is_integer(o.type); }

    const std::string& path() const { return path_; }
    bool is_legacy() const { return is_legacy_; }
    const std::vector<object>& objects() const { return objects_; }
    /// The model as JSON; "" where the file holds weights alone.
    std::string config() const {
        if (archive_) return archive_->has("config.json") ? text_in_archive("config.json") : "";
        return is_legacy_ ? text_of_root("model_config") : "";
    }
    /// The version of Keras that wrote it; "" where it says none.
    std::string version() const {
        if (!archive_) return text_of_root("keras_version");
        const std::string about = archive_->has("metadata.json") ? text_in_archive("metadata.json") : "";
        const std::string_view key = "\"keras_version\": \"";
        const std::size_t at = about.find(key);
        return at == std::string::npos
                   ? ""
                   : about.substr(at + key.size(), about.find('"', at + key.size()) - at - key.size());
    }
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
    /// What the optimiser remembers, in Keras' order.
    std::vector<const object*> optimizer_arrays() const {
        if (!is_legacy_) return numbered("optimizer/vars");
        std::vector<const object*> all;
        if (!find("optimizer_weights")) return all;
        for (const std::string& name : names_in("optimizer_weights", "weight_names"))
            if (const object* o = find("optimizer_weights/" + name)) all.push_back(o);
        return all;
    }
    /// The arrays of a group of a layer: of a layer's own; of that of its cell, where it has none.
    std::vector<const object*> held_by(const std::string& group) const {
        std::vector<const object*> all = numbered(group + "/vars");
        if (all.empty()) all = numbered(group + "/cell/vars");
        std::erase_if(all, [](const object* o) { return is_count(*o); });
        return all;
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
    std::string text_in_archive(const std::string& name) const {
        const std::span<const std::byte> content = archive_->read(name);
        return std::string(reinterpret_cast<const char*>(content.data()), content.size());
    }
    std::string text_of_root(const std::string& name) const {
        const auto found = objects_.front().texts.find(name);
        return found == objects_.front().texts.end() || found->second.empty() ? "" : found->second[0];
    }
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
            if (last(parent(group)) == "seed_generator" || is_count(o)) continue;
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
                if (!is_count(*o)) l.arrays.push_back(o);
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

}  // namespace telar::inline TELAR_ABI::nn::keras
