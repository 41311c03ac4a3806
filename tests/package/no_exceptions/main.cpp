// SPDX-License-Identifier: BSL-1.0
// Built with -fno-exceptions: the failure handler gets the text, and nothing after the mistake runs. Without messages
// it gets the kind of the mistake.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <telar/telar.hpp>

namespace {

void expect_the_index(const char* text) {
    std::printf("%s\n", text);
    const bool is_right = TELAR_MESSAGES ? std::strstr(text, "5") != nullptr : std::strcmp(text, "index_error") == 0;
    std::_Exit(is_right ? 0 : 1);
}

}  // namespace

int main() {
    telar::set_failure_handler(expect_the_index);
    const telar::matrix<float, 2, 2> a{{1, 2}, {3, 4}};
    return a.at(5, 0) == 0 ? 2 : 3;
}
