// SPDX-License-Identifier: BSL-1.0
// Requests of several clients, computed together: what waits is joined until a batch is full or its oldest request has
// waited long enough.
#pragma once
#include <telar/serve/refusal.hpp>
#include <telar/serve/servable.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstring>
#include <deque>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::serve {

struct batching_options {
    extent_t max_batch_size = 32;                ///< rows that are computed together; a larger request goes alone
    std::chrono::microseconds batch_timeout{0};  ///< how long the first request of a batch waits for others
    std::size_t max_waiting = 1000;              ///< requests; what comes then is refused
    int batch_threads = 1;                       ///< batches that are computed at once
};

/// The rows of a request: the extent of its inputs' first axis.
inline extent_t row_count(const std::vector<any_tensor>& inputs) {
    return inputs.empty() || inputs[0].rank() == 0 ? 1 : inputs[0].extents()[0];
}
/// Whether two requests differ in the number of their rows alone.
inline bool are_joinable(const std::vector<any_tensor>& a, const std::vector<any_tensor>& b) {
    for (std::size_t k = 0; k < a.size(); ++k) {
        shape of_a = a[k].extents(), of_b = b[k].extents();
        of_a[0] = of_b[0] = row_count(a);
        if (a[k].extents()[0] != row_count(a) || b[k].extents()[0] != row_count(b) || !(of_a == of_b)) return false;
    }
    return true;
}
/// The rows of all, one behind the other.
inline any_tensor joined_rows(const std::vector<const any_tensor*>& parts) {
    shape extents = parts[0]->extents();
    extents[0] = 0;
    for (const any_tensor* p : parts) extents[0] += p->extents()[0];
    any_tensor whole(parts[0]->type(), extents);
    std::byte* to = whole.bytes().data();
    for (const any_tensor* p : parts) {
        if (p->bytes().empty()) continue;
        std::memcpy(to, p->bytes().data(), p->bytes().size());
        to += p->bytes().size();
    }
    return whole;
}
inline any_tensor some_rows(const any_tensor& whole, extent_t first, extent_t count) {
    shape extents = whole.extents();
    const std::size_t row = whole.bytes().size() / static_cast<std::size_t>(extents[0]);
    extents[0] = count;
    any_tensor part(whole.type(), extents);
    if (!part.bytes().empty())
        std::memcpy(part.bytes().data(), whole.bytes().data() + static_cast<std::size_t>(first) * row,
                    part.bytes().size());
    return part;
}

/// Runs one model for many callers. Each waits for its own result.
///
/// errors    E298 overloaded: too many wait, or it has been stopped; what the model throws, to the caller whose request
///           it was: a batch that fails is computed again, request by request
/// edge      a model whose inputs or outputs have no first axis of unknown extent runs request by request. A batch is
///           made of requests that came one behind the other and have the same shapes but for the rows
/// test      tests/serve/batcher_threads_test.cpp
class batcher {
public:
    using results = std::vector<any_tensor>;
    /// Hears how many rows each batch had.
    using observer = std::function<void(extent_t rows)>;

    explicit batcher(servable model, batching_options options = {}, observer on_batch = {})
        : model_(std::move(model)),
          options_(options),
          on_batch_(std::move(on_batch)),
          joins_(model_.joins_rows() && options.max_batch_size > 1) {
        for (int i = 0; i < std::max(1, options.batch_threads); ++i) threads_.emplace_back([this] { work(); });
    }
    batcher(const batcher&) = delete;
    batcher& operator=(const batcher&) = delete;
    ~batcher() { stop(); }

