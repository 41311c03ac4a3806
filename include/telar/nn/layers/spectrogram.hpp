// SPDX-License-Identifier: BSL-1.0
// Spectra of sound: short-time Fourier transforms, by convolutions and by products.
#pragma once
#include <telar/nn/layers/preprocessing.hpp>
#include <telar/nn/layers/windows.hpp>

namespace telar::inline TELAR_ABI::nn {

/// What a spectrogram tells of each frequency: the magnitude or its log; the power (psd), twice where a frequency
/// stands for its negative, too; a part of the transform, both parts beside each other (stft), or its angle.
enum class spectrogram_mode : std::int32_t { log, magnitude, psd, real, imag, angle, stft };

/// The short-time Fourier transform of each channel: frames of frame_length, times a window, each frame_step after the
/// one before.
///
/// shapes    x (N,T,C) -> (N, T', C F), with expand_dims (N,T',F,C); channels_first: (N,C,T) -> (N, C F, T'), with
///           expand_dims (N,C,T',F). F = fft_length / 2 + 1, of mode stft twice that;
///           real_kernel, imag_kernel (frame_length, 1, F), where the mode needs them
/// edge      frame_step 0: frame_length / 2; fft_length 0: the least power of two that is not below frame_length. The
///           kernels begin as nn::stft() says and are trained, as Keras'; nn::frozen<"its path">(net) keeps them
/// errors    E125 window_does_not_fit: an fft_length below frame_length; those of conv
/// source    Keras' STFTSpectrogram
/// test      tests/fixtures/keras_spectrogram_test.cpp
struct stft_spectrogram {
    spectrogram_mode mode = spectrogram_mode::log;
    int frame_length = 256, frame_step = 0, fft_length = 0;
    window_function window = window_function::hann;
    bool periodic = false;
    window_scaling scaling = window_scaling::density;
    nn::padding padding = nn::padding::valid;
    bool expand_dims = false;
    nn::data_format data_format = nn::data_format::channels_last;
    parameter real_kernel{}, imag_kernel{};
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "stft_spectrogram");
        x = preprocessing::as_float(here, x);
        if (x.rank() != 3) return ir::emit::refuse_convolution(x, x);
        const symbol y = of_parts(windows::with_channels_last(x, 1, data_format));  // (N,C,T',F)
        const bool is_last = data_format == nn::data_format::channels_last;
        if (expand_dims) return call.gives(is_last ? ir::emit::channels_to_the_end(y) : y);
        constexpr extent_t frames_first[]{0, 2, 1, 3};
        const shape s = y.extents();
        const symbol frames =
            ir::emit::reshape(ir::emit::transpose(y, frames_first), shape(s[0], s[2], x.g->dims.multiply(s[1], s[3])));
        return call.gives(windows::in_format(frames, data_format));
    }

private:
    static constexpr double epsilon = 1e-7;

    constexpr symbol of_parts(symbol x) const {
        const auto real = [&] { return part(x, real_kernel, stft_side::real); };
        const auto imag = [&] { return part(x, imag_kernel, stft_side::imag); };
        if (mode == spectrogram_mode::real) return real();
        if (mode == spectrogram_mode::imag) return imag();
        const symbol re = real(), im = imag();
        if (mode == spectrogram_mode::stft) return ir::emit::concat(re, im, 3);
        if (mode == spectrogram_mode::angle) return telar::atan2(im, re);
        const symbol power = square(re) + square(im);
        if (mode == spectrogram_mode::psd) return power * how_many(power);
        const symbol magnitude = telar::sqrt(telar::maximum(power, epsilon));
        return mode == spectrogram_mode::magnitude ? magnitude : telar::log(telar::maximum(magnitude, epsilon));
    }
    /// 1 for the first and the last frequency, 2 for those between.   (F)
    static constexpr symbol how_many(symbol power) {
        const extent_t count = power.extents()[3];
        const symbol k = ir::emit::iota(*power.g, count, dtype::int64);
        return ir::emit::cast(telar::where(k == 0 || k == count - 1, 1, 2), power.type());
    }
    /// (N,T,C) -> (N,C,T',F)
    constexpr symbol part(symbol x, const parameter& kernel, stft_side side) const {
        int whole = 1;
        while (whole < frame_length) whole *= 2;
        if (fft_length > 0) whole = fft_length;
        const extent_t count = whole / 2 + 1;
        if (whole < frame_length)
            x.g->fail(
                {ir::mistake_kind::window, op::windows, {}, {}, 1, x.extents(), shape(frame_length, whole, 1), 0});
        const symbol w =
            kernel(x, shape(frame_length, 1, count), nn::stft(side, window, scaling, periodic), regularizer{}, {});
        const shape s = x.extents();
        constexpr extent_t channels_first[]{0, 2, 1};
        const symbol each =
            ir::emit::reshape(ir::emit::transpose(x, channels_first), shape(x.g->dims.multiply(s[0], s[2]), s[1], 1));
        const symbol y = ir::emit::convolve(
            each, w, windows::plan(1, frame_length, frame_step > 0 ? frame_step : frame_length / 2, padding, 1));
        return ir::emit::reshape(y, shape(s[0], s[2], y.extents()[1], count));
    }
};

