// SPDX-License-Identifier: BSL-1.0
// Extents inside a graph: a number, or a small integer expression in dimension variables (the extents that are known
// only at run time). Expressions are hash-consed and normalised, so that equality of two extents can be decided.
#pragma once
#include <telar/core/growable.hpp>
#include <telar/core/shape.hpp>

#include <utility>

namespace telar::inline TELAR_ABI::ir {

enum class dimension_kind : std::int64_t { variable, sum, difference, product, quotient };

/// One entry of the table. An extent e >= 0 is a number; e < 0 names entry -1 - e.
struct dimension {
    dimension_kind kind = dimension_kind::variable;
    extent_t lhs = 0;     // variable: the leaf it is read from;  else the left operand
    extent_t rhs = 0;     // variable: the axis of that leaf;     else the right operand
    extent_t equals = 0;  // once unified with another extent: that extent; else this entry's own name
};

/// That two extents must be equal is checked when a program is run; it holds for all that was built after it was said.
struct equality {
    extent_t lhs = 0;
    extent_t rhs = 0;
};

constexpr bool is_number(extent_t e) { return e >= 0; }
constexpr int entry_of(extent_t e) { return static_cast<int>(-1 - e); }
constexpr extent_t extent_of_entry(int i) { return -1 - static_cast<extent_t>(i); }

/// The dimension expressions of one graph.
struct dimensions {
    growable<dimension> table;
    growable<equality> equalities;

    constexpr extent_t variable(int leaf, int axis) { return append({dimension_kind::variable, leaf, axis, 0}); }

    /// What an extent is known to equal: a number if possible.
    constexpr extent_t resolve(extent_t e) const {
        const dimension* const all = table.data();
        while (e < 0 && all[-1 - e].equals != e) e = all[-1 - e].equals;
        return e;
    }
    constexpr bool same(extent_t a, extent_t b) const { return a == b || resolve(a) == resolve(b); }
    constexpr bool same(const shape& a, const shape& b) const {
        if (a.rank != b.rank) return false;
        for (int i = 0; i < a.rank; ++i)
            if (!same(a[i], b[i])) return false;
        return true;
    }

    /// States that a and b are equal. False if both are numbers and differ.
    constexpr bool unify(extent_t a, extent_t b) {
        a = resolve(a);
        b = resolve(b);
        if (a == b) return true;
        if (is_number(a) && is_number(b)) return false;
        equalities.push({a, b});
        if (is_number(a) || (!is_number(b) && entry_of(a) < entry_of(b))) std::swap(a, b);
        table[entry_of(a)].equals = b;  // the later entry, or the one that is no number, takes the other's value
        return true;
    }

