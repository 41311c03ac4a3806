// SPDX-License-Identifier: BSL-1.0
// Threads as the processes of a group: what they tell each other is copied. Tests of several processes need no MPI
// then.
#pragma once
#include <telar/core/share.hpp>
#include <telar/run/process_group.hpp>

#include <barrier>
#include <cstring>
#include <exception>
#include <span>
#include <thread>
#include <vector>

namespace support {

/// What the threads share: a place where each says where its memory lies.
struct thread_board {
    explicit thread_board(int threads)
        : all(threads), memory(static_cast<std::size_t>(threads)), failures(memory.size()) {}
    std::barrier<> all;
    std::vector<std::byte*> memory;
    std::vector<std::exception_ptr> failures;
};

class thread_group final : public telar::distributed::process_group {
public:
    thread_group(thread_board& board, int rank) : board_(board), rank_(rank) {}
    ~thread_group() { board_.all.arrive_and_drop(); }
    int rank() const override { return rank_; }
    int size() const override { return static_cast<int>(board_.memory.size()); }
    void broadcast(std::span<std::byte> bytes) override {
        show(bytes.data());
        if (rank_ != 0 && !bytes.empty()) std::memcpy(bytes.data(), board_.memory[0], bytes.size());
        board_.all.arrive_and_wait();
    }
    void all_gather(std::span<const std::byte> own, std::span<std::byte> all) override {
        show(const_cast<std::byte*>(own.data()));
        for (std::size_t r = 0; r < board_.memory.size() && !own.empty(); ++r)
            std::memcpy(all.data() + r * own.size(), board_.memory[r], own.size());
        board_.all.arrive_and_wait();
    }
    void begin_sum(std::span<float> values) override { add(values); }
    void begin_sum(std::span<double> values) override { add(values); }
    void finish_sums() override {}

private:
    void show(std::byte* data) {
        board_.memory[static_cast<std::size_t>(rank_)] = data;
        board_.all.arrive_and_wait();
    }
    template <class T> void add(std::span<T> values) {
        show(reinterpret_cast<std::byte*>(values.data()));
        std::vector<const T*> pieces;
        for (const std::byte* m : board_.memory) pieces.push_back(reinterpret_cast<const T*>(m));
        std::vector<T> sums(values.size());
        telar::distributed::add_in_order<T>(pieces, values.size(), sums.data());
        board_.all.arrive_and_wait();
        std::copy(sums.begin(), sums.end(), values.begin());
        board_.all.arrive_and_wait();
    }
    thread_board& board_;
    int rank_;
};

/// f(group) on so many threads. What the first of them that failed has thrown is thrown again.
template <class F> void on_threads(int count, F f) {
    thread_board board(count);
    std::vector<std::thread> threads;
    for (int r = 0; r < count; ++r)
        threads.emplace_back([&board, &f, r] {
            thread_group group(board, r);
            try {
                f(static_cast<telar::distributed::process_group&>(group));
            } catch (...) { board.failures[static_cast<std::size_t>(r)] = std::current_exception(); }
        });
    for (std::thread& t : threads) t.join();
    for (const std::exception_ptr& e : board.failures)
        if (e) std::rethrow_exception(e);
}

}  // namespace support
