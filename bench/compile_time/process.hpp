// SPDX-License-Identifier: BSL-1.0
// Another program, run to its end: what it cost, and what it wrote.
#pragma once
#include <string>
#include <vector>

namespace bench {

struct outcome {
    bool succeeded = false;
    double seconds = 0;    // user and system time, of its own and of the processes that it waited for
    double megabytes = 0;  // the most that one of them had resident
    std::string output;    // standard output, and standard error behind it
};
/// Runs a command (its first word is searched in PATH) and waits for it.
outcome run_process(const std::vector<std::string>& command);

}  // namespace bench
