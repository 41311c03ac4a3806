// SPDX-License-Identifier: BSL-1.0
// Reading data sets, going through them in batches, and texts as numbers.
#pragma once
#include <telar/data/batches.hpp>
#include <telar/data/byte_pairs.hpp>
#include <telar/data/characters.hpp>
#include <telar/data/csv.hpp>
#include <telar/data/fingerprint.hpp>
#include <telar/data/hashing.hpp>
#include <telar/data/idx.hpp>
#include <telar/data/lookup.hpp>
#include <telar/data/text_list.hpp>
#include <telar/data/text_vectorization.hpp>
#include <telar/data/utf8.hpp>
