// SPDX-License-Identifier: BSL-1.0
// HTTP by cpp-httplib. Headers that need it are not part of an umbrella: who includes one wants it, and is told what is
// missing.
#pragma once
#include <telar/core/config.hpp>

#if !__has_include(<httplib.h>)
#error "E281 needs_httplib: this header speaks HTTP; install cpp-httplib (Debian: libcpp-httplib-dev)"
#else
#include <httplib.h>
#endif
