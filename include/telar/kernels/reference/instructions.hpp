// SPDX-License-Identifier: BSL-1.0
// The instructions of a kernel on one element at a time, by the reference's formulas.
#pragma once
#include <telar/core/growable.hpp>
#include <telar/kernels/descriptor.hpp>
#include <telar/kernels/reference/element.hpp>
#include <telar/kernels/reference/formulas.hpp>
#include <telar/kernels/reference/reduce.hpp>

#include <algorithm>
#include <bit>
#include <iterator>
#include <vector>

namespace telar::inline TELAR_ABI::ir::kernels::reference {

/// The values of one kernel's instructions; V holds its numbers.
template <class V> class instruction_runner {
protected:
    const kernel& what_;
    const kernel_arguments& k_;
    std::byte* base_[most_accesses]{};  // of each access, at the point at hand
    int first_ = 0;                     // the instruction that is value 0
    growable<V> numbers_;               // of each instruction
    growable<truth> truths_;            // the same, of truth values
    growable<std::int64_t> places_;     // of an argmax
    std::vector<std::vector<V>> kept_;  // of a chain, for one row

    explicit instruction_runner(const kernel_arguments& k)
        : what_(*k.what),
          k_(k),
          numbers_(what_.instructions),
          truths_(what_.instructions),
          places_(what_.instructions) {
        std::copy_n(k.data, what_.accesses, base_);
    }

    instruction_span code() const { return {k_.instructions + first_, what_.instructions - first_}; }
    bool is(int i, telar::ir::code what) const { return code().is(i, what); }

    /// Calls f for each point of a space, the pointers moved along.
    template <class F> void over(const std::int64_t* extent, int rank, access_strides stride, const F& f) {
        if (rank == 0) return f();
        std::byte* saved[most_accesses];
        std::copy(std::begin(base_), std::end(base_), saved);
        std::int64_t count = 1;
        for (int i = 0; i < rank; ++i) count *= extent[i];
        for (std::int64_t n = 0; n < count; ++n) {
            std::int64_t rest = n;
            std::copy(std::begin(saved), std::end(saved), base_);
            for (int i = rank - 1; i >= 0; --i) {
                for (int a = 0; a < what_.accesses; ++a) base_[a] += rest % extent[i] * stride[a][i];
                rest /= extent[i];
            }
            f();
        }
        std::copy(std::begin(saved), std::end(saved), base_);
    }
    /// Runs instruction n on element i along the vector axis.
    void step(int n, std::int64_t i) {
        const instruction x = code().at(n);
        if (code().is_op(n)) return compute(n, x);
        switch (static_cast<telar::ir::code>(x.what)) {
            case telar::ir::code::load: return load(n, x, i);
            case telar::ir::code::store: return store(x, i);
            case telar::ir::code::scalar:
                truths_[n] = k_.scalars[x.a] != 0;
                numbers_[n] = scalar(k_.scalars[x.a]);
                return;
            case telar::ir::code::rounded: numbers_[n] = rounded(static_cast<dtype>(x.b), numbers_[x.a]); return;
            case telar::ir::code::index: numbers_[n] = convert(what_.type, integer(i), V()); return;
            case telar::ir::code::accumulated: numbers_[n] = kept_[0][static_cast<std::size_t>(i)]; return;
            case telar::ir::code::kept: numbers_[n] = kept_[x.a][static_cast<std::size_t>(i)]; return;
            case telar::ir::code::keep: kept_[x.a][static_cast<std::size_t>(i)] = numbers_[x.b]; return;
            case telar::ir::code::rows:
            case telar::ir::code::sweep: return;
        }
    }

private:
    V scalar(std::uint64_t bits) const {
        if constexpr (std::same_as<V, number>)
            return what_.type == dtype::float32
                       ? static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)))
                       : std::bit_cast<double>(bits);
        else return static_cast<std::int64_t>(bits);
    }
    void compute(int n, const instruction& x) {
        const op k = code().op_of(n);
        const auto row = static_cast<int>(k);
        const bool binary = info(k).arity == 2, from_truth = code().is_mask(x.a);
        if (k == op::cast) {
            if (x.c != 0) truths_[n] = numbers_[x.a].value != 0;
            else numbers_[n] = from_truth ? V(truths_[x.a].value ? 1 : 0) : numbers_[x.a];
        } else if (k == op::select) {
            if (code().is_mask(n)) truths_[n] = select(truths_[x.a], truths_[x.b], truths_[x.c]);
            else numbers_[n] = select(truths_[x.a], numbers_[x.b], numbers_[x.c]);
        } else if (from_truth) {
            truths_[n] = binary ? formulas<truth>.binary[row](truths_[x.a], truths_[x.b])
                                : formulas<truth>.unary[row](truths_[x.a]);
        } else if (code().is_mask(n)) {
            truths_[n] = binary ? formulas<V>.comparison[row](numbers_[x.a], numbers_[x.b])
                                : formulas<V>.question[row](numbers_[x.a]);
        } else {
            const V v =
                binary ? formulas<V>.binary[row](numbers_[x.a], numbers_[x.b]) : formulas<V>.unary[row](numbers_[x.a]);
            numbers_[n] = rounded(what_.type, v);
        }
    }
    std::byte* place(int access, int reached, std::int64_t i, dtype t) const {
        const std::int64_t step = reached == static_cast<int>(reach::same) ? 0 : k_.inner_stride[access];
        return base_[access] + i * step * static_cast<std::int64_t>(size_of(t));
    }
    void load(int n, const instruction& x, std::int64_t i) {
        const auto t = static_cast<dtype>(x.b);
        const std::byte* p = place(x.a, x.c, i, t);
        if (t == dtype::boolean) truths_[n] = *p != std::byte{};
        else numbers_[n] = read_element<V>(what_.type, t, p);
    }
    void store(const instruction& x, std::int64_t i) {
        const auto t = static_cast<dtype>(x.c & 15);
        std::byte* p = place(x.a, x.c >> 4, i, t);
        if (t == dtype::boolean) write_element(t, truths_[x.b], p);
        else if (code().finds_place(x.b)) write_element(t, integer(places_[x.b]), p);
        else write_element(t, numbers_[x.b], p);
    }
};

}  // namespace telar::inline TELAR_ABI::ir::kernels::reference
