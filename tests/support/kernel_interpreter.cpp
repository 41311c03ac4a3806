// SPDX-License-Identifier: BSL-1.0
#include "kernel_interpreter.hpp"

#include <cstring>
#include <vector>

namespace support {
namespace {

using telar::dtype;
using telar::op;
using telar::ir::code;
using telar::ir::instruction;
using telar::ir::kernels::kernel_arguments;
using telar::ir::kernels::reference::formulas;
using telar::ir::kernels::reference::integer;
using telar::ir::kernels::reference::number;
using telar::ir::kernels::reference::sum_of;
using telar::ir::kernels::reference::truth;

/// One kernel; V holds its numbers.
template <class V> class kernel_interpreter {
public:
    explicit kernel_interpreter(const kernel_arguments& a) : kernel_interpreter(*a.what, a) {}
    kernel_interpreter(const telar::ir::kernel& k, const kernel_arguments& a)
        : k_(k), a_(a), numbers_(k.instructions), truths_(k.instructions), places_(k.instructions) {
        for (int i = 0; i < k.accesses; ++i) base_[i] = a.data[i];
        for (int i = 0; i < k.instructions; ++i) {
            has_reduction_ = has_reduction_ || is_reduction_at(i);
            if (at(i).what == static_cast<int>(code::rows) || at(i).what == static_cast<int>(code::sweep))
                marks_.push(i);
        }
        marks_.push(k.instructions);
    }
    void run() {
        if (a_.rows == 0 || (a_.inner == 0 && !has_reduction_) ||
            (a_.columns == 0 && k_.kind == telar::ir::kernel_kind::chain))
            return;
        if (k_.kind == telar::ir::kernel_kind::contract)
            return over(a_.outer, a_.outer_rank, a_.outer_stride, [&] { product(); });
        if (k_.kind == telar::ir::kernel_kind::chain)
            return over(a_.outer, a_.outer_rank, a_.outer_stride, [&] { chain(); });
        const int last = k_.space.rank - 1;
        const bool last_is_reduced = last >= 0 && (k_.reduced >> last & 1);
        over(a_.outer, a_.outer_rank, a_.outer_stride, [&] {
            if (last_is_reduced) return row(0, a_.inner);
            for (std::int64_t j = 0; j < a_.inner; ++j) row(j, 1);
        });
    }

private:
    const telar::ir::kernel& k_;
    const kernel_arguments& a_;
    telar::core::growable<V> numbers_;
    telar::core::growable<truth> truths_;
    telar::core::growable<std::int64_t> places_;  // of an argmax
    telar::core::growable<int> marks_;
    std::byte* base_[telar::ir::most_accesses]{};
    bool has_reduction_ = false;
    std::vector<std::vector<V>> kept_;  // of a chain, for one row
    int first_ = 0;                     // the instruction that is number 0

    const instruction& at(int i) const { return a_.instructions[first_ + i]; }
    bool is_op(int i) const { return at(i).what < static_cast<int>(code::load); }
    op op_at(int i) const { return static_cast<op>(at(i).what); }
    bool is_reduction_at(int i) const { return is_op(i) && telar::ir::is_reduction(op_at(i)); }
    static bool finds_place(op k) { return k == op::argmax || k == op::argmin; }
    bool is_truth(int i) const {
        const instruction x = at(i);
        if (!is_op(i))
            return static_cast<dtype>(x.b) == dtype::boolean && x.what != static_cast<int>(code::accumulated) &&
                   x.what != static_cast<int>(code::kept) && x.what != static_cast<int>(code::index);
        const op k = op_at(i);
        if (k == op::cast) return x.c != 0;
        if (k == op::select) return is_truth(x.b);
        if (k == op::stop_gradient) return is_truth(x.a);
        return info(k).result == telar::ir::gives::boolean || info(k).operands == telar::ir::takes::boolean;
    }

    /// Calls f for each point of a space, the pointers moved along.
    template <class F>
    void over(const std::int64_t* extent, int rank, const std::int64_t (*stride)[telar::max_rank], F f) {
        if (rank == 0) return f();
        std::byte* saved[telar::ir::most_accesses];
        std::copy(std::begin(base_), std::end(base_), saved);
        std::int64_t count = 1;
        for (int k = 0; k < rank; ++k) count *= extent[k];
        for (std::int64_t n = 0; n < count; ++n) {
            std::int64_t rest = n;
            std::copy(std::begin(saved), std::end(saved), base_);
            for (int k = rank - 1; k >= 0; --k) {
                for (int a = 0; a < k_.accesses; ++a) base_[a] += rest % extent[k] * stride[a][k];
                rest /= extent[k];
            }
            f();
        }
        std::copy(std::begin(saved), std::end(saved), base_);
    }

    // ---- loops
    void row(std::int64_t first, std::int64_t length) {
        section(0, first, 0);
        for (int s = 1; s + 1 < marks_.size(); s += 2) {
            begin_reductions(s);
            std::int64_t number = 0;
            over(a_.reduced, a_.reduced_rank, a_.reduced_stride, [&] {
                for (std::int64_t i = first; i < first + length; ++i) section(s, i, number++);
            });
            if (s + 2 < marks_.size()) section(s + 1, first, 0);
        }
    }
    void section(int s, std::int64_t i, std::int64_t number) {
        for (int n = marks_[s] + 1; n < marks_[s + 1]; ++n) {
            if (is_reduction_at(n)) accumulate(n, number);
            else step(n, i);
        }
    }
    void begin_reductions(int s) {
        for (int n = marks_[s] + 1; n < marks_[s + 1]; ++n) {
            if (!is_reduction_at(n)) continue;
            const op k = op_at(n);
            truths_[n] = k == op::all;
            numbers_[n] = k == op::prod  ? V(1)
                          : k == op::max ? lowest_of(k_.type, V())
                          : k == op::min ? highest_of(k_.type, V())
                                         : V(0);
            places_[n] = -1;
        }
    }
    void accumulate(int n, std::int64_t number) {
        const op k = op_at(n);
        const int a = at(n).a;
        if (k == op::any || k == op::all) truths_[n] = k == op::any ? truths_[n] | truths_[a] : truths_[n] & truths_[a];
        else if (finds_place(k)) {
            const V x = numbers_[a], best = numbers_[n];
            const bool is_first = places_[n] < 0, was_nan = !is_first && best.value != best.value;
            if (is_first ||
                (!was_nan && (x.value != x.value || (k == op::argmax ? best.value < x.value : x.value < best.value)))) {
                numbers_[n] = x;
                places_[n] = number;
            }
        } else {
            const op how = k == op::sum ? op::add : k == op::prod ? op::mul : k == op::max ? op::maximum : op::minimum;
            numbers_[n] = formulas<V>.binary[static_cast<int>(how)](numbers_[n], numbers_[a]);
        }
    }

    // ---- products
    /// Where element (i, p) of the left operand lies: its rows and its columns may be several axes each.
    std::int64_t left_place(std::int64_t i, std::int64_t p) const {
        if (a_.walk_columns == 0) return i * a_.line_stride[0] + p * a_.depth_stride[0];
        std::int64_t place = 0;
        for (int k = a_.walk_rows + a_.walk_columns - 1; k >= 0; --k) {
            std::int64_t& number = k < a_.walk_rows ? i : p;
            place += number % a_.walk_extent[k] * a_.walk_stride[k];
            number /= a_.walk_extent[k];
        }
        return place;
    }
    /// The same within an image that has zeros around it; -1: one of those.
    std::int64_t place_inside(std::int64_t place) const {
        std::int64_t at = 0;
        for (int k = a_.image_axes - 1; k >= 0; --k) {
            const telar::ir::image_axis& x = a_.image[k];
            const std::int64_t index = place % x.extent - x.before;
            place /= x.extent;
            if (index < 0 || index >= x.inside) return -1;
            at += index * x.stride;
        }
        return at;
    }
    void product() {
        std::byte* const saved[] = {base_[0], base_[1]};
        std::byte* lines[telar::ir::most_accesses];
        std::copy(std::begin(base_), std::end(base_), lines);
        const auto size = static_cast<std::int64_t>(telar::size_of(k_.type));
        for (std::int64_t i = 0; i < a_.lines; ++i)
            for (std::int64_t j = 0; j < a_.inner; ++j) {
                const V total = sum_of<V>(0, static_cast<int>(a_.depth), [&](int p) {
                    std::int64_t place = left_place(i, p);
                    if (a_.image_axes > 0 && (place = place_inside(place)) < 0) return V{};
                    const std::byte* x = saved[0] + place * size;
                    const std::byte* y = saved[1] + (p * a_.depth_stride[1] + j * a_.inner_stride[1]) * size;
                    return read(k_.type, x) * read(k_.type, y);
                });
                for (int a = 2; a < k_.accesses; ++a) base_[a] = lines[a] + i * a_.line_stride[a];
                for (int n = 0; n < k_.instructions; ++n) {
                    if (at(n).what == static_cast<int>(code::accumulated)) numbers_[n] = rounded(k_.type, total);
                    else step(n, j);
                }
            }
        std::copy(std::begin(lines), std::end(lines), base_);
    }

    // ---- chains
    V product_of(int terms, const auto& left, int right, std::int64_t j) const {
        const auto size = static_cast<std::int64_t>(telar::size_of(k_.type));
        const V total = sum_of<V>(0, terms, [&](int p) {
            return left(p) *
                   read(k_.type, base_[right] + (p * a_.depth_stride[right] + j * a_.inner_stride[right]) * size);
        });
        return rounded(k_.type, total);
    }
    /// One row: its sums, what a loop makes of them, and their product with the third operand.
    void chain() {
        kept_.assign(telar::ir::most_accesses, std::vector<V>(static_cast<std::size_t>(a_.inner)));
        const auto size = static_cast<std::int64_t>(telar::size_of(k_.type));
        const auto left = [&](int p) { return read(k_.type, base_[0] + p * a_.depth_stride[0] * size); };
        for (std::int64_t j = 0; j < a_.inner; ++j)
            kept_[0][static_cast<std::size_t>(j)] = product_of(static_cast<int>(a_.depth), left, 1, j);
        const int second = marks_[marks_.size() - 2];
        const telar::core::growable<int> all = marks_;
        marks_.resize(marks_.size() - 1);  // the last is now where the second product begins
        row(0, a_.inner);
        marks_ = all;
        first_ = second;
        const auto weight = [&](int p) { return kept_[1][static_cast<std::size_t>(p)]; };
        for (std::int64_t j = 0; j < a_.columns; ++j) {
            const V total = product_of(static_cast<int>(a_.inner), weight, 2, j);
            for (int n = 0; n < k_.instructions - second; ++n) {
                if (at(n).what == static_cast<int>(code::accumulated)) numbers_[n] = total;
                else step(n, j);
            }
        }
        first_ = 0;
    }

    // ---- one instruction
    void step(int n, std::int64_t i) {
        const instruction x = at(n);
        if (is_op(n)) return compute(n, x);
        switch (static_cast<code>(x.what)) {
            case code::load: return load(n, x, i);
            case code::store: return store(x, i);
            case code::scalar:
                truths_[n] = a_.scalars[x.a] != 0;
                numbers_[n] = scalar(a_.scalars[x.a]);
                return;
            case code::rounded: numbers_[n] = rounded(static_cast<dtype>(x.b), numbers_[x.a]); return;
            case code::index: numbers_[n] = convert(k_.type, integer(i), V()); return;
            case code::accumulated: numbers_[n] = kept_[0][static_cast<std::size_t>(i)]; return;
            case code::kept: numbers_[n] = kept_[x.a][static_cast<std::size_t>(i)]; return;
            case code::keep: kept_[x.a][static_cast<std::size_t>(i)] = numbers_[x.b]; return;
            case code::rows:
            case code::sweep: return;
            default: FAIL("an instruction that no element can run");
        }
    }
    V scalar(std::uint64_t bits) const {
        if constexpr (std::is_same_v<V, number>)
            return k_.type == dtype::float32
                       ? static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)))
                       : std::bit_cast<double>(bits);
        else return static_cast<std::int64_t>(bits);
    }
    void compute(int n, const instruction& x) {
        const op k = op_at(n);
        const auto row = static_cast<int>(k);
        const bool binary = info(k).arity == 2, from_truth = is_truth(x.a);
        if (k == op::cast) {
            if (x.c != 0) truths_[n] = numbers_[x.a].value != 0;
            else numbers_[n] = from_truth ? V(truths_[x.a].value ? 1 : 0) : numbers_[x.a];
        } else if (k == op::select) {
            if (is_truth(n)) truths_[n] = select(truths_[x.a], truths_[x.b], truths_[x.c]);
            else numbers_[n] = select(truths_[x.a], numbers_[x.b], numbers_[x.c]);
        } else if (from_truth) {
            truths_[n] = binary ? formulas<truth>.binary[row](truths_[x.a], truths_[x.b])
                                : formulas<truth>.unary[row](truths_[x.a]);
        } else if (is_truth(n)) {
            truths_[n] = binary ? formulas<V>.comparison[row](numbers_[x.a], numbers_[x.b])
                                : formulas<V>.question[row](numbers_[x.a]);
        } else {
            const V v =
                binary ? formulas<V>.binary[row](numbers_[x.a], numbers_[x.b]) : formulas<V>.unary[row](numbers_[x.a]);
            numbers_[n] = rounded(k_.type, v);
        }
    }

    // ---- memory
    template <class T> static T value_at(const std::byte* p) {
        T v;
        std::memcpy(&v, p, sizeof v);
        return v;
    }
    V read(dtype t, const std::byte* p) const {
        V value{};
        support::with_type(t, [&]<class T>(std::type_identity<T>) {
            const telar::ir::kernels::reference::number_for<T> v(value_at<T>(p));
            if constexpr (std::is_same_v<T, bool>) value = V(v.value);
            else value = convert(k_.type, v, V());
        });
        return value;
    }
    std::byte* place(int access, int reached, std::int64_t i, dtype t) const {
        const std::int64_t step = reached == static_cast<int>(telar::ir::reach::same) ? 0 : a_.inner_stride[access];
        return base_[access] + i * step * static_cast<std::int64_t>(telar::size_of(t));
    }
    void load(int n, const instruction& x, std::int64_t i) {
        const auto t = static_cast<dtype>(x.b);
        const std::byte* p = place(x.a, x.c, i, t);
        if (t == dtype::boolean) truths_[n] = *p != std::byte{};
        else numbers_[n] = read(t, p);
    }
    void store(const instruction& x, std::int64_t i) {
        const auto t = static_cast<dtype>(x.c & 15);
        std::byte* p = place(x.a, x.c >> 4, i, t);
        const bool is_place = is_reduction_at(x.b) && finds_place(op_at(x.b));
        array one(t, telar::shape());
        if (t == dtype::boolean) one.truths.push(truths_[x.b]);
        else if (is_place) one.push(places_[x.b]);
        else one.visit([&]<class U>(telar::core::growable<U>& list) { list.push(convert(t, numbers_[x.b], U())); });
        const auto bytes = bytes_of(one);
        std::memcpy(p, bytes.data(), bytes.size());
    }
};

