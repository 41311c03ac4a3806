// SPDX-License-Identifier: BSL-1.0
// Layers that choose at random among the other augmentations in training, and predict the identity. By Keras' names and
// defaults.
//
// What is chosen is a value of the run: an image is altered in all ways at once, and the chosen one is selected. Maps
// of coordinates are selected before an image is read by one of them.
#pragma once
#include <telar/nn/layers/augmentation_contrast.hpp>

#include <array>
#include <utility>

namespace telar::inline TELAR_ABI::nn {

namespace augmentation {

// clang-format off
/// In what ways an image is altered. aug_mix without all_ops chooses among the first seven.
enum class alteration_kind : std::int32_t {
    shear, translation, rotation, posterization, solarization, auto_contrast, equalization,
    brightness, color_degeneration, contrast, sharpness,
    identity
};
// clang-format on
/// The kind, int32 () or (N,1,1,1), and the numbers that each kind needs, (N,1,1,1): `down` and `right` are parts of
/// the height and the width, the angle is in radians, `addition` and `threshold` are of 0 .. 255, `brightness` is a
/// part of the range of values.
struct alteration {
    symbol kind;
    symbol shear_of_rows, shear_of_columns, down, right, angle, bits, addition, threshold, brightness, to_grey,
        contrast, sharpness;
};
inline constexpr std::size_t numbers_of_alteration = 12;

constexpr affine shear(symbol image, symbol of_rows, symbol of_columns) {
    const symbol one = number(image, 1), zero = number(image, 0);
    return {one, of_rows, zero, of_columns, one, zero};
}
constexpr affine selected(symbol flag, const affine& a, const affine& b) {
    return {telar::where(flag, a.a0, b.a0), telar::where(flag, a.a1, b.a1), telar::where(flag, a.a2, b.a2),
            telar::where(flag, a.b0, b.b0), telar::where(flag, a.b1, b.b1), telar::where(flag, a.b2, b.b2)};
}
/// An image in the type of calculation, altered in one way.
constexpr symbol altered(symbol image, const alteration& by, const value_limits& limits, const reading& r) {
    using kinds = alteration_kind;
    const auto is = [](symbol kind, kinds k) { return kind == static_cast<int>(k); };
    const auto beside_space = [](symbol s) {  // (N,1,1)
        return s.rank() == 0 ? s : ir::emit::reshape(s, shape(s.extents()[0], 1, 1));
    };
    const symbol kind = beside_space(by.kind);
    const affine sheared = shear(image, beside_space(by.shear_of_rows), beside_space(by.shear_of_columns));
    const affine moved = translation(image, beside_space(by.down), beside_space(by.right));
    const affine turned = rotation(image, beside_space(by.angle));
    const affine map = selected(is(kind, kinds::shear), sheared, selected(is(kind, kinds::translation), moved, turned));
    const symbol bits = ir::emit::cast(by.bits, dtype::int32);
    const std::pair<symbol, symbol> others[]{
        {is(by.kind, kinds::posterization), posterized(image, bits, limits)},
        {is(by.kind, kinds::solarization), solarized(image, by.addition, by.threshold, limits)},
        {is(by.kind, kinds::auto_contrast), stretched(image, limits)},
        {is(by.kind, kinds::equalization), equalized(image, 256, limits)},
        {is(by.kind, kinds::brightness), brightened(image, by.brightness, limits)},
        {is(by.kind, kinds::color_degeneration), degenerated(image, by.to_grey, limits)},
        {is(by.kind, kinds::contrast), with_contrast(image, by.contrast, limits)},
        {is(by.kind, kinds::sharpness), sharpened(image, by.sharpness, limits)}};
    symbol y = telar::where(by.kind <= static_cast<int>(kinds::rotation), transformed(image, map, r), image.plain());
    for (const auto& [flag, other] : others) y = telar::where(flag, other, y);
    return y;
}
/// In several steps: kinds int32 (steps) or (steps,N,1,1,1), numbers (steps,N,1,1,1) in the order of alteration's.
constexpr symbol altered_in_steps(symbol image, symbol kinds, const std::array<symbol, numbers_of_alteration>& numbers,
                                  const value_limits& limits, const reading& r) {
    std::array<symbol, 1 + numbers_of_alteration> all{kinds};
    for (std::size_t i = 0; i < numbers_of_alteration; ++i) all[1 + i] = numbers[i];
    const auto step = [&](symbol y, auto... by) { return scanned{states(altered(y, alteration{by...}, limits, r))}; };
    return telar::scan(step, states(image), all).state[0];
}

// ---------------------------------------------------------------- draws
/// What alterations of a strength between 0 and 1 are told.   each (steps,N,1,1,1)
constexpr std::array<symbol, numbers_of_alteration> drawn_numbers(symbol image, extent_t steps, extent_t images,
                                                                  const part_range& strength, symbol state) {
    const auto each = [&](const factor_range& f) {
        const symbol u = expr::functions::uniform::of(state, ir::emit::next_streams(*image.g), coordinate_type(image),
                                                      shape(steps, images, 1, 1, 1));
        return f.lower + (f.upper - f.lower) * u;
    };
    const int most_bits = static_cast<int>(8 * strength.upper);
    const symbol side = telar::where(each({-1, 1}) < 0, number(image, -1), number(image, 1));
    const symbol of_rows = side * each(strength), of_columns = side * each(strength);
    const symbol down = each(strength), right = each(strength), angle = 6.283185307179586 * each(strength);
    const symbol bits = floor_of(each({1, most_bits < 2 ? 2.0 : most_bits}));
    const symbol addition = 255 * each(strength), threshold = 255 * each(strength);
    const symbol brightness = each(strength), to_grey = each(strength);
    const symbol contrast = each(contrast_factors(strength)), sharpness = 2 * each(strength);
    return {of_rows,  of_columns, down,       right,   angle,    bits,
            addition, threshold,  brightness, to_grey, contrast, sharpness};
}
/// 0 .. count - 1, each as likely: int32 of these extents.
constexpr symbol drawn_kinds(symbol image, int count, const shape& extents, symbol state) {
    const symbol u =
        expr::functions::uniform::of(state, ir::emit::next_streams(*image.g), coordinate_type(image), extents);
    return telar::minimum(ir::emit::cast(u * static_cast<double>(count), dtype::int32), count - 1);
}
/// The logarithms of numbers of the gamma distribution of a shape: the first of 16 attempts that is accepted, of which
/// one in twenty is not. A shape below 1 is that of 1 more, times u^(1 / shape).   (count)
///
/// source    Marsaglia and Tsang, ACM Trans. Math. Softw. 26 (2000)
constexpr symbol drawn_log_gamma(symbol image, double of_shape, extent_t count, symbol state) {
    const dtype type = coordinate_type(image);
    const auto uniform = [&](const shape& extents) {  // above 0
        return 1 - expr::functions::uniform::of(state, ir::emit::next_streams(*image.g), type, extents);
    };
    const double d = (of_shape < 1 ? of_shape + 1 : of_shape) - 1.0 / 3;
    const shape attempts(16, count);
    const symbol x = expr::functions::normal::of(state, ir::emit::next_streams(*image.g), type, attempts);
    const symbol root = 1 + telar::rsqrt(number(image, 9 * d)) * x, v = root * root * root;
    const symbol is_positive = v > 0, log_v = telar::log(telar::where(is_positive, v, 1));
    const symbol is_accepted = is_positive && telar::log(uniform(attempts)) < 0.5 * x * x + d - d * v + d * log_v;
    const symbol first = telar::argmax(ir::emit::cast(is_accepted, dtype::int32), 0, true);  // (1,count)
    const symbol attempt = ir::emit::reshape(ir::emit::iota(*image.g, 16, dtype::int64), shape(16, 1));
    const symbol chosen = ir::emit::reduce(op::sum, telar::where(attempt == first, log_v, 0), 1, false);
    const symbol log_gamma = telar::log(number(image, d)) + chosen;
    if (of_shape >= 1) return log_gamma;
    return log_gamma + telar::log(uniform(shape(count))) / of_shape;
}
/// Of the Dirichlet distribution whose numbers are all alpha: they add up to 1.   (count)
constexpr symbol drawn_shares(symbol image, double alpha, extent_t count, symbol state) {
    return telar::softmax(drawn_log_gamma(image, alpha, count, state), 0);
}

/// An image once for each chain.   (N,H,W,C) -> (chains N,H,W,C)
constexpr symbol repeated(symbol image, extent_t chains) {
    const shape s = image.extents();
    const symbol all = ir::emit::broadcast_to(image, shape(chains, s[0], s[1], s[2], s[3]));
    return ir::emit::reshape(all, shape(image.g->dims.multiply(chains, s[0]), s[1], s[2], s[3]));
}
/// kept x + (1 - kept) sum_i share_i y_i.   x (N,H,W,C), y (chains N,H,W,C), shares (chains), kept () or (1)
constexpr symbol mixed(symbol image, symbol of_chains, symbol shares, symbol kept, const value_limits& limits) {
    const shape s = image.extents();
    const extent_t chains = shares.extents()[0];
    const symbol each = ir::emit::reshape(of_chains, shape(chains, s[0], s[1], s[2], s[3]));
    const symbol sum = ir::emit::reduce(op::sum, ir::emit::reshape(shares, shape(chains, 1, 1, 1, 1)) * each, 1, false);
    return within(kept * image.plain() + (1 - kept) * sum, limits);
}

}  // namespace augmentation

/// num_ops augmentations one after another, each chosen among eleven: shear, translation, rotation, brightness, color
/// degeneration, contrast, sharpness, posterization, solarization, auto contrast, equalization. The choice is one for
/// the batch; the strength, up to `factor`, is drawn for each image.
///
/// shapes    (N,H,W,3) or (N,H,W,1) -> the same
/// errors    E126 convolution_does_not_fit: other images
/// edge      an augmentation that is chosen twice draws its strength twice; Keras 3.15 uses the first one again
/// source    Keras' RandAugment; Cubuk, Zoph, Shlens and Le, arXiv:1909.13719
/// test      tests/fixtures/keras_colour_test.cpp, tests/nn/colour_test.cpp
struct rand_augment {
    value_limits value_range{};
    int num_ops = 2;
    part_range factor = 0.5;
    nn::interpolation interpolation = nn::interpolation::bilinear;
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "rand_augment");
        if (!augmentation::has_colour(x)) return x;
        x = preprocessing::as_float(here, x);
        if (!is_training(x) || num_ops < 1) return call.gives(x);
        const symbol state = here.random_state();
        const int kinds = static_cast<int>(augmentation::alteration_kind::identity);
        const symbol chosen = augmentation::drawn_kinds(x, kinds, shape(num_ops), state);
        const auto numbers = augmentation::drawn_numbers(x, num_ops, x.extents()[0], factor, state);
        const symbol y = augmentation::altered_in_steps(ir::emit::widened(x), chosen, numbers, value_range,
                                                        {interpolation, fill_mode::reflect, 0});
        return call.gives(ir::emit::cast(y, x.type()));
    }
};

