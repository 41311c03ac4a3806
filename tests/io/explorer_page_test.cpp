// SPDX-License-Identifier: BSL-1.0
// The page in a browser without a window: its scripts run, the slider, the search and the views work. The page tests
// itself when its address ends in #selftest, and says so in its document, which the browser prints.
#include <telar/io/explorer.hpp>

#include "../support/temporary_file.hpp"

#include <doctest/doctest.h>
#include <telar/telar.hpp>

#include <cstdlib>
#include <string>
#include <string_view>

using namespace telar;

namespace {

std::string document_of(const std::filesystem::path& page, std::string_view part, std::string_view options = "") {
    const support::temporary_file out("telar_explorer_page.txt"), profile("telar_explorer_profile");
    const std::string command = "timeout 120 " TELAR_CHROMIUM
                                " --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run"
                                " --virtual-time-budget=60000 --timeout=60000 " +
                                std::string(options) + " --user-data-dir=" + profile.path.string() +
                                " --dump-dom 'file://" + page.string() + std::string(part) + "' > " +
                                out.path.string() + " 2>/dev/null";
    REQUIRE(std::system(command.c_str()) == 0);
    std::string text = out.read();
    std::filesystem::remove_all(profile.path);
    return text;
}
std::string verdict(const std::filesystem::path& page) {
    const std::string text = document_of(page, "#selftest"), mark = "data-selftest=\"";
    const std::size_t at = text.find(mark);
    if (at == std::string::npos) return "none";
    return text.substr(at + mark.size(), text.find('"', at + mark.size()) - at - mark.size());
}

}  // namespace

TEST_CASE("a training step, and an expression with values and hostile names") {
    const support::temporary_file page("telar_explorer_page.html");
    input<"X", tensor<float, dyn, 4>> X;
    variable<"W1", tensor<float, 4, 8>> W1;
    variable<"</script><b id=stranger>", tensor<float, 8>> b1;
    constexpr auto layer =
        scope<"\"<i>'&layer\\">(telar::function([](auto x, auto W, auto b) { return relu(matmul(x, W) + b); }));
    const auto hidden = layer(X, W1, b1);
    save_explorer(page.path, minimize(mean(square(hidden)), adam{}), {.title = "<b id=stranger>", .batch = 5});
    CHECK(verdict(page.path) == "passed");
    CHECK(document_of(page.path, "").find("<b id=\"stranger\"") == std::string::npos);

    tensor<float, 3, 4> x = {{1, 2, 3, 4}, {0, 0, 0, 0}, {-1, 1, -1, 1}};
    save_explorer(page.path, log(hidden), X = x);  // log(0): values that are no numbers
    CHECK(verdict(page.path) == "passed");
    const std::string steps = document_of(page.path, "#view=steps&step=3");
    CHECK(steps.find("Eager beside lazy") != std::string::npos);
    CHECK(steps.find("-inf") != std::string::npos);
}
TEST_CASE("dark or light follows the system, unless the address says which") {
    const support::temporary_file page("telar_explorer_theme.html");
    input<"X", tensor<float, 4>> X;
    save_explorer(page.path, exp(X));
    const auto is_dark = [&](std::string_view part, int preferred) {  // Chromium's numbers: 0 is dark, 1 is light
        const std::string option = "--blink-settings=preferredColorScheme=" + std::to_string(preferred);
        return document_of(page.path, part, option).find("data-theme=\"dark\"") != std::string::npos;
    };
    CHECK(is_dark("", 0));
    CHECK_FALSE(is_dark("", 1));
    CHECK_FALSE(is_dark("#theme=light", 0));
    CHECK(is_dark("#theme=dark", 1));
}
TEST_CASE("the page says what is wrong with it") {
    const support::temporary_file page("telar_explorer_broken.html");
    input<"X", tensor<float, 4>> X;
    save_explorer(page.path, exp(X) + 1.0f);
    std::string text = page.read();
    const std::string right = "state.stage = Math.min(stopCount() - 1, Math.max(0, stage));";
    const std::size_t at = text.find(right);
    REQUIRE(at != std::string::npos);
    text.replace(at, right.size(), "state.stage = 0;");
    page.write(text);
    CHECK(verdict(page.path).starts_with("failed: "));
}
