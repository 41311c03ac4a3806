// SPDX-License-Identifier: BSL-1.0
// The program of residual_mlp.cpp, compiled late: the C++ compiler traces it, and compiles what interprets its kernels.
#define TELAR_LATE 1
#include "residual_mlp.cpp"
