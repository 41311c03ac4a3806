// SPDX-License-Identifier: BSL-1.0
// doctest's main, compiled once and linked to every test program.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
