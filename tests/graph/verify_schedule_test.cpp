// SPDX-License-Identifier: BSL-1.0
// A schedule that the compiler makes is legal; changed in one place it is not, and it is said why.
#include <telar/graph/verify_schedule.hpp>

#include "../support/cpu_target.hpp"
#include "leaf.hpp"

#include <doctest/doctest.h>
#include <telar/expr/call.hpp>
#include <telar/expr/composite.hpp>
#include <telar/expr/function.hpp>
#include <telar/graph/scan.hpp>
#include <telar/passes/pipeline.hpp>

#include <string_view>
#include <utility>

using namespace telar;
using namespace telar::runtime;

namespace {

struct planned {
    schedule plan;
    growable<root> roots;
};
constexpr planned planned_from(const graph& g) {
    graph best = optimise(g);
    growable<root> roots = best.roots;
    return {make_schedule(std::move(best), support::cpu_target), std::move(roots)};
}

/// A product, a loop of several sweeps, a product that writes a variable in place, a variable that is copied because it
/// is read backwards, a routine.
constexpr planned layer() {
    graph g;
    const symbol x = leaf(g, 0, shape(6, 4)), w = leaf(g, 1, shape(4, 4)), v = leaf(g, 2, shape(4, 4));
    const symbol y = softmax(emit::matmul(x, w));
    g.roots.push({y.id, -1, 0, 0});
    g.roots.push({(w - 0.5 * emit::matmul(emit::swap_last(x), y)).id, 1, 0, 0});
    g.roots.push({(v + emit::reverse(v, 1)).id, 2, 0, 0});
    g.roots.push({emit::cumulate(op::cumsum, x, 0, {}).id, -1, 0, 0});
    return planned_from(g);
}
static_assert([] {
    const planned p = layer();
    return verify(p.plan, p.roots) && verify(schedule{}, {});
}());

/// A state that goes through a product and more in each step, or is the product itself; its values, stacked.
planned running(bool only_product = false) {
    graph g;
    const symbol xs = leaf(g, 0, shape(5, 3, 3)), w = leaf(g, 1, shape(3, 3));
    const symbol scan = emit::scan(g, 5), x = emit::scan_slice(xs, scan, false);
    const symbol state = emit::scan_state(w, scan, 0);
    const symbol product_of_state = emit::matmul(state, w);
    const symbol y = only_product ? product_of_state : softmax(product_of_state) + x;
    const symbol next = emit::scan_next(y, state, scan);
    g.roots.push({next.id, -1, 0, 0});
    g.roots.push({emit::scan_stack(y, next, false).id, -1, 0, 0});
    return planned_from(g);
}
/// Two products with a softmax between them, in one kernel.
planned attending() {
    graph g;
    const symbol q = leaf(g, 0, shape(2, 2, 3, 4)), k = leaf(g, 1, shape(2, 2, 5, 4)),
                 v = leaf(g, 2, shape(2, 2, 5, 6));
    g.roots.push({emit::matmul(softmax(emit::matmul(q, emit::swap_last(k))), v).id, -1, 0, 0});
    return planned_from(g);
}
/// A routine looks at indices after the new value of a variable is made.
planned refusing() {
    graph g;
    const symbol x = leaf(g, 0, shape(4, 4)), i = leaf(g, 1, shape(3, 4), dtype::int32), w = leaf(g, 2, shape(4, 4));
    const symbol next = w - x;
    g.roots.push({next.id, 2, 0, 0});
    g.roots.push({emit::gather(emit::matmul(next, x), i, 0).id, -1, 0, 0});
    return planned_from(g);
}
struct doubled {
    constexpr symbol operator()(symbol x) const { return x + x; }
};
planned with_a_call() {
    graph g;
    const symbol x = leaf(g, 0, shape(4, 4));
    g.roots.push({compile_once(telar::function(doubled{}))(x).id, -1, 0, 0});
    return planned_from(g);
}
planned of_one_element() {
    graph g;
    g.roots.push({emit::elementwise(op::exp, leaf(g, 0, shape())).id, -1, 0, 0});
    return planned_from(g);
}

/// What is said of a legal schedule after `spoil` had its way.
std::string_view said_after(planned p, auto spoil) {
    REQUIRE(first_illegality(p.plan, p.roots) == nullptr);
    spoil(p.plan);
    const char* text = first_illegality(p.plan, p.roots);
    return text ? text : "legal";
}

// ---- places in a schedule
kernel& some(schedule& s, kernel_kind kind) {
    for (kernel& k : s.kernels)
        if (k.kind == kind) return k;
    FAIL("no kernel of that kind");
    return s.kernels[0];
}
slot& some(schedule& s, storage where) {
    for (slot& b : s.buffers)
        if (b.where == where) return b;
    FAIL("no buffer of that kind");
    return s.buffers[0];
}
memory_access& access(schedule& s, const kernel& k, int number) { return s.accesses[k.first_access + number]; }
instruction& first(schedule& s, const kernel& k, std::uint8_t what) {
    for (int i = 0; i < k.instructions; ++i)
        if (instruction& x = s.instructions[k.first_instruction + i]; x.what == what) return x;
    FAIL("no instruction of that kind");
    return s.instructions[0];
}
instruction& first(schedule& s, const kernel& k, code what) { return first(s, k, static_cast<std::uint8_t>(what)); }
/// The loop with reductions.
kernel& rows_of(schedule& s) {
    for (kernel& k : s.kernels)
        if (k.kind == kernel_kind::loop && k.reduced != 0) return k;
    FAIL("no loop with reductions");
    return s.kernels[0];
}
constexpr std::uint8_t what_of(code what) { return static_cast<std::uint8_t>(what); }
constexpr auto loop = kernel_kind::loop, product = kernel_kind::contract, chain = kernel_kind::chain,
               routine = kernel_kind::routine;
constexpr std::string_view no_extent = "an extent is no entry of the schedule's dimensions";

}  // namespace

