// SPDX-License-Identifier: BSL-1.0
// Windows of a series that is sampled in time, as a dataset.
#pragma once
#include <telar/data/sources.hpp>

#include <algorithm>

namespace telar::inline TELAR_ABI {

struct timeseries_options {
    extent_t sequence_stride = 1;  ///< from the begin of one window to that of the next
    extent_t sampling_rate = 1;    ///< from one step of a window to the next
    extent_t batch_size = 128;
    bool shuffle = false;  ///< the windows of each epoch come in another order
    std::uint64_t seed = 0;
    extent_t start_index = 0;  ///< rows before it are not used
    extent_t end_index = -1;   ///< nor those from it on; -1: all are
};

namespace io::datasets {
/// The first rows of the windows, and how many there are.
inline dataset<std::int64_t> window_starts(extent_t rows, extent_t targets, extent_t length,
                                           const timeseries_options& o) {
    const extent_t end = o.end_index < 0 ? rows : o.end_index;
    if (length < 1 || o.sequence_stride < 1 || o.sampling_rate < 1 || o.start_index < 0 || o.start_index > end ||
        end > rows)
        fail<invalid_argument>("timeseries_dataset_from_array: windows of " + std::to_string(length) +
                               " steps, stride " + std::to_string(o.sequence_stride) + ", sampling rate " +
                               std::to_string(o.sampling_rate) + ", rows " + std::to_string(o.start_index) + " to " +
                               std::to_string(end) + " of " + std::to_string(rows));
    extent_t windows = end - o.start_index - (length - 1) * o.sampling_rate;
    if (targets >= 0) windows = std::min({windows, targets, targets - o.start_index});
    const auto starts = from_range(o.start_index, o.start_index + std::max(windows, extent_t{0}), o.sequence_stride);
    return o.shuffle && windows > 0 ? starts.shuffle(starts.cardinality(), o.seed) : starts;
}
template <class T, extent_t N, extent_t... E>
tensor<T, dyn, E...> window_of(const tensor<T, N, E...>& x, extent_t start, extent_t length, extent_t rate) {
    shape extents(length);
    for (int k = 1; k < x.rank; ++k) extents.append(x.extent(k));
    auto window = tensor<T, dyn, E...>::uninitialized(extents);
    const std::size_t width = window.size() / static_cast<std::size_t>(length);
    for (extent_t i = 0; i < length; ++i)
        std::copy_n(x.data() + static_cast<std::size_t>(start + i * rate) * width, width,
                    window.data() + static_cast<std::size_t>(i) * width);
    return window;
}
}  // namespace io::datasets

/// Batches of windows of a series, and of the target that belongs to each: window i has the rows start + i stride,
/// start + i stride + rate, ..., and row start + i stride of the targets.
///
///     // the next hour from the last day
///     auto data = timeseries_dataset_from_array(x, tensor_of_rows_from_24_on, 24, {.batch_size = 32});
///
/// shapes    data (T, ...), targets (T', ...) -> batches (n, sequence_length, ...), (n, ...)
/// errors    invalid_argument: a length, stride or rate below 1, rows outside of the data
/// edge      a series that is too short gives no batch; the dataset owns the tensors
/// source    Keras' timeseries_dataset_from_array
/// test      tests/data/timeseries_test.cpp
template <Tensor X, Tensor Y>
auto timeseries_dataset_from_array(X data, Y targets, extent_t sequence_length, const timeseries_options& o = {}) {
    using namespace io::datasets;
    const auto starts = window_starts(data.extent(0), targets.extent(0), sequence_length, o);
    const auto all = std::make_shared<const std::pair<X, Y>>(std::move(data), std::move(targets));
    return starts
        .map([all, sequence_length, rate = o.sampling_rate](std::int64_t start) {
            return std::tuple(window_of(all->first, start, sequence_length, rate), row_of(all->second, start));
        })
        .batch(o.batch_size);
}
/// The same without targets.
template <Tensor X>
auto timeseries_dataset_from_array(X data, extent_t sequence_length, const timeseries_options& o = {}) {
    using namespace io::datasets;
    const auto starts = window_starts(data.extent(0), -1, sequence_length, o);
    return starts
        .map([all = std::make_shared<const X>(std::move(data)), sequence_length,
              rate = o.sampling_rate](std::int64_t start) { return window_of(*all, start, sequence_length, rate); })
        .batch(o.batch_size);
}

}  // namespace telar::inline TELAR_ABI
