// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#if !__has_include(<protozero/pbf_builder.hpp>)
TEST_CASE("summaries") { MESSAGE("skipped: protozero is not installed"); }
#else
#include "../support/log_folder.hpp"
#include "../support/temporary_file.hpp"

#include <telar/expr/math.hpp>
#include <telar/expr/operators.hpp>
#include <telar/io/summary_reader.hpp>
#include <telar/io/summary_writer.hpp>

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#if TELAR_HAS_POSIX_FILES
#include <sys/resource.h>

#include <csignal>
#endif

using namespace telar;

namespace {

/// The values of a file, without the event that says the version.
std::vector<summary_value> values_in(const std::filesystem::path& file) {
    std::vector<summary_value> values;
    for (const summary_event& e : read_summaries(file))
        for (const summary_value& v : e.values) values.push_back(v);
    return values;
}
double irregular(int i) { return ((37 * i + 11) % 64 - 31.5) / 32; }

}  // namespace

TEST_CASE("a value has the bytes that Python's protobuf gives it") {
    using namespace io::messages;
    // Summary.Value(tag="loss", simple_value=0.5).SerializeToString()
    CHECK(scalar_value("loss", 0.5f) == std::string("\n\x04loss\x15\x00\x00\x00\x3f", 11));
    // Summary.Value(tag="t", metadata=SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="text"),
    //     data_class=2), tensor=TensorProto(dtype=7, tensor_shape=TensorShapeProto(), string_val=[b"hi"]))
    const std::string text = strings_value("t", {"text"}, std::array{std::string("hi")}, false);
    CHECK(text == std::string("\n\x01tB\x08\x08\x07\x12\x00\x42\x02hiJ\n\n\x06\n\x04text \x02", 25));
}

TEST_CASE("what was written is read") {
    const support::log_folder folder("all");
    summary_writer writer(folder.path);
    writer.scalar("loss", 0.25, 0);
    writer.scalar("loss", std::numeric_limits<double>::quiet_NaN(), -1);
    writer.scalar("far", 1, std::int64_t{1} << 40);
    const tensor<float, 4> w = {-1, 0, 0.5, 3};
    writer.histogram("weights", w, 2);
    writer.text("note", "**strong**", 3);
    writer.image("grey", tensor<float, 2, 3>{{0, 0.5, 1}, {-1, 2, 0.25}}, 4);
    writer.image("channels", tensor<std::uint8_t, 1, 2, 3>{{{1, 2, 3}, {4, 5, 6}}}, 4);
    writer.image("several", zeros<float, 5, 2, 2, 1>(), 4);
    writer.hparams({{"rate", 0.1}, {"units", 16}, {"kind", "adam"}, {"mixed", true}}, {"validation/loss", "time"});
    writer.hparams_end();
    writer.close();

    const auto events = read_summaries(writer.path());
    REQUIRE(events.size() == 12);
    CHECK(events[0].file_version == "brain.Event:2");
    CHECK(events[0].wall_time > 1.7e9);
    const auto value = [&](std::size_t i) { return events.at(i).values.at(0); };
    CHECK(value(1).tag == "loss");
    CHECK(value(1).number == 0.25);
    CHECK(std::isnan(*value(2).number));
    CHECK(events[2].step == -1);
    CHECK(events[3].step == std::int64_t{1} << 40);
    const io::histogram_buckets h = *value(4).histogram;
    CHECK(h.min == -1);
    CHECK(h.max == 3);
    CHECK(h.num == 4);
    CHECK(h.sum == 2.5);
    CHECK(h.sum_squares == 10.25);
    CHECK(value(5).strings == std::vector<std::string>{"**strong**"});
    CHECK(value(5).plugin == "text");
    CHECK(value(6).plugin == "images");
    const std::vector<std::uint8_t> grey = {0, 127, 255, 0, 255, 63};
    CHECK(value(6).strings == std::vector<std::string>{"3", "2", io::png(grey, 2, 3, 1)});
    const std::vector<std::uint8_t> channels = {1, 2, 3, 4, 5, 6};
    CHECK(value(7).strings == std::vector<std::string>{"2", "1", io::png(channels, 1, 2, 3)});
    CHECK(value(8).strings.size() == 2 + 3);
    CHECK(value(9).tag == "_hparams_/experiment");
    CHECK(value(10).tag == "_hparams_/session_start_info");
    CHECK(value(10).plugin == "hparams");
    CHECK(value(10).content.find("adam") != std::string::npos);
    CHECK(value(11).tag == "_hparams_/session_end_info");
}

