// SPDX-License-Identifier: BSL-1.0
// What compiling telar costs: processor seconds, peak memory and the longest symbol of small programs, of deep models,
// of the examples and of peers, with each compiler that is found. A machine's speed drifts, so every round compiles the
// base line too (a program that includes xsimd alone) and the measure (a perceptron by hand, in Eigen): what telar adds
// is a difference, and what a program costs a multiple, within the round.
//
//   compile_time SOURCE_FOLDER [--rounds N (3)] [--only NAME,NAME] [--level -O2] [--include FOLDER] [--csv FILE]
//                [--page FILE]
//   compile_time SOURCE_FOLDER --find-limits FILE      the fewest steps of constant evaluation that each program needs
#include <unistd.h>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "process.hpp"

namespace {

namespace fs = std::filesystem;
using words = std::vector<std::string>;

struct options {
    fs::path source;
    int rounds = 3;
    words only, includes, levels{"-O0", "-O2"};
    fs::path csv, page, limits;
};

struct compiler {
    std::string command, version, limit_flag;
};
struct program {
    std::string name;
    fs::path file;
};
const std::string base_line = "xsimd", measure = "peers/eigen_mlp";

// ---------------------------------------------------------------- what there is
std::vector<compiler> find_compilers() {
    std::vector<compiler> found;
    for (const auto& [command, flag] :
         {std::pair{"g++", "-fconstexpr-ops-limit="}, {"clang++-16", "-fconstexpr-steps="}}) {
        const bench::outcome o = bench::run_process({command, "--version"});
        if (o.succeeded) found.push_back({command, o.output.substr(0, o.output.find('\n')), flag});
        else std::printf("%s is absent, its rows are left out\n", command);
    }
    return found;
}

/// The first header of a library, `#include <folder/name>`, that is in none of the folders; "" where all are there.
std::string absent_header(const fs::path& file, const options& o) {
    words folders = o.includes;
    folders.insert(folders.end(), {(o.source / "include").string(), "/usr/include", "/usr/local/include"});
    std::ifstream text(file);
    for (std::string line; std::getline(text, line);) {
        if (!line.starts_with("#include <") || line.find('/') == std::string::npos) continue;
        const std::string header = line.substr(10, line.find('>') - 10);
        if (std::none_of(folders.begin(), folders.end(), [&](const fs::path& f) { return fs::exists(f / header); }))
            return header;
    }
    return {};
}
bool is_wanted(const std::string& name, const options& o) {
    return o.only.empty() || name == base_line || name == measure ||
           std::any_of(o.only.begin(), o.only.end(),
                       [&](const std::string& part) { return name.find(part) != std::string::npos; });
}
/// The base line, then the other programs, then the peers, then the examples.
std::vector<program> find_programs(const options& o) {
    std::vector<program> programs;
    for (const auto& [folder, prefix] : {std::pair{"bench/compile_time/programs", ""},
                                         {"bench/compile_time/peers", "peers/"},
                                         {"examples", "examples/"}}) {
        const auto first = static_cast<std::ptrdiff_t>(programs.size());
        for (const auto& entry : fs::directory_iterator(o.source / folder))
            if (const fs::path path = entry.path(); path.extension() == ".cpp")
                programs.push_back({prefix + path.stem().string(), path});
        std::sort(programs.begin() + first, programs.end(), [](const program& a, const program& b) {
            return std::pair(a.name != base_line, a.name) < std::pair(b.name != base_line, b.name);
        });
    }
    std::erase_if(programs, [&](const program& p) {
        if (!is_wanted(p.name, o)) return true;
        const std::string absent = absent_header(p.file, o);
        if (!absent.empty()) std::printf("%s is left out: <%s> is absent\n", p.name.c_str(), absent.c_str());
        return !absent.empty();
    });
    return programs;
}

words command_line(const compiler& c, const program& p, const options& o, const words& flags) {
    words command{c.command, "-std=c++20", "-I", (o.source / "include").string()};
    for (const std::string& folder : o.includes) command.insert(command.end(), {"-isystem", folder});
    command.insert(command.end(), flags.begin(), flags.end());
    command.push_back(p.file.string());
    return command;
}

// ---------------------------------------------------------------- time
struct row {
    std::string compiler, level, program;
    std::vector<double> seconds, over, base;  // over: what was added to the base line's seconds of the same round
    std::vector<double> times;                // multiples of the measure's seconds of the same round
    double megabytes = 0;
    std::size_t symbol = 0;
};

double median(std::vector<double> v) {
    std::sort(v.begin(), v.end());
    const std::size_t n = v.size();
    return n == 0 ? std::nan("") : n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/// The most characters that a symbol of an object file has.
std::size_t longest_symbol(const fs::path& object) {
    std::istringstream lines(bench::run_process({"nm", object.string()}).output);
    std::size_t longest = 0;
    for (std::string line; std::getline(lines, line);) longest = std::max(longest, line.size() - (line.rfind(' ') + 1));
    return longest;
}

/// A program that the compiler's own limits refuse is a row of nan; anything else that does not compile ends the run.
void compile_once(const compiler& c, const program& p, const options& o, row& r) {
    const fs::path object = fs::temp_directory_path() / ("compile_time." + std::to_string(getpid()) + ".o");
    words flags{r.level, "-march=native", "-c", "-o", object.string()};
    const bench::outcome done = bench::run_process(command_line(c, p, o, flags));
    if (!done.succeeded) {
        const std::size_t at = std::min(done.output.find("exceed"), done.output.find("maximum step limit"));
        if (at == std::string::npos)
            throw std::runtime_error(p.name + " does not compile with " + c.command + ":\n" + done.output);
        const std::size_t begin = done.output.rfind('\n', at) + 1;
        std::fprintf(stderr, "%s\n", done.output.substr(begin, done.output.find('\n', at) - begin).c_str());
    }
    r.seconds.push_back(done.succeeded ? done.seconds : std::nan(""));
    if (!done.succeeded) return;
    r.megabytes = std::max(r.megabytes, done.megabytes);
    r.symbol = std::max(r.symbol, longest_symbol(object));
    fs::remove(object);
}

/// The rows that there will be, without numbers.
std::vector<row> empty_rows(const std::vector<compiler>& compilers, const std::vector<program>& programs,
                            const words& levels) {
    std::vector<row> rows;
    for (const compiler& c : compilers)
        for (const std::string& level : levels)
            for (const program& p : programs) rows.push_back({c.command, level, p.name, {}, {}, {}, {}});
    return rows;
}

/// Compiles each program once with each compiler, the base line before the others; `done` is called after each level.
void measure_round(const std::vector<compiler>& compilers, const std::vector<program>& programs, const options& o,
                   std::vector<row>& rows, const std::function<void()>& done) {
    auto r = rows.begin();
    for (const compiler& c : compilers)
        for (std::size_t level = 0; level < o.levels.size(); ++level) {
            const auto base = r;
            for (const program& p : programs) {
                compile_once(c, p, o, *r);
                r->base.push_back(base->seconds.back());
                r->over.push_back(r->seconds.back() - base->seconds.back());
                std::fprintf(stderr, "%-10s %s  %-40s %6.2f s\n", r->compiler.c_str(), r->level.c_str(),
                             r->program.c_str(), r->seconds.back());
                ++r;
            }
            const auto by = std::find_if(base, r, [](const row& each) { return each.program == measure; });
            for (auto each = base; by != r && each != r; ++each)
                each->times.push_back(each->seconds.back() / by->seconds.back());
            done();
        }
}

// ---------------------------------------------------------------- the report
std::string first_field(const char* path, const std::string& key) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);)
        if (line.starts_with(key)) return line.substr(line.find_first_not_of(" \t:", key.size()));
    return "unknown";
}
std::string xsimd_version(const options& o) {
    words folders = o.includes;
    folders.push_back("/usr/include");
    for (const fs::path folder : folders) {
        std::string numbers;
        for (const char* part : {"MAJOR", "MINOR", "PATCH"}) {
            const std::string line = first_field((folder / "xsimd/config/xsimd_config.hpp").c_str(),
                                                 std::string("#define XSIMD_VERSION_") + part);
            if (line != "unknown") numbers += (numbers.empty() ? "" : ".") + line;
        }
        if (!numbers.empty()) return numbers;
    }
    return "unknown";
}
std::string rounded(double v, int digits = 2) {
    if (std::isnan(v)) return "-";
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", digits, v);
    return text;
}

