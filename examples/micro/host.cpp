// SPDX-License-Identifier: BSL-1.0
// The board that is this machine: the same programs, to compare what they print.
#include "board.hpp"

#include <cstdio>
#include <cstdlib>

namespace board {

void print(const char* text) { std::fputs(text, stdout); }
void stop(int status) { std::exit(status); }
std::uint64_t instructions() { return 0; }
std::size_t stack_bytes() { return 0; }
std::size_t heap_bytes() { return 0; }

}  // namespace board
