// SPDX-License-Identifier: BSL-1.0
// What the page asks of the net: functions of numbers and addresses, which JavaScript and native programs can call.
#pragma once
#include <cstdint>

#if defined(__wasm__)
#define WEB_EXPORT(name) __attribute__((export_name(#name))) name
#else
#define WEB_EXPORT(name) name
#endif

extern "C" {

/// The most images that are read at once.
constexpr int most_images = 32;

/// Begins anew: with the stored weights for seed 0, else with random ones.
void WEB_EXPORT(begin)(std::uint32_t seed);

/// Memory for the images to read: 8x8 pixels of 0 to 1 each.
float* WEB_EXPORT(pixels)();
/// Reads the first `count` images.
void WEB_EXPORT(read_images)(int count);
/// What was read: 10 probabilities for each image; what the 16 filters of the first layer and the 32 of the second
/// have seen in it, (8,8,16) and (4,4,32).
const float* WEB_EXPORT(probabilities)();
const float* WEB_EXPORT(seen)();
const float* WEB_EXPORT(found)();
/// The filters of the first layer, (3,3,1,16).
const float* WEB_EXPORT(filters)();

/// Memory for labelled digits: 64 pixels of 0 to 16, then the digit. Every fifth is held out from training.
std::uint8_t* WEB_EXPORT(digits)(int count);
/// Takes some steps of Adam, each with 32 digits; the mean of their losses.
float WEB_EXPORT(train)(int steps);
/// The share of the held-out digits that is read rightly.
float WEB_EXPORT(accuracy)();

/// What went wrong, where a call ended in a trap.
const char* WEB_EXPORT(failure)();
}
