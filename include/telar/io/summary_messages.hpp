// SPDX-License-Identifier: BSL-1.0
// The messages of TensorBoard's files, as far as telar writes and reads them: the numbers of their fields.
// source: tensorflow/core/util/event.proto, tensorflow/core/framework/{summary,tensor,tensor_shape,graph,node_def,
// attr_value}.proto, tensorboard/plugins/hparams/{plugin_data,api}.proto
#pragma once
#include <telar/core/dtype.hpp>
#include <telar/io/protobuf.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace telar::inline TELAR_ABI::io::messages {

using tag_type = protozero::pbf_tag_type;

// clang-format off
enum class event      : tag_type { wall_time = 1, step, file_version, graph_def, summary };
enum class summary    : tag_type { value = 1 };
enum class value      : tag_type { tag = 1, simple_value, histo = 5, tensor = 8, metadata };
enum class metadata   : tag_type { plugin_data = 1, data_class = 4 };
enum class plugin     : tag_type { name = 1, content };
enum class histo      : tag_type { min = 1, max, num, sum, sum_squares, bucket_limit, bucket };
enum class tensor     : tag_type { dtype = 1, shape, content = 4, float_val, string_val = 8 };
enum class shape      : tag_type { dim = 2, unknown_rank };
enum class dim        : tag_type { size = 1 };
enum class graph      : tag_type { node = 1 };
enum class node       : tag_type { name = 1, op, input, attr = 5 };
enum class map_entry  : tag_type { key = 1, value };
enum class attribute  : tag_type { list = 1, s, type = 6 };
enum class list       : tag_type { shape = 7 };
enum class hparams    : tag_type { experiment = 2, session_start, session_end };
enum class experiment : tag_type { hparam_info = 4, metric_info };
enum class hparam     : tag_type { name = 1, type = 4 };
enum class metric     : tag_type { name = 1 };
enum class metric_name: tag_type { group = 1, tag };
enum class start      : tag_type { hparams = 1, start_time = 5 };
enum class end        : tag_type { status = 1, end_time };
enum class any_value  : tag_type { number = 2, text, boolean };
// clang-format on

/// A message: f tells a builder its fields.
template <class Fields, class F> std::string message(F f) {
    std::string bytes;
    protozero::pbf_builder<Fields> builder(bytes);
    f(builder);
    return bytes;
}

/// TensorFlow's number of an element type.
inline int type_number(telar::dtype type) {
    using telar::dtype;
    switch (type) {
        case dtype::float32: return 1;
        case dtype::float64: return 2;
        case dtype::int32: return 3;
        case dtype::uint8: return 4;
        case dtype::int16: return 5;
        case dtype::int8: return 6;
        case dtype::int64: return 9;
        case dtype::boolean: return 10;
        case dtype::bfloat16: return 14;
        case dtype::uint16: return 17;
        case dtype::float16: return 19;
        case dtype::uint32: return 22;
    }
    return 0;
}
inline constexpr int string_type_number = 7;

/// The extents of a tensor; -1: known when it runs.
template <class Extents> std::string shape_of(const Extents& extents) {
    return message<shape>([&](auto& s) {
        for (const std::int64_t extent : extents)
            protozero::pbf_builder<dim>(s, shape::dim).add_int64(dim::size, extent);
    });
}

}  // namespace telar::inline TELAR_ABI::io::messages
