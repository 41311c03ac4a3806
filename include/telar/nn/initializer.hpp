// SPDX-License-Identifier: BSL-1.0
// How a parameter begins, as a value in a layer's description: nn::dense{.units = 10, .kernel_initializer =
// nn::he_normal}.
#pragma once
#include <telar/core/initializers.hpp>
#include <telar/expr/trace.hpp>

#include <cmath>
#include <cstring>
#include <string>

namespace telar::inline TELAR_ABI::nn {

/// A window that fades a frame of a signal in and out; none: 1 everywhere.
enum class window_function : std::int32_t { none, hann, hamming, blackman };
/// What a window is divided by: nothing, the root of the sum of its squares, its sum.
enum class window_scaling : std::int32_t { none, density, spectrum };
/// Which part of a Fourier transform.
enum class stft_side : std::int32_t { real, imag };

/// A window as a0 - a1 cos(2 pi t / n) + a2 cos(4 pi t / n).
struct cosine_sum {
    double a0 = 1, a1 = 0, a2 = 0;
};
constexpr cosine_sum cosines_of(window_function w) {
    switch (w) {
        case window_function::hann: return {0.5, 0.5, 0};
        case window_function::hamming: return {0.54, 0.46, 0};
        case window_function::blackman: return {0.42, 0.5, 0.08};
        default: return {};
    }
}

/// Keras' initializers, with Keras' names, formulas and defaults (core/initializers.hpp).
struct initializer {
    enum kinds : std::int32_t {
        constant_value,
        normal_values,
        uniform_values,
        truncated_values,
        scaled_uniform,  // a: scale, b: 0 of inputs, 1 of the mean of both, 2 of outputs
        scaled_normal,
        orthonormal,      // a: gain
        identity_matrix,  // a: gain
        ones_of_second,   // of an lstm's four gates: a: their width, b: of the others
        scaled_untruncated,
        fourier_kernel,  // of a short-time Fourier transform: a: a window_function, b: a window_scaling
        array_values,    // those at `array`; a: how many
    } kind = constant_value;
    std::int32_t variant = 0;  // a sum of: of a fourier_kernel the imaginary side, a periodic window; of all the roots
    static constexpr std::int32_t imaginary = 1, periodic = 2, root = 4;
    double a = 0, b = 0;
    const void* array = nullptr;

