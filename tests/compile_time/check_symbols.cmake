# SPDX-License-Identifier: BSL-1.0
# Fails if a symbol of a program has more characters than allowed, or if there are no symbols.
# Usage: cmake -DNM=<nm> -DPROGRAM=<file> -DMOST=<characters> -P check_symbols.cmake
cmake_minimum_required(VERSION 3.25)

execute_process(COMMAND ${NM} ${PROGRAM} OUTPUT_VARIABLE symbols RESULT_VARIABLE result)
string(REGEX MATCHALL "[^ \n]+\n" symbols "${symbols}")
if(NOT result EQUAL 0 OR NOT symbols)
  message(FATAL_ERROR "${NM} finds no symbols in ${PROGRAM}")
endif()
set(longest 0)
foreach(symbol IN LISTS symbols)
  string(LENGTH "${symbol}" length)
  math(EXPR length "${length} - 1")  # the end of the line
  if(length GREATER longest)
    set(longest ${length})
    set(name ${symbol})
  endif()
endforeach()
message("the longest symbol has ${longest} characters: ${name}")
if(longest GREATER MOST)
  message(FATAL_ERROR "${longest} characters, more than ${MOST}")
endif()
