// SPDX-License-Identifier: BSL-1.0
// fit in several processes: what they check, and what they have in common beside the gradients' mean.
#pragma once
#include <telar/nn/fit_options.hpp>
#include <telar/run/process_group.hpp>
#include <telar/telar.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

namespace telar::inline TELAR_ABI::nn::replicas {

using distributed::process_group;

inline constexpr extent_t unknown_rows = -1;

// ---------------------------------------------------------------- what must be the same
/// Of the callbacks and validation data of a fit those that all processes have to have, because their numbers are sums
/// over all.
struct callback_kinds {
    bool validate, watch_batches;
};
template <class Net> std::string lines_of(Net& net) {
    std::string lines;
    for (const auto& p : net.parameters())
        lines += joined_text({p.path, " ", to_string(*p.extents), " ", telar::name_of(p.type), "\n"});
    return lines;
}
inline std::string lines_of(const fit_options& o, extent_t rows, const callback_kinds& callbacks) {
    const auto line = [](const char* name, auto value) { return name + (" = " + std::to_string(value)) + '\n'; };
    std::string lines = line("epochs", o.epochs) + line("verbose", o.verbose) + line("validation", callbacks.validate) +
                        line("callbacks of batches", callbacks.watch_batches) +
                        line("validation_split", o.validation_split) + line("validation_freq", o.validation_freq) +
                        line("steps_per_epoch", o.steps_per_epoch);
    if (rows != unknown_rows)
        lines +=
            line("rows", rows) + line("batch_size", o.batch_size) + line("shuffle", o.shuffle) + line("seed", o.seed);
    return lines;
}

// ---------------------------------------------------------------- random numbers
/// Each rank draws from a seed of its own, which follows from the first one's. That keeps its own, so that a
/// checkpoint, which it writes, holds what all of them go on from.
constexpr std::int64_t seed_of_rank(std::int64_t first, int rank) {
    constexpr std::uint64_t golden_ratio = 0x9E3779B97F4A7C15u;
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(first) ^
                                     (static_cast<std::uint64_t>(rank) * golden_ratio));
}
template <class Net> void share_random_state(process_group& group, Net& net) {
    using leaf = typename Net::leaf;
    for (int k = 0; k < leaf::width; ++k) {
        if (leaf::table.random < 0 || leaf::slots[static_cast<std::size_t>(k)] != leaf::table.random) continue;
        struct state {
            std::int64_t seed, position;
        } now;
        std::memcpy(&now, net.data(k), sizeof(now));
        now = distributed::from_first(group, now);
        now.seed = seed_of_rank(now.seed, group.rank());
        std::memcpy(net.data(k), &now, sizeof(now));
    }
}

// ---------------------------------------------------------------- what layers remember
/// f(values) of a parameter that is a float of any size.
template <class F> void with_floats(const auto& parameter, F f) {
    const auto values = [&]<class T>(T* data) {
        f(std::span<T>(data, static_cast<std::size_t>(parameter.extents->count())));
    };
    switch (parameter.type) {
        case dtype::float32: return values(static_cast<float*>(parameter.data));
        case dtype::float64: return values(static_cast<double*>(parameter.data));
        case dtype::float16: return values(static_cast<float16*>(parameter.data));
        case dtype::bfloat16: return values(static_cast<bfloat16*>(parameter.data));
        default: return;
    }
}
/// What is not trained, such as the moving means of batch_norm, becomes the mean over the ranks: x_0 + sum_r (x_r -
/// x_0) / ranks, so that what is the same in all keeps its bits.
template <class Net> void share_statistics(process_group& group, Net& net) {
    std::vector<double> own;
    const auto each = [&](auto f) {
        for (const auto& p : net.parameters())
            if (!p.trainable) with_floats(p, f);
    };
    each([&](auto values) {
        for (const auto v : values) own.push_back(static_cast<double>(v));
    });
    if (own.empty() || distributed::first_that_differs(group, std::as_bytes(std::span(own))) < 0) return;
    std::vector<double> first = own;
    group.broadcast(std::as_writable_bytes(std::span(first)));
    for (std::size_t i = 0; i < own.size(); ++i) own[i] = own[i] == first[i] ? 0 : own[i] - first[i];
    group.sum(std::span(own));
    const double ranks = group.size();
    std::size_t at = 0;
    each([&]<class T>(std::span<T> values) {
        for (T& v : values) {
            v = static_cast<T>(first[at] + own[at] / ranks);
            ++at;
        }
    });
}

