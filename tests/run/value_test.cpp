// SPDX-License-Identifier: BSL-1.0
// Variables, random states and steps are values: copied, assigned and moved as any C++ object.
#include <telar/run/minimize.hpp>

#include "../support/arrays.hpp"

#include <doctest/doctest.h>
#include <algorithm>
#include <new>
#include <random>
#include <string>
#include <telar/telar.hpp>
#include <type_traits>
#include <utility>
#include <vector>

using namespace telar;
using support::same_bits;

namespace {

using weight = variable<"w", tensor<float, 2>>;
using counter = variable<"n", tensor<float>, false>;
struct model {
    weight w{tensor<float, 2>{1, 2}};
    counter n;
    random_state<"rng"> rng{7};
    input<"x", tensor<float, dyn, 2>> x;

    auto output() const { return x * w + n; }
    auto loss() const { return mean(square(output() - 1.0f)); }
};
static_assert(std::is_aggregate_v<model>);

template <class T>
constexpr bool is_value = std::is_copy_constructible_v<T>&& std::is_copy_assignable_v<T>&&
    std::is_nothrow_move_constructible_v<T>&& std::is_nothrow_move_assignable_v<T>;
static_assert(is_value<weight> && is_value<variable<"m", matrix<double, dyn, 3>>> && is_value<counter>);
static_assert(is_value<random_state<"rng">> && is_value<model> && is_value<workspace>);
static_assert(is_value<decltype(minimize(model().loss(), adam{}))> && is_value<decltype(model().loss())>);
static_assert(std::is_nothrow_move_constructible_v<session> && std::is_nothrow_move_assignable_v<session>);
static_assert(std::is_trivially_copyable_v<input<"x", tensor<float, dyn, 2>>>);
// A const one is not assigned to, but may be given a new value by update.
static_assert(!std::is_assignable_v<const weight&, weight> && !std::is_assignable_v<const weight&, tensor<float, 2>>);
static_assert(std::is_assignable_v<const weight&, decltype(model().w * 2.0f)>);

const tensor<float, dyn, 2> data = {{1, 2}, {3, -1}, {0.5f, 4}};

// A static object whose construction has not begun.
extern weight late;
template <class F> std::string text_of(F f);
const std::string too_early = text_of([] { (void)(late * 2.0f); });
weight late(tensor<float, 2>{1, 2});

template <class F> std::string text_of(F f) {
    try {
        f();
    } catch (const no_value& e) { return e.what(); }
    return "nothing was thrown";
}

}  // namespace

