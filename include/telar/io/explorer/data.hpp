// SPDX-License-Identifier: BSL-1.0
// Programs as JSON, for the page. Texts stand once, in a list; all else says their numbers.
#pragma once
#include <telar/graph/print.hpp>
#include <telar/io/explorer/program.hpp>
#include <telar/io/json_text.hpp>
#include <telar/io/utf8.hpp>

#include <charconv>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace telar::inline TELAR_ABI::io::explorer {

/// Text as JSON that may stand inside of <script>: no "<" ends it or begins a comment, and what is no UTF-8 is U+FFFD.
inline std::string script_text(std::string_view text) {
    std::string valid;
    for (std::size_t at = 0; at < text.size();) {
        const utf8::decoded c = utf8::first_of(text.substr(at));
        utf8::append(valid, c.is_valid ? c.value : utf8::replacement);
        at += c.bytes;
    }
    std::string out;
    for (const char c : json_text(valid)) {
        if (c == '<') out += "\\u003c";
        else if (c == '\x7f') out += "\\u007f";
        else out += c;
    }
    return out;
}
/// A number in the fewest digits of its type; what JSON has no number for is text.
inline std::string number_of_value(double v, dtype type = dtype::float64) {
    if (std::isnan(v)) return "\"NaN\"";
    if (std::isinf(v)) return v < 0 ? "\"-inf\"" : "\"inf\"";
    char text[40];
    const std::to_chars_result end = type == dtype::float64 || !is_float(type)
                                         ? std::to_chars(text, text + sizeof(text), v)
                                         : std::to_chars(text, text + sizeof(text), static_cast<float>(v));
    return {text, end.ptr};
}

/// "[a,b,c]"
class json_list {
public:
    json_list& add(std::string_view item) {
        text_ += text_.size() == 1 ? "" : ",";
        text_ += item;
        return *this;
    }
    json_list& add(extent_t number) { return add(std::string_view(std::to_string(number))); }
    json_list& add(int number) { return add(std::string_view(std::to_string(number))); }
    std::string text() const { return text_ + ']'; }

private:
    std::string text_ = "[";
};
template <class Range> std::string list_of(const Range& range, auto text_of) {
    json_list all;
    for (const auto& each : range) all.add(text_of(each));
    return all.text();
}

/// What the page reads.
class data_writer {
public:
    /// What a node is besides its operation, as bits.
    enum node_flag : int { is_live = 1, is_view = 2, is_number = 4, is_input = 8, is_variable = 16 };

    std::string written(std::string_view title, const std::vector<explored_program>& programs) {
        const std::string all = list_of(programs, [&](const explored_program& p) { return text_of(p); });
        const std::string families =
            list_of(std::vector<std::string_view>{"source", "elementwise", "reduction", "contraction", "scan", "call",
                                                  "movement", "routine"},
                    [](std::string_view s) { return script_text(s); });
        return "{\"title\":" + script_text(title) + ",\"families\":" + families + ",\"programs\":" + all +
               ",\"texts\":" + list_of(texts_, [](const std::string& s) { return script_text(s); }) + "}";
    }

private:
    int number_of(std::string_view text) {
        const auto [at, is_new] = numbers_.emplace(std::string(text), static_cast<int>(texts_.size()));
        if (is_new) texts_.emplace_back(text);
        return at->second;
    }
    static std::string field(std::string_view name, std::string_view value) {
        return '"' + std::string(name) + "\":" + std::string(value);
    }
    static std::string field(std::string_view name, extent_t value) {
        return field(name, std::string_view(std::to_string(value)));
    }

