// SPDX-License-Identifier: BSL-1.0
// Sound as WAV files.
#pragma once
#include <telar/core/tensor.hpp>
#include <telar/io/file.hpp>
#include <telar/io/piece.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace telar::inline TELAR_ABI {

/// Sound, and how many frames of it are a second.
struct wav_sound {
    tensor<float, dyn, dyn> samples;  ///< (frames, channels), in [-1, 1)
    std::int32_t sample_rate = 0;
};

/// How a sample is written: whole numbers of so many bits, or float32.
enum class wav_format : std::uint16_t { pcm8 = 8, pcm16 = 16, pcm24 = 24, pcm32 = 32, float32 = 0 };

namespace io::wav {
inline constexpr std::uint16_t pcm = 1, ieee_float = 3, extensible = 0xfffe;
inline constexpr std::string_view guid_tail("\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71", 14);

struct layout {
    std::uint16_t kind = 0, channels = 0, bits = 0;
    std::int32_t rate = 0;
    std::size_t bytes() const { return bits / 8u; }
};
inline layout layout_of(const piece& chunk) {
    layout l{chunk.number<std::uint16_t>(0), chunk.number<std::uint16_t>(2), chunk.number<std::uint16_t>(14),
             chunk.number<std::int32_t>(4)};
    if (l.kind == extensible) {
        l.kind = chunk.number<std::uint16_t>(24);
        if (chunk.text(26, 14) != guid_tail) chunk.refuse(24, "a format that is none of the known ones");
    }
    const bool is_known = (l.kind == pcm && (l.bits == 8 || l.bits == 16 || l.bits == 24 || l.bits == 32)) ||
                          (l.kind == ieee_float && (l.bits == 32 || l.bits == 64));
    if (!is_known)
        chunk.refuse(0, "format " + std::to_string(l.kind) + " of " + std::to_string(l.bits) +
                            " bits; known are whole numbers of 8, 16, 24, 32 bits, floats of 32 and 64");
    if (l.channels == 0) chunk.refuse(2, "no channels");
    if (l.rate <= 0) chunk.refuse(4, "sample rate " + std::to_string(l.rate));
    if (chunk.number<std::uint16_t>(12) != l.channels * l.bytes())
        chunk.refuse(12, "the size of a frame is not that of its samples");
    return l;
}
/// A sample in [-1, 1).
inline float sample(const piece& data, std::size_t at, const layout& l) {
    const auto scaled = [](double value, int bits) { return static_cast<float>(std::ldexp(value, 1 - bits)); };
    if (l.kind == ieee_float)
        return l.bits == 32 ? data.number<float>(at) : static_cast<float>(data.number<double>(at));
    if (l.bits == 8) return scaled(data.number<std::uint8_t>(at) - 128.0, 8);
    if (l.bits == 16) return scaled(data.number<std::int16_t>(at), 16);
    if (l.bits == 32) return scaled(data.number<std::int32_t>(at), 32);
    return scaled(data.number<std::uint16_t>(at) + 65536.0 * data.number<std::int8_t>(at + 2), 24);
}
/// The whole number of so many bits that is nearest to a sample.
inline std::int32_t rounded(double sample, int bits) {
    const double one = std::ldexp(1.0, bits - 1);
    return std::isnan(sample) ? 0 : static_cast<std::int32_t>(std::clamp(std::nearbyint(sample * one), -one, one - 1));
}
}  // namespace io::wav

/// Reads a WAV file: whole numbers of 8, 16, 24 or 32 bits, float32, float64, also in the extensible format.
///
/// shapes    samples (frames, channels)
/// units     a whole number of b bits is divided by 2^(b-1); floats are as they are
/// errors    file_error with path and byte: not WAV, truncated, another format, sizes that contradict each other
/// edge      chunks other than fmt and data are passed over; a data chunk of a size not yet known when it was written
///           (0xffffffff) goes to the file's end
/// source    https://www.mmsp.ece.mcgill.ca/Documents/AudioFormats/WAVE/WAVE.html
/// test      tests/data/wav_test.cpp
wav_sound read_wav(const std::filesystem::path& path);

