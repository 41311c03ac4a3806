// SPDX-License-Identifier: BSL-1.0
// Connections that fail.
#include <telar/serve/connection_threads.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <new>
#include <stdexcept>
#include <thread>

using namespace telar;

TEST_CASE("a connection that fails ends alone") {
    std::atomic<int> served = 0;
    {
        serve::connection_threads threads(1);
        threads.add([] { throw std::bad_alloc(); });
        threads.add([] { throw std::runtime_error("reset by peer"); });
        threads.add([&] { ++served; });
        while (served == 0) std::this_thread::yield();
    }
    CHECK(served == 1);
}
