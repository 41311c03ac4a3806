// SPDX-License-Identifier: BSL-1.0
#include <telar/nn/history.hpp>
#include <telar/nn/plot.hpp>

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

using namespace telar;

namespace {

/// Two epochs, of which the second was validated.
nn::history two_epochs() {
    nn::history h;
    nn::epoch_logs first, second;
    first.set("loss", 0.1);
    second.set("loss", 2);
    second.set("val_loss", 1e-7);
    h.add(3, first);
    h.add(4, second);
    return h;
}
std::string text_of(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

}  // namespace

TEST_CASE("a history has a line for each epoch; what an epoch does not have is NaN") {
    nn::history h = two_epochs();
    CHECK(std::isnan(h["val_loss"][0]));
    CHECK(h["val_loss"][1] == 1e-7);
    nn::epoch_logs third;
    third.set("loss", 1);
    h.add(5, third);
    CHECK(h["val_loss"].size() == 3);
    CHECK(std::isnan(h["val_loss"][2]));
    std::ostringstream text;
    h.interrupted = true;
    text << h;
    CHECK(text.str().find("interrupted in epoch 6\n") != std::string::npos);
}
TEST_CASE("written as CSV and JSON: each number is read back as it was") {
    const auto file = std::filesystem::temp_directory_path() / "telar-history-test";
    two_epochs().write_csv(file);
    CHECK(text_of(file) == "epoch,loss,val_loss\n3,0.1,nan\n4,2.0,1e-07\n");
    two_epochs().write_json(file);
    CHECK(text_of(file) == "{\"epoch\":[3,4],\"loss\":[0.1,2.0],\"val_loss\":[null,1e-07]}\n");
    std::filesystem::remove(file);
    CHECK_THROWS_AS(two_epochs().write_csv(std::filesystem::temp_directory_path() / "no/such/folder"), file_error);
}
TEST_CASE("a chart has loss and val_loss, or the columns that are named") {
    const nn::history h = two_epochs();
    const std::string both = nn::plot_svg(h), one = nn::plot_svg(h, {"loss"});
    CHECK(both.find(">val_loss<") != std::string::npos);
    CHECK(both.find(">epoch<") != std::string::npos);
    CHECK(one.find(">val_loss<") == std::string::npos);
    CHECK(one.find(">loss<") != std::string::npos);
    CHECK_THROWS_AS((void)nn::plot_svg(h, {"lost"}), invalid_argument);
    const auto file = std::filesystem::temp_directory_path() / "telar-history-test.svg";
    nn::save_plot(file, h);
    CHECK(text_of(file) == both);
    std::filesystem::remove(file);
}
