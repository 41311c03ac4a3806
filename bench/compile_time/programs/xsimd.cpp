// SPDX-License-Identifier: BSL-1.0
// The base line: what a program pays that includes xsimd and nothing of telar.
#include <xsimd/xsimd.hpp>

int main() {}
