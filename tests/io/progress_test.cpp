// SPDX-License-Identifier: BSL-1.0
#include <telar/io/progress.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <sstream>
#include <string>

namespace {

/// A bar that writes into a string, with a clock that the test moves.
struct watched {
    double now = 100;
    std::ostringstream out;
    telar::progress_bar bar;

    watched(long long total, bool is_live) : bar(total, out, is_live, [this] { return now; }) {}

    std::string taken() {
        std::string text = out.str();
        out.str("");
        return text;
    }
};

}  // namespace

TEST_CASE("elsewhere than on a terminal only the last line is printed") {
    watched w(47, false);
    w.bar.start_epoch(3, 10);
    CHECK(w.taken() == "Epoch 3/10\n");
    for (int step = 1; step < 47; ++step) w.bar.update(step, {{"loss", 1.0}});
    CHECK(w.taken() == "");
    w.now += 1.0 + 0.564 - 0.4;  // 1.164 s
    w.bar.update(47, {{"loss", 0.30214}, {"accuracy", 0.9123}});
    CHECK(w.taken() == "47/47 [==============================] - 1s 25ms/step - loss: 0.3021 - accuracy: 0.9123\n");
    w.bar.update(47, {{"loss", 0.0}});
    CHECK(w.taken() == "");
}

TEST_CASE("on a terminal the line is drawn over, and a longer one before it is wiped") {
    watched w(100, true);
    w.now += 3;
    w.bar.update(10, {{"loss", 123456.5}});
    CHECK(w.taken() == "\r 10/100 [===>..........................] - ETA: 27s - loss: 123456.5000");
    w.now += 0.01;
    w.bar.update(11, {{"loss", 1.0}});
    CHECK(w.taken() == "");  // too soon to draw
    w.now += 3;
    w.bar.update(50, {{"loss", 2.5}});
    CHECK(w.taken() == "\r 50/100 [===============>..............] - ETA: 6s - loss: 2.5000      ");
    w.bar.update(100, {{"loss", 2.5}});
    CHECK(w.taken() == "\r100/100 [==============================] - 6s 60ms/step - loss: 2.5000\n");
}

TEST_CASE("a second epoch starts anew") {
    watched w(2, false);
    w.bar.start_epoch(1, 2);
    w.bar.update(2);
    w.taken();
    w.now += 50;
    w.bar.start_epoch(2, 2);
    w.now += 4;
    w.bar.update(2);
    CHECK(w.taken() == "Epoch 2/2\n2/2 [==============================] - 4s 2s/step\n");
}

TEST_CASE("times and numbers of every size") {
    const auto line = [](double seconds, double value) {
        watched w(1, false);
        w.now += seconds;
        w.bar.update(1, {{"v", value}});
        return w.taken().substr(36);
    };
    CHECK(line(0, 0) == " - 0s 0s/step - v: 0.0000\n");
    CHECK(line(0.000250, -0.5) == " - 0s 250us/step - v: -0.5000\n");
    CHECK(line(75, 0.00012345) == " - 1:15 75s/step - v: 1.2345e-04\n");
    CHECK(line(3700, 2e12) == " - 1:01:40 3700s/step - v: 2.0000e+12\n");
    CHECK(line(2, std::numeric_limits<double>::quiet_NaN()).find("v: nan") != std::string::npos);
    CHECK(line(2, std::numeric_limits<double>::infinity()).find("v: inf") != std::string::npos);
}

TEST_CASE("an unknown number of steps ends with finish") {
    watched w(0, false);
    w.bar.update(7);
    CHECK(w.taken() == "");
    w.now += 14;
    w.bar.finish(7, {{"loss", 1.0}});
    w.bar.finish(8);
    CHECK(w.taken() == "    7/Unknown - 14s 2s/step - loss: 1.0000\n");
}

TEST_CASE("a string stream is no terminal") {
    std::ostringstream out;
    CHECK_FALSE(telar::io::is_terminal(out));
}
