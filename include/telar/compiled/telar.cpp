// SPDX-License-Identifier: BSL-1.0
// The library telar::compiled: what depends on no model, compiled once. Each header says what of it is meant
// (core/config.hpp): the bodies behind #if TELAR_HAS_BODIES and the instances named by TELAR_INSTANCE.
#undef TELAR_COMPILED
#define TELAR_COMPILED 1
#define TELAR_COMPILES_LIBRARY
#include <telar/data.hpp>
#include <telar/data/datasets.hpp>
#include <telar/data/texts.hpp>
#include <telar/io.hpp>
#include <telar/run/graph_model.hpp>
#include <telar/telar.hpp>
