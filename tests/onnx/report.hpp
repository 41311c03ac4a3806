// SPDX-License-Identifier: BSL-1.0
// What became of each case, counted by operation: the table of docs/onnx.md.
#pragma once
#include <telar/io/onnx/messages.hpp>

#include <map>
#include <set>
#include <string>
#include <utility>

namespace onnx {

using telar::io::onnx::reason, telar::io::onnx::refusal;

/// The cases of one operation: those that name it, and those in which it is written with other operations.
struct tally {
    int named = 0, named_run = 0, composed = 0, composed_run = 0;
    std::map<std::pair<reason, std::string>, int> not_run;
};

class report {
public:
    void count(const std::string& operation, bool is_composed, const refusal* refused) {
        tally& t = rows_[operation];
        ++(is_composed ? t.composed : t.named);
        if (refused) ++t.not_run[{refused->why, refused->why == reason::type ? "" : refused->what}];
        else ++(is_composed ? t.composed_run : t.named_run);
    }
    /// Markdown: operations of which a case runs, then the names of the others.
    std::string text() const {
        tally all;
        std::string table = "| operation | cases run | composed, run | not run |\n|---|--:|--:|---|\n", others;
        for (const auto& [name, t] : rows_) {
            all.named += t.named, all.named_run += t.named_run;
            all.composed += t.composed, all.composed_run += t.composed_run;
            if (t.named_run + t.composed_run > 0) table += row(name, t);
            else
                others += (others.empty() ? "" : ", ") + name + " (" + std::to_string(t.named + t.composed) +
                          why_none(t) + ")";
        }
        return table + row("all", all) + "\nNone runs of: " + others + ".\n";
    }

private:
    std::map<std::string, tally> rows_;

    static std::string of(int run, int all) {
        if (all == 0) return "";
        return run == all ? std::to_string(all) : std::to_string(run) + " of " + std::to_string(all);
    }
    static std::string words(reason why, const std::string& what) {
        switch (why) {
            case reason::operation: return "needs " + what;
            case reason::type: return "element type";
            case reason::no_tensor: return "no tensor";
            case reason::axes: return "more than six axes";
            case reason::random: return "random numbers";
            case reason::form: return what;
            default: return "";
        }
        return "";
    }
    static std::string row(const std::string& name, const tally& t) {
        std::string r = "| " + name + " | " + of(t.named_run, t.named) + " | " + of(t.composed_run, t.composed) + " |";
        std::map<std::string, int> reasons;
        for (const auto& [why, n] : t.not_run) reasons[words(why.first, why.second)] += n;
        std::string separator = " ";
        for (const auto& [why, n] : reasons) {
            r += separator + why + " " + std::to_string(n);
            separator = "; ";
        }
        return r + " |\n";
    }
    /// ", element type" where it is not the operation that is missing.
    static std::string why_none(const tally& t) {
        std::set<std::string> reasons;
        for (const auto& [why, n] : t.not_run)
            if (why.first != reason::operation) reasons.insert(words(why.first, why.second));
        if (static_cast<int>(reasons.size()) != 1 || t.not_run.size() != 1) return "";
        return ", " + *reasons.begin();
    }
};

}  // namespace onnx
