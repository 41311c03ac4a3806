// SPDX-License-Identifier: BSL-1.0
// Training one model in several processes: each has a part of the batch, all take the same step.
#pragma once
#include <telar/run/process_group.hpp>
#include <telar/run/program_tables.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::distributed {

/// Another optimiser, on the mean of the gradients of all processes of a group: distributed::data_parallel(world,
/// adam{}). Process r with n_r samples has part n_r / sum n in the mean, so that it is the gradient of the whole batch.
/// The optimiser's rule, what clips together and what scales the loss see that mean alone, the same bits in every
/// process.
///
/// edge      before its first step the process takes the values that are trained from rank 0. All processes take the
///           same number of steps; one that has no batch left calls step.without_batch()
/// errors    replicas_differ, at the first step: the processes train other parameters. E321 gradients_of_several_types
/// test      tests/run/data_parallel_test.cpp, tests/distributed/mpi_test.cpp
template <class Optimizer> struct data_parallel_optimizer : Optimizer {
    static constexpr bool is_data_parallel = true;
    process_group* group = nullptr;
    double samples = 1;  // of this process in the next step; any unit, if it is the same in all. fit sets it
    /// Sums of so many bytes begin while other gradients are computed; 0: all in one, behind the last of them.
    std::size_t overlap_bytes = 0;
};
template <class Optimizer> data_parallel_optimizer<Optimizer> data_parallel(process_group& group, Optimizer optimizer) {
    return {std::move(optimizer), &group, 1, 0};
}
template <class Optimizer> inline constexpr bool is_data_parallel = requires { Optimizer::is_data_parallel; };

}  // namespace telar::inline TELAR_ABI::distributed

