// SPDX-License-Identifier: BSL-1.0
// Layers that choose at random among the other augmentations in training, and predict the identity. By Keras' names and
// defaults.
//
// What is chosen is a value of the run, one for the whole batch: of what costs much only the chosen is computed.
#pragma once
#include <telar/nn/layers/augmentation_contrast.hpp>
#include <telar/nn/layers/augmentation_geometry.hpp>

#include <array>
#include <tuple>

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
/// The kind, int32 (), and the numbers that each kind needs, (N,1,1,1): `down` and `right` are parts of the height and
/// the width, the angle is in radians, `addition` and `threshold` are of 0 .. 255, `brightness` is a part of the range
/// of values.
struct alteration {
    symbol kind;
    symbol shear_of_rows, shear_of_columns, down, right, angle, bits, addition, threshold, brightness, to_grey,
        contrast, sharpness;
};
inline constexpr std::size_t numbers_of_alteration = 12;

constexpr affine selected(symbol flag, const affine& a, const affine& b) {
    return {telar::where(flag, a.a0, b.a0), telar::where(flag, a.a1, b.a1), telar::where(flag, a.a2, b.a2),
            telar::where(flag, a.b0, b.b0), telar::where(flag, a.b1, b.b1), telar::where(flag, a.b2, b.b2)};
}
/// f(x) where the flag, of rank 0, is true, else x; only then it is computed: a scan of one step that may not be taken.
template <class F> constexpr symbol changed_if(symbol flag, symbol x, const F& f) {
    auto step = [&](symbol is_taken, symbol y) {
        return scanned{states(is_taken, ir::emit::broadcast_to(f(y), y.extents()))};
    };
    const symbol taken = ir::emit::scan(*x.g, 1, true);
    return expr::scanning::run(taken, step, states(flag, x.plain()), over(), direction::forward).state[1];
}
/// Images in the type of calculation, altered in one way. What costs little is computed and selected; of the others two
/// may share a condition, for each of them makes a block.
constexpr symbol altered(symbol image, const alteration& by, const value_limits& limits, const reading& r) {
    using kinds = alteration_kind;
    const auto is = [&](kinds k) { return by.kind == static_cast<int>(k); };
    const auto beside_space = [](symbol s) { return ir::emit::reshape(s, shape(s.extents()[0], 1, 1)); };
    const affine sheared = shear(image, beside_space(by.shear_of_rows), beside_space(by.shear_of_columns));
    const affine moved = translation(image, beside_space(by.down), beside_space(by.right));
    const affine turned = rotation(image, beside_space(by.angle));
    const affine map = selected(is(kinds::shear), sheared, selected(is(kinds::translation), moved, turned));
    symbol y = image;
    const auto change = [&](symbol flag, const auto& f) { y = changed_if(flag, y, f); };
    change(by.kind <= static_cast<int>(kinds::rotation), [&](symbol x) { return transformed(x, map, r); });
    change(is(kinds::equalization), [&](symbol x) { return equalized(x, 256, limits); });
    change(is(kinds::auto_contrast) || is(kinds::contrast), [&](symbol x) {
        return telar::where(is(kinds::auto_contrast), stretched(x, limits), with_contrast(x, by.contrast, limits));
    });
    change(is(kinds::color_degeneration) || is(kinds::sharpness), [&](symbol x) {
        return telar::where(is(kinds::sharpness), sharpened(x, by.sharpness, limits),
                            degenerated(x, by.to_grey, limits));
    });
    y = telar::where(is(kinds::posterization), posterized(y, ir::emit::cast(by.bits, dtype::int32), limits), y);
    y = telar::where(is(kinds::solarization), solarized(y, by.addition, by.threshold, limits), y);
    return telar::where(is(kinds::brightness), brightened(y, by.brightness, limits), y);
}
/// What all steps are told: kinds int32 (steps), numbers (steps,N,1,1,1) in the order of alteration's.
struct alterations {
    symbol kinds;
    std::array<symbol, numbers_of_alteration> numbers;