/// kept x + (1 - kept) sum_i share_i y_i, where y_i is x after chain_depth augmentations, each chosen among those of
/// rand_augment and the identity. Without all_ops brightness, color degeneration, contrast and sharpness are left out.
/// `kept` has a Beta distribution, the shares a Dirichlet distribution, both of alpha. They and the choices are drawn
/// once for the batch, the strengths, up to `factor`, for each image.
///
/// shapes    (N,H,W,3) or (N,H,W,1) -> the same
/// errors    E126 convolution_does_not_fit: other images
/// edge      each step of a training draws its choices; Keras 3.15 draws them once, as it traces the step
/// source    Keras' AugMix; Hendrycks, Mu, Cubuk, Zoph, Gilmer and Lakshminarayanan, arXiv:1912.02781
/// test      tests/fixtures/keras_colour_test.cpp, tests/nn/colour_test.cpp
struct aug_mix {
    value_limits value_range{};
    int num_chains = 3, chain_depth = 3;
    part_range factor = 0.3;
    double alpha = 1;
    bool all_ops = true;
    nn::interpolation interpolation = nn::interpolation::bilinear;
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "aug_mix");
        if (!augmentation::has_colour(x)) return x;
        x = preprocessing::as_float(here, x);
        if (!is_training(x) || num_chains < 1) return call.gives(x);
        const symbol state = here.random_state(), image = ir::emit::widened(x);
        const symbol shares = augmentation::drawn_shares(x, alpha, num_chains, state);
        const symbol kept = ir::emit::part_of_axis(augmentation::drawn_shares(x, alpha, 2, state), 0, 0, 1);
        symbol copies = augmentation::repeated(image, num_chains);
        if (chain_depth > 0) {
            const extent_t count = copies.extents()[0];
            const auto numbers = augmentation::drawn_numbers(x, chain_depth, count, factor, state);
            copies = augmentation::altered_in_steps(copies, drawn_choices(x, state), numbers, value_range,
                                                    {interpolation, fill_mode::reflect, 0});
        }
        const symbol y = augmentation::mixed(image, copies, shares, kept, value_range);
        return call.gives(ir::emit::cast(y, x.type()));
    }

private:
    /// One for each step of each chain, the identity among them.   (depth,chains N,1,1,1)
    constexpr symbol drawn_choices(symbol x, symbol state) const {
        using augmentation::alteration_kind;
        const int kinds = static_cast<int>(all_ops ? alteration_kind::identity : alteration_kind::brightness);
        const symbol kind = augmentation::drawn_kinds(x, kinds + 1, shape(chain_depth, num_chains, 1), state);
        const symbol chosen = telar::where(kind == kinds, static_cast<int>(alteration_kind::identity), kind);
        const extent_t n = x.extents()[0], all = x.g->dims.multiply(num_chains, n);
        return ir::emit::reshape(ir::emit::broadcast_to(chosen, shape(chain_depth, num_chains, n)),
                                 shape(chain_depth, all, 1, 1, 1));
    }
};

}  // namespace telar::inline TELAR_ABI::nn
