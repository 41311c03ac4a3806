// SPDX-License-Identifier: BSL-1.0
// Reading data sets and going through them in batches.
#pragma once
#include <telar/data/batches.hpp>
#include <telar/data/csv.hpp>
#include <telar/data/idx.hpp>
