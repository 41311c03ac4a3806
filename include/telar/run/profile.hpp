// SPDX-License-Identifier: BSL-1.0
// profile: how long every kernel took, run by run. Only a session, a step or a workspace that is watched pays for it.
#pragma once
#include <telar/core/text_table.hpp>
#include <telar/run/cost.hpp>
#include <telar/run/kernel_text.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

namespace telar::inline TELAR_ABI {

/// Times the kernels of what it watches: profile p; session s; s.watch(p); ... std::cout << p;
///
/// units     nanoseconds of std::chrono::steady_clock, from just before a kernel to just after it; what a run does
///           beside its kernels (checks, copying new values into variables) is in none of them. Reading the clock takes
///           some tens of nanoseconds, which are part of each: a kernel of a hundred is measured too long.
/// edge      belongs to one thread at a time, as the sessions that it watches; it must outlive their runs
/// test      tests/run/profile_test.cpp
class profile final : public kernel_observer {
public:
    /// One run of a kernel.
    struct event {
        const runtime::program_tables* program;
        int kernel;
        std::int64_t start, duration;  // start: since the first event
        runtime::kernel_text::space space;
        kernel_cost cost;
    };
    /// All runs of a kernel.
    struct row {
        const runtime::program_tables* program;
        int kernel;
        std::int64_t calls = 0, time = 0, least = 0;  // least: of one call; the mean also holds what disturbed others
        runtime::kernel_text::space space{};          // an extent that was not always the same is dyn
        kernel_cost cost{};                           // of all calls

        double mean() const { return static_cast<double>(time) / static_cast<double>(calls); }
        /// Operations, bytes in a nanosecond: GFLOP/s, GB/s.
        double operations_rate() const { return rate(cost.operations); }
        double bytes_rate() const { return rate(cost.bytes()); }

    private:
        double rate(extent_t amount) const {
            return time == 0 ? 0 : static_cast<double>(amount) / static_cast<double>(time);
        }
    };

    /// Keeps the first `most_events` runs of kernels one by one, for save_trace; rows() know of all.
    explicit profile(std::size_t most_events = 100'000) : most_events_(most_events) {}

    /// By time, the longest first.
    std::vector<row> rows() const {
        std::vector<row> sorted = rows_;
        std::stable_sort(sorted.begin(), sorted.end(), [](const row& a, const row& b) { return a.time > b.time; });
        return sorted;
    }
    const std::vector<event>& events() const { return events_; }
    /// How many runs of kernels were not kept as events.
    std::int64_t dropped() const { return dropped_; }
    /// In the order of their first run; a row's or an event's program is one of them.
    const std::vector<const runtime::program_tables*>& programs() const { return programs_; }
    /// The place of a program among them.
    int number_of(const runtime::program_tables* program) const {
        return static_cast<int>(std::find(programs_.begin(), programs_.end(), program) - programs_.begin());
    }
    std::int64_t total_time() const {
        std::int64_t sum = 0;
        for (const row& r : rows_) sum += r.time;
        return sum;
    }
    /// Forgets everything, and goes on watching.
    void clear() { *this = profile(most_events_); }

    void kernel_begins(const runtime::program_tables&, const extent_t*, int) override { begun_ = clock::now(); }
    void kernel_ended(const runtime::program_tables& p, const extent_t* dims, int number) override {
        const clock::time_point now = clock::now();
        const ir::kernel& k = p.kernels[number];
        if (rows_.empty()) origin_ = begun_;
        event e{&p,
                number,
                since(origin_, begun_),
                since(begun_, now),
                runtime::kernel_text::space_of(k, dims),
                cost_of(p, k, dims)};
        add(e);
        if (events_.size() < most_events_) events_.push_back(e);
        else ++dropped_;
    }

private:
    using clock = std::chrono::steady_clock;
    static std::int64_t since(clock::time_point from, clock::time_point to) {
        return std::chrono::duration_cast<std::chrono::nanoseconds>(to - from).count();
    }
    void add(const event& e) {
        row& r = row_of(e);
        for (int i = 0; i < r.space.extents.rank; ++i)
            if (r.space.extents[i] != e.space.extents[i]) r.space.extents[i] = dyn;
        if (r.space.depth != e.space.depth) r.space.depth = dyn;
        r.least = r.calls == 0 ? e.duration : std::min(r.least, e.duration);
        ++r.calls;
        r.time += e.duration;
        r.cost += e.cost;
    }
    /// The rows of a program stand next to each other, kernel by kernel.
    row& row_of(const event& e) {
        std::size_t first = 0;
        for (const runtime::program_tables* program : programs_) {
            if (program == e.program) return begun_row(first, e);
            first += static_cast<std::size_t>(program->kernel_count);
        }
        programs_.push_back(e.program);
        for (int k = 0; k < e.program->kernel_count; ++k) rows_.push_back({e.program, k});
        return begun_row(first, e);
    }
    row& begun_row(std::size_t first, const event& e) {
        row& r = rows_[first + static_cast<std::size_t>(e.kernel)];
        if (r.calls == 0) r.space = e.space;
        return r;
    }

    std::size_t most_events_;
    std::vector<const runtime::program_tables*> programs_;
    std::vector<row> rows_;
    std::vector<event> events_;
    std::int64_t dropped_ = 0;
    clock::time_point origin_, begun_;
};

/// One line for each kernel that ran, the longest first, and what there is to know of each.
std::string to_string(const profile& p);
inline std::ostream& operator<<(std::ostream& out, const profile& p) { return out << to_string(p); }

#if TELAR_HAS_BODIES
TELAR_ONCE std::string to_string(const profile& p) {
    using enum core::text_table::align;
    core::text_table table({{"program"},
                            {"kernel"},
                            {"kind", left},
                            {"space", left},
                            {"calls"},
                            {"total ms"},
                            {"mean us"},
                            {"least us"},
                            {"share"},
                            {"GFLOP/s"},
                            {"GB/s"},
                            {"computes", left},
                            {"scope", left}});
    const auto total = static_cast<double>(p.total_time());
    for (const profile::row& r : p.rows()) {
        const ir::kernel& k = r.program->kernels[r.kernel];
        const auto time = static_cast<double>(r.time);
        table.add({std::to_string(p.number_of(r.program)), std::to_string(r.kernel),
                   std::string(runtime::kernel_text::kind(k)), runtime::kernel_text::written(k, r.space),
                   std::to_string(r.calls), core::decimal_text(time * 1e-6, 3), core::decimal_text(r.mean() * 1e-3, 3),
                   core::decimal_text(static_cast<double>(r.least) * 1e-3, 3),
                   core::decimal_text(total == 0 ? 0 : 100 * time / total, 1) + " %",
                   core::decimal_text(r.operations_rate(), 2), core::decimal_text(r.bytes_rate(), 2),
                   runtime::kernel_text::computes(*r.program, k),
                   std::string(runtime::kernel_text::region(*r.program, k))});
    }
    return table.text();
}
#endif  // TELAR_HAS_BODIES

}  // namespace telar::inline TELAR_ABI
