// SPDX-License-Identifier: BSL-1.0
// Protocol buffers by protozero, without a compiler of their own. Headers that need them are not part of an umbrella:
// who includes one wants it, and is told what is missing.
#pragma once
#include <telar/core/config.hpp>

#if !__has_include(<protozero/pbf_builder.hpp>)
#error \
    "E280 needs_protozero: this header reads or writes protocol buffers; install protozero (Debian: libprotozero-dev)"
#else
#include <protozero/pbf_builder.hpp>
#include <protozero/pbf_message.hpp>
#endif
