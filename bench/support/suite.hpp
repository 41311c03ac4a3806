// SPDX-License-Identifier: BSL-1.0
// The harness of the benches. A row compares variants of one piece of work: their results are compared first (who
// disagrees is not timed), then they take turns, a short slice each, many rounds. Ratios are made within a round, and
// so is the share of the roofline's bound, since the clock of a machine drifts and its neighbours come and go.
#pragma once
#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "roofline.hpp"

namespace bench {

/// What a row has to do at least. operations: additions and multiplications in the formula, an elementary function as
/// said below; bytes: each array once; footprint: of all that is touched (0: as bytes).
struct work {
    double operations = 0;
    double bytes = 0;
    bench::access access = bench::access::triad;
    double footprint = 0;
};

/// Operations that an elementary function counts as: the multiply-adds of a good float32 implementation, two each.
inline constexpr double exp_operations = 20, log_operations = 24, tanh_operations = 28, reciprocal_operations = 5;
inline constexpr double sigmoid_operations = exp_operations + 2 + reciprocal_operations;

/// |a - b| <= absolute + relative |b|.
struct tolerance {
    double relative = 1e-5, absolute = 1e-6;
};

/// One way to do the work. The call is compiled into the loop that repeats it.
struct variant {
    std::string name;
    std::function<void(long calls)> repeat;
    std::function<std::vector<float>()> result;  // of a call just made; none: not compared
    std::function<void()> prepare;               // before that call
};

/// A row of the table: what is done, at what size, by whom. The first variant is the one that others are divided by.
class row {
public:
    row(std::string workload, std::string size, work w, tolerance t = {})
        : workload_(std::move(workload)), size_(std::move(size)), work_(w), tolerance_(t) {}

    /// `output`: where the call writes its result; it is filled with NaN before the call that is compared.
    template <class F> row& add(std::string name, F f, std::span<float> output) {
        return push(
            std::move(name), std::move(f), [output] { return std::vector<float>(output.begin(), output.end()); },
            [output] { std::fill(output.begin(), output.end(), std::nanf("")); });
    }
    /// `result`: a function that returns the numbers to compare, after one call that `prepare` preceded.
    template <class F>
    row& add(std::string name, F f, std::function<std::vector<float>()> result, std::function<void()> prepare = {}) {
        return push(std::move(name), std::move(f), std::move(result), std::move(prepare));
    }
    /// Not compared with the others.
    template <class F> row& add(std::string name, F f) { return push(std::move(name), std::move(f), {}, {}); }

private:
    friend class suite;
    template <class F>
    row& push(std::string name, F f, std::function<std::vector<float>()> result, std::function<void()> prepare) {
        variants_.push_back({std::move(name),
                             [f = std::move(f)](long calls) mutable {
                                 for (long c = 0; c < calls; ++c) {
                                     f();
                                     clobber_memory();
                                 }
                             },
                             std::move(result), std::move(prepare)});
        return *this;
    }

    std::string workload_, size_;
    work work_;
    tolerance tolerance_;
    std::vector<variant> variants_;
};

/// All rows of one program: its options, its table, its CSV file.
///
///   --quick            few short rounds
///   --rounds N         rounds of each row (31)
///   --slice S          seconds of one slice (0.001)
///   --filter TEXT      only rows whose workload and size contain TEXT
///   --only TEXT        only variants whose name contains TEXT, and no roofline: to profile one
///   --csv FILE         the table, also as a file
///   --threads N        threads of every variant that can (1); more than one is timed on the wall
class suite {
public:
    suite(std::string name, int argc, char** argv);

    int threads() const { return threads_; }
    bool is_quick() const { return rounds_ < 15; }
    /// True if the filter lets a row of this name pass: so that its data need not be made.
    bool wants(std::string_view workload, std::string_view size) const;
    /// Compares, times and prints a row.
    void run(row& r);
    /// Writes the CSV file; the program's exit status: 1 if variants disagreed.
    int finish();

private:
    struct bound {
        std::string text;                   // "152 GFLOP/s", "86 GB/s"
        std::function<double(long)> probe;  // operations or bytes done
        double amount = 0;                  // of them in one call
    };
    double now() const { return threads_ > 1 ? wall_seconds() : thread_seconds(); }
    template <class F> long calibrated(const F& repeat) const;
    template <class F> double rate(F&& probe) const;
    void measure_roofline();
    void print_head();
    bound bound_of(const work& w);
    bool agrees(row& r, std::size_t i, const std::vector<float>& expected, double& worst) const;

    std::string name_, filter_, only_, csv_path_, csv_;
    int rounds_ = 31, threads_ = 1, core_ = -1, failures_ = 0;
    double slice_ = 1e-3;
    double peak_ = 0;  // FLOP/s
    std::vector<std::pair<std::string, std::string>> facts_;
    std::map<std::pair<int, double>, double> bandwidth_;  // bytes/s, by access and footprint
};

/// Numbers in [-1, 1], the same ones in every run.
std::vector<float> random_numbers(std::size_t count, std::uint64_t seed, float low = -1, float high = 1);

}  // namespace bench