namespace telar::inline TELAR_ABI::runtime::training {

/// The values of these leaves become those of the first process; all must have the same names, types and shapes.
///
/// errors    replicas_differ
inline void take_values_of_first(distributed::process_group& group, const leaf_info* infos, const leaf_value* leaves,
                                 std::span<const std::size_t> numbers) {
    std::string lines;
    for (const std::size_t n : numbers)
        lines += joined_text(
            {infos[n].name, " ", to_string(*leaves[n].extents), " ", telar::name_of(infos[n].type.type), "\n"});
    distributed::require_alike(group, "model", lines);
    for (const std::size_t n : numbers) {
        auto* const data = static_cast<std::byte*>(const_cast<void*>(leaves[n].data));  // a variable's
        group.broadcast({data, static_cast<std::size_t>(leaves[n].extents->count()) * size_of(infos[n].type.type)});
    }
}

/// Behind the gradients lie the loss and the number of samples, which are sent with them.
inline constexpr std::size_t places_behind_gradients = 2;

/// g <- sum_r n_r g_r / sum_r n_r over processes r of n_r samples, and the same of the loss. The memory holds the
/// gradients, behind them two free places.
template <class T> class mean_over_processes {
public:
    mean_over_processes(distributed::process_group& group, double samples, std::span<T> memory)
        : group_(group),
          samples_(static_cast<T>(samples)),
          memory_(memory),
          count_(memory.size() - places_behind_gradients),
          left_(count_) {}

    /// The gradients from element `first` on are computed: those of them that are not yet under way begin.
    void begin_from(std::size_t first) {
        if (group_.size() == 1 || first >= left_) return;
        begin(first, left_);
        left_ = first;
    }
    /// Waits for all sums, divides, and returns the mean loss.
    ///
    /// errors    invalid_argument: no process has a sample
    T finish(T loss) {
        if (group_.size() == 1 && samples_ > 0) return loss;
        memory_[count_] = loss;
        memory_[count_ + 1] = 1;
        if (left_ == count_) {  // as one message
            begin(0, memory_.size());
        } else {
            begin_from(0);
            begin(count_, memory_.size());
        }
        group_.finish_sums();
        const T all = memory_[count_ + 1];
        if (!(all > 0))
            fail<invalid_argument>("data_parallel: a step of " + std::to_string(all) +
                                   " samples in all processes together");
        for (T& v : memory_.first(count_ + 1)) v /= all;
        return memory_[count_];
    }

private:
    void begin(std::size_t first, std::size_t end) {
        const std::span<T> part = memory_.subspan(first, end - first);
        if (samples_ != 1)
            for (T& v : part) v = samples_ == 0 ? 0 : v * samples_;
        group_.begin_sum(part);
    }

    distributed::process_group& group_;
    T samples_;
    std::span<T> memory_;
    std::size_t count_, left_;  // of the gradients: how many, and how many are not under way
};

/// Where a gradient lies among the others, and the kernel after which it, and all behind it, is complete.
struct gradient_place {
    std::size_t first = 0;
    int last_kernel = 0;
};
/// Fills in the kernels of a program whose root 1 + i is gradient i.
inline void find_last_kernels(const program_tables& p, std::span<gradient_place> places) {
    std::vector<int> of_root(static_cast<std::size_t>(p.root_count), p.kernel_count);  // never early
    for (int b = 0; b < p.buffer_count; ++b) {
        const slot& s = p.buffers[b];
        if (s.where != storage::result) continue;
        int last = s.last;
        for (int r = 0; r < p.repetition_count; ++r)  // of kernels that are repeated all
            if (last >= p.repetitions[r].first && last < p.repetitions[r].end) last = p.repetitions[r].end - 1;
        of_root[static_cast<std::size_t>(s.index)] = last;
    }
    int complete = 0;
    for (std::size_t i = places.size(); i-- > 0;) places[i].last_kernel = complete = std::max(complete, of_root[1 + i]);
}
/// Begins the sum of gradients that are complete while the step computes others, so many bytes at a time. (Derivatives
/// come from the last layer to the first; so do gradients in memory.)
template <class T> class early_sums final : public kernel_observer {
public:
    early_sums(mean_over_processes<T>& mean, std::span<const gradient_place> places, std::size_t count,
               std::size_t bytes_at_once, kernel_observer* watcher)
        : mean_(mean),
          places_(places),
          left_(places.size()),
          begun_from_(count),
          at_once_(bytes_at_once / sizeof(T)),
          watcher_(watcher) {}

    void kernel_begins(const program_tables& p, const extent_t* dims, int kernel) override {
        advance_to(kernel);
        if (watcher_) watcher_->kernel_begins(p, dims, kernel);
    }
    void kernel_ended(const program_tables& p, const extent_t* dims, int kernel) override {
        if (watcher_) watcher_->kernel_ended(p, dims, kernel);
    }
    /// Begins what can begin before this kernel, the sums one after the other as the kernels before it complete them:
    /// a process in which a loop takes no step begins the same sums as the others.
    void advance_to(int kernel) {
        while (at_kernel_ < kernel) begin_before(++at_kernel_);
    }

private:
    void begin_before(int kernel) {
        while (left_ > 0 && places_[left_ - 1].last_kernel < kernel) --left_;
        if (left_ == places_.size() || at_once_ == 0) return;
        const std::size_t first = places_[left_].first;
        if (begun_from_ - first < at_once_) return;
        mean_.begin_from(first);
        begun_from_ = first;
    }

    mean_over_processes<T>& mean_;
    std::span<const gradient_place> places_;
    std::size_t left_, begun_from_, at_once_;
    int at_kernel_ = -1;
    kernel_observer* watcher_;
};

/// The gradients of a step in one piece of memory, and their mean.
template <class T> class shared_gradients {
public:
    /// `offset(i)`: the bytes before gradient i of so many; `memory` has places_behind_gradients more.
    void place(const program_tables& p, std::size_t count, auto offset, std::span<std::byte> memory) {
        memory_ = {reinterpret_cast<T*>(memory.data()), memory.size() / sizeof(T)};
        bool is_new = places_.size() != count;
        places_.resize(count);
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t first = offset(i) / sizeof(T);
            is_new = is_new || places_[i].first != first;
            places_[i].first = first;
        }
        if (is_new) find_last_kernels(p, places_);
    }
    /// Computes the step by `run(observer)`, which tells the observer of its kernels, unless this process has no batch;
    /// then the loss and the gradients become the means of all processes.
    template <class Optimizer, class Number>
    void step(const program_tables& p, const Optimizer& optimizer, bool has_batch, kernel_observer* watcher, auto run,
              Number* loss) {
        if (has_batch && !(optimizer.samples > 0))
            fail<invalid_argument>("data_parallel: samples is " + std::to_string(optimizer.samples) +
                                   ": a process without a batch calls without_batch()");
        mean_over_processes<T> mean(*optimizer.group, has_batch ? optimizer.samples : 0, memory_);
        early_sums<T> early(mean, places_, memory_.size() - places_behind_gradients, optimizer.overlap_bytes, watcher);
        const bool is_early = optimizer.overlap_bytes > 0 && optimizer.group->size() > 1;
        if (has_batch) run(is_early ? &early : watcher);
        if (is_early) early.advance_to(p.kernel_count - 1);
        *loss = static_cast<Number>(mean.finish(static_cast<T>(*loss)));
    }

private:
    std::span<T> memory_;
    std::vector<gradient_place> places_;
};

}  // namespace telar::inline TELAR_ABI::runtime::training