    std::string text_of(const explored_program& p) {
        std::string stages = "[";
        for (std::size_t s = 0; s < p.stages.size(); ++s) {
            if (s > 0) stages += ",\n";
            stages += text_of(p, p.stages[s], p.costs[s], s + 1 == p.stages.size());
        }
        const auto summaries = [&](const std::vector<summary>& all, const graph& g) {
            json_list list;
            for (std::size_t i = 0; i < all.size(); ++i) list.add(text_of(all[i], g[static_cast<int>(i)].type));
            return list.text();
        };
        return "\n{" + field("name", script_text(p.name)) + "," + field("regions", regions_of(p.stages[0].g.regions)) +
               ",\n" + field("stages", stages + "]") + ",\n" +
               field("kernels", list_of(p.kernels, [&](const kernel_row& k) { return text_of(k); })) + ",\n" +
               field("buffers", list_of(p.buffers, [&](const buffer_row& b) { return text_of(b); })) + ",\n" +
               field("total", text_of(p.costs.back())) + "," + field("arena", p.arena) + "," +
               field("mostLive", p.most_live) + "," + field("withoutReuse", p.without_reuse) + ",\n" +
               field("eager", summaries(p.eager, p.stages.front().g)) + ",\n" +
               field("lazy", summaries(p.lazy, p.stages.back().g)) + "}";
    }
    /// Of each region: the one around it, path, kind, configuration.
    std::string regions_of(const region_list& regions) {
        return list_of(regions.all, [&](const region& r) {
            return json_list()
                .add(r.outer)
                .add(number_of(regions.text(r.path)))
                .add(number_of(regions.text(r.kind)))
                .add(number_of(regions.text(r.configuration)))
                .text();
        });
    }
    static std::string text_of(const graph_cost& c) {
        return json_list().add(c.nodes).add(c.kernels).add(c.operations).add(c.bytes).add(c.memory).text();
    }
    std::string text_of(const explored_program& p, const snapshot& s, const graph_cost& cost, bool is_last) {
        const growable<bool> live = live_nodes(s.g);
        json_list nodes;
        for (int i = 0; i < s.g.size(); ++i)
            nodes.add(node_text(p, s, i, (live[i] ? is_live : 0) | (is_last && p.is_view(i) ? is_view : 0)));
        const auto number = [](int n) { return std::to_string(n); };
        const std::string roots = list_of(s.g.roots, [&](const root& r) {
            const std::string target = r.target < 0 ? "" : name_of_leaf(p, r.target);
            return json_list().add(r.id).add(r.target < 0 ? -1 : number_of(target)).text();
        });
        return "{" + field("name", script_text(s.pass)) + "," + field("cost", text_of(cost)) + "," +
               field("removed", s.removed) + "," + field("merged", s.merged) + "," +
               field("rewired", s.count(change::rewired)) + "," + field("replaced", s.count(change::replaced)) + "," +
               field("added", s.count(change::added)) + ",\n" + field("nodes", nodes.text()) + ",\n" +
               field("becomes", list_of(s.becomes, number)) + "," + field("roots", roots) + "}";
    }
    static std::string name_of_leaf(const explored_program& p, extent_t number) {
        const auto i = static_cast<std::size_t>(number);
        return i < p.leaves.size() && !p.leaves[i].name.empty() ? p.leaves[i].name
                                                                : "captured " + std::to_string(number);
    }
    /// Operation, what it is told, shape, type, family, region, the node before, what changed, flags, operands.
    std::string node_text(const explored_program& p, const snapshot& s, int i, int flags) {
        const node& n = s.g[i];
        std::string what = ir::graph_text::attribute_text(s.g, n);
        if (n.kind == op::leaf) {
            what = name_of_leaf(p, n.attribute[0]);
            const auto number = static_cast<std::size_t>(n.attribute[0]);
            const leaf_role role = number < p.leaves.size() ? p.leaves[number].role : leaf_role::captured;
            flags |= role == leaf_role::input ? is_input : role == leaf_role::variable ? is_variable : 0;
        }
        if (ir::is_number_source(n.kind)) flags |= is_number;
        json_list row;
        row.add(number_of(ir::name_of(n.kind)))
            .add(number_of(what))
            .add(number_of(ir::graph_text::shape_text(s.g.dims, n.extents, ir::unknown_extents::as_expressions)))
            .add(number_of(name_of(n.type)))
            .add(static_cast<int>(info(n.kind).group))
            .add(s.g.regions.starts.empty() ? 0 : s.g.regions.of(i))
            .add(s.from[i])
            .add(static_cast<int>(s.changes[i]))
            .add(flags);
        for (int k = 0; k < info(n.kind).arity; ++k) row.add(n.in[k]);
        return row.text();
    }
    std::string text_of(const kernel_row& k) {
        const auto number = [](int n) { return std::to_string(n); };
        return json_list()
            .add(number_of(k.kind))
            .add(number_of(k.space))
            .add(number_of(k.computes))
            .add(number_of(k.region))
            .add(k.cost.operations)
            .add(k.cost.bytes_read)
            .add(k.cost.bytes_written)
            .add(k.times)
            .add(list_of(k.nodes, number))
            .add(list_of(k.buffers, number))
            .text();
    }
    std::string text_of(const buffer_row& b) {
        static constexpr std::string_view places[] = {"leaf", "result", "state", "temporary", "carried"};
        return json_list()
            .add(b.node)
            .add(number_of(places[static_cast<int>(b.where)]))
            .add(static_cast<int>(b.in_arena))
            .add(b.first)
            .add(b.last)
            .add(b.offset)
            .add(b.bytes)
            .text();
    }
    /// How many elements, least, mean, greatest, how many are NaN, infinite, the first, the difference; 0: no value.
    static std::string text_of(const summary& s, dtype type) {
        if (s.count == 0) return "0";
        return json_list()
            .add(s.count)
            .add(number_of_value(s.least, type))
            .add(number_of_value(s.mean, dtype::float32))
            .add(number_of_value(s.greatest, type))
            .add(s.nans)
            .add(s.infinities)
            .add(list_of(s.first, [&](double v) { return number_of_value(v, type); }))
            .add(number_of_value(s.difference, dtype::float32))
            .text();
    }

    std::vector<std::string> texts_;
    std::map<std::string, int, std::less<>> numbers_;
};

}  // namespace telar::inline TELAR_ABI::io::explorer
