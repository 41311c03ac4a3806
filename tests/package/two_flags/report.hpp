// SPDX-License-Identifier: BSL-1.0
// What a translation unit says of itself.
#pragma once
#include <string>
#include <telar/callable.hpp>

struct report {
    std::string instruction_set;
    std::string abi_name;
    const void* kernel;                    // where its copy of one and the same inline function of telar lies
    float value;                           // what it computes
    telar::callable<float(float)> square;  // what it makes for units of any flags
    telar::callable<telar::shaped<float, 2>(telar::shaped<float, 2>)> squares;
};
report report_plain();
report report_native();
/// A unit calls what another one made.
float call_plain(const telar::callable<float(float)>& f, float x);
float call_native(const telar::callable<float(float)>& f, float x);
