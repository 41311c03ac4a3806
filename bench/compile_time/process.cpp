// SPDX-License-Identifier: BSL-1.0
#include "process.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace bench {
namespace {

double seconds_of(const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; }

}  // namespace

outcome run_process(const std::vector<std::string>& command) {
    std::vector<char*> words;
    for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);

    outcome o;
    int ends[2];
    if (pipe(ends) != 0) return o;
    const pid_t child = fork();
    if (child < 0) {
        close(ends[0]);
        close(ends[1]);
        return o;
    }
    if (child == 0) {
        const int nothing = open("/dev/null", O_RDONLY);
        dup2(nothing, 0);
        dup2(ends[1], 1);
        dup2(ends[1], 2);
        close(ends[0]);
        close(ends[1]);
        setenv("LC_ALL", "C", 1);  // messages in English
        execvp(words[0], words.data());
        _exit(127);
    }
    close(ends[1]);
    char text[1 << 16];
    for (ssize_t n; (n = read(ends[0], text, sizeof text)) > 0 || (n < 0 && errno == EINTR);)
        if (n > 0) o.output.append(text, static_cast<std::size_t>(n));
    close(ends[0]);
    int status = 0;
    rusage used{};
    while (wait4(child, &status, 0, &used) < 0 && errno == EINTR) {}
    o.succeeded = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    o.seconds = seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
    o.megabytes = static_cast<double>(used.ru_maxrss) / 1024;
    return o;
}

}  // namespace bench
