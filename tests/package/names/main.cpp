// SPDX-License-Identifier: BSL-1.0
// `using namespace telar` brings what a user writes and nothing else: a program's own words, at global scope, name what
// the program says they do.
#include <algorithm>
#include <cmath>
#include <iostream>
#include <telar/data.hpp>
#include <telar/data/datasets.hpp>
#include <telar/data/texts.hpp>
#include <telar/io.hpp>
#include <telar/nn.hpp>
#include <telar/run/fine_tuning.hpp>
#include <telar/run/interpret.hpp>
#include <telar/run/profile.hpp>
#include <telar/telar.hpp>

using namespace telar;

// Each counts as one.
// clang-format off
struct argument { int value = 1; };
struct assignment { int value = 1; };
struct axis_info { int value = 1; };
struct buffer { int value = 1; };
struct call { int value = 1; };
struct captured { int value = 1; };
struct code { int value = 1; };
struct column { int value = 1; };
struct compiled { int value = 1; };
struct description { int value = 1; };
struct dimension { int value = 1; };
struct eager { int value = 1; };
struct element { int value = 1; };
struct equality { int value = 1; };
struct family { int value = 1; };
struct feed { int value = 1; };
struct formula { int value = 1; };
struct graph { int value = 1; };
struct group { int value = 1; };
struct identity { int value = 1; };
struct instruction { int value = 1; };
struct interpreter { int value = 1; };
struct kernel { int value = 1; };
struct line { int value = 1; };
struct layer { int value = 1; };
struct mistake { int value = 1; };
struct model { int value = 1; };
struct node { int value = 1; };
struct offset { int value = 1; };
struct outcome { int value = 1; };
struct part { int value = 1; };
struct parameter { int value = 1; };
struct reading { int value = 1; };
struct region { int value = 1; };
struct trainer { int value = 1; };
struct root { int value = 1; };
struct row { int value = 1; };
struct schedule { int value = 1; };
struct section { int value = 1; };
struct slot { int value = 1; };
struct state { int value = 1; };
struct step { int value = 1; };
struct storage { int value = 1; };
struct trace { int value = 1; };
struct traced { int value = 1; };
struct value_type { int value = 1; };
struct view { int value = 1; };

int apply() { return 1; }
int broadcast() { return 1; }
int compare() { return 1; }
int count() { return 1; }
int describe() { return 1; }
int diagnose() { return 1; }
int differentiate() { return 1; }
int emit() { return 1; }
int evaluate() { return 1; }
int fold() { return 1; }
int fuse() { return 1; }
int index_of() { return 1; }
int infer() { return 1; }
int info() { return 1; }
int is_number() { return 1; }
int join() { return 1; }
int merge() { return 1; }
int optimise() { return 1; }
int place() { return 1; }
int rewrite() { return 1; }
int shift() { return 1; }
int simplify() { return 1; }
int verify() { return 1; }

namespace binding { int value = 1; }
namespace cpu { int value = 1; }
namespace csv { int value = 1; }
namespace fetching { int value = 1; }
namespace formulas { int value = 1; }
namespace functions { int value = 1; }
namespace gzip { int value = 1; }
namespace printing { int value = 1; }
namespace reference { int value = 1; }
namespace simd { int value = 1; }
namespace svg { int value = 1; }
namespace training { int value = 1; }
namespace updates { int value = 1; }

int alignment = 1, archive = 1, assigned = 1, beside = 1, between = 1, bytes = 1, costs = 1, counts = 1, data = 1;
int described = 1, dimensions = 1, drawing = 1, files = 1, fixed = 1, fusion = 1, gives = 1, input_file = 1;
int kernels = 1, largest = 1, literal = 1, nested = 1, output_file = 1, parts = 1, passes = 1, prints = 1, reads = 1;
int report = 1, sections = 1, shared = 1, single = 1, space = 1, stages = 1, takes = 1, tier = 1, views = 1, words = 1;
int calling = 1, errors = 1, image = 1, images = 1, inspection = 1, legality = 1, memory = 1, names = 1, stride = 1, patterns = 1, reach = 1, scanning = 1, text_table = 1, writes = 1;
// clang-format on

int structs() {
    return argument{}.value + assignment{}.value + axis_info{}.value + buffer{}.value + call{}.value +
           captured{}.value + code{}.value + column{}.value + compiled{}.value + description{}.value +
           dimension{}.value + eager{}.value + element{}.value + equality{}.value + family{}.value + feed{}.value +
           formula{}.value + graph{}.value + group{}.value + identity{}.value + instruction{}.value +
           interpreter{}.value + kernel{}.value + layer{}.value + line{}.value + mistake{}.value + model{}.value +
           parameter{}.value + region{}.value + trainer{}.value + node{}.value + offset{}.value + outcome{}.value +
           part{}.value + reading{}.value + root{}.value + row{}.value + schedule{}.value + section{}.value +
           slot{}.value + state{}.value + step{}.value + storage{}.value + trace{}.value + traced{}.value +
           value_type{}.value + view{}.value;
}
int calls() {
    return apply() + broadcast() + compare() + count() + describe() + diagnose() + differentiate() + emit() +
           evaluate() + fold() + fuse() + index_of() + infer() + info() + is_number() + join() + merge() + optimise() +
           place() + rewrite() + shift() + simplify() + verify();
}
int namespaces() {
    return binding::value + cpu::value + csv::value + fetching::value + formulas::value + functions::value +
           gzip::value + printing::value + reference::value + simd::value + svg::value + training::value +
           updates::value;
}
int variables() {
    return alignment + archive + assigned + beside + between + bytes + costs + counts + data + described + dimensions +
           drawing + files + fixed + fusion + gives + input_file + kernels + largest + literal + nested + output_file +
           parts + passes + prints + reads + report + sections + shared + single + space + stages + takes + tier +
           views + words + calling + errors + image + images + inspection + legality + memory + names + stride +
           patterns + reach + scanning + text_table + writes;
}

constexpr auto squared_error = telar::function([](auto y, auto t) { return mean(square(y - t)); });

int main() {
    const int found = structs() + calls() + namespaces() + variables();

    // y = 2 x, learned.
    variable<"w", tensor<float, 1>> w;
    const input<"x", tensor<float, dyn>> x;
    const input<"t", tensor<float, dyn>> t;
    auto fit = minimize(squared_error(w * x, t), sgd{.learning_rate = 0.05f});
    for (int i = 0; i < 100; ++i) run(fit, x = {1, 2, 3}, t = {2, 4, 6});
    std::cout << found << " words of the program's own; w = " << w.value() << '\n';
    return found == 133 && std::abs(w.value()(0) - 2) < 1e-3f ? 0 : 1;
}
