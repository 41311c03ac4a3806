// SPDX-License-Identifier: BSL-1.0
// Texts as numbers. Not part of data.hpp: what it includes of the standard library takes a second to compile.
#pragma once
#include <telar/data/byte_pairs.hpp>
#include <telar/data/characters.hpp>
#include <telar/data/fingerprint.hpp>
#include <telar/data/hashing.hpp>
#include <telar/data/lookup.hpp>
#include <telar/data/text_list.hpp>
#include <telar/data/text_vectorization.hpp>
#include <telar/io/utf8.hpp>
