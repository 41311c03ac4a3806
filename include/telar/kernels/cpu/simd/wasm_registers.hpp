// SPDX-License-Identifier: BSL-1.0
// The part of xsimd's interface that simd.hpp uses, for WebAssembly's registers of 128 bits, which xsimd 8.1 does not
// know. Integers wrap.
#pragma once
#include <telar/core/config.hpp>

#if TELAR_HAS_WASM_REGISTERS
#include <wasm_simd128.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace telar::inline TELAR_ABI::ir::kernels::wasm_registers {

template <class T> using vector_of [[gnu::vector_size(16)]] = T;
/// The type to calculate in: unsigned for integers, whose overflow then wraps.
template <class T>
using arithmetic = typename std::conditional_t<std::integral<T>, std::make_unsigned<T>, std::type_identity<T>>::type;
template <class T> using truth_of = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;

template <class T> struct batch_bool {
    using register_type = vector_of<truth_of<T>>;
    register_type value;

    batch_bool() = default;
    TELAR_INLINE batch_bool(bool v) : value(register_type{} - static_cast<truth_of<T>>(v)) {}
    TELAR_INLINE batch_bool(register_type v) : value(v) {}
    TELAR_INLINE operator register_type() const { return value; }
    friend TELAR_INLINE batch_bool operator&(batch_bool a, batch_bool b) { return a.value & b.value; }
    friend TELAR_INLINE batch_bool operator|(batch_bool a, batch_bool b) { return a.value | b.value; }
    TELAR_INLINE batch_bool operator!() const { return ~value; }
};
template <class T> TELAR_INLINE bool any(batch_bool<T> m) { return wasm_v128_any_true((v128_t)m.value); }
template <class T> TELAR_INLINE bool all(batch_bool<T> m) {
    if constexpr (sizeof(T) == 4) return wasm_i32x4_all_true((v128_t)m.value);
    else return wasm_i64x2_all_true((v128_t)m.value);
}

template <class T> struct batch {
    using register_type = vector_of<T>;
    using batch_bool_type = wasm_registers::batch_bool<T>;
    using truth = typename batch_bool_type::register_type;
    using wrapping = vector_of<arithmetic<T>>;
    static constexpr std::size_t size = 16 / sizeof(T);
    register_type value;

    batch() = default;
    TELAR_INLINE batch(T v) : value(v - register_type{}) {}  // v + 0 would lose the sign of zero
    TELAR_INLINE batch(register_type v) : value(v) {}
    TELAR_INLINE operator register_type() const { return value; }
    static TELAR_INLINE batch load_unaligned(const T* p) { return (register_type)wasm_v128_load(p); }
    TELAR_INLINE void store_unaligned(T* p) const { wasm_v128_store(p, (v128_t)value); }

    TELAR_INLINE wrapping raw() const { return (wrapping)value; }
    static TELAR_INLINE batch wrap(wrapping v) { return (register_type)v; }
    friend TELAR_INLINE batch operator+(batch a, batch b) { return wrap(a.raw() + b.raw()); }
    friend TELAR_INLINE batch operator-(batch a, batch b) { return wrap(a.raw() - b.raw()); }
    friend TELAR_INLINE batch operator*(batch a, batch b) { return wrap(a.raw() * b.raw()); }
    friend TELAR_INLINE batch operator/(batch a, batch b) { return a.value / b.value; }
    friend TELAR_INLINE batch operator&(batch a, batch b) { return a.value & b.value; }
    friend TELAR_INLINE batch operator|(batch a, batch b) { return a.value | b.value; }
    friend TELAR_INLINE batch operator^(batch a, batch b) { return a.value ^ b.value; }
    friend TELAR_INLINE batch operator<<(batch a, int n) { return (register_type)(a.raw() << static_cast<T>(n)); }
    friend TELAR_INLINE batch operator>>(batch a, int n) { return a.value >> static_cast<T>(n); }
    friend TELAR_INLINE batch_bool_type operator==(batch a, batch b) { return (truth)(a.value == b.value); }
    friend TELAR_INLINE batch_bool_type operator<(batch a, batch b) { return (truth)(a.value < b.value); }
    friend TELAR_INLINE batch_bool_type operator<=(batch a, batch b) { return (truth)(a.value <= b.value); }
};

/// operation(v128_t) of a register, for those intrinsics that differ between the two sizes of lanes.
template <class T, class Narrow, class Wide> TELAR_INLINE batch<T> by_size(batch<T> a, Narrow narrow, Wide wide) {
    if constexpr (sizeof(T) == 4) return (vector_of<T>)narrow((v128_t)a.value);
    else return (vector_of<T>)wide((v128_t)a.value);
}

// clang-format off
template <class T> TELAR_INLINE batch<T> select(batch_bool<T> m, batch<T> a, batch<T> b) {
    return (vector_of<T>)wasm_v128_bitselect((v128_t)a.value, (v128_t)b.value, (v128_t)m.value);
}
template <std::floating_point T> TELAR_INLINE batch<T> abs(batch<T> a) { return by_size(a, wasm_f32x4_abs, wasm_f64x2_abs); }
template <std::integral T> TELAR_INLINE batch<T> abs(batch<T> a) { return by_size(a, wasm_i32x4_abs, wasm_i64x2_abs); }
template <class T> TELAR_INLINE batch<T> sqrt(batch<T> a) { return by_size(a, wasm_f32x4_sqrt, wasm_f64x2_sqrt); }
template <class T> TELAR_INLINE batch<T> floor(batch<T> a) { return by_size(a, wasm_f32x4_floor, wasm_f64x2_floor); }
template <class T> TELAR_INLINE batch<T> ceil(batch<T> a) { return by_size(a, wasm_f32x4_ceil, wasm_f64x2_ceil); }
template <class T> TELAR_INLINE batch<T> trunc(batch<T> a) { return by_size(a, wasm_f32x4_trunc, wasm_f64x2_trunc); }
template <class T> TELAR_INLINE batch<T> nearbyint(batch<T> a) { return by_size(a, wasm_f32x4_nearest, wasm_f64x2_nearest); }
template <class T> TELAR_INLINE batch<T> fma(batch<T> a, batch<T> b, batch<T> c) { return a * b + c; }  // rounds twice
/// b if either is NaN, as on x86.
template <class T> TELAR_INLINE batch<T> min(batch<T> a, batch<T> b) { return select(a < b, a, b); }
template <class T> TELAR_INLINE batch<T> max(batch<T> a, batch<T> b) { return select(b < a, a, b); }
// clang-format on

}  // namespace telar::inline TELAR_ABI::ir::kernels::wasm_registers
#endif  // TELAR_HAS_WASM_REGISTERS
