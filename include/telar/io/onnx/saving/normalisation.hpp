// SPDX-License-Identifier: BSL-1.0
// A batch normalisation that predicts, found again: run times fold it into the convolution before it.
#pragma once
#include <telar/io/onnx/saving/elementwise.hpp>

namespace telar::inline TELAR_ABI::io::onnx::saving {

/// shift + (gain / sqrt(variance + epsilon)) (x - mean), each a number for each channel.
struct found_normalisation {
    int x = -1, mean = -1, variance = -1, gain = -1, shift = -1;
    double epsilon = 0;
};
/// The operand of a commuting operation that is of this kind, and the other one; false if there is none.
inline bool take_operand(writer& w, int id, op kind, int& found, int& other) {
    for (int k = 0; k < 2; ++k)
        if (w.operand(id, k).kind == kind) return found = w.g[id].in[k], other = w.g[id].in[1 - k], true;
    return false;
}
inline bool is_per_channel(writer& w, int id) { return w.g[id].extents.rank == 1 && w.g[id].type == dtype::float32; }
/// gain / sqrt(variance + epsilon), as gain (1 / root).
inline bool take_scale(writer& w, int id, found_normalisation& f) {
    int inverse = -1, sum = -1, epsilon = -1;
    if (w.g[id].kind != op::mul || !take_operand(w, id, op::div, inverse, f.gain)) return false;
    const int one = w.g[inverse].in[0], root = w.g[inverse].in[1];
    if (w.g[one].kind != op::constant || ir::number_of(w.g[one]) != 1 || w.g[root].kind != op::sqrt) return false;
    sum = w.g[root].in[0];
    if (w.g[sum].kind != op::add || !take_operand(w, sum, op::constant, epsilon, f.variance)) return false;
    f.epsilon = ir::number_of(w.g[epsilon]);
    return true;
}
inline bool write_normalisation(writer& w, int id) {
    found_normalisation f;
    int scaled = -1, centred = -1, scale = -1;
    const bool fits = take_operand(w, id, op::mul, scaled, f.shift) &&
                      take_operand(w, scaled, op::sub, centred, scale) && take_scale(w, scale, f);
    if (!fits) return false;
    f.x = w.g[centred].in[0], f.mean = w.g[centred].in[1];
    const stored_value x = w.value(f.x);
    const int rank = w.g[f.x].extents.rank;
    for (const int v : {f.shift, f.gain, f.mean, f.variance})
        if (!is_per_channel(w, v)) return false;
    if (rank < 3 || w.g[f.x].type != dtype::float32 || x.order != channels_last(rank)) return false;
    w.set(id,
          w.add("BatchNormalization", {x.name, w.plain(f.gain), w.plain(f.shift), w.plain(f.mean), w.plain(f.variance)},
                attributes().real("epsilon", static_cast<float>(f.epsilon))),
          x.order);
    return true;
}
inline void write_sum(writer& w, int id, const char* name) {
    if (!write_normalisation(w, id)) write_elementwise(w, id, name);
}

}  // namespace telar::inline TELAR_ABI::io::onnx::saving
