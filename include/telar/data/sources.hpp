// SPDX-License-Identifier: BSL-1.0
// Where the elements of a dataset come from: tensors, lists, whole numbers, functions, files' names.
#pragma once
#include <telar/core/tensor.hpp>
#include <telar/data/dataset.hpp>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace telar::inline TELAR_ABI {

namespace io::datasets {
template <class T> struct row_type;
template <class T, extent_t N> struct row_type<tensor<T, N>> { using type = T; };
template <class T, extent_t N, extent_t M, extent_t... E> struct row_type<tensor<T, N, M, E...>> {
    using type = tensor<T, M, E...>;
};
template <class T, extent_t N, extent_t M> struct row_type<matrix<T, N, M>> { using type = tensor<T, M>; };
template <class... X> struct row_type<std::tuple<X...>> { using type = std::tuple<typename row_type<X>::type...>; };

template <class X> typename row_type<X>::type row_of(const X& x, extent_t i) {
    using row = typename row_type<X>::type;
    if constexpr (is_tuple<X>) {
        return std::apply([&](const auto&... each) { return row(row_of(each, i)...); }, x);
    } else if constexpr (Tensor<row>) {
        shape extents;
        for (int k = 1; k < X::rank; ++k) extents.append(x.extent(k));
        row r = row::uninitialized(extents);
        std::copy_n(x.data() + static_cast<std::size_t>(i) * r.size(), r.size(), r.data());
        return r;
    } else {
        return x.data()[i];
    }
}
template <class X> shape extents_of(const X& x) {
    if constexpr (is_tuple<X>) return extents_of(std::get<0>(x));
    else return x.extents();
}
template <class X> void require_rows(const X& x, const shape& first) {
    if constexpr (is_tuple<X>) std::apply([&](const auto&... each) { (require_rows(each, first), ...); }, x);
    else if (x.extent(0) != first[0])
        fail<wrong_shape>("from_rows: the first tensor has shape " + to_string(first) + ", but another one has shape " +
                          to_string(x.extents()));
}
template <class X> auto rows_of(X x) {
    const shape first = extents_of(x);
    require_rows(x, first);
    using row = typename row_type<X>::type;
    return dataset<row>(
        [all = std::make_shared<const X>(std::move(x)), rows = first[0]](std::uint64_t) {
            return stream_of([all, rows, i = extent_t{0}]() mutable {
                return i < rows ? std::optional<row>(row_of(*all, i++)) : std::nullopt;
            });
        },
        first[0]);
}
/// Whether a name is what a pattern says: * is any text, ? any character.
constexpr bool is_match(std::string_view pattern, std::string_view name) {
    if (pattern.empty()) return name.empty();
    if (pattern[0] == '*')
        return is_match(pattern.substr(1), name) || (!name.empty() && is_match(pattern, name.substr(1)));
    return !name.empty() && (pattern[0] == '?' || pattern[0] == name[0]) && is_match(pattern.substr(1), name.substr(1));
}
/// The entries of a folder for which wanted(entry, problem) holds, in the order of their names. A problem ends it.
///
/// errors    file_error: the folder cannot be read
template <class Wanted>
std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder, Wanted wanted) {
    std::vector<std::filesystem::path> found;
    std::error_code problem;
    for (auto i = std::filesystem::directory_iterator(folder, problem);
         !problem && i != std::filesystem::directory_iterator(); i.increment(problem))
        if (wanted(*i, problem)) found.push_back(i->path());
    if (problem) fail<file_error>(folder.string() + ": cannot be read: " + problem.message());
    std::sort(found.begin(), found.end());
    return found;
}
}  // namespace io::datasets

