// SPDX-License-Identifier: BSL-1.0
// Windows of series as Keras makes them, orders of elements as tf.data has them.
#include <telar/data/timeseries.hpp>
#include <telar/io/npz.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace telar;

namespace {

const io::archive& expected() {
    static const io::archive all = load_npz(std::filesystem::path(TELAR_TEST_DATA_DIR) / "datasets.npz");
    return all;
}
tensor<float, dyn, 2> series() { return tensor<float, dyn, 2>::from(shape(20, 2), arange<float>(40).span()); }
tensor<std::int32_t, dyn> targets() {
    auto t = arange<std::int32_t>(18);
    for (std::int32_t& v : t) v += 100;
    return t;
}
template <class T> std::vector<T> all_of(dataset<T> data) {
    std::vector<T> all;
    for (const T& e : data) all.push_back(e);
    return all;
}
void check_order(const char* name, dataset<std::int64_t> data) {
    CAPTURE(name);
    const auto want = expected().get<tensor<std::int64_t, dyn>>(name);
    CHECK(all_of(data) == std::vector<std::int64_t>(want.begin(), want.end()));
}
/// Batches of windows against all windows of Keras, and the sizes of its batches.
template <class T, extent_t... E>
void check_parts(const std::vector<tensor<T, dyn, E...>>& parts, const std::string& name) {
    const auto want = expected().get<tensor<T, dyn, E...>>(name);
    std::vector<T> found;
    for (const auto& p : parts) found.insert(found.end(), p.begin(), p.end());
    CHECK(found == std::vector<T>(want.begin(), want.end()));
    for (const auto& p : parts) CHECK(p.extents().rank == want.extents().rank);
}

}  // namespace

TEST_CASE("windows, with targets and without") {
    const std::pair<extent_t, timeseries_options> cases[] = {
        {3, {}},
        {3, {.sequence_stride = 2, .sampling_rate = 2, .batch_size = 4}},
        {5, {.batch_size = 3, .start_index = 3, .end_index = 15}},
        {1, {.sequence_stride = 7}}};
    int i = 0;
    for (const auto& [length, options] : cases) {
        const std::string number = std::to_string(i++);
        CAPTURE(number);
        std::vector<tensor<float, dyn, dyn, 2>> windows;
        std::vector<tensor<std::int32_t, dyn>> labels;
        std::vector<std::int64_t> sizes;
        auto pairs = timeseries_dataset_from_array(series(), targets(), length, options);
        for (const auto& [x, y] : pairs) {
            windows.push_back(x);
            labels.push_back(y);
            sizes.push_back(x.extent(0));
            CHECK(x.extent(0) == y.extent(0));
            CHECK(x.extent(1) == length);
        }
        check_parts(windows, "windows" + number + "/xy");
        check_parts(labels, "targets" + number);
        const auto want = expected().get<tensor<std::int64_t, dyn>>("sizes" + number + "/xy");
        CHECK(sizes == std::vector<std::int64_t>(want.begin(), want.end()));
        check_parts(all_of(timeseries_dataset_from_array(series(), length, options)), "windows" + number + "/x");
    }
}
TEST_CASE("shuffled windows are the same windows; too short a series has none; what cannot be is refused") {
    auto data = timeseries_dataset_from_array(series(), 4, {.batch_size = 5, .shuffle = true, .seed = 2});
    std::vector<std::vector<float>> firsts(2);
    for (auto& epoch : firsts)
        for (const auto& x : data)
            for (extent_t i = 0; i < x.extent(0); ++i) {
                epoch.push_back(x(i, 0, 0));
                CHECK(x(i, 3, 1) == x(i, 0, 0) + 7);
            }
    CHECK(firsts[0] != firsts[1]);
    for (auto& epoch : firsts) std::sort(epoch.begin(), epoch.end());
    CHECK(firsts[0] == firsts[1]);
    CHECK(firsts[0].size() == 17);
    CHECK(all_of(timeseries_dataset_from_array(series(), 21)).empty());
    for (const timeseries_options& o : {timeseries_options{.sequence_stride = 0},
                                        timeseries_options{.sampling_rate = 0}, timeseries_options{.batch_size = 0},
                                        timeseries_options{.start_index = -1}, timeseries_options{.end_index = 21}})
        CHECK_THROWS_AS(timeseries_dataset_from_array(series(), 3, o), invalid_argument);
    CHECK_THROWS_AS(timeseries_dataset_from_array(series(), 0), invalid_argument);
}
TEST_CASE("the orders of tf.data") {
    const auto numbers = [](std::int64_t n) { return from_range(n); };
    const auto times = [](std::int64_t n) { return from_list(std::vector<std::int64_t>(4, n)); };
    check_order("interleave_2_2", from_range(1, 6).interleave(times, 2, 2));
    check_order("interleave_3_1", from_range(5).interleave(numbers, 3, 1));
    check_order("interleave_2_3", from_range(7).interleave(numbers, 2, 3));
    check_order("flat_map", from_range(4).flat_map(numbers));
    check_order("shard", from_range(11).shard(3, 1));
    check_order("skip_take", from_range(11).skip(3).take(4).repeat(2));
    auto padded = from_range(1, 6)
                      .map([](std::int64_t n) { return full<std::int64_t, dyn>(shape(n), n); })
                      .padded_batch(2, {.padding_value = -1});
    int i = 0;
    for (const auto& b : padded)
        CHECK(same(b, expected().get<tensor<std::int64_t, dyn, dyn>>("padded" + std::to_string(i++))));
    CHECK(i == 3);
}