/// Writes a WAV file.
///
/// shapes    (frames, channels), at most 65535 channels
/// units     samples in [-1, 1); as whole numbers those outside of it are clipped, NaN is 0
/// errors    invalid_argument: sample_rate < 1, no channel, 4 GiB or more; file_error: the file cannot be written
/// test      tests/data/wav_test.cpp
void write_wav(const std::filesystem::path& path, const tensor<float, dyn, dyn>& samples, std::int32_t sample_rate,
               wav_format format = wav_format::pcm16);
/// The same of one channel.
inline void write_wav(const std::filesystem::path& path, const tensor<float, dyn>& samples, std::int32_t sample_rate,
                      wav_format format = wav_format::pcm16) {
    write_wav(path, tensor<float, dyn, dyn>::from(shape(samples.extent(0), 1), samples.span()), sample_rate, format);
}

#if TELAR_HAS_BODIES
TELAR_ONCE wav_sound read_wav(const std::filesystem::path& path) {
    using namespace io::wav;
    const std::vector<std::byte> bytes = read_raw_file(path);
    const io::piece file(bytes, path.string(), "WAV");
    if (!file.begins_with("RIFF") || file.text(8, 4) != "WAVE") file.refuse(0, "no RIFF file of kind WAVE");
    layout l;
    for (std::uint64_t at = 12;;) {
        if (at >= file.size()) file.refuse(file.size(), l.kind == 0 ? "no fmt chunk" : "no data chunk");
        const std::string_view name = file.text(at, 4);
        std::uint64_t size = file.number<std::uint32_t>(at + 4);
        at += 8;
        if (name == "data" && size == std::numeric_limits<std::uint32_t>::max()) size = file.size() - at;
        const io::piece chunk = file.part(at, size);
        if (name == "fmt ") l = layout_of(chunk);
        if (name == "data") {
            if (l.kind == 0) file.refuse(at - 8, "a data chunk before the fmt chunk");
            const std::uint64_t frame = l.channels * l.bytes();
            if (size % frame != 0) chunk.refuse(size - size % frame, "a part of a frame at the end");
            wav_sound sound{
                tensor<float, dyn, dyn>::uninitialized(shape(static_cast<extent_t>(size / frame), l.channels)), l.rate};
            std::size_t from = 0;
            for (float& s : sound.samples) s = sample(chunk, std::exchange(from, from + l.bytes()), l);
            return sound;
        }
        at += size + size % 2;
    }
}
TELAR_ONCE void write_wav(const std::filesystem::path& path, const tensor<float, dyn, dyn>& samples,
                          std::int32_t sample_rate, wav_format format) {
    using namespace io::wav;
    const bool is_float = format == wav_format::float32;
    const auto bits = static_cast<std::uint16_t>(is_float ? 32 : static_cast<int>(format));
    const std::uint64_t channels = static_cast<std::uint64_t>(samples.extent(1)), size = samples.size() * (bits / 8u);
    if (sample_rate < 1 || channels < 1 || channels * bits / 8 > 65535 || size > 0xffff'ff00u)
        fail<invalid_argument>("write_wav: samples of shape " + to_string(samples.extents()) + " at a rate of " +
                               std::to_string(sample_rate));
    const auto frame = static_cast<std::uint16_t>(channels * bits / 8);
    const std::uint64_t padded = size + size % 2;
    io::byte_writer w;
    w.text("RIFF").number(static_cast<std::uint32_t>((is_float ? 48 : 36) + padded)).text("WAVE");
    w.text("fmt ").number(std::uint32_t{16}).number(is_float ? ieee_float : pcm);
    w.number(static_cast<std::uint16_t>(channels)).number(sample_rate);
    w.number(static_cast<std::uint32_t>(static_cast<std::uint64_t>(sample_rate) * frame)).number(frame).number(bits);
    if (is_float) w.text("fact").number(std::uint32_t{4}).number(static_cast<std::uint32_t>(samples.extent(0)));
    w.text("data").number(static_cast<std::uint32_t>(size));
    for (const float s : samples) {
        if (is_float) {
            w.number(s);
            continue;
        }
        const std::int32_t n = bits == 8 ? rounded(s, 8) + 128 : rounded(s, bits);  // 8 bits alone have no sign
        w.raw(std::as_bytes(std::span(&n, 1)).first(bits / 8u));
    }
    w.pad(2);
    write_file(path, w.bytes());
}
#endif  // TELAR_HAS_BODIES

}  // namespace telar::inline TELAR_ABI
