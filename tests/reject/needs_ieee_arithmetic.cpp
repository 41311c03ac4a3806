// SPDX-License-Identifier: BSL-1.0
// flags: -ffast-math
// error: E223 needs_ieee_arithmetic
// error: -fno-fast-math
// lines: 6
#include <telar/core/config.hpp>

int main() { return *telar::instruction_set() == 0; }
