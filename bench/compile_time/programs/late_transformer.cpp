// SPDX-License-Identifier: BSL-1.0
// The program of transformer.cpp, compiled late: the C++ compiler traces it, and compiles what interprets its kernels.
#define TELAR_LATE 1
#include "transformer.cpp"