    /// True if it is an array of as many elements as the type has.
    constexpr bool holds(const expr::value_type& type) const {
        return kind == array_values && a == static_cast<double>(type.extents.count());
    }
    /// Writes a parameter of this type to memory.
    void fill(const expr::value_type& type, void* memory, generator& g) const {
        if (kind == array_values) copy_to(type, memory);
        else if (type.type == dtype::float64) fill_as<double>(type.extents, memory, g);
        else if (type.type == dtype::float32) fill_as<float>(type.extents, memory, g);
        else std::memset(memory, 0, static_cast<std::size_t>(type.extents.count()) * size_of(type.type));
    }

private:
    void copy_to(const expr::value_type& type, void* memory) const {
        if (!holds(type))
            fail<wrong_shape>(joined_text({"nn::values_of: an array of ", static_cast<extent_t>(a),
                                           " elements for a parameter of shape ", type.extents}));
        std::memcpy(memory, array, static_cast<std::size_t>(type.extents.count()) * size_of(type.type));
    }
    template <class T> void fill_as(const shape& extents, void* memory, generator& g) const {
        const extent_t columns = extents.rank == 0 ? 1 : extents[extents.rank - 1];
        const extent_t rows = columns == 0 ? 0 : extents.count() / columns;
        tensor<T, dyn, dyn> values(shape(rows, columns));
        draw(values, extents, g);
        if ((variant & root) != 0)
            for (T& value : values.span()) value = std::sqrt(value);
        if (values.size() > 0) std::memcpy(memory, values.data(), values.size() * sizeof(T));
    }
    template <class V> void draw(V& values, const shape& extents, generator& g) const {
        switch (kind) {
            case constant_value: constant_initializer{a}(values, g); break;
            case normal_values: random_normal_initializer{a, b}(values, g); break;
            case uniform_values: random_uniform_initializer{a, b}(values, g); break;
            case truncated_values: truncated_normal{a, b}(values, g); break;
            case scaled_uniform: core::initializers::spread_evenly(values, g, variance(extents)); break;
            case scaled_normal: core::initializers::spread_normally(values, g, variance(extents)); break;
            case scaled_untruncated: g.fill_normal(values.span(), 0, std::sqrt(variance(extents))); break;
            case orthonormal: orthogonal{a}(values, g); break;
            case identity_matrix:
                zeros_initializer{}(values, g);
                for (extent_t i = 0; i < values.extent(0) && i < values.extent(1); ++i)
                    values(i, i) = static_cast<typename V::value_type>(a);
                break;
            case fourier_kernel: draw_fourier(values); break;
            case ones_of_second:
                constant_initializer{b}(values, g);
                for (auto i = static_cast<extent_t>(a); i < static_cast<extent_t>(2 * a); ++i)
                    values.data()[i] = typename V::value_type{1};
                break;
            case array_values: break;  // see copy_to
        }
    }
    /// A row for each time t, a column for each frequency k: cos, or -sin, of 2 pi t k / n, times the window's w_t.
    template <class V> void draw_fourier(V& values) const {
        const extent_t rows = values.extent(0), columns = values.extent(1), whole = columns > 1 ? 2 * (columns - 1) : 1;
        constexpr double two_pi = 6.283185307179586;
        const auto window = static_cast<window_function>(static_cast<int>(a));
        const cosine_sum w = cosines_of(window);
        const auto window_at = [&](extent_t t) {
            const auto period = static_cast<double>((variant & periodic) != 0 ? rows : rows - 1);
            const double angle = rows == 1 ? two_pi / 2 : two_pi * static_cast<double>(t) / period;
            return w.a0 - w.a1 * std::cos(angle) + w.a2 * std::cos(2 * angle);
        };
        double sum = 0, squares = 0;
        for (extent_t t = 0; t < rows; ++t) {
            sum += std::abs(window_at(t));
            squares += window_at(t) * window_at(t);
        }
        const auto by = static_cast<window_scaling>(static_cast<int>(b));
        const bool is_scaled = window != window_function::none && by != window_scaling::none;
        const double scale = !is_scaled ? 1 : by == window_scaling::density ? std::sqrt(squares) : sum;
        for (extent_t t = 0; t < rows; ++t)
            for (extent_t k = 0; k < columns; ++k) {
                const double angle = two_pi * static_cast<double>(t * k % whole) / static_cast<double>(whole);
                const double value = (variant & imaginary) != 0 ? -std::sin(angle) : std::cos(angle);
                values(t, k) = static_cast<typename V::value_type>(value * window_at(t) / scale);
            }
    }
    double variance(const shape& extents) const {
        const core::fans fans = core::fans_of(extents);
        using core::initializers::at_least_one;
        return a / (b == 0   ? at_least_one(fans.in)
                    : b == 1 ? core::initializers::mean_of(fans)
                             : at_least_one(fans.out));
    }
};

inline constexpr initializer zeros{initializer::constant_value, 0, 0, 0}, ones{initializer::constant_value, 0, 1, 0};
constexpr initializer constant(double value) { return {initializer::constant_value, 0, value, 0}; }
constexpr initializer random_normal(double mean = 0, double stddev = 0.05) {
    return {initializer::normal_values, 0, mean, stddev};
}
constexpr initializer random_uniform(double minval = -0.05, double maxval = 0.05) {
    return {initializer::uniform_values, 0, minval, maxval};
}
constexpr initializer truncated_normal_values(double mean = 0, double stddev = 0.05) {
    return {initializer::truncated_values, 0, mean, stddev};
}
inline constexpr initializer glorot_uniform{initializer::scaled_uniform, 0, 1, 1},
    glorot_normal{initializer::scaled_normal, 0, 1, 1}, he_uniform{initializer::scaled_uniform, 0, 2, 0},
    he_normal{initializer::scaled_normal, 0, 2, 0}, lecun_uniform{initializer::scaled_uniform, 0, 1, 0},
    lecun_normal{initializer::scaled_normal, 0, 1, 0};
/// What a variance is divided by: the number of inputs of a unit, of outputs, their mean.
enum class fan_mode : std::int32_t { fan_in, fan_out, fan_avg };
enum class distribution : std::int32_t { truncated_normal, untruncated_normal, uniform };
/// Of variance scale / fan. (Keras' "normal" is truncated_normal.)
constexpr initializer variance_scaling(double scale = 1, fan_mode mode = fan_mode::fan_in,
                                       distribution of = distribution::truncated_normal) {
    const auto kind = of == distribution::uniform              ? initializer::scaled_uniform
                      : of == distribution::untruncated_normal ? initializer::scaled_untruncated
                                                               : initializer::scaled_normal;
    return {kind, 0, scale, mode == fan_mode::fan_in ? 0.0 : mode == fan_mode::fan_avg ? 1.0 : 2.0};
}
constexpr initializer orthogonal_matrix(double gain = 1) { return {initializer::orthonormal, 0, gain, 0}; }
/// Of an lstm's bias: its forget gate begins open, as 1.
constexpr initializer forget_bias(int units, double others = 0) {
    return {initializer::ones_of_second, 0, static_cast<double>(units), others};
}
/// The kernel of a convolution that is a side of a short-time Fourier transform.   (frame_length, 1, frequencies)
constexpr initializer stft(stft_side side = stft_side::real, window_function window = window_function::hann,
                           window_scaling scaling = window_scaling::density, bool periodic = false) {
    return {initializer::fourier_kernel,
            (side == stft_side::imag ? initializer::imaginary : 0) + (periodic ? initializer::periodic : 0),
            static_cast<double>(window), static_cast<double>(scaling)};
}
/// The square roots of what it gives.
constexpr initializer root_of(initializer i) {
    i.variant |= initializer::root;
    return i;
}
/// The elements of an array, row-major, in the parameter's type. It outlives all models that begin with it.
///
/// errors    wrong_shape: the parameter has another number of elements
template <class T, std::size_t N> constexpr initializer values_of(const T (&array)[N]) {
    return {initializer::array_values, 0, static_cast<double>(N), 0, array};
}
constexpr initializer identity(double gain = 1) { return {initializer::identity_matrix, 0, gain, 0}; }

}  // namespace telar::inline TELAR_ABI::nn
