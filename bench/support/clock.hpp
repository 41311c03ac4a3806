// SPDX-License-Identifier: BSL-1.0
// Time, and what keeps the compiler from removing what is timed.
#pragma once
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <vector>

namespace bench {

/// Seconds that this thread has computed: waiting for the core does not count. Nothing else than differences means
/// anything.
inline double thread_seconds() {
    timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}
/// Seconds on the wall, for work that several threads share.
inline double wall_seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// The compiler must assume that somebody reads the value.
template <class T> inline void do_not_optimise(const T& value) { asm volatile("" : : "r,m"(value) : "memory"); }
/// The compiler must assume that somebody reads and writes all memory: nothing is kept from one call to the next.
inline void clobber_memory() { asm volatile("" : : : "memory"); }

/// Stays on the last of the cores it may use; returns its number, or -1 where it cannot.
inline int pin_to_one_core() {
    cpu_set_t may;
    CPU_ZERO(&may);
    if (sched_getaffinity(0, sizeof may, &may) != 0) return -1;
    int last = -1;
    for (int i = 0; i < CPU_SETSIZE; ++i)
        if (CPU_ISSET(i, &may)) last = i;
    if (last < 0) return -1;
    CPU_ZERO(&may);
    CPU_SET(last, &may);
    return sched_setaffinity(0, sizeof may, &may) == 0 ? last : -1;
}

/// The middle half of many measurements.
struct quartiles {
    double first = 0, median = 0, third = 0;
};
inline quartiles quartiles_of(std::vector<double> x) {
    if (x.empty()) return {};
    std::sort(x.begin(), x.end());
    const auto at = [&](double part) {  // linear between neighbours
        const double place = part * static_cast<double>(x.size() - 1);
        const auto i = static_cast<std::size_t>(place);
        const double rest = place - static_cast<double>(i);
        return i + 1 < x.size() ? x[i] * (1 - rest) + x[i + 1] * rest : x[i];
    };
    return {at(0.25), at(0.5), at(0.75)};
}

}  // namespace bench
