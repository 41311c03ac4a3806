# SPDX-License-Identifier: BSL-1.0
# Compiles one accept/reject file; see CMakeLists.txt beside this file.
# Usage: cmake -DCOMPILER= -DINCLUDE= -DSOURCE= -DREJECT=ON|OFF -P check.cmake
cmake_minimum_required(VERSION 3.25)
set(ENV{LC_ALL} C)  # plain quotes in g++'s messages
set(compile ${COMPILER} -std=c++20 -I${INCLUDE} -Wall -Wextra -fsyntax-only ${SOURCE})
if(NOT REJECT)
  execute_process(COMMAND ${compile} -Werror RESULT_VARIABLE result ERROR_VARIABLE output OUTPUT_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "should compile, but:\n${output}")
  endif()
  return()
endif()

execute_process(COMMAND ${compile} -DREJECT RESULT_VARIABLE result ERROR_VARIABLE output OUTPUT_VARIABLE output)
if(NOT result EQUAL 1)  # any other number is a compiler that crashed
  message(FATAL_ERROR "should be refused, but the compiler ended with ${result}\n${output}")
endif()
file(READ ${SOURCE} text)
set(rest "${text}")
set(count 0)
while(rest MATCHES "// error: ([^\n]*)(.*)")  # no list: a bracket or a semicolon in a regex would break it
  set(expected "${CMAKE_MATCH_1}")
  set(rest "${CMAKE_MATCH_2}")
  math(EXPR count "${count} + 1")
  if(NOT output MATCHES "${expected}")
    message(SEND_ERROR "the compiler's output has no match for\n  ${expected}\nIt is\n${output}")
  endif()
endwhile()
if(count EQUAL 0)
  message(FATAL_ERROR "no line `// error: <regex>` says what the compiler should print")
endif()
string(REGEX MATCHALL "\n" lines "${output}")
list(LENGTH lines lines)
if(text MATCHES "// lines: ([0-9]+)" AND lines GREATER CMAKE_MATCH_1)
  message(SEND_ERROR "${lines} lines of output, ${CMAKE_MATCH_1} are allowed:\n${output}")
endif()
