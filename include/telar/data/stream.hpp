// SPDX-License-Identifier: BSL-1.0
// One pass over a dataset: elements one after the other, computed when they are asked for, or ahead on threads.
#pragma once
#include <telar/core/config.hpp>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::io {

/// The elements of one pass.
template <class T> struct stream {
    virtual ~stream() = default;
    /// The next element; nothing at the end.
    virtual std::optional<T> next() = 0;
};
template <class T> using stream_ptr = std::unique_ptr<stream<T>>;

/// A stream that is a function: f() is the next element. If it throws, the stream has ended.
template <class F> auto stream_of(F f) {
    using T = typename std::invoke_result_t<F&>::value_type;
    struct from_function : stream<T> {
        F f;
        bool has_failed = false;
        explicit from_function(F function) : f(std::move(function)) {}
        std::optional<T> next() override {
            if (std::exchange(has_failed, true)) return {};
            auto e = f();
            has_failed = false;
            return e;
        }
    };
    return stream_ptr<T>(std::make_unique<from_function>(std::move(f)));
}

/// What f() throws; a build without exceptions ends in f.
template <class F> std::exception_ptr caught(F f) {
#if TELAR_HAS_EXCEPTIONS
    try {
        f();
    } catch (...) { return std::current_exception(); }
#else
    f();
#endif
    return nullptr;
}

/// f(element) of a stream's elements in their order, computed by threads, at most `capacity` elements ahead.
///
/// errors    What the stream or f throws for element i is thrown by the next() that would give element i; after that
///           the stream has ended. The destructor waits for the calls of f that have begun, and begins no other.
/// edge      one thread at a time reads from the stream; f is called by all of them at once
/// test      tests/data/dataset_thread_test.cpp
template <class In, class F> class ordered_workers : public stream<std::invoke_result_t<const F&, In>> {
    using out = std::invoke_result_t<const F&, In>;

public:
    ordered_workers(stream_ptr<In> from, std::shared_ptr<const F> f, std::size_t capacity)
        : from_(std::move(from)), f_(std::move(f)), slots_(capacity) {}
    /// Not part of the constructor: if a thread cannot be started, the destructor has to end the others.
    void start(int threads) {
        for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
    }
    ~ordered_workers() override {
        stop();
        for (std::thread& t : threads_) t.join();
    }

    std::optional<out> next() override {
        std::unique_lock lock(mutex_);
        slot& s = slots_[taken_ % slots_.size()];
        ready_.wait(lock, [&] { return s.is_ready || (has_ended_ && taken_ == begun_) || stops_; });
        if (!s.is_ready || stops_) return {};
        ++taken_;
        slot taken = std::exchange(s, slot{});
        if (taken.problem) {
            lock.unlock();
            stop();
            std::rethrow_exception(taken.problem);
        }
        lock.unlock();
        room_.notify_one();
        return std::move(taken.value);
    }

private:
    struct slot {
        bool is_ready = false;
        std::optional<out> value{};
        std::exception_ptr problem{};
    };

    void stop() {
        {
            const std::lock_guard lock(mutex_);
            stops_ = true;
        }
        room_.notify_all();
        ready_.notify_all();
    }
    void work() {
        while (true) {
            std::unique_lock reading(reading_);
            std::size_t number = 0;
            {
                std::unique_lock lock(mutex_);
                room_.wait(lock, [&] { return stops_ || has_ended_ || begun_ - taken_ < slots_.size(); });
                if (stops_ || has_ended_) return;
                number = begun_;
            }
            std::optional<In> element;
            slot result;
            result.problem = caught([&] { element = from_->next(); });
            {
                const std::lock_guard lock(mutex_);
                has_ended_ = result.problem || !element;
                if (result.problem || element) begun_ = number + 1;
            }
            reading.unlock();
            if (element) result.problem = caught([&] { result.value.emplace((*f_)(std::move(*element))); });
            if (element || result.problem) {
                result.is_ready = true;
                const std::lock_guard lock(mutex_);
                slots_[number % slots_.size()] = std::move(result);
            }
            ready_.notify_one();
        }
    }

    stream_ptr<In> from_;
    std::shared_ptr<const F> f_;
    std::mutex reading_, mutex_;  // who reads from the stream; all that follows
    std::condition_variable room_, ready_;
    std::vector<slot> slots_;            // element i in slot i % size
    std::size_t begun_ = 0, taken_ = 0;  // elements
    bool has_ended_ = false, stops_ = false;
    std::vector<std::thread> threads_;
};

/// An ordered_workers that has begun.
template <class In, class F>
stream_ptr<std::invoke_result_t<const F&, In>> computed_ahead(stream_ptr<In> from, std::shared_ptr<const F> f,
                                                              int threads, std::size_t capacity) {
    auto workers = std::make_unique<ordered_workers<In, F>>(std::move(from), std::move(f), capacity);
    workers->start(threads);
    return workers;
}

}  // namespace telar::inline TELAR_ABI::io
