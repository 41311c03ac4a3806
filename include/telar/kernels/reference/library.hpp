// SPDX-License-Identifier: BSL-1.0
// A routine's kernel: its operands as arrays (rows, axis, columns), for the routines of the graph's interpreter.
#pragma once
#include <telar/kernels/descriptor.hpp>
#include <telar/kernels/reference/element.hpp>
#include <telar/kernels/reference/routine.hpp>

namespace telar::inline TELAR_ABI::ir::kernels::reference {

class routine_runner {
public:
    explicit routine_runner(const kernel_arguments& k) : what_(*k.what), k_(k), code_(k.instructions[0]) {}
    void run() {
        if (k_.lines == 0 || k_.inner == 0) return;  // there may be more rows of no elements than can be gone through
        const instruction_span span{&code_, 1};
        const int arity = what_.accesses - 1;
        node n;
        n.kind = span.op_of(0);
        n.attribute[0] = what_.reduced != 0 ? 1 : -1;
        n.attribute[1] = code_.c;
        n.value = k_.scalars[what_.scalars - 1];
        n.type = span.type_of_access(arity);
        array operands[3];
        const array* in[3]{};
        for (int i = 0; i < arity; ++i) {
            operands[i] = read(i, static_cast<std::int64_t>(k_.scalars[i]));
            in[i] = &operands[i];
        }
        if (may_refuse(n.kind, code_.c) && !are_inside(n.kind, operands[1])) return;
        const array result = routine(n, in, shape(k_.rows, k_.lines, k_.inner));
        int next = 0;
        result.visit([&](const auto& list) {
            each_place(arity, k_.lines, [&](std::byte* p) { write_element(n.type, list[next++], p); });
        });
    }

private:
    dtype type_of(int access) const { return instruction_span{&code_, 1}.type_of_access(access); }
    /// f(address) for each element of an access, in order.
    template <class F> void each_place(int access, std::int64_t lines, const F& f) const {
        const auto size = static_cast<std::int64_t>(size_of(type_of(access)));
        for (std::int64_t row = 0; row < k_.rows; ++row) {
            std::byte* base = k_.data[access];
            std::int64_t rest = row;
            for (int i = k_.outer_rank - 1; i >= 0; rest /= k_.outer[i--])
                base += rest % k_.outer[i] * k_.outer_stride[access][i];
            for (std::int64_t line = 0; line < lines; ++line)
                for (std::int64_t i = 0; i < k_.inner; ++i)
                    f(base + (line * k_.line_stride[access] + i * k_.inner_stride[access]) * size);
        }
    }
    array read(int access, std::int64_t lines) const {
        const dtype t = type_of(access);
        array a(t, shape(k_.rows, lines, k_.inner));
        a.visit([&]<class V>(growable<V>& list) {
            each_place(access, lines, [&](const std::byte* p) { list.push(read_element<V>(t, t, p)); });
        });
        return a;
    }
    /// Notes the first index outside of the axis.
    bool are_inside(op k, const array& indices) const {
        const auto extent = static_cast<std::int64_t>(k_.scalars[0]);
        for (const integer i : indices.integers) {
            if (i.value >= 0 && i.value < extent) continue;
            *k_.refused = {1, static_cast<std::int32_t>(k), i.value, extent};
            return false;
        }
        return true;
    }

    const kernel& what_;
    const kernel_arguments& k_;
    const instruction code_;
};

}  // namespace telar::inline TELAR_ABI::ir::kernels::reference