struct fact {
    std::string name, value;
};
std::vector<fact> facts_of(const std::vector<compiler>& compilers, const options& o, int rounds) {
    std::vector<fact> facts{{"machine", first_field("/proc/cpuinfo", "model name")}};
    for (const compiler& c : compilers) facts.push_back({c.command, c.version});
    facts.push_back({"xsimd", xsimd_version(o)});
    double load[1] = {0};
    if (getloadavg(load, 1) == 1)
        facts.push_back({"load", rounded(load[0], 1) + " processes on " +
                                     std::to_string(sysconf(_SC_NPROCESSORS_ONLN)) + " cores, at the end"});
    facts.push_back({"rounds", std::to_string(rounds)});
    char date[32];
    const std::time_t now = std::time(nullptr);
    std::strftime(date, sizeof date, "%Y-%m-%d", std::gmtime(&now));
    facts.push_back({"date", date});
    return facts;
}

void write_csv(std::ostream& out, const std::vector<row>& rows, const std::vector<fact>& facts) {
    for (const auto& [name, value] : facts) out << "# " << name << ": " << value << '\n';
    out << "compiler,level,program,seconds,over_xsimd,times_xsimd,times_eigen_mlp,megabytes,longest_symbol\n";
    for (const row& r : rows)
        out << r.compiler << ',' << r.level << ',' << r.program << ',' << rounded(median(r.seconds), 3) << ','
            << rounded(median(r.over), 3) << ',' << rounded(1 + median(r.over) / median(r.base), 3) << ','
            << rounded(median(r.times), 3) << ',' << rounded(r.megabytes, 0) << ',' << r.symbol << '\n';
}

