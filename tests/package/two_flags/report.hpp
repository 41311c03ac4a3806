// SPDX-License-Identifier: BSL-1.0
// What a translation unit says of itself.
#pragma once
#include <string>

struct report {
    std::string instruction_set;
    std::string abi_name;
    const void* kernel;  // where its copy of one and the same inline function of telar lies
    float value;         // what it computes
};
report report_plain();
report report_native();
