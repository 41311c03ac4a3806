// SPDX-License-Identifier: BSL-1.0
// Files of weights, charts, progress bars, printed values, profiles on a time line.
#pragma once
#include <telar/io/archive.hpp>
#include <telar/io/file.hpp>
#include <telar/io/gzip.hpp>
#include <telar/io/hdf5_writer.hpp>
#include <telar/io/json_text.hpp>
#include <telar/io/kernel_trace.hpp>
#include <telar/io/npz.hpp>
#include <telar/io/print.hpp>
#include <telar/io/progress.hpp>
#include <telar/io/safetensors.hpp>
#include <telar/io/svg.hpp>
