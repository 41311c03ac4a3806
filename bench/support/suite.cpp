// SPDX-License-Identifier: BSL-1.0
#include "suite.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <limits>
#include <random>
#include <stdexcept>
#if defined(_OPENMP)
#include <omp.h>
#endif
#if defined(TELAR_HAS_OPENBLAS)
extern "C" void openblas_set_num_threads(int);
#endif

namespace bench {

namespace {

std::string printed(const char* format, double value) {
    char text[64];
    std::snprintf(text, sizeof text, format, value);
    return text;
}
std::string cpu_name() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
    return "unknown";
}
std::string compiler() {
#if defined(__clang__)
    return std::string("clang ") + __clang_version__;
#elif defined(__GNUC__)
    return std::string("g++ ") + __VERSION__;
#else
    return "unknown";
#endif
}
std::string today() {
    char text[16];
    const std::time_t now = std::time(nullptr);
    std::strftime(text, sizeof text, "%Y-%m-%d", std::gmtime(&now));
    return text;
}
std::string bytes_text(double bytes) {
    if (bytes >= 1 << 20) return printed("%.3g MB", bytes / (1 << 20));
    return printed("%.3g KB", bytes / 1024);
}
/// A time with its unit, three digits.
std::string time_text(double seconds) {
    if (seconds < 1e-6) return printed("%.3g ns", seconds * 1e9);
    if (seconds < 1e-3) return printed("%.3g us", seconds * 1e6);
    return printed("%.3g ms", seconds * 1e3);
}

}  // namespace

suite::suite(std::string name, int argc, char** argv) : name_(std::move(name)) {
    for (int i = 1; i < argc; ++i) {
        const std::string option = argv[i];
        if (option == "--quick") {
            rounds_ = 5, slice_ = 2e-4;
            continue;
        }
        if (i + 1 == argc) {
            std::fprintf(stderr, "%s: unknown option %s, or its value is missing; see bench/support/suite.hpp\n",
                         name_.c_str(), option.c_str());
            std::exit(2);
        }
        const char* value = argv[++i];
        if (option == "--rounds") rounds_ = std::max(1, std::atoi(value));
        else if (option == "--slice") slice_ = std::atof(value);
        else if (option == "--filter") filter_ = value;
        else if (option == "--only") only_ = value;
        else if (option == "--csv") csv_path_ = value;
        else if (option == "--threads") threads_ = std::max(1, std::atoi(value));
        else {
            std::fprintf(stderr, "%s: unknown option %s; see bench/support/suite.hpp\n", name_.c_str(), option.c_str());
            std::exit(2);
        }
    }
    if (threads_ == 1) core_ = pin_to_one_core();
#if defined(_OPENMP)
    omp_set_num_threads(threads_);
#endif
#if defined(TELAR_HAS_OPENBLAS)
    openblas_set_num_threads(threads_);
#endif
    measure_roofline();
    print_head();
}

bool suite::wants(std::string_view workload, std::string_view size) const {
    const std::string all = std::string(workload) + " " + std::string(size);
    return all.find(filter_) != std::string::npos;
}

/// So many calls that a slice takes long enough to be measured.
template <class F> long suite::calibrated(const F& repeat) const {
    for (long calls = 1;;) {
        const double start = now();
        repeat(calls);
        const double taken = now() - start;
        if (taken >= slice_ / 2) return std::max(1L, std::lround(static_cast<double>(calls) * slice_ / taken));
        calls = taken < slice_ / 50 ? calls * 10 : 2 * calls;
    }
}
/// What a probe does in a second, at best of a few slices.
template <class F> double suite::rate(F&& probe) const {
    const long calls = calibrated([&](long n) { probe(n); });
    double best = 0;
    for (int i = 0; i < (is_quick() ? 5 : 15); ++i) {
        const double start = now(), done = probe(calls);
        best = std::max(best, done / (now() - start));
    }
    return best;
}

