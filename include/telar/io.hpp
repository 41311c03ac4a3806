// SPDX-License-Identifier: BSL-1.0
// Files of weights, charts, progress bars.
#pragma once
#include <telar/io/file.hpp>
#include <telar/io/gzip.hpp>
#include <telar/io/progress.hpp>
#include <telar/io/safetensors.hpp>
#include <telar/io/svg.hpp>