namespace spectra {
/// A number with an imaginary part.
struct complex_value {
    symbol re, im;
};

/// e^(-2 pi i r c / n), r < rows, c < columns.   (rows,columns)
constexpr complex_value turns(symbol like, extent_t rows, extent_t columns, extent_t n) {
    constexpr double two_pi = 6.283185307179586;
    const symbol r = ir::emit::iota(*like.g, rows, dtype::int64), c = ir::emit::iota(*like.g, columns, dtype::int64);
    const symbol angle = ir::emit::cast(floor_mod(ir::emit::expand_dims(r, {1}) * c, n), like.type()) *
                         (two_pi / static_cast<double>(n));
    return {telar::cos(angle), -telar::sin(angle)};
}
/// The first n / 2 + 1 frequencies of x, as two products: n = A B, of x_(B a + b) the sums over a, then over b.
///
/// shapes    (...,n) -> (..., n / 2 + 1)
/// source    Cooley and Tukey, Mathematics of Computation 19 (1965)
constexpr complex_value transform(symbol x) {
    const extent_t n = x.extents()[x.rank() - 1], wanted = n / 2 + 1;
    extent_t a = 1;
    for (extent_t k = 2; k * k <= n; ++k)
        if (n % k == 0) a = k;
    const extent_t b = n / a, columns = (wanted + a - 1) / a;
    const auto with_last = [&](symbol s, extent_t first, extent_t second) {
        shape to = s.extents();
        to[to.rank - 1] = first;
        to.append(second);
        return ir::emit::reshape(s, to);
    };
    const symbol parts = ir::emit::swap_last(with_last(x, a, b));  // (...,b,a)
    const complex_value over_a = turns(x, a, a, a), twist = turns(x, b, a, n), over_b = turns(x, b, columns, b);
    const symbol re = matmul(parts, over_a.re), im = matmul(parts, over_a.im);
    const symbol twisted_re = ir::emit::swap_last(re * twist.re - im * twist.im);  // (...,a,b)
    const symbol twisted_im = ir::emit::swap_last(re * twist.im + im * twist.re);
    const auto in_order = [&](symbol s) {  // (...,a,columns), frequency k + a c
        shape to = x.extents();
        to[to.rank - 1] = a * columns;
        return ir::emit::part_of_axis(ir::emit::reshape(ir::emit::swap_last(s), to), to.rank - 1, 0, wanted);
    };
    return {in_order(matmul(twisted_re, over_b.re) - matmul(twisted_im, over_b.im)),
            in_order(matmul(twisted_re, over_b.im) + matmul(twisted_im, over_b.re))};
}
/// x with `count` elements before and behind it, mirrored at its ends.   (N,T) -> (N, T + 2 count)
constexpr symbol mirrored(symbol x, extent_t count) {
    const symbol before = ir::emit::slice_axis(x, 1, 1, count + 1), behind = ir::emit::slice_axis(x, 1, -count - 1, -1);
    return concat({ir::emit::reverse(before, 1u << 1), x, ir::emit::reverse(behind, 1u << 1)}, 1);
}
constexpr symbol mel_of(symbol hertz) { return 1127 * telar::log(1 + hertz / 700); }
}  // namespace spectra

