// SPDX-License-Identifier: BSL-1.0
// Threads for connections: a server that reads from slow clients needs one for each of them.
#pragma once
#include <telar/core/config.hpp>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::serve {

/// Threads for connections, as many as there are connections, up to a limit. A few more take those beyond it, to say
/// no.
class connection_threads {
public:
    explicit connection_threads(std::size_t most) : most_(most) {}
    connection_threads(const connection_threads&) = delete;
    connection_threads& operator=(const connection_threads&) = delete;
    ~connection_threads() { stop(); }

    void add(std::function<void()> connection) {
        const std::scoped_lock lock(mutex_);
        group& to = serving_.busy + serving_.waiting.size() < most_ ? serving_ : refusing_;
        to.waiting.push_back(std::move(connection));
        const std::size_t most = &to == &serving_ ? most_ : most_refusing;
        if (to.busy + to.waiting.size() > to.threads.size() && to.threads.size() < most) {
            try {
                to.threads.emplace_back([this, &to] { work(to); });
            } catch (const std::exception&) {  // no thread can be made: who waits gets the next one that is free
            }
        }
        to.wakes.notify_one();
    }
    /// Whether the calling thread is one of those that say no.
    bool is_refusing() const {
        const std::scoped_lock lock(mutex_);
        return refusers_.contains(std::this_thread::get_id());
    }
    /// Waits for all connections to end.
    void stop() {
        for (group* g : {&serving_, &refusing_}) {
            {
                const std::scoped_lock lock(mutex_);
                is_stopped_ = true;
            }
            g->wakes.notify_all();
            for (std::thread& t : g->threads)
                if (t.joinable()) t.join();
        }
    }

private:
    static constexpr std::size_t most_refusing = 4;
    struct group {
        std::vector<std::thread> threads;
        std::deque<std::function<void()>> waiting;
        std::size_t busy = 0;
        std::condition_variable wakes;
    };
    void work(group& g) {
        std::unique_lock lock(mutex_);
        if (&g == &refusing_) refusers_.insert(std::this_thread::get_id());
        while (true) {
            g.wakes.wait(lock, [&] { return is_stopped_ || !g.waiting.empty(); });
            if (g.waiting.empty()) return;
            const std::function<void()> connection = std::move(g.waiting.front());
            g.waiting.pop_front();
            ++g.busy;
            lock.unlock();
            try {
                connection();
            } catch (...) {  // what failed is over, and others go on
            }
            lock.lock();
            --g.busy;
        }
    }

    std::size_t most_;
    mutable std::mutex mutex_;
    group serving_, refusing_;
    std::set<std::thread::id> refusers_;
    bool is_stopped_ = false;
};

}  // namespace telar::inline TELAR_ABI::serve
