// SPDX-License-Identifier: BSL-1.0
// The models of a server and their versions: from folders, which are looked at again, or of the program itself.
#pragma once
#include <telar/serve/batcher.hpp>
#include <telar/serve/metrics.hpp>
#include <telar/serve/route.hpp>
#include <telar/serve/version_folder.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::serve {

/// The words that TensorFlow Serving has for it.
enum class version_state { loading, available, ended };

struct version_status {
    std::int64_t version = 0;
    version_state state = version_state::available;
    std::string problem{};  // why it could not be loaded
};

/// A version that answers.
struct served_version {
    std::string name;
    std::int64_t version = 0;
    std::shared_ptr<batcher> model;
};

/// Holds models; threads ask it while another one looks for new versions.
///
///     serve::model_store store({onnx_loader});
///     store.add(serve::model_folder{"digits", "models/digits"});
///     while (running) store.poll(), wait();
///
/// errors    E291 not_found: no such model, version or label; invalid_argument: a name that is there already
/// edge      A new version is loaded beside the old one, which answers until the new one can. One that cannot be loaded
///           is reported and has no other effect; it is tried again when its file changes. The last version stays even
///           when its folder goes. What a version was asked before it went is answered
/// test      tests/serve/model_store_threads_test.cpp
class model_store {
public:
    /// Hears what happens: one line each.
    using reporter = std::function<void(const std::string&)>;

    explicit model_store(std::vector<model_loader> loaders = {}, batching_options batching = {}, reporter report = {})
        : loaders_(std::move(loaders)), batching_(batching), report_(std::move(report)) {}

    /// What its models do is counted here.
    server_metrics& metrics() const { return *metrics_; }

    /// A model of the program's own.
    void add(const std::string& name, servable model, std::int64_t version = 1,
             std::map<std::string, std::int64_t> labels = {}) {
        const std::scoped_lock polling(polls_);
        entry& e = new_entry(name);
        auto answering = answering_of(name, std::move(model));
        const std::scoped_lock lock(mutex_);
        e.folder.name = name;
        e.folder.labels = std::move(labels);
        e.versions[version] = {{version, version_state::available, ""}, std::move(answering), {}};
    }
    /// A folder of versions; poll() loads them.
    void add(model_folder folder) {
        const std::scoped_lock polling(polls_);
        entry& e = new_entry(folder.name);
        const std::scoped_lock lock(mutex_);
        e.has_folder = true;
        e.folder = std::move(folder);
    }
    /// Each folder in this one is a model of its name; those that come later are found by poll().
    void add_all(std::filesystem::path parent) {
        const std::scoped_lock polling(polls_);
        parents_.push_back(std::move(parent));
    }

    /// Looks for versions, loads what is new, lets go of what is not wanted any more.
    void poll() {
        const std::scoped_lock polling(polls_);
        for (const std::filesystem::path& parent : parents_)
            for (const std::filesystem::path& p : folders_in(parent))
                if (!entries_.contains(p.filename().string())) {
                    entry& e = new_entry(p.filename().string());
                    const std::scoped_lock lock(mutex_);
                    e.has_folder = true;
                    e.folder.name = p.filename().string();
                    e.folder.path = p;
                }
        for (auto& [name, e] : entries_)
            if (e.has_folder) poll_folder(name, e);
    }