    constexpr extent_t add(extent_t a, extent_t b) {
        a = resolve(a);
        b = resolve(b);
        if (is_number(a)) std::swap(a, b);  // numbers to the right
        if (is_number(a)) return saturating_add(a, b);
        if (b == 0) return a;
        const dimension d = table[entry_of(a)];
        if (is_number(b) && d.kind == dimension_kind::sum && is_number(d.rhs))
            return add(d.lhs, saturating_add(d.rhs, b));
        if (d.kind == dimension_kind::difference) {
            if (same(d.rhs, b)) return d.lhs;  // (n - b) + b
            if (is_number(d.rhs) && is_number(b))
                return d.rhs > b ? subtract(d.lhs, d.rhs - b) : add(d.lhs, b - resolve(d.rhs));
        }
        if (!is_number(b)) {
            if (const dimension e = table[entry_of(b)]; e.kind == dimension_kind::difference && same(e.rhs, a))
                return e.lhs;
            const auto [x, k] = scaled(a);
            const auto [y, l] = scaled(b);
            if (x == y) return multiply(x, saturating_add(k, l));  // 2 n + n = 3 n
            if (a < b) std::swap(a, b);
        }
        return intern(dimension_kind::sum, a, b);
    }
    /// a - b. That a >= b is checked by who needs it: require_at_most.
    constexpr extent_t subtract(extent_t a, extent_t b) {
        a = resolve(a);
        b = resolve(b);
        if (is_number(a) && is_number(b)) return a > b ? a - b : 0;
        if (b == 0) return a;
        if (a == b) return 0;
        if (!is_number(b)) {
            const dimension d = table[entry_of(b)];
            if (d.kind == dimension_kind::difference && same(d.lhs, a)) return d.rhs;  // n - (n - k)
        }
        if (!is_number(a)) {
            const dimension d = table[entry_of(a)];
            if (d.kind == dimension_kind::sum) {
                if (same(d.rhs, b)) return d.lhs;
                if (same(d.lhs, b)) return d.rhs;
                if (is_number(d.rhs) && is_number(b))
                    return d.rhs > b ? add(d.lhs, d.rhs - b) : subtract(d.lhs, b - d.rhs);
            }
            if (d.kind == dimension_kind::difference && is_number(d.rhs)) {
                if (is_number(b)) return subtract(d.lhs, saturating_add(d.rhs, b));
                const dimension e = table[entry_of(b)];
                if (e.kind == dimension_kind::difference && same(e.lhs, d.lhs) && is_number(e.rhs) && e.rhs >= d.rhs)
                    return e.rhs - d.rhs;  // (n - k) - (n - l)
            }
            if (!is_number(b)) {
                const auto [x, k] = scaled(a);
                const auto [y, l] = scaled(b);
                if (x == y && k > l) return multiply(x, k - l);
            }
        }
        return intern(dimension_kind::difference, a, b);
    }
    /// States that a <= b. False if both are numbers and a > b. What is not known now is checked when a program runs.
    constexpr bool require_at_most(extent_t a, extent_t b) {
        a = resolve(a);
        b = resolve(b);
        if (a == 0 || a == b) return true;
        return unify(divide(a, add(b, 1)), 0);  // a / (b + 1) = 0
    }
    constexpr extent_t multiply(extent_t a, extent_t b) {
        a = resolve(a);
        b = resolve(b);
        if (is_number(a)) std::swap(a, b);
        if (is_number(a)) return saturating_multiply(a, b);
        if (b == 0) return 0;
        if (b == 1) return a;
        const dimension d = table[entry_of(a)];
        if (is_number(b) && d.kind == dimension_kind::product && is_number(d.rhs))
            return multiply(d.lhs, saturating_multiply(d.rhs, b));
        if (!is_number(b)) {  // (n 3) (m 5) = (n m) 15
            const auto [x, k] = scaled(a);
            const auto [y, l] = scaled(b);
            if (k != 1 || l != 1) return multiply(multiply(x, y), saturating_multiply(k, l));
            if (a < b) std::swap(a, b);
        }
        return intern(dimension_kind::product, a, b);
    }
    /// -a: a stride backwards. Never an extent.
    constexpr extent_t negate(extent_t a) {
        a = resolve(a);
        if (a == 0) return 0;
        if (!is_number(a))
            if (const dimension d = table[entry_of(a)]; d.kind == dimension_kind::difference && d.lhs == 0)
                return resolve(d.rhs);
        return intern(dimension_kind::difference, 0, a);
    }
    /// Floor of a / b, b > 0.
    constexpr extent_t divide(extent_t a, extent_t b) {
        a = resolve(a);
        b = resolve(b);
        if (b == 1) return a;
        if (is_number(a) && is_number(b)) return b == 0 ? 0 : a / b;
        if (a == b) return 1;
        if (!is_number(a) && table[entry_of(a)].kind == dimension_kind::product) {
            const dimension d = table[entry_of(a)];
            if (same(d.rhs, b)) return d.lhs;
            if (same(d.lhs, b)) return d.rhs;
            if (is_number(d.rhs) && is_number(b) && b != 0 && d.rhs % b == 0) return multiply(d.lhs, d.rhs / b);
        }
        if (!is_number(a) && is_number(b) && b != 0 && table[entry_of(a)].kind == dimension_kind::difference) {
            const dimension d = table[entry_of(a)];  // (k b - l b) / b = k - l
            if (is_number(d.rhs) && d.rhs % b == 0 && !is_number(d.lhs) &&
                table[entry_of(d.lhs)].kind == dimension_kind::product) {
                const dimension k = table[entry_of(d.lhs)];
                if (is_number(k.rhs) && k.rhs % b == 0) return subtract(multiply(k.lhs, k.rhs / b), d.rhs / b);
            }
        }
        return intern(dimension_kind::quotient, a, b);
    }
    /// The number of elements of a shape.
    constexpr extent_t count(const shape& s) {
        extent_t n = 1, number = 1;  // one multiplication by all numbers: fewer entries
        for (int i = 0; i < s.rank; ++i) {
            const extent_t e = resolve(s.extent[i]);
            if (is_number(e)) number = saturating_multiply(number, e);
            else n = multiply(n, e);
        }
        return multiply(n, number);
    }

private:
    struct scaled_extent {
        extent_t base, factor;
    };
    constexpr scaled_extent scaled(extent_t e) const {
        const dimension d = table[entry_of(e)];
        if (d.kind == dimension_kind::product && is_number(d.rhs)) return {d.lhs, d.rhs};
        return {e, 1};
    }
    constexpr extent_t append(dimension d) {
        const int i = table.push(d);
        return table[i].equals = extent_of_entry(i);
    }
    constexpr extent_t intern(dimension_kind kind, extent_t a, extent_t b) {
        const dimension* const all = table.data();
        const int size = table.size();
        int i = 0;
        while (i < size && !(all[i].lhs == a && all[i].rhs == b && all[i].kind == kind)) ++i;
        return i < size ? resolve(extent_of_entry(i)) : append({kind, a, b, 0});
    }
};

/// The value of every entry when the variables have the given values; `values` holds table-size numbers, of which the
/// variables are set. Operands always stand before their users. What no extent_t holds is too_many: who allocates or
/// loops refuses it.
constexpr void evaluate(const dimension* table, int size, extent_t* values) {
    const auto value = [&](extent_t e) { return is_number(e) ? e : values[entry_of(e)]; };
    for (int i = 0; i < size; ++i) {
        const dimension& d = table[i];
        switch (d.kind) {
            case dimension_kind::variable: break;
            case dimension_kind::sum: values[i] = saturating_add(value(d.lhs), value(d.rhs)); break;
            case dimension_kind::difference: values[i] = saturating_add(value(d.lhs), -value(d.rhs)); break;
            case dimension_kind::product: values[i] = saturating_multiply(value(d.lhs), value(d.rhs)); break;
            case dimension_kind::quotient: values[i] = value(d.rhs) == 0 ? 0 : value(d.lhs) / value(d.rhs); break;
        }
    }
}

}  // namespace telar::inline TELAR_ABI::ir
