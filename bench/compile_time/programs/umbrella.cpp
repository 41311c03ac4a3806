// SPDX-License-Identifier: BSL-1.0
// All of telar is included, and nothing is used.
#include <telar/telar.hpp>

int main() {}
