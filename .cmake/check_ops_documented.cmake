# SPDX-License-Identifier: BSL-1.0
# Fails if docs/ops.md lacks a primitive or a public function, or docs/errors.md an error or an exception.
# Usage: cmake -DSOURCE=<project folder> -P check_ops_documented.cmake
cmake_minimum_required(VERSION 3.25)
set(include ${SOURCE}/include/telar)

# Every NAME that a regular expression finds in some files must stand in a document, written in the given way.
function(require_documented document way expression)
  file(READ ${SOURCE}/${document} text)
  set(count 0)
  foreach(file IN LISTS ARGN)
    file(READ ${include}/${file} code)
    string(REGEX MATCHALL "${expression}" found "${code}")
    foreach(match IN LISTS found)
      string(REGEX REPLACE "${expression}" "\\1" name "${match}")
      math(EXPR count "${count} + 1")
      string(REPLACE NAME ${name} written "${way}")
      if(NOT text MATCHES "${written}")
        message(SEND_ERROR "${document}: `${name}` of ${file} is missing")
      endif()
    endforeach()
  endforeach()
  if(count EQUAL 0)
    message(FATAL_ERROR "nothing matches ${expression} in ${ARGN}: this check is out of date")
  endif()
endfunction()

require_documented(docs/ops.md "`NAME`" "{op::([a-z_0-9]+), +\"" graph/op.hpp)
require_documented(docs/ops.md "[ `]NAME[(<]" "constexpr auto ([a-z_0-9]+)\\(const"
                   expr/math.hpp expr/reduce.hpp expr/linear.hpp expr/movement.hpp expr/composite.hpp expr/cumulate.hpp
                   expr/indexing.hpp expr/normalization.hpp expr/random.hpp expr/sort.hpp
                   expr/convolution.hpp expr/pooling.hpp expr/control.hpp)
require_documented(docs/ops.md "`NAME[(]" "constexpr auto ([a-z_0-9]+)\\(function_object" expr/control.hpp run/checkpoint.hpp)
require_documented(docs/errors.md "\n## NAME " "(E[0-9][0-9][0-9])" core/errors.hpp core/config.hpp)
require_documented(docs/errors.md "`NAME`" "struct ([a-z_0-9]+) { constexpr" core/errors.hpp)
require_documented(docs/errors.md "`NAME`" "struct ([a-z_]+) *: error " core/failure.hpp)
