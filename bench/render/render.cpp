// SPDX-License-Identifier: BSL-1.0
// From the benches' CSV files to what people read: a page of tables, and for each bench a drawing of bars.
//
//   render FOLDER FILE.csv ...      writes FOLDER/results.md and FOLDER/<bench>.svg; absent files are left out
#include <telar/io/svg.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace {

using fields = std::vector<std::string>;

/// The fields of a line, of which some stand in quotes and may hold commas.
fields split(const std::string& line) {
    fields parts(1);
    bool is_quoted = false;
    for (const char c : line) {
        if (c == '"') is_quoted = !is_quoted;
        else if (c == ',' && !is_quoted) parts.emplace_back();
        else parts.back() += c;
    }
    return parts;
}

struct variant {
    std::string name, bound;
    double nanoseconds, first_quartile, third_quartile, ratio, gflops, gbytes, percent;
};
/// What was done, at one size, by everybody.
struct group {
    std::string workload, size;
    std::vector<variant> variants;
};
struct results {
    std::string bench;
    std::vector<std::pair<std::string, std::string>> facts;
    std::vector<group> groups;
};

results read(const std::string& path) {
    std::ifstream file(path);
    if (!file) throw std::runtime_error("cannot read " + path);
    results r;
    std::map<std::string, std::size_t> column;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("# ")) {
            const std::size_t colon = line.find(": ");
            const std::string key = line.substr(2, colon - 2), value = line.substr(colon + 2);
            if (key == "bench") r.bench = value;
            else r.facts.emplace_back(key, value);
            continue;
        }
        const fields f = split(line);
        if (column.empty()) {
            for (std::size_t i = 0; i < f.size(); ++i) column[f[i]] = i;
            continue;
        }
        const auto number = [&](const char* name) { return std::strtod(f.at(column.at(name)).c_str(), nullptr); };
        const std::string &workload = f.at(column.at("workload")), &size = f.at(column.at("size"));
        if (r.groups.empty() || r.groups.back().workload != workload || r.groups.back().size != size)
            r.groups.push_back({workload, size, {}});
        r.groups.back().variants.push_back({f.at(column.at("variant")), f.at(column.at("bound")), number("median_ns"),
                                            number("first_quartile_ns"), number("third_quartile_ns"), number("ratio"),
                                            number("gflops"), number("gbytes_per_s"), number("bound_percent")});
    }
    return r;
}

std::string digits(double value, int count = 3) {
    if (value >= 100) return std::to_string(std::lround(value));
    char text[40];
    std::snprintf(text, sizeof text, "%.*g", count, value);
    return text;
}
std::string time_text(double ns) {
    if (ns < 1e3) return digits(ns) + " ns";
    return ns < 1e6 ? digits(ns / 1e3) + " us" : digits(ns / 1e6) + " ms";
}

/// The variant beside which the others are put: the first of each row.
std::string reference_of(const results& r) { return r.groups.empty() ? "" : r.groups[0].variants[0].name; }

// ---------------------------------------------------------------- the page
std::string table(const results& r, const std::string& run_with) {
    std::ostringstream out;
    out << "## " << r.bench << "\n\n![" << r.bench << "](" << r.bench << ".svg)\n\n";
    if (!run_with.empty()) out << run_with << "\n\n";
    out << "| workload | size | by | median | middle half | GFLOP/s | GB/s | of its bound | time / " << reference_of(r)
        << "'s |\n|---|---|---|---|---|---|---|---|---|\n";
    for (const group& g : r.groups)
        for (const variant& v : g.variants) {
            const bool is_first = &v == &g.variants[0];
            out << "| " << (is_first ? g.workload : "") << " | " << (is_first ? g.size : "") << " | " << v.name << " | "
                << time_text(v.nanoseconds) << " | " << time_text(v.first_quartile) << " .. "
                << time_text(v.third_quartile) << " | " << digits(v.gflops) << " | "
                << (v.gbytes > 0 ? digits(v.gbytes) : "") << " | " << digits(v.percent) << " %"
                << (is_first ? " of " + v.bound : "") << " | " << digits(v.ratio) << " |\n";
        }
    return out.str() + "\n";
}

