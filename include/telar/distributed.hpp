// SPDX-License-Identifier: BSL-1.0
// The processes of an MPI program as the group that trains a model together. (A header of its own: it needs MPI.)
#pragma once
#include <telar/core/buffer.hpp>
#include <telar/core/share.hpp>
#include <telar/telar.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <exception>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#if !__has_include(<mpi.h>)
#error \
    "E320 needs_mpi: this header trains in several processes by MPI; install one (Debian: libopenmpi-dev openmpi-bin)"
#else
#ifndef OMPI_SKIP_MPICXX  // the C++ bindings that MPI has given up
#define OMPI_SKIP_MPICXX 1
#endif
#ifndef MPICH_SKIP_MPICXX
#define MPICH_SKIP_MPICXX 1
#endif
#include <mpi.h>

namespace telar::inline TELAR_ABI::distributed {

/// MPI could not do what it was asked; text names the rank, the function and MPI's reason.
struct communication_error : error {
    using error::error;
};

/// All processes that mpirun has started, or those of a communicator. A value of its own: it starts MPI where nobody
/// has, and then ends it.
///
///     int main() {
///         return telar::distributed::run([](telar::distributed::world& world) { ... });
///     }
///
/// edge      All ranks call its functions in one order, each on one thread at a time (MPI_THREAD_FUNNELED). Without
///           mpirun it is a group of one. Where an exception leaves its scope in one process, MPI_Abort ends the
///           others, which may wait for this one
/// errors    communication_error
/// test      tests/distributed/mpi_test.cpp, with 1, 2 and 4 processes
class world final : public process_group {
public:
    world() {
        int is_running = 0;
        MPI_Initialized(&is_running);
        if (!is_running) {
            int given = 0;
            MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &given);
            owns_mpi_ = true;
        }
        begin(MPI_COMM_WORLD);
    }
    /// A group of fewer processes; MPI runs already. The communicator is copied.
    explicit world(MPI_Comm of) { begin(of); }
    ~world() {
        if (std::uncaught_exceptions() > exceptions_before_) abort("an exception left the scope of its world");
        MPI_Comm_free(&comm_);
        if (owns_mpi_) MPI_Finalize();
    }

    int rank() const override { return rank_; }
    int size() const override { return size_; }
    /// For what only MPI can do.
    MPI_Comm communicator() const { return comm_; }

    /// Waits for all.
    void barrier() { check(MPI_Barrier(comm_), "MPI_Barrier"); }
    void broadcast(std::span<std::byte> bytes) override {
        for (; !bytes.empty(); bytes = bytes.subspan(std::min(bytes.size(), most_at_once)))
            check(MPI_Bcast(bytes.data(), as_int(std::min(bytes.size(), most_at_once)), MPI_BYTE, 0, comm_),
                  "MPI_Bcast");
    }
    void all_gather(std::span<const std::byte> own, std::span<std::byte> all) override {
        if (own.size() > most_at_once)
            fail<invalid_argument>("all_gather: " + std::to_string(own.size()) + " bytes of one process");
        if (all.size() != own.size() * static_cast<std::size_t>(size_))
            fail<invalid_argument>("all_gather: room for " + std::to_string(all.size()) + " bytes, " +
                                   std::to_string(size_) + " processes with " + std::to_string(own.size()) + " each");
        const int count = as_int(own.size());
        check(MPI_Allgather(own.data(), count, MPI_BYTE, all.data(), count, MPI_BYTE, comm_), "MPI_Allgather");
    }
    void begin_sum(std::span<float> values) override { begin_sums(values, MPI_FLOAT); }
    void begin_sum(std::span<double> values) override { begin_sums(values, MPI_DOUBLE); }
    void finish_sums() override {
        for (std::size_t i = 0; i < begun_; ++i) sums_[i].add(*this);
        for (std::size_t i = 0; i < begun_; ++i) sums_[i].wait(*this);
        begun_ = 0;
    }

    /// Ends all processes; the text is told once, with the rank's number.
    [[noreturn]] void abort(const char* text) {
        std::fprintf(stderr, "telar: rank %d of %d ends the training: %s\n", rank_, size_, text);
        std::fflush(stderr);
        MPI_Abort(comm_, EXIT_FAILURE);
        std::abort();
    }

private:
    static constexpr std::size_t most_at_once = std::size_t{1} << 30;         // MPI counts by int
    static constexpr std::size_t most_in_one_message = std::size_t{1} << 12;  // bytes that all send to all

