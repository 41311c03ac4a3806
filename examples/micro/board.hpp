// SPDX-License-Identifier: BSL-1.0
// What the programs in this folder ask of a board. mps2.cpp answers for Arm's MPS2 boards, host.cpp for this machine.
#pragma once
#include <cstddef>
#include <cstdint>

namespace board {

void print(const char* text);
/// Ends the program. A board has no operating system to return to.
[[noreturn]] void stop(int status);

/// Instructions since the start, in steps of 40; 0 where nothing counts them.
std::uint64_t instructions();
/// The most bytes of stack that were used so far; 0 where nothing counts them.
std::size_t stack_bytes();
/// The bytes that operator new gave out so far; 0 where nothing counts them.
std::size_t heap_bytes();

/// A whole number, without printf.
inline void print(std::uint64_t number) {
    char digits[24];
    char* at = digits + sizeof digits;
    *--at = '\0';
    do *--at = static_cast<char>('0' + number % 10);
    while ((number /= 10) != 0);
    print(at);
}
/// A number from 0 to 4000 in parts of a million, without printf and doubles.
inline void print_millionths(float value) {
    const auto parts = static_cast<std::uint32_t>(value * 1e6f + 0.5f);
    print(std::uint64_t{parts / 1000000});
    char digits[9] = ".000000";
    for (std::uint32_t k = 6, rest = parts % 1000000; k > 0; --k, rest /= 10)
        digits[k] = static_cast<char>('0' + rest % 10);
    print(digits);
}
/// "name number\n"
inline void report(const char* name, std::uint64_t number) {
    print(name);
    print(" ");
    print(number);
    print("\n");
}

}  // namespace board
