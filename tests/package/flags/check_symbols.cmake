# SPDX-License-Identifier: BSL-1.0
# Fails if unit.cpp, compiled with two of these sets of flags, defines anything of telar under one name.
# Usage: cmake -DCOMPILER= -DINCLUDE= -DNM= -DOUTPUT=<folder> -P check_symbols.cmake
cmake_minimum_required(VERSION 3.25)
set(choices "-march=x86-64" "-DNDEBUG" "-mavx" "-mavx2" "-DTELAR_NO_XSIMD")

set(seen "")
foreach(flags IN LISTS choices)
  separate_arguments(list UNIX_COMMAND "${flags}")
  set(object ${OUTPUT}/unit.o)
  execute_process(COMMAND ${COMPILER} -std=c++20 -O0 -I ${INCLUDE} ${list} -c ${CMAKE_CURRENT_LIST_DIR}/unit.cpp -o ${object}
                  COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND ${NM} --defined-only ${object} OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL " [WVu] [^\n]*5telar[^\n]*" symbols "${symbols}")  # what a linker keeps one of
  list(LENGTH symbols count)
  message("${flags}: ${count} symbols")
  if(count LESS 20)
    message(SEND_ERROR "${flags}: only ${count} symbols of telar: this check is out of date")
  endif()
  foreach(symbol IN LISTS symbols)
    if(symbol IN_LIST seen)
      message(SEND_ERROR "${flags} shares a name with other flags:${symbol}")
    endif()
  endforeach()
  list(APPEND seen ${symbols})
endforeach()
