// SPDX-License-Identifier: BSL-1.0
// The part of xsimd's interface that simd.hpp uses, one lane wide: for machines that xsimd does not know, and for
// builds without it. Integers wrap, as they do in SIMD registers.
#pragma once
#include <telar/core/config.hpp>

#include <cmath>
#include <concepts>
#include <cstddef>
#include <type_traits>

namespace telar::inline TELAR_ABI::ir::kernels::one_lane {

template <class T> struct batch_bool {
    using register_type = bool;
    bool value;

    batch_bool() = default;
    TELAR_INLINE batch_bool(bool v) : value(v) {}
    TELAR_INLINE operator bool() const { return value; }
    friend TELAR_INLINE batch_bool operator&(batch_bool a, batch_bool b) { return a.value && b.value; }
    friend TELAR_INLINE batch_bool operator|(batch_bool a, batch_bool b) { return a.value || b.value; }
    friend TELAR_INLINE batch_bool operator^(batch_bool a, batch_bool b) { return a.value != b.value; }
    TELAR_INLINE batch_bool operator!() const { return !value; }
};
template <class T> TELAR_INLINE bool any(batch_bool<T> m) { return m.value; }
template <class T> TELAR_INLINE bool all(batch_bool<T> m) { return m.value; }

/// The type to calculate in: unsigned for integers, whose overflow then wraps.
template <class T> struct arithmetic { using type = T; };
template <std::integral T> struct arithmetic<T> { using type = std::make_unsigned_t<T>; };

template <class T> struct batch {
    using register_type = T;
    using batch_bool_type = one_lane::batch_bool<T>;
    using wrapping = typename arithmetic<T>::type;
    static constexpr std::size_t size = 1;
    T value;

    batch() = default;
    TELAR_INLINE batch(T v) : value(v) {}
    TELAR_INLINE operator T() const { return value; }
    static TELAR_INLINE batch load_unaligned(const T* p) { return *p; }
    TELAR_INLINE void store_unaligned(T* p) const { *p = value; }

    TELAR_INLINE wrapping raw() const { return static_cast<wrapping>(value); }
    static TELAR_INLINE batch wrap(wrapping v) { return static_cast<T>(v); }
    friend TELAR_INLINE batch operator+(batch a, batch b) { return wrap(a.raw() + b.raw()); }
    friend TELAR_INLINE batch operator-(batch a, batch b) { return wrap(a.raw() - b.raw()); }
    friend TELAR_INLINE batch operator*(batch a, batch b) { return wrap(a.raw() * b.raw()); }
    friend TELAR_INLINE batch operator/(batch a, batch b) { return a.value / b.value; }
    friend TELAR_INLINE batch operator&(batch a, batch b) { return a.value & b.value; }
    friend TELAR_INLINE batch operator|(batch a, batch b) { return a.value | b.value; }
    friend TELAR_INLINE batch operator^(batch a, batch b) { return a.value ^ b.value; }
    friend TELAR_INLINE batch operator<<(batch a, int n) { return wrap(a.raw() << n); }
    friend TELAR_INLINE batch operator>>(batch a, int n) { return a.value >> n; }
    friend TELAR_INLINE batch_bool_type operator==(batch a, batch b) { return a.value == b.value; }
    friend TELAR_INLINE batch_bool_type operator<(batch a, batch b) { return a.value < b.value; }
    friend TELAR_INLINE batch_bool_type operator<=(batch a, batch b) { return a.value <= b.value; }
};

// clang-format off
template <class T> TELAR_INLINE batch<T> select(batch_bool<T> m, batch<T> a, batch<T> b) { return m.value ? a : b; }
template <std::floating_point T> TELAR_INLINE batch<T> abs(batch<T> a) { return std::fabs(a.value); }  // of -0, too
template <std::integral T> TELAR_INLINE batch<T> abs(batch<T> a) { return a.value < T(0) ? batch<T>(T(0)) - a : a; }
template <class T> TELAR_INLINE batch<T> sqrt(batch<T> a) { return std::sqrt(a.value); }
template <class T> TELAR_INLINE batch<T> floor(batch<T> a) { return std::floor(a.value); }
template <class T> TELAR_INLINE batch<T> ceil(batch<T> a) { return std::ceil(a.value); }
template <class T> TELAR_INLINE batch<T> trunc(batch<T> a) { return std::trunc(a.value); }
template <class T> TELAR_INLINE batch<T> nearbyint(batch<T> a) { return std::nearbyint(a.value); }
// clang-format on

/// Types that the processor multiplies and adds in one instruction. A Cortex-M4 has it for floats, but no doubles.
template <class T> inline constexpr bool has_fma = false;
#if defined(__FP_FAST_FMAF)
template <> inline constexpr bool has_fma<float> = true;
#endif
#if defined(__FP_FAST_FMA)
template <> inline constexpr bool has_fma<double> = true;
#endif
template <class T> TELAR_INLINE batch<T> fma(batch<T> a, batch<T> b, batch<T> c) {
    if constexpr (has_fma<T>) return std::fma(a.value, b.value, c.value);
    else return a * b + c;
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::one_lane
