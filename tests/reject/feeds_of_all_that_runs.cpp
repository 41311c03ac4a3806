// SPDX-License-Identifier: BSL-1.0
// Whatever runs asks for its feeds when it is compiled.
// error: E227 feed: an input of the graph has no value
// error: {"by_session"}
// error: {"into"}
// error: {"fetched"}
// error: {"updated"}
// error: {"fetched_update"}
// error: {"trained"}
// error: {"program"}
// error: {"program_into"}
#include <telar/telar.hpp>

using namespace telar;

using vector = tensor<float, 3>;

int main() {
    variable<"W", vector> W;
    input<"X", vector> X;
    input<"by_session", vector> by_session;
    input<"into", vector> into;
    input<"fetched", vector> fetched;
    input<"updated", vector> updated;
    input<"fetched_update", vector> fetched_update;
    input<"trained", vector> trained;
    input<"program", vector> in_program;
    input<"program_into", vector> program_into;
    const vector data = {1, 2, 3};
    vector out;
    session s;
    workspace w;
    auto step = minimize(sum(W * X * trained), sgd{});
#ifndef REJECT
    (void)s.run(X * by_session, X = data, by_session = data);
    run_into(out, X * into, X = data, into = data);
    (void)run(fetch(X * fetched, X), fetched = data, X = data);
    run(update(W = X * updated), X = data, updated = data);
    run(fetch(X * fetched_update, W = W * 2.0f), X = data, fetched_update = data);
    run(step, trained = data, X = data);
    (void)compile(X * in_program)(w, X = data, in_program = data);
    compile(X * program_into).into(w, out, X = data, program_into = data);
#else
    (void)s.run(X * by_session, X = data);
    run_into(out, X * into, X = data);
    (void)run(fetch(X * fetched, X), X = data);
    run(update(W = X * updated), X = data);
    run(fetch(X * fetched_update, W = W * 2.0f), X = data);
    run(step, X = data);
    (void)compile(X * in_program)(w, X = data);
    compile(X * program_into).into(w, out, X = data);
#endif
}