    const servable& model() const { return model_; }
    /// Blocks until the result is there.
    results run(std::vector<any_tensor> inputs) {
        auto request = std::make_unique<waiting_request>();
        request->rows = row_count(inputs);
        request->inputs = std::move(inputs);
        request->since = clock::now();
        std::future<results> result = request->result.get_future();
        {
            const std::scoped_lock lock(mutex_);
            if (is_stopped_) fail<overloaded>("the model is about to be unloaded");
            if (queue_.size() >= options_.max_waiting)
                fail<overloaded>("the queue is full: " + std::to_string(queue_.size()) + " requests wait");
            waiting_rows_ += request->rows;
            queue_.push_back(std::move(request));
        }
        wakes_.notify_all();
        return result.get();
    }
    std::size_t waiting() const {
        const std::scoped_lock lock(mutex_);
        return queue_.size();
    }
    /// Computes what waits, and refuses what comes.
    void stop() {
        {
            const std::scoped_lock lock(mutex_);
            is_stopped_ = true;
        }
        wakes_.notify_all();
        for (std::thread& t : threads_)
            if (t.joinable()) t.join();
    }

private:
    using clock = std::chrono::steady_clock;
    struct waiting_request {
        std::vector<any_tensor> inputs;
        extent_t rows = 0;
        clock::time_point since;
        std::promise<results> result;
    };
    using batch = std::vector<std::unique_ptr<waiting_request>>;

    void work() {
        std::unique_lock lock(mutex_);
        while (true) {
            wakes_.wait(lock, [&] { return is_stopped_ || !queue_.empty(); });
            if (queue_.empty()) return;
            const auto is_due = [&] {
                return is_stopped_ || queue_.empty() || waiting_rows_ >= options_.max_batch_size;
            };
            if (joins_ && options_.batch_timeout.count() > 0)
                wakes_.wait_until(lock, queue_.front()->since + options_.batch_timeout, is_due);
            if (queue_.empty()) continue;  // another thread took them
            batch b = take();
            lock.unlock();
            compute(b);
            b.clear();
            lock.lock();
        }
    }
    /// The first that waits, and those behind it that fit.
    batch take() {
        batch b;
        extent_t rows = 0;
        do {
            rows += queue_.front()->rows;
            waiting_rows_ -= queue_.front()->rows;
            b.push_back(std::move(queue_.front()));
            queue_.pop_front();
        } while (joins_ && !queue_.empty() && rows + queue_.front()->rows <= options_.max_batch_size &&
                 are_joinable(b.front()->inputs, queue_.front()->inputs));
        return b;
    }
    void compute(batch& b) {
        if (b.size() > 1 && compute_together(b)) return;
        for (const auto& request : b) {
            try {
                if (on_batch_) on_batch_(request->rows);
                request->result.set_value(model_.run(request->inputs));
            } catch (...) { request->result.set_exception(std::current_exception()); }
        }
    }
    /// False where the model refuses the batch, or mixes its rows.
    bool compute_together(batch& b) {
        std::vector<results> parts(b.size());
        try {
            std::vector<any_tensor> inputs;
            for (std::size_t k = 0; k < model_.inputs.size(); ++k) {
                std::vector<const any_tensor*> of_input;
                for (const auto& request : b) of_input.push_back(&request->inputs[k]);
                inputs.push_back(joined_rows(of_input));
            }
            const extent_t rows = row_count(inputs);
            if (rows == 0) return false;
            const results whole = model_.run(inputs);
            for (const any_tensor& t : whole) {
                if (t.rank() == 0 || t.extents()[0] != rows) return false;
                extent_t first = 0;
                for (std::size_t i = 0; i < b.size(); ++i) {
                    parts[i].push_back(some_rows(t, first, b[i]->rows));
                    first += b[i]->rows;
                }
            }
            if (on_batch_) on_batch_(rows);
        } catch (...) { return false; }
        for (std::size_t i = 0; i < b.size(); ++i) b[i]->result.set_value(std::move(parts[i]));
        return true;
    }

    servable model_;
    batching_options options_;
    observer on_batch_;
    bool joins_;
    mutable std::mutex mutex_;
    std::condition_variable wakes_;
    std::deque<std::unique_ptr<waiting_request>> queue_;
    extent_t waiting_rows_ = 0;
    bool is_stopped_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace telar::inline TELAR_ABI::serve