TEST_CASE("histograms are TensorFlow's") {
    const std::vector<summary_value> values = values_in(TELAR_TEST_DATA_DIR "/tensorboard/histograms.tfevents");
    std::vector<double> some;
    for (int i = 0; i < 40; ++i) some.push_back(static_cast<double>(static_cast<float>(irregular(i))));
    const std::vector<double> cases[] = {
        some, {-1e25, -3, -1e-14, 0, 0, 1e-13, 2.5, 2.5, 1e19, 1e30}, {1e-12, -1e-12, 1.1e-12, 1.0, -1.0}, {7}, {}};
    REQUIRE(values.size() == std::size(cases));
    for (std::size_t i = 0; i < values.size(); ++i) {
        INFO(values[i].tag);
        const io::histogram_buckets got = io::buckets_of(cases[i]), &want = *values[i].histogram;
        CHECK(got.min == want.min);
        CHECK(got.max == want.max);
        CHECK(got.num == want.num);
        CHECK(got.sum == want.sum);
        CHECK(got.sum_squares == want.sum_squares);
        CHECK(got.limits == want.limits);
        CHECK(got.counts == want.counts);
    }
    const auto is_in_its_bucket = [](double v) {
        const io::histogram_buckets h = io::buckets_of(std::vector<double>{v});
        for (std::size_t k = 0; k < h.counts.size(); ++k)
            if (h.counts[k] == 1) return v < h.limits[k] && (k == 0 || h.limits[k - 1] <= v);
        return false;
    };
    for (double limit = 1e-12; limit < 1e21; limit *= 1.1)
        for (const double v : {limit, std::nextafter(limit, 0.0), std::nextafter(limit, 1e30)}) {
            CHECK(is_in_its_bucket(v));
            CHECK(is_in_its_bucket(-v));
        }
    for (const double v : {0.0, -0.0, 1e-300, -1e-300, 1e300, -1e300}) CHECK(is_in_its_bucket(v));
    const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
    CHECK(io::buckets_of(std::vector<double>{nan, 2, -infinity, infinity}).num == 1);
}

TEST_CASE("a file grows by whole records, after so many events or when it is told to") {
    const support::log_folder folder("flushed");
    summary_writer writer(folder.path, {.max_queue = 3});
    const auto written = [&] { return read_summaries(writer.path()).size() - 1; };
    CHECK(written() == 0);
    writer.scalar("a", 1, 0);
    writer.scalar("a", 1, 1);
    CHECK(written() == 0);
    writer.scalar("a", 1, 2);
    CHECK(written() == 3);
    writer.scalar("a", 1, 3);
    writer.flush();
    CHECK(written() == 4);
    summary_writer eager(folder.path, {.flush_seconds = 0});
    CHECK(eager.path() != writer.path());
    eager.scalar("a", 2, 4);
    CHECK(read_summaries(eager.path()).size() == 2);
    {
        summary_writer other(folder.path);
        other.scalar("a", 3, 5);
    }
    const scalar_series a = read_scalars(folder.path, "a");
    CHECK(a.steps == std::vector<std::int64_t>{0, 1, 2, 3, 4, 5});
    CHECK(a.values == std::vector<double>{1, 1, 1, 1, 2, 3});
    CHECK(read_scalars(folder.path, "b").values.empty());
}

