// SPDX-License-Identifier: BSL-1.0
// Datasets, sounds and the shapes of images. Not part of data.hpp, for threads are slow to compile; images out of files
// are telar/data/images.hpp and image_folders.hpp, which need stb.
#pragma once
#include <telar/data/collate.hpp>
#include <telar/data/dataset.hpp>
#include <telar/data/image_shapes.hpp>
#include <telar/data/sources.hpp>
#include <telar/data/stream.hpp>
#include <telar/data/text_sources.hpp>
#include <telar/data/timeseries.hpp>
#include <telar/data/wav.hpp>