// clang-format off
TEST_CASE("buffers") {
    CHECK(said_after(layer(), [](schedule&) {}) == "legal");
    CHECK(said_after(layer(), [](schedule& s) { s.buffers[0].count = -99; }) == no_extent);
    CHECK(said_after(layer(), [](schedule& s) { some(s, storage::leaf).in_place = 1; }) == "a buffer in place that is no new value");
    CHECK(said_after(layer(), [](schedule& s) { for (slot& b : s.buffers) if (b.where == storage::leaf) b.index = 0; }) == "two buffers for one leaf");
    CHECK(said_after(layer(), [](schedule& s) { some(s, storage::result).index = 9; }) == "a result that is not one root's");
    CHECK(said_after(layer(), [](schedule& s) { some(s, storage::result).index = 3; }) == "a result that is not one root's");
    CHECK(said_after(layer(), [](schedule& s) { some(s, storage::result).where = storage::state; }) == "a result that is not one root's");
    CHECK(said_after(layer(), [](schedule& s) { some(s, storage::result).where = storage::temporary; }) == "a root without a buffer");
    CHECK(said_after(running(), [](schedule& s) { some(s, storage::carried).index = -1; }) == "a next value of no state");
    CHECK(said_after(running(), [](schedule& s) { some(s, storage::carried).type = dtype::float64; }) == "a next value of no state");
}
TEST_CASE("tables") {
    CHECK(said_after(layer(), [](schedule& s) { ++s.kernels[1].first_access; }) == "a kernel whose parts do not follow those of the one before");
    CHECK(said_after(layer(), [](schedule& s) { --s.kernels[1].instructions; }) == "a kernel whose parts do not follow those of the one before");
    CHECK(said_after(layer(), [](schedule& s) { s.accesses.push({}); }) == "kernels do not own what stands in the tables");
    CHECK(said_after(layer(), [](schedule& s) { for (int i = 0; i < most_scalars; ++i) s.scalars.push({}); s.kernels[s.kernels.size() - 1].scalars += most_scalars + 1; }) == "a kernel that is larger than may be");
    CHECK(said_after(layer(), [](schedule& s) { some(s, product).depth = -99; }) == no_extent);
    CHECK(said_after(layer(), [](schedule& s) { s.scalars[0].extent = -99; }) == no_extent);
    CHECK(said_after(layer(), [](schedule& s) { s.accesses[0].stride[1] = -99; }) == no_extent);
    CHECK(said_after(layer(), [](schedule& s) { s.accesses[0].buffer = s.buffers.size(); }) == "an access to no buffer");
    CHECK(said_after(layer(), [](schedule& s) { access(s, some(s, product), 0).writes = 1; }) == "a leaf is written");
    CHECK(said_after(layer(), [](schedule& s) { s.dims.table.push({dimension_kind::sum, extent_of_entry(s.dims.table.size()), 1, 0}); }) == "a dimension does not stand before its user");
}
TEST_CASE("kernels") {
    CHECK(said_after(layer(), [](schedule& s) { some(s, loop).space.rank = max_rank + 1; }) == "a space of more axes than may be");
    CHECK(said_after(layer(), [](schedule& s) { some(s, loop).space[0] = -99; }) == no_extent);
    CHECK(said_after(layer(), [](schedule& s) { some(s, loop).reduced = 1 << 2; }) == "a reduction over an axis that the space lacks");
    CHECK(said_after(layer(), [](schedule& s) { some(s, product).space.rank = 1; }) == "a product without its operands");
    CHECK(said_after(layer(), [](schedule& s) { some(s, loop).walk.rows = 1; }) == "a walk over more axes than may be");
    CHECK(said_after(layer(), [](schedule& s) { for (kernel& k : s.kernels) if (k.kind == product) access(s, k, 1).writes = s.buffers[access(s, k, 1).buffer].where == storage::result; }) == "a kernel writes its operands");
    CHECK(said_after(of_one_element(), [](schedule& s) { for (memory_access& a : s.accesses) a.writes = 0; }) == "a kernel writes nothing");
    CHECK(said_after(layer(), [](schedule& s) { access(s, some(s, product), 0).offset = 1; }) == "an access beyond the end of its buffer");
    CHECK(said_after(layer(), [](schedule& s) { access(s, some(s, product), 1).inner = 5; }) == "an access beyond the end of its buffer");
    CHECK(said_after(layer(), [](schedule& s) { for (memory_access& a : s.accesses) if (!is_number(a.stride[0])) a.offset = 0; }) == "an access beyond the end of its buffer");
    CHECK(said_after(attending(), [](schedule& s) { access(s, some(s, chain), 2).offset = 1; }) == "an access beyond the end of its buffer");
    CHECK(said_after(attending(), [](schedule& s) { some(s, chain).columns = 7; }) == "an access beyond the end of its buffer");
    CHECK(said_after(with_a_call(), [](schedule& s) { access(s, some(s, kernel_kind::call), 0).stride[0] = 5; }) == "an access beyond the end of its buffer");
    CHECK(said_after(with_a_call(), [](schedule& s) { some(s, kernel_kind::call).block = -1; }) == "a call with instructions, or of no block");
    CHECK(said_after(with_a_call(), [](schedule& s) { std::swap(access(s, some(s, kernel_kind::call), 0), access(s, some(s, kernel_kind::call), 1)); }) == "a call whose results precede its operands");
    CHECK(said_after(layer(), [](schedule& s) { first(s, some(s, routine), code_of(op::cumsum)).what = code_of(op::add); }) == "a routine that is not one instruction");
    CHECK(said_after(layer(), [](schedule& s) { first(s, some(s, routine), code_of(op::cumsum)).what = code_of(op::gather); }) == "a routine without its operands");
    CHECK(said_after(refusing(), [](schedule& s) { access(s, some(s, routine), 0).writes = 1; }) == "a kernel writes its operands");
    CHECK(said_after(layer(), [](schedule& s) { first(s, some(s, routine), code_of(op::cumsum)).a ^= 1; }) == "an access in another type than the buffer's");
}
TEST_CASE("instructions") {
    CHECK(said_after(layer(), [](schedule& s) { first(s, rows_of(s), code::rows).what = what_of(code::sweep); }) == "sections that do not take turns");
    CHECK(said_after(layer(), [](schedule& s) { first(s, some(s, product), code::sweep).what = what_of(code::rows); }) == "sections that do not take turns");
    CHECK(said_after(layer(), [](schedule& s) { first(s, some(s, product), code::sweep).what = what_of(code::accumulated); }) == "a kernel that begins with no section");
    CHECK(said_after(layer(), [](schedule& s) { first(s, rows_of(s), code_of(op::sub)).a = 90; }) == "an operand is not at hand");
    CHECK(said_after(layer(), [](schedule& s) { first(s, rows_of(s), code_of(op::sub)).b = 0; }) == "an operand is not at hand");  // a mark
    CHECK(said_after(layer(), [](schedule& s) { first(s, rows_of(s), code::store).b = 90; }) == "an operand is not at hand");
    CHECK(said_after(layer(), [](schedule& s) { first(s, rows_of(s), code_of(op::exp)).what = code_of(op::sum); }) == "an operand is not at hand");  // only after the sweep
    CHECK(said_after(layer(), [](schedule& s) { first(s, rows_of(s), code_of(op::max)).what = code_of(op::exp); }) == "an operand is not at hand");  // of an earlier sweep
    CHECK(said_after(layer(), [](schedule& s) { first(s, rows_of(s), code_of(op::sub)).what = code_of(op::matmul); }) == "an operation that no loop runs");
    CHECK(said_after(layer(), [](schedule& s) { first(s, rows_of(s), code_of(op::sub)).what = what_of(code::load) - 1; }) == "an operation that no loop runs");
    CHECK(said_after(layer(), [](schedule& s) { first(s, rows_of(s), code_of(op::sub)).what = 255; }) == "an operation that no loop runs");
    CHECK(said_after(layer(), [](schedule& s) { rows_of(s).reduced = 0; }) == "a reduction outside of a sweep");
    CHECK(said_after(layer(), [](schedule& s) { first(s, rows_of(s), code::load).a = 90; }) == "an instruction names no access");
    CHECK(said_after(attending(), [](schedule& s) { first(s, some(s, chain), code::store).a = 2; }) == "an instruction names no access");
    CHECK(said_after(layer(), [](schedule& s) { first(s, rows_of(s), code::load).a = first(s, rows_of(s), code::store).a; }) == "an access that is read and written");
    CHECK(said_after(layer(), [](schedule& s) { first(s, rows_of(s), code::load).b ^= 1; }) == "an access in another type than the buffer's");
    CHECK(said_after(layer(), [](schedule& s) { first(s, rows_of(s), code::store).c ^= 1; }) == "an access in another type than the buffer's");
    CHECK(said_after(layer(), [](schedule& s) { first(s, rows_of(s), code::load).c ^= 1; }) == "an access that moves in another way than it lies");
    CHECK(said_after(layer(), [](schedule& s) { first(s, rows_of(s), code::store).c ^= 1 << 4; }) == "an access that moves in another way than it lies");
    CHECK(said_after(layer(), [](schedule& s) { for (kernel& k : s.kernels) if (k.scalars > 0 && k.kind == product) first(s, k, code::scalar).a = 90; }) == "an instruction names no number");
    CHECK(said_after(layer(), [](schedule& s) { for (kernel& k : s.kernels) if (k.scalars > 0 && k.kind == product) first(s, k, code::scalar).b ^= 1; }) == "a number in another type");
    CHECK(said_after(layer(), [](schedule& s) { first(s, rows_of(s), code_of(op::sub)).what = what_of(code::accumulated); }) == "a sum without a product");
    CHECK(said_after(layer(), [](schedule& s) { first(s, rows_of(s), code_of(op::exp)).what = what_of(code::rounded); }) == "a rounding to a type that needs none");
    CHECK(said_after(layer(), [](schedule& s) { first(s, rows_of(s), code_of(op::exp)) = {what_of(code::rounded), 90, 0, 0}; }) == "an operand is not at hand");
    CHECK(said_after(layer(), [](schedule& s) { first(s, rows_of(s), code_of(op::exp)).what = what_of(code::keep); }) == "a row of memory that the kernel lacks");
    CHECK(said_after(layer(), [](schedule& s) { first(s, rows_of(s), code_of(op::exp)).what = what_of(code::kept); }) == "a row that is not kept");
    CHECK(said_after(attending(), [](schedule& s) { first(s, some(s, chain), code::keep).b = 90; }) == "an operand is not at hand");
    CHECK(said_after(attending(), [](schedule& s) { first(s, some(s, chain), code::kept).a = 9; }) == "a row that is not kept");
    CHECK(said_after(attending(), [](schedule& s) { for (instruction& x : s.instructions) if (x.what == what_of(code::keep) && x.a == 1) x.a = 5; }) == "a row that is not kept");
}
TEST_CASE("repetitions") {
    CHECK(said_after(running(), [](schedule&) {}) == "legal");
    CHECK(said_after(running(), [](schedule& s) { s.repetitions[0].end = s.repetitions[0].first; }) == "a repetition of no kernels, or of those of another");
    CHECK(said_after(running(), [](schedule& s) { s.repetitions[0].end = s.kernels.size() + 1; }) == "a repetition of no kernels, or of those of another");
    CHECK(said_after(running(), [](schedule& s) { s.repetitions.push(s.repetitions[0]); }) == "a repetition of no kernels, or of those of another");
    CHECK(said_after(running(), [](schedule& s) { s.repetitions[0].steps = -99; }) == no_extent);
    CHECK(said_after(running(), [](schedule& s) { s.repetitions[0].condition = 0; }) == "a condition that is no bool");
    CHECK(said_after(running(), [](schedule& s) { s.repetitions[0].condition = s.buffers.size(); }) == "a condition that is no bool");
    CHECK(said_after(running(), [](schedule& s) { s.repetitions.clear(); }) == "a step's value outside of a scan");
}
TEST_CASE("order and lifetimes") {
    CHECK(said_after(layer(), [](schedule& s) { access(s, rows_of(s), first(s, rows_of(s), code::load).a).buffer = access(s, rows_of(s), first(s, rows_of(s), code::store).a).buffer; }) == "a read of what is not yet written");
    CHECK(said_after(layer(), [](schedule& s) { access(s, some(s, product), 0).buffer = access(s, some(s, routine), 1).buffer; }) == "a read of what is not yet written");
    CHECK(said_after(layer(), [](schedule& s) { access(s, some(s, routine), 0).buffer = access(s, some(s, routine), 1).buffer; }) == "a read of what is not yet written");
    CHECK(said_after(layer(), [](schedule& s) { slot b = s.buffers[access(s, some(s, routine), 1).buffer]; b.where = storage::temporary; access(s, some(s, routine), 1).buffer = s.buffers.push(b); }) == "a result that nobody writes");
    CHECK(said_after(layer(), [](schedule& s) { ++some(s, storage::temporary).first; }) == "a buffer is touched outside of its life");
    CHECK(said_after(layer(), [](schedule& s) { --some(s, storage::result).last; }) == "a buffer is touched outside of its life");
    CHECK(said_after(layer(), [](schedule& s) { for (slot& b : s.buffers) if (b.where == storage::state && !b.in_place) --b.last; }) == "a new value does not live until it is copied");
    CHECK(said_after(running(), [](schedule& s) { ++some(s, storage::carried).first; }) == "a buffer does not live through all steps");
    CHECK(said_after(running(), [](schedule& s) { some(s, storage::carried).last = s.kernels.size(); }) == "a state does not live as long as its next value");
}
TEST_CASE("values in place") {
    CHECK(said_after(layer(), [](schedule& s) { for (slot& b : s.buffers) if (b.where == storage::state) b.in_place = 1; }) == "an old value is read after it is overwritten");
    CHECK(said_after(running(true), [](schedule& s) { some(s, storage::carried).in_place = 1; }) == "an old value is read after it is overwritten");
    CHECK(said_after(refusing(), [](schedule& s) { some(s, storage::state).in_place = 1; }) == "a variable is written before the run may be refused");
}
// clang-format on
