// SPDX-License-Identifier: BSL-1.0
// Every compile-time error of the library lives on this page: one constructor each, named after the mistake, its
// template arguments carrying the values. (Of ten ways measured the only one that shows text, name and values on g++,
// clang and nvcc in ten lines: a type can be chosen first and constructed where the user's call is one step away.)
// docs/errors.md explains each; tests/reject holds one program for each.
#pragma once
#include <telar/core/dtype.hpp>
#include <telar/core/fixed_string.hpp>
#include <telar/core/shape.hpp>

namespace telar::inline TELAR_ABI::core::errors {

// What the messages show. An extent of -1 is known only at run time.
template <extent_t... Extents> struct lhs;
template <extent_t... Extents> struct rhs;
template <extent_t... Extents> struct from;
template <extent_t... Extents> struct to;
template <extent_t... Extents> struct of_shape;
template <dtype T> struct lhs_type;
template <dtype T> struct rhs_type;
template <dtype T> struct got_type;
template <extent_t N> struct axis_number;
template <extent_t N> struct nodes;
template <int N> struct operands;
template <int N> struct takes;
template <int N> struct gets;
template <auto Operation> struct result_of;
template <extent_t Size, extent_t Step, extent_t Dilation> struct window;
template <fixed_string... Path> struct there_are;
template <class Shape> struct has;
template <class Shape> struct wants;
template <fixed_string Name> struct loss;
template <extent_t... Extents> struct output;
template <extent_t... Extents> struct targets;
template <class... Variables> struct of_variables;
template <long long Line> struct at_line;                   // of the user's file, inside a traced function; 0 elsewhere
template <fixed_string Path, class Line> struct in_region;  // the scope, or the member of a model, beside its line
template <class...> inline constexpr bool never = false;

// clang-format off

/// E100. Fix: make the extents equal or 1, counted from the last axis; reshape or expand one operand.
template <class Lhs, class Rhs, class Line> struct shapes_do_not_broadcast { constexpr shapes_do_not_broadcast() { static_assert(never<Lhs, Rhs, Line>, "E100 broadcast: extents must be equal or 1, counted from the last axis"); } };

/// E101. Fix: transpose an operand, or check the layer width that feeds it.
template <class Lhs, class Rhs, class Line> struct matmul_inner_extents_differ { constexpr matmul_inner_extents_differ() { static_assert(never<Lhs, Rhs, Line>, "E101 matmul: columns of lhs must equal rows of rhs"); } };

/// E102. Fix: the target must hold as many elements as the operand.
template <class From, class To, class Line> struct reshape_changes_the_number_of_elements { constexpr reshape_changes_the_number_of_elements() { static_assert(never<From, To, Line>, "E102 reshape: the two shapes hold different numbers of elements"); } };

/// E103. Fix: axes count from 0 (or from -1, the last) and each may be named once.
template <class Axis, class Shape, class Line> struct axis_out_of_range { constexpr axis_out_of_range() { static_assert(never<Axis, Shape, Line>, "E103 axis: there is no such axis, or it is named twice"); } };

/// E104. Fix: all extents but that of the joined axis must be equal.
template <class Lhs, class Rhs, class Axis, class Line> struct concat_extents_differ { constexpr concat_extents_differ() { static_assert(never<Lhs, Rhs, Axis, Line>, "E104 concat: extents must be equal on every axis but the joined one"); } };

/// E105. Fix: cast<float>(x): telar never converts element types by itself.
template <class Lhs, class Rhs, class Line> struct element_types_differ { constexpr element_types_differ() { static_assert(never<Lhs, Rhs, Line>, "E105 dtype: the operands have different element types; cast one of them"); } };

/// E106. Fix: cast<float>(x) first.
template <class Type, class Line> struct needs_a_float { constexpr needs_a_float() { static_assert(never<Type, Line>, "E106 dtype: this operation takes floats"); } };

/// E107. Fix: write an integer literal, or cast the tensor.
template <class Type, class Line> struct literal_is_no_integer { constexpr literal_is_no_integer() { static_assert(never<Type, Line>, "E107 dtype: a literal takes the tensor's element type, and this one is no integer"); } };

/// E108. Fix: compare first, as in x != 0.
template <class Type, class Line> struct needs_a_boolean { constexpr needs_a_boolean() { static_assert(never<Type, Line>, "E108 dtype: this operation takes bool"); } };

/// E109. Fix: name every axis of the operand once.
template <class Shape, class Line> struct not_a_permutation { constexpr not_a_permutation() { static_assert(never<Shape, Line>, "E109 transpose: the permutation must name every axis once"); } };

/// E110. Fix: start >= 0 and start + size <= extent, on every axis.
template <class Shape, class Size, class Line> struct slice_out_of_range { constexpr slice_out_of_range() { static_assert(never<Shape, Size, Line>, "E110 slice: it reaches outside of the operand"); } };

/// E111. Fix: see E100; the target may only stretch extents of 1 and add axes in front.
template <class From, class To, class Line> struct cannot_broadcast_to { constexpr cannot_broadcast_to() { static_assert(never<From, To, Line>, "E111 broadcast_to: the operand does not stretch to this shape"); } };

/// E112. Fix: matmul takes matrices and batches of them; expand a vector with expand_dims, or use a matrix and *.
template <class Lhs, class Rhs, class Line> struct matmul_needs_two_axes { constexpr matmul_needs_two_axes() { static_assert(never<Lhs, Rhs, Line>, "E112 matmul: both operands need two axes or more"); } };

/// E113. Fix: cast<float>(mask) first.
template <class Type, class Line> struct needs_a_number { constexpr needs_a_number() { static_assert(never<Type, Line>, "E113 dtype: this operation takes numbers, not bool"); } };

/// E114. Fix: the maximum of nothing does not exist; check the extent.
template <class Shape, class Line> struct reduction_over_nothing { constexpr reduction_over_nothing() { static_assert(never<Shape, Line>, "E114 reduce: the largest or smallest of no elements"); } };

/// E115. Fix: padding must not be negative.
template <class From, class To, class Line> struct pad_out_of_range { constexpr pad_out_of_range() { static_assert(never<From, To, Line>, "E115 pad: the operand does not fit into the padded shape"); } };

/// E116. Fix: reshape to at most six axes.
template <class Shape, class Line> struct too_many_axes { constexpr too_many_axes() { static_assert(never<Shape, Line>, "E116 shape: a tensor has at most six axes"); } };

/// E117. Fix: cast<std::int32_t>(x) first; bits of a truth value are combined with && || !.
template <class Type, class Line> struct needs_an_integer { constexpr needs_an_integer() { static_assert(never<Type, Line>, "E117 dtype: this operation takes integers"); } };

/// E118. Fix: einsum<"ij,jk->ik">(a, b): letters, a comma between operands, after the arrow letters that stand before it.
template <class Operands> struct not_an_einsum { constexpr not_an_einsum() { static_assert(never<Operands>, "E118 einsum: the string names each axis of each operand by a letter, none of them twice in one operand, as in ij,jk->ik"); } };

/// E119. Fix: one letter for each axis; axes of one letter have one extent.
template <class Lhs, class Rhs, class Line> struct einsum_does_not_fit { constexpr einsum_does_not_fit() { static_assert(never<Lhs, Rhs, Line>, "E119 einsum: an operand needs one axis for each of its letters, and equal letters need equal extents"); } };

/// E120. Fix: operands are tensors, expressions, variables, inputs and symbols, beside numbers.
template <class T> struct not_an_operand { constexpr not_an_operand() { static_assert(never<T>, "E120 operand: this type is no tensor, expression, variable, input or number"); } };

/// E121. Fix: write [](auto x) and pass what varies as an argument.
template <class F> struct function_must_not_capture { constexpr function_must_not_capture() { static_assert(never<F>, "E121 function: a traced function captures nothing: write [](auto x) and pass what varies as an argument"); } };

/// E122. Fix: a tensor or a variable has no value while a function is traced: make it an argument.
template <class T> struct value_inside_a_traced_function { constexpr value_inside_a_traced_function() { static_assert(never<T>, "E122 function: a tensor, variable or input inside a traced function: pass it as an argument"); } };

/// E123. Fix: return symbols; a number can be written as 0 * x + number.
template <class T> struct function_returns_no_symbol { constexpr function_returns_no_symbol() { static_assert(never<T>, "E123 function: a traced function returns a symbol, or a tuple or array of them; std::exp(x) is none, telar::exp(x) is"); } };

/// E237. Fix: where(c, a, b) instead of an if, cond for large branches, while_loop or scan instead of a loop; a number that is known while compiling is a template argument or a literal.
template <class Operation, class Shape, class Line> struct a_symbol_has_no_value { constexpr a_symbol_has_no_value() { static_assert(never<Operation, Shape, Line>, "E237 function: nothing has a value while a function is traced: no if, loop or number can depend on it; use where, cond, while_loop or scan"); } };

/// E248. Fix: return the value from the step as a state or a result, and assign that behind the scan.
template <class Line> struct update_in_a_step { constexpr update_in_a_step() { static_assert(never<Line>, "E248 assign: a variable is assigned in a step of a scan, a while_loop or a cond, which may run more than once or not at all"); } };

/// E249. Fix: run it by minimize or update, or as a function that predicts and assigns nothing.
template <class Line> struct update_is_lost { constexpr update_is_lost() { static_assert(never<Line>, "E249 assign: a function assigns a variable, but run commits nothing: use minimize(...), update(...) or fetch(y, v = e)"); } };

/// E250. Fix: pass a variable as it is; one that an optimiser or update(...) changes is changed by that alone.
template <class Shape, class Line> struct updated_is_no_variable { constexpr updated_is_no_variable() { static_assert(never<Shape, Line>, "E250 assign: inside of a function, its first argument is the symbol of a variable that nothing else in the program changes"); } };

/// E251. Fix: a layer has one shape for all its calls; make two layers of it, or give it equal features.
template <class Has, class Wants, class Line> struct parameter_shape { constexpr parameter_shape() { static_assert(never<Has, Wants, Line>, "E251 nn: a layer is called with other features than before, for which its parameter has another shape"); } };

/// E252. Fix: a layer with parameters is a member of a model: nn::model<net, Input>.
template <class Shape, class Line> struct parameter_without_model { constexpr parameter_without_model() { static_assert(never<Shape, Line>, "E252 nn: a layer is called outside of a model, which owns its parameters"); } };

/// E253. Fix: the paths are those of the members, as summary prints them.
template <fixed_string Path, class Paths> struct no_such_parameter { constexpr no_such_parameter() { static_assert(never<Paths>, "E253 nn: the model has no parameter of this path"); } };

/// E254. Fix: no constructors, bases, private members or C arrays; or TELAR_NAMES(type, member, ...) inside of the class.
template <class M> struct no_aggregate { constexpr no_aggregate() { static_assert(never<M>, "E254 nn: the members of a model that is no aggregate cannot be found: write TELAR_NAMES(type, member, ...) in it"); } };

/// E255. Fix: nn::dense{64}, nn::conv2d{32, 3}, nn::embedding{1000, 64}.
template <class Wants, class Line> struct layer_without_units { constexpr layer_without_units() { static_assert(never<Wants, Line>, "E255 nn: a parameter of a layer has no elements: say how many units, filters or rows the layer has"); } };

/// E256. Fix: the results of the signature are those of what the callable is made of: their number, element types, ranks, known extents.
template <class Result, class Wanted> struct result_is_not_the_callables { constexpr result_is_not_the_callables() { static_assert(never<Result, Wanted>, "E256 callable: a result has another type than the signature says"); } };

/// E257. Fix: sparse_categorical_crossentropy takes labels, (N) for (N,C); categorical_crossentropy and most others take targets like the output.
template <class Loss, class Output, class Wants, class Targets> struct loss_does_not_fit { constexpr loss_does_not_fit() { static_assert(never<Loss, Output, Wants, Targets>, "E257 nn: for this output the loss expects targets of another shape"); } };

/// E258. Fix: the model's output is (batch, ..., classes) for a loss of labels, (batch, ...) for the others.
template <class Loss, class Output> struct output_has_too_few_axes { constexpr output_has_too_few_axes() { static_assert(never<Loss, Output>, "E258 nn: the output has fewer axes than the loss needs: a batch, and for labels an axis of classes"); } };

/// E259. Fix: for_part<"encoder">(sgd{}) names a member of the model, as summary prints them, or a variable; what is frozen is not trained.
template <class Part> struct no_such_part { constexpr no_such_part() { static_assert(never<Part>, "E259 multi_optimizer: no parameter that is trained has the path of this part"); } };

/// E260. Fix: move boxes before, by layers that can: nn::random_flip, nn::random_rotation; or leave the boxes out.
template <class Boxes, class Line> struct boxes_stay { constexpr boxes_stay() { static_assert(never<Boxes, Line>, "E260 nn: this layer bends or cuts images in a way that bounding boxes cannot follow"); } };

/// E261. Fix: without exceptions programs are compiled with the C++ program; a late one may fail when it is first run, and is then tried again.
template <class Leaves> struct late_needs_exceptions { constexpr late_needs_exceptions() { static_assert(never<Leaves>, "E261 late: a program that is compiled when it is first run needs exceptions, which this unit has switched off"); } };

/// E262. Fix: one target for the whole program, or a run for each.
template <class Targets> struct several_targets { constexpr several_targets() { static_assert(never<Targets>, "E262 on_target: parts of this program are marked with different targets, and a program runs on one"); } };

/// E238. Fix: print(x, "x"), of <telar/io/print.hpp>, prints when the program runs; or return x as one more result; what is random, read or counted is passed as an argument.
template <class F> struct function_is_no_constant { constexpr function_is_no_constant() { static_assert(never<F>, "E238 function: it calls what is not constexpr, as std::cout << x or std::exp(x): write print(x, \"x\") of <telar/io/print.hpp>, call telar::exp"); } };

/// E239. Fix: auto h2 = relu(W * h1); in a loop, write the model as a telar::function, where values may be assigned.
template <class Was, class Becomes> struct expression_changes_its_type { constexpr expression_changes_its_type() { static_assert(never<Was, Becomes>, "E239 expression: its type is its graph, so it cannot be assigned another: write the loop in a telar::function"); } };

/// E240. Fix: run(y).item() is a number; where(c, a, b) chooses inside of an expression.
template <class Node> struct an_expression_has_no_value { constexpr an_expression_has_no_value() { static_assert(never<Node>, "E240 expression: it has no value before it is run: no if or loop can depend on it; use where or cond, or run it first"); } };

/// E241. Fix: arguments count from 0, or from -1, the last.
template <class Chosen, class Arguments> struct no_such_argument { constexpr no_such_argument() { static_assert(never<Chosen, Arguments>, "E241 grad: the function has no such argument"); } };

/// E242. Fix: check the parameters of the lambda; a wrapper as grad(f) takes those of f.
template <class Function, class Call> struct wrong_number_of_arguments { constexpr wrong_number_of_arguments() { static_assert(never<Function, Call>, "E242 call: the function takes another number of arguments"); } };

/// E243. Fix: f(tensor<float>(3)): a function is compiled for the types of its operands, and a number takes that of the tensor beside it.
template <class Function> struct numbers_alone { constexpr numbers_alone() { static_assert(never<Function>, "E243 call: numbers alone have no element type to compute in; one argument must be a tensor, as in f(tensor<float>(3))"); } };

/// E244. Fix: floor_mod(x, y), shift_left(x, n), shift_right(x, n), x += 1.
template <class Type, class Line> struct no_such_operator { constexpr no_such_operator() { static_assert(never<Type, Line>, "E244 operator: a symbol has no % << >> ++ --; write floor_mod(x, y), shift_left(x, n), shift_right(x, n), x += 1"); } };

/// E245. Fix: cast<std::int32_t>(x) + 300: beside an operand a literal takes its element type.
template <class Type, class Line> struct literal_does_not_fit { constexpr literal_does_not_fit() { static_assert(never<Type, Line>, "E245 dtype: a literal takes the tensor's element type, which cannot hold this one"); } };

/// E246. Fix: X = {{1, 2, 3}} for one row of two axes.
template <class Value> struct list_not_so_deep { constexpr list_not_so_deep() { static_assert(never<Value>, "E246 list: it is nested as deep as the tensor has axes, as {{1, 2}, {3, 4}} for two"); } };

/// E247. Fix: print<"h">(y): the type of an expression is its graph, labels included.
template <class Expression> struct label_of_an_expression { constexpr label_of_an_expression() { static_assert(never<Expression>, "E247 print: the label of an expression is part of its type: write print<\"label\">(x)"); } };

/// E125. Fix: pad the operand, or take a smaller window; steps and dilations are 1 or more.
template <class Shape, class Window, class Axis, class Line> struct window_does_not_fit { constexpr window_does_not_fit() { static_assert(never<Shape, Window, Axis, Line>, "E125 window: it is longer than the axis, or its size, step or dilation is below 1"); } };

/// E126. Fix: x is (batch, space..., channels in), the kernel (space..., channels in, channels out).
template <class Lhs, class Rhs, class Line> struct convolution_does_not_fit { constexpr convolution_does_not_fit() { static_assert(never<Lhs, Rhs, Line>, "E126 convolution: x is (batch, space..., channels in), the kernel (space..., channels in, channels out)"); } };

/// E127. Fix: beside the axis that is indexed, the indices have the extents of the operand.
template <class Lhs, class Rhs, class Axis, class Line> struct indices_do_not_fit { constexpr indices_do_not_fit() { static_assert(never<Lhs, Rhs, Axis, Line>, "E127 indices: beside the axis that is indexed they must have the operand's extents"); } };

/// E128. Fix: where(mask, x, 0) keeps x's shape; sum, max or argmax of it are those of the elements that are chosen.
template <class Condition> struct selection_has_no_shape { constexpr selection_has_no_shape() { static_assert(never<Condition>, "E128 where: how many elements a condition selects is known only from values; use where(condition, x, 0), or multiply by the mask"); } };

/// E129. Fix: window<3>, window<3, 2>: one number for all axes of space, or one for each; padding<1>, <1, 2>, or two each.
template <class Shape, class Line> struct window_numbers_do_not_fit { constexpr window_numbers_do_not_fit() { static_assert(never<Shape, Line>, "E129 window: one number for each axis of space, or one for all; padding: one, two, or two for each axis, none below 0"); } };

/// E130. Fix: reduce it first: gradient(sum(y), W) or gradient(mean(loss), W).
template <class Shape, class Line> struct gradient_of_a_non_scalar { constexpr gradient_of_a_non_scalar() { static_assert(never<Shape, Line>, "E130 gradient: only a scalar has a gradient; take sum or mean first"); } };

/// E131. Fix: check which variable the expression was built from.
template <class Variable> struct variable_not_in_the_expression { constexpr variable_not_in_the_expression() { static_assert(never<Variable>, "E131 gradient: the variable does not stand in the expression"); } };

/// E132. Fix: only float variables have gradients.
template <class Type, class Line> struct gradient_of_an_integer { constexpr gradient_of_an_integer() { static_assert(never<Type, Line>, "E132 gradient: an integer or bool has no gradient"); } };

/// E133. Fix: comparisons, argmax, floor, casts to integers and stop_gradient pass no gradient.
template <class Line> struct no_path_for_the_gradient { constexpr no_path_for_the_gradient() { static_assert(never<Line>, "E133 gradient: no differentiable path leads from the expression to the variable"); } };

/// E134. Fix: mark a float variable as trainable, or name it: minimize(loss, optimiser, wrt(W)).
template <class Loss> struct nothing_to_minimize { constexpr nothing_to_minimize() { static_assert(never<Loss>, "E134 minimize: no trainable float variable stands in the loss"); } };

/// E135. Fix: scan has a derivative; so has a while_loop of stop_gradient(x), which is constant there.
template <class Line> struct gradient_through_a_while_loop { constexpr gradient_through_a_while_loop() { static_assert(never<Line>, "E135 gradient: a while_loop has no derivative, for nobody knows how many states to keep; scan has one"); } };

/// E140. Fix: a subexpression used twice doubles the tree; write the model as a telar::function.
template <class Nodes> struct expression_too_large { constexpr expression_too_large() { static_assert(never<Nodes>, "E140 expression: too large for an expression type: make this a telar::function"); } };

/// E141. Fix: all sequences of a scan have one length, their first extent.
template <class Shape, class Line> struct scan_lengths_differ { constexpr scan_lengths_differ() { static_assert(never<Shape, Line>, "E141 scan: a sequence has no first axis, or it is not as long as the others"); } };

/// E142. Fix: a step returns each state with the element type and the shape that it came with.
template <class Lhs, class Rhs, class Line> struct scan_changes_its_state { constexpr scan_changes_its_state() { static_assert(never<Lhs, Rhs, Line>, "E142 scan: a step gives a state another element type or shape than it has"); } };

/// E143. Fix: hand the value on as a state, or keep it and read the kept ones; hand many values in as one, concatenated.
template <class Line> struct value_of_another_scan { constexpr value_of_another_scan() { static_assert(never<Line>, "E143 scan: a value of one scan's steps is used outside of them, or a scan in another's steps reads more than 62 values around it"); } };

/// E144. Fix: W (inputs, gates * units), U (units, gates * units), b (gates * units); a gru's b may have two such rows.
template <class W, class U, class Gates, class Line> struct recurrent_weights_do_not_fit { constexpr recurrent_weights_do_not_fit() { static_assert(never<W, U, Gates, Line>, "E144 recurrent: W is (inputs, gates * units), U (units, gates * units), b (gates * units)"); } };

/// E145. Fix: print the result of the cond, or what it is given; or take where, which computes both sides.
template <class Line> struct print_inside_a_cond { constexpr print_inside_a_cond() { static_assert(never<Line>, "E145 print: in a side of a cond of which both sides are computed; print what the cond gives"); } };

/// E150. Fix: feed a tensor or a nested list; X = Y between inputs or expressions is no feed.
template <class Input, class Value> struct not_a_value_for_the_input { constexpr not_a_value_for_the_input() { static_assert(never<Input, Value>, "E150 feed: the right side of input = ... must be a tensor of its element type and rank, or a nested list"); } };

/// E151. Fix: the new value must have the variable's element type and shape.
template <class Variable, class Value> struct assigned_value_does_not_fit { constexpr assigned_value_does_not_fit() { static_assert(never<Variable, Value>, "E151 assign: the new value has another element type or shape than the variable"); } };

/// E152. Fix: update(W = ..., b = ...) takes assignments to variables.
template <class T> struct not_an_assignment { constexpr not_an_assignment() { static_assert(never<T>, "E152 update: takes assignments, as in update(W = W - 0.1f * dW)"); } };

/// E153. Fix: one new value for each variable; what an optimiser changes is not assigned beside it.
template <class T> struct assigned_twice { constexpr assigned_twice() { static_assert(never<T>, "E153 update: one variable is given two new values in one run"); } };

/// E205. Fix: check the numbers of copies, the extents and the padding that lead to this shape.
template <class Shape, class Line> struct too_many_elements { constexpr too_many_elements() { static_assert(never<Shape, Line>, "E205 shape: a value of this shape has more elements than memory has addresses"); } };

/// E206. Fix: less padding than the window reaches, on either side.
template <class Shape, class Window, class Axis, class Line> struct window_in_padding { constexpr window_in_padding() { static_assert(never<Shape, Window, Axis, Line>, "E206 pooling: a window lies in the padding alone, so it has neither a largest element nor a mean"); } };

// E223 needs_ieee_arithmetic is about flags: core/config.hpp.

/// E227. Fix: run(y, X = data), for every input that stands in what is run.
template <class Input> struct input_without_a_value { constexpr input_without_a_value() { static_assert(never<Input>, "E227 feed: an input of the graph has no value; write run(..., X = data)"); } };

/// E228. Fix: the extents of a value are those of the input, where both are known.
template <class Input, class Value> struct feed_does_not_fit { constexpr feed_does_not_fit() { static_assert(never<Input, Value>, "E228 feed: the value's extents are not those of the input"); } };

/// E230. Fix: one value for each input.
template <class Input> struct fed_twice { constexpr fed_twice() { static_assert(never<Input>, "E230 feed: one input is given two values in one run"); } };

/// E231. Fix: give one of them another name; what is saved, shown and fed is known by its name.
template <class First, class Second> struct leaves_share_a_name { constexpr leaves_share_a_name() { static_assert(never<First, Second>, "E231 name: two leaves of one graph have one name, and are not of one type"); } };

/// E232. Fix: update(assign(target, online)): between two variables = writes at once.
template <class T> struct written_already { constexpr written_already() { static_assert(never<T>, "E232 update: between two variables = writes at once; write update(assign(target, online))"); } };

/// E321. Fix: give all of them one element type; float16 and bfloat16 go with float32.
template <class Variables> struct gradients_of_several_types { constexpr gradients_of_several_types() { static_assert(never<Variables>, "E321 data_parallel: the variables have float and double gradients, which are not sent together"); } };

/// E322. Fix: a loss with reduction::sum_over_batch_size; its gradient is the sum's, by the number of samples.
template <class Loss> struct mean_of_sums { constexpr mean_of_sums() { static_assert(never<Loss>, "E322 nn: a loss that is a sum over the batch has no mean over processes; take reduction::sum_over_batch_size"); } };

// clang-format on

}  // namespace telar::inline TELAR_ABI::core::errors