    /// One sum: each process sends to rank r what r adds up (MPI_Alltoallv), adds its own part in the order of the
    /// ranks, and sends the sums to all (MPI_Allgatherv). MPI moves numbers and adds none, for of MPI_Allreduce the
    /// order is not known. A short one is sent to all at once, and added by each.
    class sum_under_way {
    public:
        void begin(world& w, std::byte* values, std::size_t count, MPI_Datatype type) {
            const auto ranks = static_cast<std::size_t>(w.size_);
            values_ = values;
            type_ = type;
            const std::size_t size = type == MPI_FLOAT ? sizeof(float) : sizeof(double);
            own_ = core::share_of(count, ranks, static_cast<std::size_t>(w.rank_));
            is_short_ = count * size <= most_in_one_message;
            if (is_short_) own_ = {0, count};
            pieces_.resize(own_.size() * ranks * size);
            if (is_short_) {
                w.check(MPI_Iallgather(values, as_int(count), type, pieces_.data(), as_int(count), type, w.comm_,
                                       &request_),
                        "MPI_Iallgather");
                return;
            }
            for (std::vector<int>* list : {&counts_, &begins_, &own_counts_, &own_begins_}) list->resize(ranks);
            for (std::size_t r = 0; r < ranks; ++r) {
                const core::share s = core::share_of(count, ranks, r);
                counts_[r] = as_int(s.size());
                begins_[r] = as_int(s.begin);
                own_counts_[r] = as_int(own_.size());
                own_begins_[r] = as_int(own_.size() * r);
            }
            w.check(MPI_Ialltoallv(values, counts_.data(), begins_.data(), type, pieces_.data(), own_counts_.data(),
                                   own_begins_.data(), type, w.comm_, &request_),
                    "MPI_Ialltoallv");
        }
        void add(world& w) {
            wait(w);
            if (type_ == MPI_FLOAT) add_pieces<float>(w);
            else add_pieces<double>(w);
            if (!is_short_)
                w.check(MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, values_, counts_.data(), begins_.data(),
                                        type_, w.comm_, &request_),
                        "MPI_Iallgatherv");
        }
        void wait(world& w) { w.check(MPI_Wait(&request_, MPI_STATUS_IGNORE), "MPI_Wait"); }

    private:
        template <class T> void add_pieces(const world& w) {
            std::vector<const T*>& at = std::get<std::vector<const T*> >(piece_at_);
            at.clear();
            for (int r = 0; r < w.size_; ++r)
                at.push_back(reinterpret_cast<const T*>(pieces_.data()) + static_cast<std::size_t>(r) * own_.size());
            add_in_order<T>(at, own_.size(), reinterpret_cast<T*>(values_) + own_.begin);
        }

        std::byte* values_ = nullptr;
        MPI_Datatype type_ = MPI_FLOAT;
        MPI_Request request_ = MPI_REQUEST_NULL;
        bool is_short_ = false;
        core::share own_;
        core::buffer<std::byte> pieces_;  // of the other ranks and of this one, each own_.size() elements
        std::vector<int> counts_, begins_, own_counts_, own_begins_;
        std::tuple<std::vector<const float*>, std::vector<const double*> > piece_at_;
    };

    template <class T> void begin_sums(std::span<T> values, MPI_Datatype type) {
        if (size_ == 1) return;
        for (; !values.empty(); values = values.subspan(std::min(values.size(), most_at_once / sizeof(T)))) {
            if (begun_ == sums_.size()) sums_.emplace_back();
            sums_[begun_++].begin(*this, reinterpret_cast<std::byte*>(values.data()),
                                  std::min(values.size(), most_at_once / sizeof(T)), type);
        }
    }
    void begin(MPI_Comm of) {
        MPI_Comm_dup(of, &comm_);
        MPI_Comm_set_errhandler(comm_, MPI_ERRORS_RETURN);
        MPI_Comm_rank(comm_, &rank_);
        MPI_Comm_size(comm_, &size_);
    }
    void check(int status, const char* function) const {
        if (status == MPI_SUCCESS) return;
        std::array<char, MPI_MAX_ERROR_STRING + 1> reason{};
        int length = 0;
        MPI_Error_string(status, reason.data(), &length);
        fail<communication_error>(joined_text(
            {"rank ", std::to_string(rank_), " of ", std::to_string(size_), ": ", function, ": ", reason.data()}));
    }
    static int as_int(std::size_t n) { return static_cast<int>(n); }

    MPI_Comm comm_ = MPI_COMM_NULL;
    int rank_ = 0, size_ = 1;
    bool owns_mpi_ = false;
    int exceptions_before_ = std::uncaught_exceptions();
    std::deque<sum_under_way> sums_;  // which stay where they are; begun_ of them are under way
    std::size_t begun_ = 0;
};

/// What main returns: f(world), or 0 where that returns nothing. An exception of one process is told with its rank, and
/// ends all of them.
template <class F> int run(F f) {
    world w;
    const auto call = [&]() -> int {
        if constexpr (std::is_void_v<decltype(f(w))>) {
            f(w);
            return 0;
        } else {
            return f(w);
        }
    };
#if TELAR_HAS_EXCEPTIONS
    try {
        return call();
    } catch (const std::exception& e) { w.abort(e.what()); } catch (...) {
        w.abort("an exception that is no std::exception");
    }
#else
    return call();
#endif
}

}  // namespace telar::inline TELAR_ABI::distributed
#endif
