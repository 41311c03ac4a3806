// SPDX-License-Identifier: BSL-1.0
// Reinforcement learning. A policy learns to keep a pole upright on a cart, of nothing but how long it stood: REINFORCE
// with a baseline, a second net that says how long it will stand.
#include <cmath>
#include <iostream>
#include <telar/data.hpp>
#include <telar/nn.hpp>

#include "../labs/lab.hpp"

using namespace telar;

/// The physics, the numbers and the limits of Barto, Sutton and Anderson (1983), in steps of 0.02 s by Euler's method.
struct cart_pole {
    static constexpr int longest = 200;                     // steps of an episode
    float position = 0, speed = 0, angle = 0, turning = 0;  // m, m/s, rad, rad/s
    int steps = 0;

    explicit cart_pole(generator& random) {
        for (float* number : {&position, &speed, &angle, &turning})
            *number = static_cast<float>(random.uniform() * 0.1 - 0.05);
    }
    bool stands() const { return steps < longest && std::abs(position) <= 2.4f && std::abs(angle) <= 0.20943951f; }
    void push(bool right) {
        constexpr float gravity = 9.8f, mass = 1.1f, pole_mass = 0.1f, half_length = 0.5f, dt = 0.02f;
        const float force = right ? 10.0f : -10.0f, sine = std::sin(angle), cosine = std::cos(angle);
        const float push = (force + pole_mass * half_length * turning * turning * sine) / mass;
        const float twist =
            (gravity * sine - cosine * push) / (half_length * (4.0f / 3 - pole_mass * cosine * cosine / mass));
        const float pull = push - pole_mass * half_length * twist * cosine / mass;
        position += dt * speed, speed += dt * pull, angle += dt * turning, turning += dt * twist;
        ++steps;
    }
    tensor<float, 1, 4> seen() const { return {{position, speed, angle, turning}}; }
};

inline constexpr auto policy = nn::dense{32, nn::tanh} | nn::dense{2};  // log-odds of left and right
inline constexpr auto critic = nn::dense{32, nn::tanh} | nn::dense{1};  // what is still to come

using observations = tensor<float, dyn, 4>;
constexpr int episodes_per_step = 8, most_rounds = 150;
constexpr double discount = 0.99;

/// Mean steps over so many episodes, in each of which the likelier push is made.
double tested(const auto& actor, generator& random, int episodes) {
    double sum = 0;
    for (int i = 0; i < episodes; ++i) {
        cart_pole world(random);
        while (world.stands()) {
            const auto odds = actor(world.seen());
            world.push(odds(0, 1) > odds(0, 0));
        }
        sum += world.steps;
    }
    return sum / episodes;
}

struct result {
    double untrained = 0, trained = 0;
    std::vector<double> means;  // steps, of each round
};
result learn(std::uint64_t seed) {
    nn::model_of<policy, observations> actor(seed);
    nn::model_of<critic, observations> judge(seed + 100);
    input<"S", observations> S;
    input<"A", tensor<std::int32_t, dyn>> A;  // what was done: 0 left, 1 right
    input<"G", tensor<float, dyn>> G;         // what came of it: the discounted count of the steps that followed
    const auto expected = squeeze(scope<"critic">(judge)(S), axis<1>);
    const auto advantage = G - stop_gradient(expected);
    auto step = minimize(mean(advantage * sparse_softmax_cross_entropy(actor(S), A)) + mean(square(G - expected)),
                         adam{.learning_rate = 0.01});

    generator random(seed), test(1000 + seed);
    result r;
    r.untrained = tested(actor, test, 100);
    for (int round = 0; round < most_rounds; ++round) {
        std::vector<float> seen, gains;
        std::vector<std::int32_t> actions;
        for (int i = 0; i < episodes_per_step; ++i) {
            cart_pole world(random);
            while (world.stands()) {
                const auto state = world.seen();
                const auto odds = actor(state);
                const bool right = random.uniform() < 1 / (1 + std::exp(odds(0, 0) - odds(0, 1)));
                seen.insert(seen.end(), state.begin(), state.end());
                actions.push_back(right);
                world.push(right);
            }
            double gain = 0;
            gains.resize(actions.size());
            for (std::size_t t = 0; t < static_cast<std::size_t>(world.steps); ++t) {
                gain = (1 - discount) + discount * gain;
                gains[actions.size() - 1 - t] = static_cast<float>(gain);
            }
        }
        const auto count = static_cast<extent_t>(actions.size());
        run(step, S = observations::from(shape(count, 4), seen), A = actions, G = gains);
        r.means.push_back(static_cast<double>(count) / episodes_per_step);
    }
    r.trained = tested(actor, test, 100);
    std::cout << "seed " << seed << ": a pole stands for " << r.untrained << " steps before, " << r.trained
              << " after\n";
    return r;
}

int main(int count, char** words) {
    const int seeds = count > 1 ? std::stoi(words[1]) : 1;
    std::vector<chart_line> curves;
    bool is_learnt = true;
    for (int seed = 1; seed <= seeds; ++seed) {
        const result r = learn(static_cast<std::uint64_t>(seed));
        curves.push_back({"seed " + std::to_string(seed), r.means});
        is_learnt = is_learnt && r.trained >= 195;
    }
    save_line_chart(
        lab::picture("cart_pole.svg"), curves,
        {.title = "REINFORCE with a baseline", .x_label = "round of 8 episodes", .y_label = "steps, of 200"});
    return is_learnt ? 0 : 1;
}

// prints:
// /seed 1: a pole stands for [0-9.]+ steps before, (19[5-9]|200)[.0-9]* after/