    constexpr std::array<symbol, 1 + numbers_of_alteration> all() const {
        std::array<symbol, 1 + numbers_of_alteration> of_steps{kinds};
        for (std::size_t i = 0; i < numbers_of_alteration; ++i) of_steps[1 + i] = numbers[i];
        return of_steps;
    }
};
/// One step after the other.
constexpr symbol altered_in_steps(symbol image, const alterations& by, const value_limits& limits, const reading& r) {
    const auto step = [&](symbol y, auto... told) {
        return scanned{states(altered(y, alteration{told...}, limits, r))};
    };
    return telar::scan(step, states(image), by.all()).state[0];
}
/// kept x + (1 - kept) sum_i share_i y_i, y_i being x altered in `depth` steps.   shares (chains), kept () or (1), the
/// steps of all chains in their order
constexpr symbol altered_in_chains(symbol image, const alterations& by, symbol shares, symbol kept, extent_t depth,
                                   const value_limits& limits, const reading& r) {
    ir::graph& g = *image.g;
    const extent_t chains = shares.extents()[0];
    const symbol steps = ir::emit::iota(g, chains * depth, dtype::int32);
    const symbol is_first = telar::floor_mod(steps, depth) == 0, is_last = telar::floor_mod(steps, depth) == depth - 1;
    const symbol each = ir::emit::broadcast_to(ir::emit::expand_dims(shares, {1}), shape(chains, depth));
    const symbol share = telar::where(is_last, ir::emit::reshape(each, shape(chains * depth)), 0);
    const auto step = [&](symbol y, symbol sum, symbol begins, symbol weight, auto... told) {
        const symbol next = altered(telar::where(begins, image, y), alteration{told...}, limits, r);
        return scanned{states(next, sum + weight * next)};
    };
    const auto told = by.all();
    const auto sequences = std::apply([&](auto... s) { return over(is_first, share, s...); }, told);
    const symbol sum = telar::scan(step, states(image, 0 * image), sequences).state[1];
    return within(kept * image.plain() + (1 - kept) * sum, limits);
}

// ---------------------------------------------------------------- draws
/// What alterations of a strength between 0 and 1 are told.   each (steps,N,1,1,1)
constexpr std::array<symbol, numbers_of_alteration> drawn_numbers(symbol image, extent_t steps,
                                                                  const part_range& strength, symbol state) {
    const auto each = [&](const factor_range& f) {
        const symbol u = expr::functions::uniform::of(state, ir::emit::next_streams(*image.g), coordinate_type(image),
                                                      shape(steps, image.extents()[0], 1, 1, 1));
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
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    static constexpr bool moves_images_alone = true;
    constexpr symbol operator()(symbol images) const {
        return augmentation::in_training(*this, images, "rand_augment", augmentation::has_colour, [&](symbol x) {
            if (num_ops < 1) return x;
            const symbol state = here.random_state();
            const int kinds = static_cast<int>(augmentation::alteration_kind::identity);
            const symbol chosen = augmentation::drawn_kinds(x, kinds, shape(num_ops), state);
            const augmentation::alterations by{chosen, augmentation::drawn_numbers(x, num_ops, factor, state)};
            return augmentation::altered_in_steps(ir::emit::widened(x), by, value_range,
                                                  {interpolation, fill_mode::reflect, 0});
        });
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
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    static constexpr bool moves_images_alone = true;
    constexpr symbol operator()(symbol images) const {
        return augmentation::in_training(*this, images, "aug_mix", augmentation::has_colour, [&](symbol x) {
            if (num_chains < 1 || chain_depth < 1) return x;
            const symbol state = here.random_state(), shares = augmentation::drawn_shares(x, alpha, num_chains, state);
            const symbol kept = ir::emit::part_of_axis(augmentation::drawn_shares(x, alpha, 2, state), 0, 0, 1);
            const symbol chosen = drawn_choices(x, state);
            const augmentation::alterations by{chosen,
                                               augmentation::drawn_numbers(x, num_chains * chain_depth, factor, state)};
            return augmentation::altered_in_chains(ir::emit::widened(x), by, shares, kept, chain_depth, value_range,
                                                   {interpolation, fill_mode::reflect, 0});
        });
    }

private:
    /// One for each step, the identity among them.
    constexpr symbol drawn_choices(symbol x, symbol state) const {
        using augmentation::alteration_kind;
        const int kinds = static_cast<int>(all_ops ? alteration_kind::identity : alteration_kind::brightness);
        const symbol kind = augmentation::drawn_kinds(x, kinds + 1, shape(num_chains * chain_depth), state);
        return telar::where(kind == kinds, static_cast<int>(alteration_kind::identity), kind);
    }
};

}  // namespace telar::inline TELAR_ABI::nn
