// SPDX-License-Identifier: BSL-1.0
// What an event says of one tag, as the bytes of a Summary.Value.
#pragma once
#include <telar/io/histogram_buckets.hpp>
#include <telar/io/summary_messages.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace telar::inline TELAR_ABI::io::messages {

using value_builder = protozero::pbf_builder<value>;

template <class F> std::string value_of(std::string_view tag, F f) {
    return message<value>([&](value_builder& v) {
        v.add_string(value::tag, tag.data(), tag.size());
        f(v);
    });
}
inline std::string scalar_value(std::string_view tag, float number) {
    return value_of(tag, [&](value_builder& v) { v.add_float(value::simple_value, number); });
}
inline std::string histogram_value(std::string_view tag, const histogram_buckets& h) {
    return value_of(tag, [&](value_builder& v) {
        protozero::pbf_builder<histo> to(v, value::histo);
        to.add_double(histo::min, h.min);
        to.add_double(histo::max, h.max);
        to.add_double(histo::num, h.num);
        to.add_double(histo::sum, h.sum);
        to.add_double(histo::sum_squares, h.sum_squares);
        to.add_packed_double(histo::bucket_limit, h.limits.begin(), h.limits.end());
        to.add_packed_double(histo::bucket, h.counts.begin(), h.counts.end());
    });
}

/// Which page shows a value, what that page is told, and how its data is kept: 2: a tensor, 3: texts of bytes.
struct shown_by {
    std::string_view plugin;
    std::string_view content = {};
    int data_class = 2;
};
inline void add_metadata(value_builder& v, const shown_by& page) {
    protozero::pbf_builder<metadata> m(v, value::metadata);
    {
        protozero::pbf_builder<plugin> p(m, metadata::plugin_data);
        p.add_string(plugin::name, page.plugin.data(), page.plugin.size());
        if (!page.content.empty()) p.add_bytes(plugin::content, page.content.data(), page.content.size());
    }
    m.add_enum(metadata::data_class, page.data_class);
}
/// A tensor of texts or bytes, () of one or (n,) of several, for a page.
inline std::string strings_value(std::string_view tag, const shown_by& page, std::span<const std::string> strings,
                                 bool is_row) {
    return value_of(tag, [&](value_builder& v) {
        {
            protozero::pbf_builder<tensor> t(v, value::tensor);
            t.add_enum(tensor::dtype, string_type_number);
            t.add_message(tensor::shape, is_row ? shape_of(std::array{static_cast<std::int64_t>(strings.size())}) : "");
            for (const std::string& s : strings) t.add_bytes(tensor::string_val, s);
        }
        add_metadata(v, page);
    });
}
/// What a page is told beside any data: the tensor has no elements.
inline std::string told_value(std::string_view tag, const shown_by& page) {
    return value_of(tag, [&](value_builder& v) {
        {
            protozero::pbf_builder<tensor> t(v, value::tensor);
            t.add_enum(tensor::dtype, type_number(telar::dtype::float32));
            t.add_message(tensor::shape, shape_of(std::array{std::int64_t{0}}));
        }
        add_metadata(v, page);
    });
}

}  // namespace telar::inline TELAR_ABI::io::messages