std::string page(const std::vector<results>& all) {
    std::ostringstream out;
    out << "# Benches\n\n"
           "Made by `cmake --workflow --preset bench`, which runs every bench and writes this page. A ratio above 1 "
           "says that\nthe other needs more time; 0.95 to 1.05 is a tie. Variants take turns inside one process, a "
           "short slice each; ratios\nare the medians of those within a round. Who does not compute the same is not "
           "timed. *Of its bound*: the share of\nwhat the machine did in the same round at best, multiply-adds or "
           "bytes to and from a set of the same size.\nAll are compiled alike; the plain loops alone have "
           "`-ffast-math`.\n\nThe tables named python_ are made by the target `run_python_benches`, in which processes "
           "take turns on one core. A call\nfrom Python is part of the time there, and the bound is one that telar's "
           "bench measured shortly before.\n\n";
    if (all.empty()) return out.str();
    out << "| | |\n|---|---|\n";
    std::map<std::string, std::string> said;  // what most benches say
    std::map<std::pair<std::string, std::string>, int> times;
    for (const results& r : all)
        for (const auto& fact : r.facts)
            if (const auto& [key, value] = fact; ++times[fact] > times[{key, said[key]}]) said[key] = value;
    for (const results& r : all)
        for (const auto& fact : r.facts)
            if (said[fact.first] == fact.second && times[fact] > 0) {
                out << "| " << fact.first << " | " << fact.second << " |\n";
                times[fact] = 0;
            }
    out << "\n";
    for (const results& r : all) {
        std::string differing;  // in what it was not run as the head of the page says
        for (const auto& [key, value] : r.facts)
            if ((key == "peers" || key == "rounds" || key == "threads") && said[key] != value)
                differing += (differing.empty() ? "" : "; ") + key + ": " + value;
        out << table(r, differing);
    }
    return out.str();
}

// ---------------------------------------------------------------- the drawing
/// Bars on a logarithmic scale: to the right of 1 the other is slower, to the left faster.
std::string drawing(const results& r) {
    namespace svg = telar::io::svg;
    using svg::coordinate;
    const double left = 330, width = 860, right = width - 60, step = 16, least = 0.125, most = 16;
    const auto to_x = [&](double ratio) {
        return left + std::log2(std::clamp(ratio, least, most) / least) / std::log2(most / least) * (right - left);
    };
    std::vector<std::string> names;  // a colour each
    double y = 64;
    std::string body;
    for (const group& g : r.groups) {
        if (g.variants.size() < 2) continue;
        body += svg::text_at(8, y + 11, "start", g.workload + ", " + g.size);
        for (std::size_t i = 1; i < g.variants.size(); ++i, y += step) {
            const variant& v = g.variants[i];
            auto at = std::find(names.begin(), names.end(), v.name);
            if (at == names.end()) at = names.insert(names.end(), v.name);
            const auto colour = svg::colours[static_cast<std::size_t>(at - names.begin()) % svg::colours.size()];
            const double from = std::min(to_x(1), to_x(v.ratio)), to = std::max(to_x(1), to_x(v.ratio));
            body += "<rect x=\"" + coordinate(from) + "\" y=\"" + coordinate(y + 2) + "\" width=\"" +
                    coordinate(std::max(1.0, to - from)) + "\" height=\"" + coordinate(step - 4) + "\" fill=\"" +
                    std::string(colour) + "\"/>\n" +
                    (v.ratio >= 1 ? svg::text_at(to + 4, y + 12, "start", digits(v.ratio))
                                  : svg::text_at(from - 4, y + 12, "end", digits(v.ratio)));
        }
        y += 8;
    }
    const double height = y + 30;
    std::string head = svg::text_at(8, 22, "start", r.bench + ": time divided by that of " + reference_of(r),
                                    " font-size=\"16\" font-weight=\"bold\"");
    double next = 8;
    for (std::size_t i = 0; i < names.size(); ++i) {
        head += "<rect x=\"" + coordinate(next) + "\" y=\"36\" width=\"12\" height=\"12\" fill=\"" +
                std::string(svg::colours[i % svg::colours.size()]) + "\"/>\n" +
                svg::text_at(next + 17, 46, "start", names[i]);
        next += 40 + 7.0 * static_cast<double>(names[i].size());
    }
    std::string grid;
    for (double tick = least; tick <= most; tick *= 2) {
        grid += "<path d=\"M" + coordinate(to_x(tick)) + " 58V" + coordinate(y) + "\" stroke=\"" +
                (tick == 1 ? "#333" : "#e3e3e3") + "\"/>\n" +
                svg::text_at(to_x(tick), y + 18, "middle", svg::label(tick));
    }
    const std::string size = " width=\"" + coordinate(width) + "\" height=\"" + coordinate(height) + '"';
    return "<svg xmlns=\"http://www.w3.org/2000/svg\"" + size + " viewBox=\"0 0 " + coordinate(width) + ' ' +
           coordinate(height) + "\" font-family=\"Helvetica, Arial, sans-serif\" font-size=\"12\" fill=\"#333\">\n" +
           "<rect" + size + " fill=\"#fff\"/>\n" + grid + head + body + "</svg>\n";
}

}  // namespace

int main(int count, char** words) try {
    if (count < 3) throw std::runtime_error("usage: render FOLDER FILE.csv ...");
    const std::string folder = words[1];
    std::vector<results> all;
    for (int i = 2; i < count; ++i) {
        if (!std::filesystem::exists(words[i])) continue;
        all.push_back(read(words[i]));
        telar::write_file(folder + "/" + all.back().bench + ".svg", drawing(all.back()));
    }
    telar::write_file(folder + "/results.md", page(all));
    return 0;
} catch (const std::exception& problem) {
    std::cerr << "render: " << problem.what() << '\n';
    return 1;
}
