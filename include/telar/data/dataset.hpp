// SPDX-License-Identifier: BSL-1.0
// Datasets as tf.data has them: a source, and steps behind it, which are computed as the elements are asked for.
#pragma once
#include <telar/core/config.hpp>
#include <telar/core/failure.hpp>
#include <telar/core/random.hpp>
#include <telar/core/shape.hpp>
#include <telar/data/collate.hpp>
#include <telar/data/stream.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI {

/// What dataset::cardinality tells beside a number.
inline constexpr extent_t infinite_cardinality = -1, unknown_cardinality = -2;

struct batch_options {
    bool drop_remainder = false;  ///< leave out the last batch if it is smaller
};
struct padded_batch_options {
    bool drop_remainder = false;
    extent_t length = 0;       ///< of the first axis of each tensor; 0: the longest of the batch
    double padding_value = 0;  ///< behind the elements, in the tensor's type
};

namespace io::datasets {
/// Whether f takes the parts of a tuple, and not the tuple.
template <class F, class T> inline constexpr bool takes_parts = false;
template <class F, class... P> inline constexpr bool takes_parts<F, std::tuple<P...>> = std::is_invocable_v<F, P...>;
template <class F, class A, class B>
inline constexpr bool takes_parts<F, std::pair<A, B>> = std::is_invocable_v<F, A, B>;

template <class T, class F> decltype(auto) called(const F& f, T&& element) {
    if constexpr (takes_parts<const F&, std::remove_cvref_t<T>>) return std::apply(f, std::forward<T>(element));
    else return f(std::forward<T>(element));
}
/// A function of an element: f, of its parts if it is a tuple.
template <class T, class F> struct on_element {
    F f;
    auto operator()(T element) const { return called(f, std::move(element)); }
};
/// The smaller of two numbers of elements, as far as they are known.
constexpr extent_t fewer(extent_t a, extent_t b) {
    if (a == unknown_cardinality || b == unknown_cardinality) return unknown_cardinality;
    if (a == infinite_cardinality || b == infinite_cardinality) return a == infinite_cardinality ? b : a;
    return std::min(a, b);
}
inline void require_at_least(extent_t least, extent_t value, const char* what) {
    if (value < least) fail<invalid_argument>(std::string(what) + " is " + std::to_string(value));
}
inline int thread_count(int threads) {
    require_at_least(0, threads, "map: the number of threads");
    return threads > 0 ? threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}
}  // namespace io::datasets