TEST_CASE("what cannot be written is said") {
    const support::log_folder folder("refused");
    std::filesystem::create_directories(folder.path);
    write_file(folder.path / "file", "not a folder");
    CHECK_THROWS_AS(summary_writer(folder.path / "file"), file_error);
    CHECK_THROWS_AS(read_scalars(folder.path / "nowhere", "a"), file_error);
    summary_writer writer(folder.path);
    CHECK_THROWS_WITH_AS(writer.image("x", tensor<float, 2>{1, 2}, 0),
                         "summary_writer::image: pixels of shape (2,) are no images (N, H, W, C) with 1 to 4 channels",
                         wrong_shape);
    CHECK_THROWS_AS(writer.image("x", zeros<float, 2, 2, 5>(), 0), wrong_shape);
    CHECK_THROWS_AS(writer.image("x", zeros<float, 1, 0, 2, 1>(), 0), wrong_shape);
    writer.close();
    writer.close();
    CHECK_THROWS_WITH_AS(writer.scalar("a", 1, 0),
                         (writer.path().string() + ": cannot be written: it is closed").c_str(), file_error);
}

#if TELAR_HAS_POSIX_FILES
TEST_CASE("behind what the disk has no room for nothing is written") {
    const support::log_folder folder("full");
    summary_writer writer(folder.path);
    writer.scalar("a", 1, 0);
    writer.flush();
    const auto before_signal = std::signal(SIGXFSZ, SIG_IGN);
    ::rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    const ::rlimit small{4096, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);  // the nearest to a full disk that needs no disk
    writer.text("long", std::string(10000, 'x'), 1);
    CHECK_THROWS_AS(writer.flush(), file_error);
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, before_signal);
    CHECK_THROWS_AS(writer.scalar("a", 2, 2), file_error);
    CHECK(read_scalars(folder.path, "a").values == std::vector<double>{1});
}
#endif

TEST_CASE("a damaged event is refused or read, with nothing between") {
    const support::temporary_file file("telar_damaged_summaries");
    const support::log_folder folder("whole");
    std::string event;
    {
        summary_writer writer(folder.path);
        writer.histogram("h", std::vector<double>{1, 2, 3}, 1);
        writer.text("t", "text", 2);
        writer.hparams({{"a", 1}}, {"b"});
        writer.close();
        io::record_reader records(writer.path());
        while (const auto record = records.next()) event += *record;  // events one behind the other are one event
    }
    const auto is_refused = [](const std::string& bytes) {
        try {
            static_cast<void>(io::messages::read_event(protozero::pbf_message<io::messages::event>(bytes)));
            return false;
        } catch (const protozero::exception&) { return true; }
    };
    int refused = 0;
    for (std::size_t i = 0; i < event.size(); ++i) {
        refused += is_refused(event.substr(0, i));
        for (const int bits : {1, 4, 128, 255}) {
            std::string damaged = event;
            damaged[i] = static_cast<char>(damaged[i] ^ bits);
            refused += is_refused(damaged);
        }
    }
    CHECK(refused > 100);
    file.write(io::record_of("") + io::record_of(event.substr(0, 20)));
    CHECK_THROWS_WITH_AS(read_summaries(file.path),
                         (file.path.string() + ": byte 16: no event: end of buffer exception").c_str(), file_error);
}

TEST_CASE("a graph's nodes are named by their regions") {
    variable<"W", tensor<float, 3> > W;
    input<"X", tensor<float, dyn, 3> > X;
    const support::log_folder folder("graph");
    summary_writer writer(folder.path);
    writer.graph(W * X + W * 2.0f);
    writer.close();
    const std::string bytes = read_summaries(writer.path()).at(1).graph_def;
    std::string text;
    protozero::pbf_message<io::messages::graph> all(bytes);
    while (all.next(io::messages::graph::node)) {
        protozero::pbf_message<io::messages::node> node(all.get_message());
        while (node.next()) switch (node.tag()) {
                case io::messages::node::name: text += "\n" + node.get_string() + ":"; break;
                case io::messages::node::op: text += " " + node.get_string(); break;
                case io::messages::node::input: text += " " + node.get_string(); break;
                default: node.skip();
            }
    }
    CHECK(
        text ==
        "\nW: Placeholder\nX: Placeholder\nleaf_2: Placeholder\nmul: mul W X\nmul_1: mul W leaf_2\nadd: add mul mul_1");
}
#endif
