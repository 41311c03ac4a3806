// SPDX-License-Identifier: BSL-1.0
// telar: W * X + b is a computation graph at compile time. The order of these includes is the order of the data:
// what the user writes -> graph -> passes -> schedule -> kernels -> run.
#pragma once
#include <telar/core/config.hpp>
#include <telar/core/dtype.hpp>
#include <telar/core/errors.hpp>
#include <telar/core/initializers.hpp>
#include <telar/core/print.hpp>
#include <telar/core/random.hpp>
#include <telar/core/shape.hpp>
#include <telar/core/tensor.hpp>
#include <telar/core/tensor_view.hpp>

// First what messages of compile-time errors point at: from here alone, so that few lines say how it is included.
#include <telar/graph/symbol.hpp>

#include <telar/expr/diagnose.hpp>
#include <telar/expr/expression.hpp>
#include <telar/expr/variable.hpp>

#include <telar/expr/function.hpp>
#include <telar/expr/operators.hpp>

#include <telar/expr/math.hpp>

#include <telar/expr/arrange.hpp>
#include <telar/expr/attention.hpp>
#include <telar/expr/attributes.hpp>
#include <telar/expr/call.hpp>
#include <telar/expr/composite.hpp>
#include <telar/expr/control.hpp>
#include <telar/expr/convolution.hpp>
#include <telar/expr/cumulate.hpp>
#include <telar/expr/einsum.hpp>
#include <telar/expr/indexing.hpp>
#include <telar/expr/linear.hpp>
#include <telar/expr/movement.hpp>
#include <telar/expr/normalization.hpp>
#include <telar/expr/random.hpp>
#include <telar/expr/recurrent.hpp>
#include <telar/expr/reduce.hpp>
#include <telar/expr/scan.hpp>
#include <telar/expr/scope.hpp>
#include <telar/expr/sort.hpp>
#include <telar/expr/while_loop.hpp>

#include <telar/graph/dot.hpp>
#include <telar/graph/effects.hpp>
#include <telar/graph/graph.hpp>
#include <telar/graph/print.hpp>
#include <telar/graph/scan.hpp>
#include <telar/graph/verify.hpp>

#include <telar/passes/pipeline.hpp>

#include <telar/run/callable.hpp>
#include <telar/run/checkpoint.hpp>
#include <telar/run/compile.hpp>
#include <telar/run/cost.hpp>
#include <telar/run/eager.hpp>
#include <telar/run/explain.hpp>
#include <telar/run/grad.hpp>
#include <telar/run/inspect.hpp>
#include <telar/run/minimize.hpp>
#include <telar/run/program.hpp>
#include <telar/run/update.hpp>
