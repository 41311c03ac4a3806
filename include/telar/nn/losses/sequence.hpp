// SPDX-License-Identifier: BSL-1.0
// The loss of a sequence of labels, of which nobody knows where they stand.
#pragma once
#include <telar/nn/losses/common.hpp>

namespace telar::inline TELAR_ABI::nn {

/// Connectionist temporal classification: -log of the probability that the steps, without repetitions and blanks, read
/// as the labels. Class 0 is the blank; a row of labels ends with zeros.
///
/// shapes    labels (N,L), y_pred (N,T,C): log-odds -> (N)
/// edge      more labels than steps can hold: a very large number, where Keras gives infinity
/// errors    index_error when run: a label that is no class; E110: L is 0
/// source    Graves, Fernández, Gomez and Schmidhuber, ICML 2006; Keras' CTC
/// test      tests/fixtures/keras_ctc_test.cpp
struct ctc {
    nn::reduction reduction = nn::reduction::sum_over_batch_size;
    static constexpr std::string_view name = "ctc";

    constexpr symbol operator()(symbol labels, symbol y_pred) const {
        ir::graph& g = *y_pred.g;
        const symbol l = ir::emit::cast(labels, dtype::int64), blanks = l * 0;  // (N,L)
        const extent_t twice = g.dims.multiply(l.extents()[1], 2);
        // Blank, label, blank, label, ..., blank.   (N,S), S = 2 L + 1
        const symbol pairs = ir::emit::concat(ir::emit::expand_dims(blanks, {2}), ir::emit::expand_dims(l, {2}), 2);
        const symbol ids = ir::emit::concat(ir::emit::reshape(pairs, shape(l.extents()[0], twice)),
                                            ir::emit::slice_axis(blanks, 1, 0, 1), 1);
        const symbol may_skip = ids != 0 && ids != moved(ids, 2, 0);
        const symbol by_class = swap_axes(telar::log_softmax(y_pred, telar::axis<-1>), 1, 2);  // (N,C,T)
        const extent_t steps_first[]{2, 0, 1};
        const symbol log_p = ir::emit::transpose(gather(by_class, ids, 1, 1), steps_first);  // (T,N,S)
        const symbol place = ir::emit::iota(g, ids.extents()[1], dtype::int64);
        const symbol start = ir::emit::broadcast_to(
            where(place == 0, ir::emit::constant(g, y_pred.type(), 0), ir::emit::constant(g, y_pred.type(), never)),
            ids.extents());
        const auto step = [&](symbol a, symbol now) {  // a: log-probability of all ways to be at a place
            const symbol skipped = where(may_skip, moved(a, 2, never), never);
            return logaddexp(logaddexp(a, moved(a, 1, never)), skipped) + now;
        };
        const symbol a = scan(step, states(start), over(log_p)).state[0];
        const symbol last = 2 * sum(ir::emit::cast(l != 0, dtype::int64), 1, true);  // (N,1)
        return -logsumexp(where(place == last || place == last - 1, a, never), telar::axis<1>);
    }
    static constexpr expr::value_type target_of(const expr::value_type& y_pred) {
        return {dtype::int32, 0, shape(y_pred.extents.extent[0], dyn)};
    }

private:
    static constexpr double never = -1e30;
    /// x_(k - by) at place k, `first` at those before.   (N,S) -> (N,S)
    static constexpr symbol moved(symbol x, int by, double first) {
        const symbol before = ir::emit::broadcast_to(ir::emit::constant(*x.g, x.type(), first),
                                                     shape(x.extents()[0], static_cast<extent_t>(by)));
        return ir::emit::concat(before, ir::emit::slice_axis(x, 1, 0, -by), 1);
    }
};

}  // namespace telar::inline TELAR_ABI::nn
