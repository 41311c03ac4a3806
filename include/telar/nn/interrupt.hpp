// SPDX-License-Identifier: BSL-1.0
// Ctrl-C while a model is trained: it is noted, and asked for between two batches.
#pragma once
#include <telar/core/config.hpp>

#include <atomic>
#include <csignal>

namespace telar::inline TELAR_ABI::nn {

/// While one lives, the first SIGINT is noted and a second one ends the program. The last that goes restores the
/// handler from before.
///
/// edge      where SIGINT is ignored, as of programs in the background, it stays ignored
/// test      tests/nn/fit_test.cpp
class interrupt_guard {
public:
    explicit interrupt_guard(bool is_wanted) : is_wanted_(is_wanted) {
        if (!is_wanted_ || guards++ > 0) return;
        seen = 0;
        before = std::signal(SIGINT, &note);
        if (before == SIG_IGN) std::signal(SIGINT, SIG_IGN);
    }
    interrupt_guard(const interrupt_guard&) = delete;
    interrupt_guard& operator=(const interrupt_guard&) = delete;
    ~interrupt_guard() {
        if (is_wanted_ && --guards == 0 && before != SIG_ERR) std::signal(SIGINT, before);
    }
    bool was_interrupted() const { return is_wanted_ && seen != 0; }

private:
    using handler = void (*)(int);
    static void note(int) {
        seen = 1;
        std::signal(SIGINT, SIG_DFL);
    }
    static_assert(std::atomic<int>::is_always_lock_free);
    inline static std::atomic<int> guards = 0, seen = 0;
    inline static handler before = nullptr;
    bool is_wanted_;
};

}  // namespace telar::inline TELAR_ABI::nn