/// All programs in one table, as multiples of the measure.
void write_multiples(std::ostream& out, const std::vector<row>& rows) {
    const std::pair<std::string, std::string> columns[] = {
        {"g++", "-O2"}, {"clang++-16", "-O2"}, {"g++", "-O0"}, {"clang++-16", "-O0"}};
    out << "\n## As multiples of a perceptron by hand\n\n"
           "x: the seconds over those of `peers/eigen_mlp`, one training step of an MLP 784-128-10 written in Eigen, "
           "by\nthe same compiler in the same round. -: the compiler's own limits refuse the program.\n\n| program |";
    for (const auto& [compiler, level] : columns) out << ' ' << compiler << ' ' << level << " | x | MB |";
    out << "\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n";
    for (const row& first : rows) {
        if (first.compiler != rows.front().compiler || first.level != rows.front().level) break;
        out << "| " << first.program << " |";
        for (const auto& [compiler, level] : columns) {
            const auto r = std::find_if(rows.begin(), rows.end(), [&](const row& each) {
                return each.compiler == compiler && each.level == level && each.program == first.program;
            });
            if (r == rows.end() || r->megabytes == 0) out << " - | - | - |";
            else
                out << ' ' << rounded(median(r->seconds)) << " | " << rounded(median(r->times)) << " | "
                    << rounded(r->megabytes, 0) << " |";
        }
        out << '\n';
    }
}

void write_page(std::ostream& out, const std::vector<row>& rows, const std::vector<fact>& facts) {
    out << "# What compiling costs\n\n"
           "Written by `cmake --build --preset bench --target run_compile_time`. Processor seconds (user and system) "
           "of\n"
           "one compiler process, and the seconds over its base line: a program that includes xsimd alone, compiled "
           "in\n"
           "the same round. Medians over the rounds. Other work on the machine makes all seconds longer, so the ratio "
           "to\n"
           "the base line, `x xsimd`, is what compares with another machine. Peak memory in MB; the longest symbol in\n"
           "characters.\n\n";
    for (const auto& [name, value] : facts) out << "* " << name << ": " << value << '\n';
    write_multiples(out, rows);
    std::string section;
    for (const row& r : rows) {
        const std::string title = r.compiler + " " + r.level + " -march=native";
        if (title != section) {
            section = title;
            out << "\n## " << title
                << "\n\n| program | seconds | over xsimd | x xsimd | MB | longest symbol "
                   "|\n|---|---:|---:|---:|---:|---:|\n";
        }
        out << "| " << r.program << " | " << rounded(median(r.seconds)) << " | " << rounded(median(r.over)) << " | "
            << rounded(1 + median(r.over) / median(r.base)) << " | " << rounded(r.megabytes, 0) << " | " << r.symbol
            << " |\n";
    }
}

// ---------------------------------------------------------------- steps of constant evaluation
bool compiles_within(const compiler& c, const program& p, const options& o, long limit) {
    const words flags{"-fsyntax-only", "-DTELAR_NO_XSIMD", c.limit_flag + std::to_string(limit)};
    const bench::outcome done = bench::run_process(command_line(c, p, o, flags));
    const bool hit_limit = done.output.find("operation count exceeds limit") != std::string::npos ||
                           done.output.find("maximum step limit") != std::string::npos;
    if (!done.succeeded && !hit_limit)
        throw std::runtime_error(p.name + " does not compile with " + c.command + ":\n" + done.output);
    return done.succeeded;
}