    /// The version that a request is for.
    served_version find(const std::string& name, const version_choice& choice) const {
        const std::scoped_lock lock(mutex_);
        const entry& e = entry_of(name);
        if (choice.number || !choice.label.empty()) {
            const std::int64_t number = number_of(e, choice);
            const auto at = e.versions.find(number);
            if (at != e.versions.end() && at->second.model) return {name, number, at->second.model};
            fail<not_found>("model \"" + name + "\" has no version " + std::to_string(number) + " to answer" +
                            (at == e.versions.end() ? versions_text(e) : ": " + at->second.status.problem));
        }
        for (auto at = e.versions.rbegin(); at != e.versions.rend(); ++at)
            if (at->second.model) return {name, at->first, at->second.model};
        fail<not_found>("model \"" + name + "\" has no version to answer" +
                        (e.versions.empty() ? "" : ": " + e.versions.rbegin()->second.status.problem));
    }
    /// The versions that were found, the newest first: all, or the one of the choice.
    std::vector<version_status> status(const std::string& name, const version_choice& choice = {}) const {
        const std::scoped_lock lock(mutex_);
        const entry& e = entry_of(name);
        std::vector<version_status> all;
        if (choice.number || !choice.label.empty()) {
            const auto at = e.versions.find(number_of(e, choice));
            if (at == e.versions.end())
                fail<not_found>("model \"" + name + "\" has no version " + std::to_string(number_of(e, choice)) +
                                versions_text(e));
            return {at->second.status};
        }
        for (auto at = e.versions.rbegin(); at != e.versions.rend(); ++at) all.push_back(at->second.status);
        return all;
    }
    bool has(const std::string& name) const {
        const std::scoped_lock lock(mutex_);
        return entries_.contains(name);
    }
    std::vector<std::string> names() const {
        const std::scoped_lock lock(mutex_);
        std::vector<std::string> all;
        for (const auto& [name, e] : entries_) all.push_back(name);
        return all;
    }
    /// Requests that wait, of all versions of a model.
    std::size_t waiting(const std::string& name) const {
        const std::scoped_lock lock(mutex_);
        std::size_t n = 0;
        for (const auto& [number, v] : entry_of(name).versions)
            if (v.model) n += v.model->waiting();
        return n;
    }
    /// Computes what waits, and refuses what comes.
    void stop() {
        const std::scoped_lock polling(polls_);
        for (auto& [name, e] : entries_)
            for (auto& [number, v] : e.versions)
                if (v.model) v.model->stop();
    }

private:
    struct known_version {
        version_status status;
        std::shared_ptr<batcher> model;
        file_stamp stamp;
    };
    struct entry {
        bool has_folder = false;
        model_folder folder{};
        std::map<std::int64_t, known_version> versions{};
    };
    entry& new_entry(const std::string& name) {
        const std::scoped_lock lock(mutex_);
        const auto [at, is_new] = entries_.try_emplace(name);
        if (!is_new) fail<invalid_argument>("model_store: there is a model \"" + name + "\" already");
        return at->second;
    }
    const entry& entry_of(const std::string& name) const {
        const auto at = entries_.find(name);
        if (at != entries_.end()) return at->second;
        std::string names;
        for (const auto& [other, e] : entries_) names += (names.empty() ? "\"" : ", \"") + other + '"';
        fail<not_found>("no model \"" + name + "\"; there are " + (names.empty() ? "none" : names));
    }
    static std::int64_t number_of(const entry& e, const version_choice& choice) {
        if (choice.number) return *choice.number;
        const auto at = e.folder.labels.find(choice.label);
        if (at == e.folder.labels.end())
            fail<not_found>("model \"" + e.folder.name + "\" has no label \"" + choice.label + '"');
        return at->second;
    }
    static std::string versions_text(const entry& e) {
        std::string text;
        for (const auto& [number, v] : e.versions)
            text += (text.empty() ? "; there are " : ", ") + std::to_string(number);
        return text;
    }
    void report(const std::string& line) const {
        if (report_) report_(line);
    }
    std::shared_ptr<batcher> answering_of(const std::string& name, servable model) const {
        return std::make_shared<batcher>(std::move(model), batching_, [name, metrics = metrics_](extent_t rows) {
            metrics->add_batch(name, static_cast<double>(rows));
        });
    }

    void poll_folder(const std::string& name, entry& e) {
        const auto there = versions_in(e.folder.path, loaders_);
        const std::vector<std::int64_t> served = wanted_versions(there, e.folder.policy);
        for (const std::int64_t number : served) load(name, e, number, there.at(number));
        // A version goes when all that are wanted instead of it answer.
        const bool all_answer = std::all_of(served.begin(), served.end(),
                                            [&](std::int64_t n) { return e.versions.at(n).model != nullptr; });
        if (served.empty()) return;
        std::vector<std::shared_ptr<batcher>> gone;  // end outside of the lock, after what they were asked
        {
            const std::scoped_lock lock(mutex_);
            for (auto at = e.versions.begin(); at != e.versions.end();) {
                const bool is_wanted = std::find(served.begin(), served.end(), at->first) != served.end();
                if (is_wanted || (at->second.model && !all_answer)) {
                    ++at;
                    continue;
                }
                if (at->second.model) {
                    report(name + " version " + std::to_string(at->first) + ": unloaded");
                    gone.push_back(std::move(at->second.model));
                }
                at = e.versions.erase(at);
            }
        }
    }
    void load(const std::string& name, entry& e, std::int64_t number, const found_version& found) {
        const auto at = e.versions.find(number);
        if (at != e.versions.end() && (at->second.model || at->second.stamp == found.stamp)) return;
        set(e, number, {{number, version_state::loading, ""}, nullptr, found.stamp});
        const std::string line = name + " version " + std::to_string(number) + ": ";
        try {
            set(e, number,
                {{number, version_state::available, ""},
                 answering_of(name, found.loader->load(found.file)),
                 found.stamp});
            report(line + "loaded from " + found.file.string());
        } catch (const std::exception& problem) {
            set(e, number, {{number, version_state::ended, problem.what()}, nullptr, found.stamp});
            report(line + problem.what());
        }
    }
    void set(entry& e, std::int64_t number, known_version v) {
        const std::scoped_lock lock(mutex_);
        e.versions[number] = std::move(v);
    }

    std::vector<model_loader> loaders_;
    batching_options batching_;
    reporter report_;
    std::shared_ptr<server_metrics> metrics_ = std::make_shared<server_metrics>();
    std::mutex polls_;  // of who changes the entries; taken before mutex_
    std::vector<std::filesystem::path> parents_;
    mutable std::mutex mutex_;
    std::map<std::string, entry> entries_;
};

}  // namespace telar::inline TELAR_ABI::serve
