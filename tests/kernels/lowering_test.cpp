// SPDX-License-Identifier: BSL-1.0
// The tables of arguments: how large they are, and that nothing is written beside them.
#include <telar/kernels/lowering.hpp>

#include "../support/cpu_target.hpp"
#include "../support/random_graph.hpp"

#include <doctest/doctest.h>
#include <telar/expr/composite.hpp>
#include <telar/passes/pipeline.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

using namespace telar;
using namespace telar::ir;
using namespace telar::ir::kernels;
using namespace telar::ir::passes;

namespace {

/// So many entries that are asked for, and as many again that must stay as they are.
template <class T> class guarded_table {
    std::vector<T> all_;
    std::size_t asked_;
    T mark_;

public:
    guarded_table(int count, const T& mark)
        : all_(static_cast<std::size_t>(2 * count + 8), mark), asked_(static_cast<std::size_t>(count)), mark_(mark) {}
    T* data() { return all_.data(); }
    bool is_whole(auto are_equal) const {
        return std::all_of(all_.begin() + static_cast<std::ptrdiff_t>(asked_), all_.end(),
                           [&](const T& x) { return are_equal(x, mark_); });
    }
};
/// Writes the arguments of every kernel. Bytes of the largest.
std::size_t check_arguments(const graph& g, const growable<support::array>& leaves) {
    const schedule s = make_schedule(optimise(g), support::cpu_target);
    const schedule_tables tables{s.buffers.data(), s.accesses.data(), s.instructions.data(),
                                 s.scalars.data(), s.labels.data(),   nullptr};
    growable<extent_t> dims(s.dims.table.size(), 0);
    for (int i = 0; i < dims.size(); ++i)
        if (const dimension& d = s.dims.table[i]; d.kind == dimension_kind::variable)
            dims[i] = leaves[static_cast<int>(d.lhs)].extents[static_cast<int>(d.rhs)];
    evaluate(s.dims.table.data(), dims.size(), dims.data());
    std::byte other{};
    std::size_t most = 0;
    for (const kernel& k : s.kernels) {
        const argument_sizes sizes = sizes_of_arguments(k);
        guarded_table<std::byte*> pointers(sizes.pointers, &other);
        guarded_table<std::int64_t> numbers(sizes.numbers, 77);
        guarded_table<std::uint64_t> scalars(sizes.scalars, 77);
        guarded_table<image_axis> images(sizes.images, {7, 7, 7, 7});
        refusal_note refused;
        argument_writer writer(tables, dims.data(), {pointers.data(), numbers.data(), scalars.data(), images.data()},
                               &refused);
        kernel_arguments a;
        writer.write(k, a);
        CHECK(pointers.is_whole([](auto x, auto y) { return x == y; }));
        CHECK(numbers.is_whole([](auto x, auto y) { return x == y; }));
        CHECK(scalars.is_whole([](auto x, auto y) { return x == y; }));
        CHECK(images.is_whole([](auto x, auto y) { return x.extent == y.extent && x.stride == y.stride; }));
        CHECK(a.refused == &refused);
        most = std::max(most, sizeof a + sizeof(std::byte*) * static_cast<std::size_t>(sizes.pointers) +
                                  sizeof(std::int64_t) * static_cast<std::size_t>(sizes.numbers + sizes.scalars) +
                                  sizeof(image_axis) * static_cast<std::size_t>(sizes.images));
    }
    return most;
}

}  // namespace

TEST_CASE("the arguments of random graphs' kernels lie in their tables, and are less than 4 KB") {
    std::size_t most = 0;
    for (unsigned seed = 0; seed < 300; ++seed) {
        CAPTURE(seed);
        support::random_graph r(seed, seed % 2 ? dtype::float32 : dtype::int64);
        for (int i = 0; i < 5 + static_cast<int>(seed % 60); ++i) r.grow();
        for (int i = 0; i < 4; ++i) r.make_root(r.any_number());
        r.make_root(r.numbers.back());
        most = std::max(most, check_arguments(r.g, r.leaves));
    }
    CHECK(most < 4096);
}
TEST_CASE("the largest kernel that may be has less than 4 KB of arguments") {
    kernel k;
    k.kind = kernel_kind::chain;
    k.space = shape(1, 1, 1, 1, 1, 1);
    k.accesses = most_accesses, k.scalars = most_scalars;
    const argument_sizes sizes = sizes_of_arguments(k);
    CHECK(sizeof(kernel_arguments) + sizeof(std::byte*) * static_cast<std::size_t>(sizes.pointers) +
              sizeof(std::int64_t) * static_cast<std::size_t>(sizes.numbers + sizes.scalars) <
          4096);
}
TEST_CASE("a small kernel has small arguments") {
    graph g;
    const symbol x = declare_leaf(g, 0, {dtype::float32, 0, shape(4, 5)});
    g.roots.push({(x * 2 + 1).id, -1, 0, 0});
    CHECK(check_arguments(g, {}) <= sizeof(kernel_arguments) + 128);
}
