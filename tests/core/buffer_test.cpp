// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cstdint>
#include <telar/core/buffer.hpp>
#include <utility>

using namespace telar;
using namespace telar::core;

TEST_SUITE("core/buffer") {
    TEST_CASE_TEMPLATE("memory is aligned and padded", T, float, double, bool) {
        for (std::size_t size : {1u, 7u, 16u, 17u, 64u, 65u, 1000u}) {
            buffer<T> b(size);
            CHECK(b.size() == size);
            CHECK(reinterpret_cast<std::uintptr_t>(b.data()) % alignment == 0);
            CHECK(b.capacity() >= size);
            CHECK(b.capacity() * sizeof(T) % alignment == 0);
            b.data()[b.capacity() - 1] = T{1};  // the sanitizer sees whether the padding is there
        }
        CHECK(buffer<T>().data() == nullptr);
        CHECK(buffer<T>(0).data() == nullptr);
    }

    TEST_CASE("copies are deep, moves leave nothing behind") {
        buffer<int> a(3);
        for (int i = 0; i < 3; ++i) a.data()[i] = i;
        buffer<int> b = a;
        b.data()[0] = 9;
        CHECK(a.data()[0] == 0);
        const int* memory = b.data();
        buffer<int> c = std::move(b);
        CHECK(c.data() == memory);
        CHECK(b.size() == 0);  // NOLINT: this is what is tested
        a = c;
        CHECK(a.data()[0] == 9);
        CHECK(a.data()[2] == 2);
        a = std::move(c);
        CHECK(a.data() == memory);
        auto& same_object = a;
        a = same_object;
        a = std::move(same_object);
        CHECK(a.size() == 3);
        CHECK(a.data()[0] == 9);
        a = buffer<int>();
        CHECK(a.size() == 0);
    }

    TEST_CASE("a smaller size and a copy of it keep the memory") {
        buffer<float> b(100);
        const float* memory = b.data();
        b.resize(3);
        b.resize(100);
        CHECK(b.data() == memory);
        const buffer<float> small(7);
        b = small;
        CHECK(b.data() == memory);
        CHECK(b.size() == 7);
    }
}

TEST_SUITE("core/buffer") {
    TEST_CASE("memory that is lent is written, is not freed, and is left when it is too small") {
        alignas(64) int memory[32] = {};
        {
            auto b = buffer<int>::lent(memory, 3, 32);
            CHECK(b.data() == memory);
            CHECK(b.size() == 3);
            CHECK(b.capacity() == 32);
            b.resize(32);
            b.data()[31] = 7;
            CHECK(b.data() == memory);
            buffer<int> copied = b, moved = std::move(b);
            CHECK(copied.data() != memory);
            CHECK(copied.capacity() == 32);
            CHECK(copied.data()[31] == 7);
            CHECK(moved.data() == memory);
            moved.resize(33);
            CHECK(moved.data() != memory);
            b = buffer<int>::lent(memory, 0, 32);
            b = copied;
            CHECK(b.data() == memory);
        }
        CHECK(memory[31] == 7);
    }
}