/// The smallest limit within 5 % under which the program compiles: what its most expensive constant evaluation needs.
long needed_steps(const compiler& c, const program& p, const options& o, long guess) {
    long fails = 0, passes = guess;
    for (; !compiles_within(c, p, o, passes); passes *= 2) fails = passes;
    if (fails == 0)
        for (fails = passes / 2; fails > 0 && compiles_within(c, p, o, fails); fails /= 2) passes = fails;
    while (static_cast<double>(passes - fails) > 0.05 * static_cast<double>(passes)) {
        const long middle = fails + (passes - fails) / 2;
        (compiles_within(c, p, o, middle) ? passes : fails) = middle;
    }
    return passes;
}

/// Writes "program compiler needed allowed": a quarter more than is needed may be used before a test fails.
void find_limits(const std::vector<compiler>& compilers, const std::vector<program>& programs, const options& o) {
    struct entry {
        long needed, allowed;
    };
    std::map<std::pair<std::string, std::string>, entry> table;
    if (std::ifstream file(o.limits); file) {
        for (std::string line; std::getline(file, line);) {
            std::istringstream text(line);
            std::string name, command;
            entry e{};
            if (!line.starts_with("#") && text >> name >> command >> e.needed >> e.allowed) table[{name, command}] = e;
        }
    }
    for (const program& p : programs) {
        if (p.name == base_line || p.name == "umbrella" || p.name.starts_with("peers/")) continue;
        for (const compiler& c : compilers) {
            const auto known = table.find({p.name, c.command});
            const long needed = needed_steps(c, p, o, known == table.end() ? 65536 : known->second.needed);
            const double step = std::pow(10, std::floor(std::log10(needed)) - 1);  // two digits
            table[{p.name, c.command}] = {needed,
                                          std::lround(std::ceil(1.25 * static_cast<double>(needed) / step) * step)};
            std::fprintf(stderr, "%-40s %-10s %9ld\n", p.name.c_str(), c.command.c_str(), needed);
        }
    }
    std::ofstream out(o.limits);
    out << "# Steps of the most expensive constant evaluation: what it needs (measured within 5 %), and what the "
           "tests\n"
           "# allow. Written by `cmake --build --preset bench --target find_constexpr_limits`. The compilers' own "
           "bounds:\n"
           "# g++ -fconstexpr-ops-limit=33554432, clang -fconstexpr-steps=1048576.\n"
           "# program compiler needed allowed\n";
    for (const auto& [key, e] : table)
        out << key.first << ' ' << key.second << ' ' << e.needed << ' ' << e.allowed << '\n';
}

options read_options(int count, char** arguments) {
    if (count < 2) throw std::runtime_error("usage: compile_time SOURCE_FOLDER [options]; see compile_time.cpp");
    options o;
    o.source = arguments[1];
    for (int i = 2; i < count; i += 2) {
        const std::string name = arguments[i];
        if (i + 1 == count) throw std::runtime_error(name + " needs a value");
        const std::string value = arguments[i + 1];
        if (name == "--rounds") o.rounds = std::max(1, std::stoi(value));
        else if (name == "--only") {
            std::istringstream names(value);
            for (std::string part; std::getline(names, part, ',');) o.only.push_back(part);
        } else if (name == "--level") o.levels = {value};
        else if (name == "--include") o.includes.push_back(value);
        else if (name == "--csv") o.csv = value;
        else if (name == "--page") o.page = value;
        else if (name == "--find-limits") o.limits = value;
        else throw std::runtime_error("unknown option " + name);
    }
    return o;
}

}  // namespace

int main(int count, char** arguments) {
    try {
        const options o = read_options(count, arguments);
        const std::vector<compiler> compilers = find_compilers();
        const std::vector<program> programs = find_programs(o);
        if (!o.limits.empty()) {
            find_limits(compilers, programs, o);
            return 0;
        }
        std::vector<row> rows = empty_rows(compilers, programs, o.levels);
        std::vector<fact> facts;
        for (int round = 0; round < o.rounds; ++round)
            measure_round(compilers, programs, o, rows, [&] {  // a long run may be stopped
                facts = facts_of(compilers, o, round + 1);
                if (std::ofstream csv(o.csv); csv) write_csv(csv, rows, facts);
                if (std::ofstream page(o.page); page) write_page(page, rows, facts);
            });
        write_csv(std::cout, rows, facts);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "compile_time: %s\n", e.what());
        return 1;
    }
}