/// The power of a signal in bands of the mel scale, in decibels: weighted sums of the spectrum |X|^mag_exp of each
/// frame. The weights of a band are a triangle over mel(f) = 1127 log(1 + f / 700); the bands go from min_freq to
/// max_freq.
///
/// shapes    x (T), (N,T) -> (num_mel_bins, T'), (N, num_mel_bins, T'), T' = 1 + T / sequence_stride
/// edge      sequence_length 0: fft_length; max_freq 0: half the sampling rate. The frames are centred, x is mirrored
///           at its ends. Results more than top_db below the largest of them all are raised to that
/// errors    E125 window_does_not_fit: an fft_length below sequence_length; E110 slice_out_of_range: T is not above
///           fft_length / 2
/// source    Keras' MelSpectrogram, whose weights are rounded to float32; Stevens, Volkmann and Newman, A scale for the
///           measurement of the psychological magnitude pitch, 1937
/// test      tests/fixtures/keras_spectrogram_test.cpp
struct mel_spectrogram {
    int fft_length = 2048, sequence_stride = 512, sequence_length = 0;
    window_function window = window_function::hann;
    double sampling_rate = 16000;
    int num_mel_bins = 128;
    double min_freq = 20, max_freq = 0;
    bool power_to_db = true;
    double top_db = 80, mag_exp = 2, min_power = 1e-10, ref_power = 1;
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "mel_spectrogram");
        x = preprocessing::as_float(here, x);
        const bool is_single = x.rank() == 1;
        if (is_single) x = ir::emit::expand_dims(x, {0});
        if (x.rank() != 2 || fft_length < sequence_length || fft_length < 2) {
            x.g->fail({ir::mistake_kind::window,
                       op::windows,
                       {},
                       {},
                       x.rank() - 1,
                       x.extents(),
                       shape(sequence_length, sequence_stride, 1),
                       0});
            return x;
        }
        const symbol frames =
            ir::emit::windows(spectra::mirrored(x, fft_length / 2), {1, fft_length, sequence_stride, 1});
        const auto [re, im] = spectra::transform(frames * window_of(x));
        const symbol power = square(re) + square(im);  // (N,T',F)
        const symbol strength = mag_exp == 2 ? power : pow(power, mag_exp / 2);
        const symbol bands = matmul(strength, bands_of(x));
        const symbol y = ir::emit::swap_last(power_to_db ? decibels(bands) : bands);
        return call.gives(is_single ? ir::emit::reshape(y, ir::emit::without(y.extents(), 1)) : y);
    }

private:
    /// The window in the middle of a frame.   (fft_length)
    constexpr symbol window_of(symbol x) const {
        const symbol i = ir::emit::iota(*x.g, fft_length, dtype::int64);
        if (window == window_function::none) return ir::emit::cast(i * 0 + 1, x.type());
        const int length = sequence_length > 0 ? sequence_length : fft_length, before = (fft_length - length) / 2;
        constexpr double two_pi = 6.283185307179586;
        const symbol angle = ir::emit::cast(i - before, x.type()) * (two_pi / length);
        const cosine_sum c = cosines_of(window);
        const symbol w = c.a0 - c.a1 * telar::cos(angle) + c.a2 * telar::cos(2 * angle);
        return telar::where(i >= before && i < before + length, w, 0);
    }
    /// How much each frequency adds to each band: band j peaks at edge j + 1 of num_mel_bins + 2.   (F,bands)
    constexpr symbol bands_of(symbol x) const {
        const extent_t count = fft_length / 2 + 1;
        const double most = max_freq > 0 ? max_freq : static_cast<int>(sampling_rate / 2);
        const symbol low = spectra::mel_of(ir::emit::constant(*x.g, x.type(), min_freq));
        const symbol high = spectra::mel_of(ir::emit::constant(*x.g, x.type(), most));
        const symbol k = ir::emit::cast(ir::emit::iota(*x.g, count, dtype::int64), x.type());
        const symbol hertz = k * (sampling_rate / 2 / static_cast<double>(count - 1));
        const symbol place = (spectra::mel_of(hertz) - low) * ((num_mel_bins + 1) / (high - low));
        const symbol j = ir::emit::cast(ir::emit::iota(*x.g, num_mel_bins, dtype::int64), x.type());
        return telar::relu(1 - telar::abs(ir::emit::expand_dims(place, {1}) - (j + 1)));
    }
    constexpr symbol decibels(symbol bands) const {
        const auto level_of = [&](symbol power) { return 10 * telar::log10(telar::maximum(power, min_power)); };
        const double reference = ref_power < 0 ? -ref_power : ref_power;
        const symbol level = level_of(bands) - level_of(ir::emit::constant(*bands.g, bands.type(), reference));
        const symbol largest = ir::emit::reduce(op::max, level, (1u << level.rank()) - 1, false);
        return telar::maximum(level, largest - top_db);
    }
};

}  // namespace telar::inline TELAR_ABI::nn