void suite::measure_roofline() {
    if (only_.empty()) peak_ = rate([](long n) { return multiply_adds(100 * n); });
    facts_ = {{"bench", name_},
              {"date", today()},
              {"processor", cpu_name()},
              {"compiler", compiler() + " " + BENCH_FLAGS},
              {"telar", BENCH_TELAR_VERSION + std::string(", ") + telar::instruction_set()},
              {"peers", BENCH_PEERS},
              {"absent", *BENCH_ABSENT ? BENCH_ABSENT : "none"},
              {"threads", std::to_string(threads_) + (core_ < 0 ? "" : ", on one core")},
              {"clock", threads_ > 1 ? "wall" : "time of the thread"},
              {"rounds", std::to_string(rounds_) + " of slices of " + time_text(slice_)},
              {"peak multiply-adds", printed("%.4g GFLOP/s", peak_ * 1e-9)}};
    const cache_sizes size = caches();
    if (!only_.empty()) return;
    const auto level = [&](const char* name, double bytes, double set) {
        if (bytes <= 0) return;
        const double read = rate(sweeper(access::read, set)), triad = rate(sweeper(access::triad, set));
        facts_.push_back({name, (std::strcmp(name, "DRAM") == 0 ? "" : bytes_text(bytes) + ", ") + "with a set of " +
                                    bytes_text(set) + printed(" read %.3g GB/s", read * 1e-9) +
                                    printed(", triad %.3g GB/s", triad * 1e-9)});
    };
    level("L1", size.first, size.first / 2);
    level("L2", size.second, size.second / 2);
    level("L3", size.third, size.third / 3);
    level("DRAM", 1, std::max(4 * size.third, 6.4e7));
}

void suite::print_head() {
    for (const auto& [key, value] : facts_) {
        std::printf("# %s: %s\n", key.c_str(), value.c_str());
        csv_ += "# " + key + ": " + value + "\n";
    }
    csv_ +=
        "workload,size,variant,median_ns,first_quartile_ns,third_quartile_ns,ratio,ratio_first_quartile,"
        "ratio_third_quartile,gflops,gbytes_per_s,bound,bound_percent,worst_difference,rounds,calls\n";
    std::printf("%-34s %-14s %-28s %10s %5s %8s %7s %6s of %-22s %6s  %s\n", "workload", "size", "variant", "median",
                "+- %", "GFLOP/s", "GB/s", "%", "bound", "ratio", "quartiles");
    std::fflush(stdout);
}

suite::bound suite::bound_of(const work& w) {
    if (!only_.empty()) return {"not measured", [](long) { return 0.0; }, 0};
    bound compute{printed("%.0f GFLOP/s", peak_ * 1e-9), [](long n) { return multiply_adds(100 * n); }, w.operations};
    if (w.bytes <= 0) return compute;
    const double footprint = w.footprint > 0 ? w.footprint : w.bytes;
    const auto probe = std::make_shared<sweeper>(w.access, footprint);
    double& speed = bandwidth_[{static_cast<int>(w.access), footprint}];
    if (speed == 0) speed = rate(*probe);
    if (w.operations / peak_ > w.bytes / speed) return compute;
    return {printed("%.3g GB/s ", speed * 1e-9) + name_of(w.access), [probe](long n) { return (*probe)(n); }, w.bytes};
}

bool suite::agrees(row& r, std::size_t i, const std::vector<float>& expected, double& worst) const {
    const variant& v = r.variants_[i];
    if (r.variants_[i].prepare) r.variants_[i].prepare();
    v.repeat(1);
    const std::vector<float> got = v.result();
    const auto refused = [&](const std::string& why) {
        std::printf("%-34s %-14s %-28s NOT TIMED: %s\n", r.workload_.c_str(), r.size_.c_str(), v.name.c_str(),
                    why.c_str());
        return false;
    };
    if (got.size() != expected.size())
        return refused(std::to_string(got.size()) + " numbers, expected " + std::to_string(expected.size()));
    worst = 0;
    for (std::size_t k = 0; k < got.size(); ++k) {
        const double e = static_cast<double>(expected[k]), difference = std::fabs(static_cast<double>(got[k]) - e);
        worst = std::max(worst, difference);
        if (!(difference <= r.tolerance_.absolute + r.tolerance_.relative * std::fabs(e)))
            return refused("number " + std::to_string(k) + printed(" is %.9g", static_cast<double>(got[k])) + ", " +
                           r.variants_[0].name + " has " + printed("%.9g", e));
    }
    return true;
}