/// Elements of one type, made anew by each pass over them: for (const auto& [x, y] : data). A step, such as map,
/// returns another dataset and computes nothing; a copy shares what it is made of.
///
///     auto data = from_rows(x, y).shuffle(1000, 1).batch(32).prefetch(2);
///     for (int epoch = 0; epoch < 5; ++epoch)
///         for (const auto& [images, labels] : data) ...
///
/// types     an element is any movable value: a number, a tensor, a std::string, a struct; several are a std::tuple.
///           cache copies its elements
/// errors    those of its functions, where the element comes that could not be made, from whatever thread; the pass has
///           ended then. invalid_argument: a size or a count below its least value
/// edge      Each begin() starts an epoch; set_epoch(e) goes on with epoch e. The order and the bits of epoch e are a
///           function of the seeds and of e, at any number of threads. A pass may be left at any time. Two passes may
///           run at once. Functions are called by several threads where a step says so.
/// source    TensorFlow's tf.data.Dataset
/// test      tests/data/dataset_test.cpp, tests/data/dataset_thread_test.cpp
template <class T> class dataset {
public:
    using value_type = T;
    /// Begins the pass of an epoch.
    using opener = std::function<io::stream_ptr<T>(std::uint64_t epoch)>;

    explicit dataset(opener open, extent_t cardinality = unknown_cardinality)
        : open_(std::make_shared<const opener>(std::move(open))), cardinality_(cardinality) {}

    /// How many elements a pass has, infinite_cardinality or unknown_cardinality.
    extent_t cardinality() const { return cardinality_; }
    /// The number of epochs begun.
    std::uint64_t epoch() const { return epoch_; }
    void set_epoch(std::uint64_t epoch) { epoch_ = epoch; }
    /// A pass by hand: next() gives the next element or nothing.
    io::stream_ptr<T> pass(std::uint64_t epoch = 0) const { return (*open_)(epoch); }

    class iterator {
    public:
        using value_type = T;
        using difference_type = std::ptrdiff_t;
        T& operator*() const { return *now_; }
        T* operator->() const { return &*now_; }
        iterator& operator++() {
            now_ = from_->next();
            return *this;
        }
        void operator++(int) { ++*this; }
        friend bool operator==(const iterator& i, std::default_sentinel_t) { return !i.now_; }

    private:
        friend dataset;
        explicit iterator(io::stream_ptr<T> from) : from_(std::move(from)) { ++*this; }
        io::stream_ptr<T> from_;
        mutable std::optional<T> now_;
    };
    iterator begin() { return iterator(pass(epoch_++)); }
    std::default_sentinel_t end() const { return {}; }

    // ---- element by element

    /// f(element), in the order of the elements. f may take the parts of a tuple. With several threads elements are
    /// computed ahead, two for each thread; 0 threads: as many as the machine has.
    template <class F> auto map(F f, int threads = 1) const {
        using namespace io::datasets;
        using function = on_element<T, F>;
        using U = std::invoke_result_t<const function&, T>;
        threads = thread_count(threads);
        return dataset<U>(
            [from = open_, f = std::make_shared<const function>(function{std::move(f)}), threads](std::uint64_t epoch) {
                auto elements = (*from)(epoch);
                if (threads > 1)
                    return io::computed_ahead(std::move(elements), f, threads, 2 * static_cast<std::size_t>(threads));
                return io::stream_of([elements = std::move(elements), f]() -> std::optional<U> {
                    auto e = elements->next();
                    return e ? std::optional<U>((*f)(std::move(*e))) : std::nullopt;
                });
            },
            cardinality_);
    }
    /// The elements for which p holds. p may take the parts of a tuple.
    template <class P> dataset filter(P p) const {
        return behind(unknown_cardinality, [p](io::stream_ptr<T> from, std::uint64_t) {
            return [p, from = std::move(from)]() {
                auto e = from->next();
                while (e && !io::datasets::called(p, std::as_const(*e))) e = from->next();
                return e;
            };
        });
    }
    /// The first elements, at most so many.
    dataset take(extent_t count) const {
        io::datasets::require_at_least(0, count, "take: the count");
        return behind(io::datasets::fewer(cardinality_, count), [count](io::stream_ptr<T> from, std::uint64_t) {
            return
                [left = count, from = std::move(from)]() mutable { return left-- > 0 ? from->next() : std::nullopt; };
        });
    }
    /// All but the first elements.
    dataset skip(extent_t count) const {
        io::datasets::require_at_least(0, count, "skip: the count");
        const extent_t left = cardinality_ < 0 ? cardinality_ : std::max(cardinality_ - count, extent_t{0});
        return behind(left, [count](io::stream_ptr<T> from, std::uint64_t) {
            return [left = count, from = std::move(from)]() mutable {
                for (; left > 0; --left)
                    if (!from->next()) break;
                left = 0;
                return from->next();
            };
        });
    }
    /// Every element in the place of number `index` of `count`: what one of several machines reads.
    dataset shard(extent_t count, extent_t index) const {
        io::datasets::require_at_least(1, count, "shard: the count");
        if (index < 0 || index >= count)
            fail<invalid_argument>("shard: index " + std::to_string(index) + " of " + std::to_string(count));
        const extent_t left = cardinality_ < 0 ? cardinality_ : (cardinality_ + count - 1 - index) / count;
        return behind(left, [count, index](io::stream_ptr<T> from, std::uint64_t) {
            return [count, passed = index, from = std::move(from)]() mutable {
                for (; passed > 0; --passed)
                    if (!from->next()) return std::optional<T>();
                passed = count - 1;
                return from->next();
            };
        });
    }
    /// (number, element), the first of which has number `first`.
    dataset<std::tuple<std::int64_t, T>> enumerate(std::int64_t first = 0) const {
        using U = std::tuple<std::int64_t, T>;
        return behind<U>(cardinality_, [first](io::stream_ptr<T> from, std::uint64_t) {
            return [number = first, from = std::move(from)]() mutable -> std::optional<U> {
                auto e = from->next();
                return e ? std::optional<U>(U(number++, std::move(*e))) : std::nullopt;
            };
        });
    }

    // ---- order

    /// Each next element is a random one of `buffer`, which the elements pass through; each epoch has another order,
    /// unless reshuffles is false.
    dataset shuffle(extent_t buffer, std::uint64_t seed = 0, bool reshuffles = true) const {
        io::datasets::require_at_least(1, buffer, "shuffle: the buffer");
        return behind(cardinality_, [buffer, seed, reshuffles](io::stream_ptr<T> from, std::uint64_t epoch) {
            constexpr std::uint64_t streams_of_shuffle = std::uint64_t{1} << 63;
            return [random = generator(seed, streams_of_shuffle + (reshuffles ? epoch : 0)), held = std::vector<T>(),
                    size = static_cast<std::size_t>(buffer), from = std::move(from)]() mutable -> std::optional<T> {
                while (held.size() < size) {
                    auto e = from->next();
                    if (!e) size = 0;
                    else held.push_back(std::move(*e));
                }
                if (held.empty()) return {};
                const auto chosen = random.integers(0, static_cast<std::int64_t>(held.size()));
                std::swap(held[static_cast<std::size_t>(chosen)], held.back());
                std::optional<T> e(std::move(held.back()));
                held.pop_back();
                return e;
            };
        });
    }
    /// Pass after pass, so many or without an end. Each is an epoch for the steps before.
    dataset repeat(extent_t count = infinite_cardinality) const {
        io::datasets::require_at_least(infinite_cardinality, count, "repeat: the count");
        const bool is_infinite = count == infinite_cardinality;
        const extent_t all = is_infinite ? (cardinality_ == 0 ? 0 : infinite_cardinality)
                                         : (cardinality_ < 0 && count > 0 ? cardinality_ : cardinality_ * count);
        return dataset(
            [open = open_, count, is_infinite](std::uint64_t epoch) {
                constexpr std::uint64_t passes_without_end = std::uint64_t{1} << 32;
                const std::uint64_t passes = is_infinite ? passes_without_end : static_cast<std::uint64_t>(count);
                return io::stream_of([open, is_infinite, pass = epoch * passes, end = (epoch + 1) * passes,
                                      from = io::stream_ptr<T>()]() mutable -> std::optional<T> {
                    while (pass != end) {
                        const bool is_new = !from;
                        if (is_new) from = (*open)(pass);
                        if (auto e = from->next()) return e;
                        from.reset();
                        pass = is_new && is_infinite ? end : pass + 1;  // no element, and so in all other passes
                    }
                    return {};
                });
            },
            all);
    }
    /// The elements of this one, then those of the other.
    dataset concatenate(const dataset& other) const {
        const extent_t a = cardinality_, b = other.cardinality_;
        const extent_t all = a == infinite_cardinality || b == infinite_cardinality ? infinite_cardinality
                             : a < 0 || b < 0                                       ? unknown_cardinality
                                                                                    : a + b;
        return behind(all, [open = other.open_](io::stream_ptr<T> from, std::uint64_t epoch) {
            return [open, epoch, from = std::move(from), is_second = false]() mutable {
                auto e = from->next();
                if (e || is_second) return e;
                is_second = true;
                from = (*open)(epoch);
                return from->next();
            };
        });
    }
    /// The elements of the datasets f(element): of `cycle` of them in turn, `block` elements of each. Where one has
    /// ended, the next begins when it is the turn of that place again.
    template <class F> auto interleave(F f, extent_t cycle = 4, extent_t block = 1) const {
        using D = std::invoke_result_t<const io::datasets::on_element<T, F>&, T>;
        using U = typename D::value_type;
        io::datasets::require_at_least(1, cycle, "interleave: the cycle");
        io::datasets::require_at_least(1, block, "interleave: the block");
        return behind<U>(unknown_cardinality, [f, cycle, block](io::stream_ptr<T> from, std::uint64_t epoch) {
            return
                [f, epoch, block, from = std::move(from), at = std::size_t{0}, taken = extent_t{0}, count = 0,
                 has_ended = false, open = std::vector<io::stream_ptr<U>>(static_cast<std::size_t>(cycle))]() mutable {
                    std::optional<U> e;
                    while (!e && (count > 0 || !has_ended)) {
                        io::stream_ptr<U>& s = open[at];
                        if (!s && !has_ended) {
                            auto of = from->next();
                            has_ended = !of;
                            if (of) s = io::datasets::called(f, std::move(*of)).pass(epoch), ++count;
                        }
                        if (s && !(e = s->next())) s.reset(), --count;
                        if (!e || ++taken == block) at = (at + 1) % open.size(), taken = 0;
                    }
                    return e;
                };
        });
    }
    /// The elements of the datasets f(element), one behind the other.
    template <class F> auto flat_map(F f) const { return interleave(std::move(f), 1); }

    // ---- batches

    /// So many elements as one: see io::batch_t. The last batch of a pass holds what is left.
    ///
    /// shapes    tensors (...) -> (n, ...), numbers -> (n)
    /// errors    wrong_shape: tensors of one batch have different shapes
    dataset<io::batch_t<T>> batch(extent_t size, batch_options options = {}) const {
        return batched<io::batch_t<T>>(size, options.drop_remainder, {});
    }
    /// The same of tensors of different extents, which are filled up behind their elements.
    ///
    /// errors    wrong_shape: a tensor is longer than the length that is given
    dataset<io::padded_t<T>> padded_batch(extent_t size, padded_batch_options options = {}) const {
        io::datasets::require_at_least(0, options.length, "padded_batch: the length");
        return batched<io::padded_t<T>>(size, options.drop_remainder, {true, options.length, options.padding_value});
    }

    // ---- time

    /// Keeps the elements of the first pass that comes to its end in memory; later passes read them.
    ///
    /// edge      what stands before it is epoch 0 always; what differs in each epoch, as shuffle, stands behind it
    dataset cache() const {
        struct memory {
            std::mutex mutex;
            std::shared_ptr<const std::vector<T>> elements;
        };
        return dataset(
            [open = open_, all = std::make_shared<memory>()](std::uint64_t) {
                const auto kept = [&] {
                    const std::lock_guard lock(all->mutex);
                    return all->elements;
                }();
                if (kept)
                    return io::stream_of([kept, i = std::size_t{0}]() mutable {
                        return i < kept->size() ? std::optional<T>((*kept)[i++]) : std::nullopt;
                    });
                return io::stream_of([all, from = (*open)(0), seen = std::make_shared<std::vector<T>>()]() mutable {
                    auto e = seen ? from->next() : std::nullopt;
                    if (e) seen->push_back(*e);
                    else if (seen) {
                        const std::lock_guard lock(all->mutex);
                        all->elements = std::move(seen);
                    }
                    return e;
                });
            },
            cardinality_);
    }
    /// Computes the next elements, at most so many, on a thread of its own while this one is used.
    dataset prefetch(extent_t count = 2) const {
        io::datasets::require_at_least(1, count, "prefetch: the count");
        struct as_it_is {
            T operator()(T element) const { return element; }
        };
        return dataset(
            [open = open_, count](std::uint64_t epoch) {
                return io::computed_ahead((*open)(epoch), std::make_shared<const as_it_is>(), 1,
                                          static_cast<std::size_t>(count));
            },
            cardinality_);
    }

private:
    /// A dataset whose pass is the function make(pass of this one, epoch).
    template <class U = T, class Make> dataset<U> behind(extent_t cardinality, Make make) const {
        return dataset<U>(
            [open = open_, make](std::uint64_t epoch) { return io::stream_of(make((*open)(epoch), epoch)); },
            cardinality);
    }
    template <class Batch> dataset<Batch> batched(extent_t size, bool drops, io::padding_rule rule) const {
        io::datasets::require_at_least(1, size, "batch: the size");
        const extent_t count = cardinality_ < 0 ? cardinality_ : (cardinality_ + (drops ? 0 : size - 1)) / size;
        return behind<Batch>(count, [size, drops, rule](io::stream_ptr<T> from, std::uint64_t) {
            return [from = std::move(from), n = static_cast<std::size_t>(size), drops, rule,
                    held = std::vector<T>()]() mutable -> std::optional<Batch> {
                held.clear();
                for (auto e = from->next(); e; e = held.size() < n ? from->next() : std::nullopt)
                    held.push_back(std::move(*e));
                if (held.empty() || (drops && held.size() < n)) return {};
                return io::collated<Batch>(
                    held, [](T& e) -> T& { return e; }, rule);
            };
        });
    }

    std::shared_ptr<const opener> open_;
    extent_t cardinality_;
    std::uint64_t epoch_ = 0;
};

/// Elements of several datasets together, as a tuple; ends with the shortest.
template <class... T> dataset<std::tuple<T...>> zip(const dataset<T>&... each) {
    using all = std::tuple<T...>;
    extent_t least = infinite_cardinality;
    ((least = io::datasets::fewer(least, each.cardinality())), ...);
    return dataset<all>(
        [each...](std::uint64_t epoch) {
            return io::stream_of(
                [from = std::tuple(each.pass(epoch)...), ended = false]() mutable -> std::optional<all> {
                    if (ended) return {};
                    return std::apply(
                        [&](auto&... stream) -> std::optional<all> {
                            std::tuple<std::optional<T>...> next;
                            const bool is_whole = std::apply(
                                [&](auto&... part) { return (... && (part = stream->next()).has_value()); }, next);
                            ended = !is_whole;
                            if (ended) return {};
                            return std::apply([](auto&... part) { return all(std::move(*part)...); }, next);
                        },
                        from);
                });
        },
        least);
}

}  // namespace telar::inline TELAR_ABI