/// The rows of tensors: row i of one, or a tuple of the rows i of several. A tuple of tensors is one element of it.
///
/// shapes    (N, ...) -> N elements (...); of a vector numbers
/// errors    wrong_shape: different numbers of rows
/// edge      the dataset owns the tensors: they are copied, unless they are moved
/// test      tests/data/dataset_test.cpp
template <class X> auto from_rows(X x) { return io::datasets::rows_of(std::move(x)); }
template <class X, class... Y> auto from_rows(X x, Y... y) {
    return io::datasets::rows_of(std::tuple<X, Y...>(std::move(x), std::move(y)...));
}

/// The elements of a vector: names of files, structs.
template <class T> dataset<T> from_list(std::vector<T> list) {
    const auto count = static_cast<extent_t>(list.size());
    return dataset<T>(
        [all = std::make_shared<const std::vector<T>>(std::move(list))](std::uint64_t) {
            return io::stream_of([all, i = std::size_t{0}]() mutable {
                return i < all->size() ? std::optional<T>((*all)[i++]) : std::nullopt;
            });
        },
        count);
}

/// first, first + step, ... up to but without last.
///
/// errors    invalid_argument: step is 0
inline dataset<std::int64_t> from_range(std::int64_t first, std::int64_t last, std::int64_t step = 1) {
    if (step == 0) fail<invalid_argument>("from_range: step is 0");
    const std::int64_t way = step > 0 ? last - first : first - last, stride = step > 0 ? step : -step;
    const std::int64_t count = way > 0 ? (way - 1) / stride + 1 : 0;
    return dataset<std::int64_t>(
        [first, step, count](std::uint64_t) {
            return io::stream_of([first, step, count, i = std::int64_t{0}]() mutable {
                return i < count ? std::optional<std::int64_t>(first + step * i++) : std::nullopt;
            });
        },
        count);
}
inline dataset<std::int64_t> from_range(std::int64_t count) { return from_range(0, count); }

/// What a function gives until it gives nothing. make() or make(epoch) is called as a pass begins, and returns the
/// function of that pass, whose result is a std::optional:
///
///     from_generator([] { return [i = 0]() mutable { return i < 3 ? std::optional(i++) : std::nullopt; }; })
template <class Make> auto from_generator(Make make) {
    const auto begun = [make](std::uint64_t epoch) {
        if constexpr (std::is_invocable_v<const Make&, std::uint64_t>) return make(epoch);
        else return static_cast<void>(epoch), make();
    };
    using T = typename std::invoke_result_t<decltype(begun(0))&>::value_type;
    return dataset<T>([begun](std::uint64_t epoch) { return io::stream_of(begun(epoch)); });
}

/// A generator for each element of another dataset, without an end: zip(data, from_random(seed)).map(f, threads) draws
/// the same numbers at any number of threads, and others in each epoch.
inline dataset<generator> from_random(std::uint64_t seed) {
    return dataset<generator>(
        [seed](std::uint64_t epoch) {
            return io::stream_of(
                [seed, stream = epoch << 32]() mutable { return std::optional<generator>(generator(seed, stream++)); });
        },
        infinite_cardinality);
}

/// The files whose names match a pattern, in the order of their names: list_files("images/*.png"). In the name * is any
/// text and ? any character; the folder is taken as it is.
///
/// errors    file_error: the folder cannot be read, or no file matches
dataset<std::filesystem::path> list_files(const std::filesystem::path& pattern);

#if TELAR_HAS_BODIES
TELAR_ONCE dataset<std::filesystem::path> list_files(const std::filesystem::path& pattern) {
    const std::filesystem::path folder = pattern.has_parent_path() ? pattern.parent_path() : ".";
    auto found = io::datasets::entries_of(folder, [&](const auto& e, std::error_code& problem) {
        return e.is_regular_file(problem) &&
               io::datasets::is_match(pattern.filename().string(), e.path().filename().string());
    });
    if (found.empty()) fail<file_error>(pattern.string() + ": no file matches");
    return from_list(std::move(found));
}
#endif  // TELAR_HAS_BODIES

}  // namespace telar::inline TELAR_ABI