void suite::run(row& r) {
    for (std::size_t i = r.variants_.size(); i-- > 0;)
        if (r.variants_[i].name.find(only_) == std::string::npos) {
            r.variants_.erase(r.variants_.begin() + static_cast<std::ptrdiff_t>(i));
        }
    if (r.variants_.empty() || !wants(r.workload_, r.size_)) return;
    const std::size_t count = r.variants_.size();

    // ---- the same result from everybody
    std::vector<float> expected;
    std::vector<double> worst(count, std::numeric_limits<double>::quiet_NaN());
    std::vector<bool> is_timed(count, true);
    for (std::size_t i = 0; i < count; ++i) {
        if (!r.variants_[i].result) continue;
        if (expected.empty()) {
            if (r.variants_[i].prepare) r.variants_[i].prepare();
            r.variants_[i].repeat(1);
            expected = r.variants_[i].result();
        }
        is_timed[i] = agrees(r, i, expected, worst[i]);
        failures_ += !is_timed[i];
    }
    if (!is_timed[0]) return;

    // ---- how many calls a slice takes, how many rounds the row
    std::vector<long> calls(count, 1);
    double seconds_of_a_round = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (!is_timed[i]) continue;
        const double start = now();
        calls[i] = calibrated(r.variants_[i].repeat);
        seconds_of_a_round += std::max(slice_, now() - start);
    }
    const double most_seconds = 40;
    const int rounds =
        is_quick() ? rounds_ : std::clamp(static_cast<int>(most_seconds / seconds_of_a_round), 15, rounds_);

    // ---- taking turns
    bound limit = bound_of(r.work_);
    const long probe_calls = limit.amount > 0 ? std::max(1L, calibrated([&](long n) { limit.probe(n); }) / 2) : 1;
    std::vector<std::vector<double>> times(count), ratios(count), shares(count);
    for (int round = 0; round < rounds; ++round) {
        // Everybody, and the probe as one more, in an order that turns: who comes after whom changes.
        double speed = 0;
        std::vector<double> taken(count, 0);
        for (std::size_t turn = 0; turn <= count; ++turn) {
            const std::size_t place = (static_cast<std::size_t>(round / 2) + turn) % (count + 1);
            const std::size_t i = round % 2 ? count - place : place;
            if (i == count) {
                for (int part = 0; part < 3; ++part) {  // the best: the first brings its data back into the caches
                    const double start = now(), done = limit.probe(probe_calls);
                    speed = std::max(speed, done / (now() - start));
                }
            } else if (is_timed[i]) {
                if (calls[i] > 1) r.variants_[i].repeat((calls[i] + 3) / 4);  // for the same reason
                const double start = now();
                r.variants_[i].repeat(calls[i]);
                taken[i] = (now() - start) / static_cast<double>(calls[i]);
            }
        }
        for (std::size_t i = 0; i < count; ++i) {
            if (!is_timed[i]) continue;
            times[i].push_back(taken[i]);
            ratios[i].push_back(taken[i] / taken[0]);
            shares[i].push_back(100 * limit.amount / taken[i] / speed);
        }
    }

    // ---- the table
    for (std::size_t i = 0; i < count; ++i) {
        if (!is_timed[i]) continue;
        const quartiles t = quartiles_of(times[i]), ratio = quartiles_of(ratios[i]), share = quartiles_of(shares[i]);
        const double gflops = r.work_.operations / t.median * 1e-9, gbytes = r.work_.bytes / t.median * 1e-9;
        std::printf("%-34s %-14s %-28s %10s %5.1f %8.4g %7.3g %6.1f of %-22s %6.3f  %.2f..%.2f\n", r.workload_.c_str(),
                    r.size_.c_str(), r.variants_[i].name.c_str(), time_text(t.median).c_str(),
                    50 * (t.third - t.first) / t.median, gflops, gbytes, share.median, limit.text.c_str(), ratio.median,
                    ratio.first, ratio.third);
        csv_ += "\"" + r.workload_ + "\",\"" + r.size_ + "\",\"" + r.variants_[i].name + "\"";
        for (const double x :
             {t.median * 1e9, t.first * 1e9, t.third * 1e9, ratio.median, ratio.first, ratio.third, gflops, gbytes})
            csv_ += "," + printed("%.5g", x);
        csv_ += ",\"" + limit.text + "\"," + printed("%.4g", share.median) + "," + printed("%.3g", worst[i]) + "," +
                std::to_string(rounds) + "," + std::to_string(calls[i]) + "\n";
    }
    std::fflush(stdout);
}

int suite::finish() {
    if (!csv_path_.empty()) {
        std::ofstream file(csv_path_, std::ios::binary);
        file << csv_;
        if (!file.flush()) {
            std::fprintf(stderr, "%s: cannot write %s\n", name_.c_str(), csv_path_.c_str());
            return 2;
        }
    }
    if (failures_) std::printf("%d variants disagreed with the first of their row and were not timed\n", failures_);
    return failures_ ? 1 : 0;
}

std::vector<float> random_numbers(std::size_t count, std::uint64_t seed, float low, float high) {
    std::mt19937 random(static_cast<std::mt19937::result_type>(seed));
    std::vector<float> x(count);
    for (float& v : x) v = low + (high - low) * static_cast<float>(random() >> 8) * 0x1p-24f;
    return x;
}

}  // namespace bench