TEST_CASE("the best model is kept while the other one is trained, and put back; the step goes on") {
    model m;
    auto step = minimize(m.loss(), adam{.learning_rate = 0.1f});
    const auto loss = m.loss();
    for (int i = 0; i < 3; ++i) run(step, m.x = data);
    const model best = m;
    const auto best_step = step;
    std::vector<float> first, second;
    for (int i = 0; i < 4; ++i) first.push_back(run(step, m.x = data));
    CHECK_FALSE(same_bits(m.w.value(), best.w.value()));
    CHECK(float(run(best.loss(), m.x = data)) == first[0]);
    m = best;
    step = best_step;
    CHECK(step.steps() == 3);
    CHECK(float(run(loss, m.x = data)) == first[0]);
    for (int i = 0; i < 4; ++i) second.push_back(run(step, m.x = data));
    CHECK(first == second);
}
TEST_CASE("ten models of a vector are ten; a vector that grows takes them along") {
    std::vector<model> all(10, model());
    float k = 0;
    for (model& m : all) m.w = tensor<float, 2>{k, 2 * k}, ++k;
    for (int i = 0; i < 10; ++i) CHECK(all[static_cast<std::size_t>(i)].w.value()(1) == 2 * static_cast<float>(i));

    const auto third = all[3].loss();
    const float* const memory = all[3].w.value().data();
    all.reserve(100);
    CHECK(all[3].w.value().data() == memory);
    const float before = run(third, all[3].x = data);
    all[3].w = tensor<float, 2>{0, 0};
    CHECK(float(run(third, all[3].x = data)) == 1);
    CHECK(before != 1);
}
TEST_CASE("a copy of a random state draws the same numbers; alias shares") {
    model m;
    const auto y = dropout(m.x, 0.5f, m.rng);
    model saved = m;
    const auto first = run(y, m.x = data), second = run(y, m.x = data);
    m.rng = saved.rng;
    CHECK(same_bits(run(y, m.x = data), first));
    m.rng = random_key{7, 0};
    CHECK(same_bits(run(y, m.x = data), first));
    CHECK_FALSE(same_bits(second, first));
    const auto same = telar::alias(m.rng);
    CHECK(same_bits(same.value(), m.rng.value()));
    CHECK_FALSE(same_bits(saved.rng.value(), m.rng.value()));
    CHECK(same_bits(run(dropout(saved.x, 0.5f, saved.rng), m.x = data), first));
    CHECK(same_bits(saved.rng.value(), m.rng.value()));
}
TEST_CASE("= between variables writes now; assign defers it; what does not fit is refused before it is written") {
    variable<"online", tensor<float, 3>> online(tensor<float, 3>{1, 2, 3});
    variable<"target", tensor<float, 3>, false> target;
    variable<"any", tensor<float, dyn>> any;
    const auto y = target * 1.0f;
    target = online;
    CHECK(same_bits(run(y), {1, 2, 3}));
    online = {4, 5, 6};
    const auto deferred = update(assign(target, online));
    CHECK(same_bits(run(y), {1, 2, 3}));
    run(deferred);
    CHECK(same_bits(run(y), {4, 5, 6}));

    any = target;
    CHECK(same_bits(any.value(), tensor<float, dyn>{4, 5, 6}));
    any = tensor<float, dyn>{1, 2};
    CHECK_THROWS_AS(target = any, wrong_shape);
    CHECK(same_bits(target.value(), {4, 5, 6}));
    run(update(assign(target, tensor<float, 3>{7, 8, 9})));
    CHECK(same_bits(target.value(), {7, 8, 9}));

    variable<"map", matrix<float, 2, 2>> map;
    map = tensor<float, 2, 2>{{1, 2}, {3, 4}};
    CHECK(map.value()(1, 0) == 3);
    input<"x", tensor<float, 3>> x;
    run(update(target = x), x = {1, 1, 1});  // an input has no value yet
    CHECK(same_bits(target.value(), {1, 1, 1}));
}
TEST_CASE("what was moved from, or is not constructed yet, says so") {
    const std::string w = "\"w\" has no value: it was moved from";
    const std::string early = "\"w\" has no value: it is not constructed yet, or is destroyed";
    CHECK(too_early == early);
    alignas(weight) unsigned char memory[sizeof(weight)];
    std::fill_n(memory, sizeof(weight), static_cast<unsigned char>(0xa5));
    weight& nothing = *reinterpret_cast<weight*>(memory);
    CHECK(text_of([&] { (void)(nothing * 2.0f); }) == early);
    CHECK(text_of([&] { nothing = {1, 2}; }) == early);
    weight* const something = new (memory) weight(tensor<float, 2>{1, 2});
    CHECK(something->value()(1) == 2);
    something->~weight();
    CHECK(text_of([&] { (void)nothing.value(); }) == early);

    weight from(tensor<float, 2>{1, 2});
    auto y = from * 2.0f;
    const weight to = std::move(from);
    CHECK(same_bits(run(y), {2, 4}));
    CHECK(text_of([&] { (void)from.value(); }) == w);
    CHECK(text_of([&] { (void)(from * 2.0f); }) == w);
    CHECK(text_of([&] { (void)(y + from); }) == w);
    CHECK(text_of([&] { (void)weight(from); }) == w);
    CHECK(text_of([&] { (void)alias(from); }) == w);
    weight other;
    CHECK(text_of([&] { other = from; }) == w);
    CHECK(text_of([&] { (void)update(from = y); }) == w);
    CHECK(text_of([&] { (void)gradient(sum(from * 1.0f), to); }) == w);

    const auto taken = std::move(y);
    CHECK(text_of([&] { (void)run(y); }) == w);  // an expression that was moved from
    CHECK(text_of([&] { (void)(y + to); }) == w);
    auto step = minimize(sum(taken), sgd{});
    auto moved = std::move(step);
    CHECK(text_of([&] { run(step); }) == w);
    step = moved;
    run(step);
    CHECK(to.value()(0) == doctest::Approx(0.98f));

    from = {5, 6};  // assigned to, it is a variable again
    CHECK(same_bits(run(from * 2.0f), {10, 12}));
}
TEST_CASE("elements that were moved out of a variable or a feed are missed before anything is written") {
    weight w(tensor<float, 2>{1, 2});
    counter n;
    input<"x", tensor<float, dyn, 2>> x;
    const auto step = update(n = sum(w + 0.0f) + n);
    const auto fresh = update(w = 2.0f * mean(x, axis<0>));
    const auto elements = std::move(w.value());
    const std::string text = " has no value: its elements were moved to another tensor";
    CHECK(text_of([&] { run(step); }) == "\"w\"" + text);
    CHECK(text_of([&] { run(fresh, x = data); }) == "\"w\"" + text);
    CHECK(n.value().item() == 0);
    w = elements;
    run(step);
    CHECK(n.value().item() == 3);
    auto feed = data;
    auto gone = std::move(feed);
    CHECK(text_of([&] { run(fresh, x = feed); }) == "\"x\"" + text);
    const auto product = x * w;
    tensor<float, 3, 2> out;
    const auto kept = std::move(out);
    CHECK(text_of([&] { run_into(out, product, x = gone); }) == "the output" + text);
    CHECK(kept(0, 0) == 0);
}
TEST_CASE("any sequence of copies, moves and assignments: expressions go on with the storage of their variable") {
    std::vector<weight> v(4);
    std::vector<int> storage = {0, 1, 2, 3};  // of each variable
    std::vector<float> value(4, 0.0f);        // of each storage
    using expression_type = decltype(v[0] * 2.0f);
    std::vector<std::pair<expression_type, int>> made;
    std::mt19937 random(5);
    const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
    const auto is_shared = [&](int s) {
        for (const auto& m : made)
            if (m.second == s) return true;
        return false;
    };
    const auto fresh = [&](float x) {
        value.push_back(x);
        return static_cast<int>(value.size()) - 1;
    };
    for (int k = 0; k < 3000; ++k) {
        const std::size_t i = below(v.size()), j = below(v.size());
        const auto own = static_cast<std::size_t>(storage[i]), from = static_cast<std::size_t>(storage[j]);
        switch (random() % 9) {
            case 0:
                if (v.size() < 20) v.push_back(v[i]), storage.push_back(fresh(value[own]));
                break;
            case 1: v[i] = v[j], value[own] = value[from]; break;
            case 2: v[i] = {float(k), float(-k)}, value[own] = float(k); break;
            case 3: std::swap(v[i], v[j]), std::swap(storage[i], storage[j]); break;
            case 4: run(update(v[i] = 0.5f * v[i])), value[own] *= 0.5f; break;
            case 5: made.emplace_back(v[i] * 2.0f, storage[i]); break;
            case 6:
                if (made.size() > 10) made.erase(made.begin() + static_cast<std::ptrdiff_t>(below(made.size())));
                break;
            case 7: {
                if (i == j) break;
                v[i] = std::move(v[j]);
                if (is_shared(storage[j]) && !is_shared(storage[i])) storage[i] = storage[j];
                else value[own] = value[from];
                CHECK_THROWS_AS((void)v[j].value(), no_value);
                v[j] = tensor<float, 2>{1, -1};
                storage[j] = fresh(1);
                break;
            }
            case 8: {
                const weight taken = std::move(v[i]);
                v[i] = taken;
                storage[i] = fresh(value[own]);
                break;
            }
        }
        for (std::size_t n = 0; n < v.size(); ++n)
            if (v[n].value()(0) != value[static_cast<std::size_t>(storage[n])]) FAIL("variable ", n, " after ", k);
        for (const auto& [e, s] : made)
            if (run(e)(0) != 2 * value[static_cast<std::size_t>(s)]) FAIL("an expression after ", k);
    }
}