/// A routine, by the reference's, on arrays (rows, axis, columns).
void run_routine(const kernel_arguments& a) {
    const telar::ir::kernel& k = *a.what;
    const instruction x = a.instructions[0];
    if (a.lines == 0 || a.inner == 0) return;  // there may be more rows of no elements than can be gone through
    telar::ir::node n;
    n.kind = static_cast<op>(x.what);
    n.attribute[0] = k.reduced != 0 ? 1 : -1;
    n.attribute[1] = x.c;
    n.value = a.scalars[k.scalars - 1];
    const auto type_of = [&](int access) { return static_cast<dtype>((x.a | x.b << 8) >> (4 * access) & 15); };
    const auto each_place = [&](int access, std::int64_t lines, auto f) {
        const auto size = static_cast<std::int64_t>(telar::size_of(type_of(access)));
        for (std::int64_t row = 0; row < a.rows; ++row) {
            std::byte* base = a.data[access];
            std::int64_t rest = row;
            for (int i = a.outer_rank - 1; i >= 0; rest /= a.outer[i--])
                base += rest % a.outer[i] * a.outer_stride[access][i];
            for (std::int64_t line = 0; line < lines; ++line)
                for (std::int64_t i = 0; i < a.inner; ++i)
                    f(base + (line * a.line_stride[access] + i * a.inner_stride[access]) * size, size);
        }
    };
    array operands[3];
    const array* in[3]{};
    const int arity = k.accesses - 1;
    for (int i = 0; i < arity; ++i) {
        const auto lines = static_cast<std::int64_t>(a.scalars[i]);
        std::vector<std::byte> bytes;
        each_place(i, lines, [&](const std::byte* p, std::int64_t size) { bytes.insert(bytes.end(), p, p + size); });
        operands[i] = array_from(type_of(i), telar::shape(a.rows, lines, a.inner), bytes.data());
        in[i] = &operands[i];
    }
    n.type = type_of(arity);
    const auto result = bytes_of(telar::ir::kernels::reference::routine(n, in, telar::shape(a.rows, a.lines, a.inner)));
    const std::byte* from = result.data();
    each_place(arity, a.lines, [&](std::byte* p, std::int64_t size) {
        std::memcpy(p, from, static_cast<std::size_t>(size));
        from += size;
    });
}
}  // namespace

array array_from(dtype t, const telar::shape& extents, const std::byte* bytes) {
    array a(t, extents);
    with_type(t, [&]<class T>(std::type_identity<T>) {
        for (int i = 0; i < a.count(); ++i) {
            T v;
            std::memcpy(&v, bytes + sizeof(T) * static_cast<std::size_t>(i), sizeof v);
            a.push(v);
        }
    });
    return a;
}
void run_kernel(const kernel_arguments& a) {
    if (a.what->kind == telar::ir::kernel_kind::routine) return run_routine(a);
    if (telar::is_float(a.what->type)) kernel_interpreter<number>(a).run();
    else kernel_interpreter<integer>(a).run();
}

}  // namespace support