// ---------------------------------------------------------------- begin and end
/// What the optimiser remembers, as the first process does.
template <class Step> void share_states(process_group& group, Step& step) {
    step.set_steps(distributed::from_first(group, step.steps()));
    int number = 0;
    for (const auto& own : step.remembered()) {
        struct {
            shape extents;
            std::uint64_t bytes;
        } first{own.extents, own.bytes};
        first = distributed::from_first(group, first);
        if (first.bytes > 0) {
            std::byte* const data = group.is_first() ? own.data : step.begin_state(number, first.extents);
            group.broadcast({data, static_cast<std::size_t>(first.bytes)});
        } else if (own.bytes > 0) {
            std::memset(own.data, 0, own.bytes);  // as the first begins
        }
        ++number;
    }
}
/// All processes have the same model and the same plan.
///
/// errors    replicas_differ
template <class Net>
void require_alike(process_group& group, Net& net, const fit_options& options, extent_t rows,
                   const callback_kinds& callbacks) {
    distributed::require_alike(group, "model", lines_of(net));
    distributed::require_alike(group, "plan", lines_of(options, rows, callbacks));
}
/// Before the first epoch: all processes go on from the first one's values.
template <class Trainer> void begin_alike(process_group& group, Trainer& trainer) {
    auto& net = trainer.net();
    group.broadcast({net.memory().data(), net.memory().size()});
    share_random_state(group, net);
    share_states(group, trainer.step());
    trainer.initial_epoch = distributed::from_first(group, trainer.initial_epoch);
    if constexpr (requires { trainer.optimizer().learning_rate.is_schedule(); })
        if (!trainer.optimizer().learning_rate.is_schedule()) {
            const double own = trainer.optimizer().learning_rate;
            trainer.optimizer().learning_rate = distributed::from_first(group, own);
        }
}
/// After each epoch: what was trained has the same bits in all processes; the rest becomes common.
///
/// errors    replicas_differ
template <class Net> void end_epoch(process_group& group, Net& net) {
    share_random_state(group, net);
    share_statistics(group, net);
    std::uint64_t own = 0;
    for (const auto& p : net.parameters())
        if (p.trainable) own = distributed::fingerprint_of({static_cast<const std::byte*>(p.data), p.bytes()}, own);
    const int other = distributed::first_that_differs(group, std::as_bytes(std::span(&own, 1)));
    if (other >= 0)
        fail<distributed::replicas_differ>(
            joined_text({"rank ", std::to_string(other), " of ", std::to_string(group.size()),
                         " has other parameters than rank 0 after the same steps: did a callback change the model or "
                         "the learning rate in one process only?"}));
}

// ---------------------------------------------------------------- what fit asks
/// The processes of a training: of one alone.
template <bool AreSeveral> struct processes {
    static bool is_first() { return true; }
    /// Whether it holds in any of them.
    static bool anywhere(bool here) { return here; }
    /// Whether another step is taken: one of them has a batch, and none was interrupted.
    static bool go_on(bool has_more, bool is_interrupted) { return has_more && !is_interrupted; }
    /// Each has its part of every batch.
    static void deal_out(auto&) {}
    static void add_up(std::span<double>) {}
    static void require_alike(auto&, const fit_options&, extent_t, const callback_kinds&) {}
    static void begin_alike(auto&) {}
    static void end_epoch(auto&) {}
};
/// Of several.
template <> struct processes<true> {
    process_group& group;

    bool is_first() const { return group.is_first(); }
    bool anywhere(bool here) const { return !go_on(true, here); }
    bool go_on(bool has_more, bool is_interrupted) const {
        struct answer {
            bool has_more, is_interrupted;
        };
        const auto all = distributed::gathered(group, answer{has_more, is_interrupted});
        return std::any_of(all.begin(), all.end(), [](const answer& a) { return a.has_more; }) &&
               std::none_of(all.begin(), all.end(), [](const answer& a) { return a.is_interrupted; });
    }
    void deal_out(auto& batches) const { batches.set_part(group.size(), group.rank()); }
    void add_up(std::span<double> sums) const { group.sum(sums); }
    void require_alike(auto& net, const fit_options& options, extent_t rows, const callback_kinds& callbacks) const {
        replicas::require_alike(group, net, options, rows, callbacks);
    }
    void begin_alike(auto& trainer) const { replicas::begin_alike(group, trainer); }
    void end_epoch(auto& net) const { replicas::end_epoch(group, net); }
};

}  // namespace telar::inline TELAR_ABI::nn::replicas
