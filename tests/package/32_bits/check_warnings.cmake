# SPDX-License-Identifier: BSL-1.0
# Fails if a program does not compile without a warning for a machine whose addresses have 32 bits; where that machine's
# libraries are there, too, if it does not run.
# Usage: cmake -DCOMPILER= -DINCLUDE= -DSOURCE= -DSYSTEM=<folder of system headers> -DOUTPUT=<folder> -P check_warnings.cmake
cmake_minimum_required(VERSION 3.25)

set(compile ${COMPILER} -std=c++20 -m32 -idirafter ${SYSTEM})
file(WRITE ${OUTPUT}/probe.cpp "#include <cerrno>\n#include <cstdlib>\n#include <string>\nint main() {}\n")
execute_process(COMMAND ${compile} -fsyntax-only ${OUTPUT}/probe.cpp RESULT_VARIABLE status OUTPUT_QUIET ERROR_QUIET)
if(NOT status EQUAL 0)
  message("skipped: this machine has no headers for -m32")
  return()
endif()
set(program ${OUTPUT}/program)
execute_process(COMMAND ${compile} ${OUTPUT}/probe.cpp -o ${program} RESULT_VARIABLE cannot_link OUTPUT_QUIET ERROR_QUIET)

function(require_no_warning)  # with these options
  execute_process(COMMAND ${compile} -msse2 -I${INCLUDE} -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wsign-conversion
                          -Werror ${ARGN} ${SOURCE}
                  RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "not without a warning with -m32 ${ARGN}")
  endif()
endfunction()
set(or_program -o ${program})
if(cannot_link)
  set(or_program -fsyntax-only)
endif()
require_no_warning(-fsyntax-only)
require_no_warning(-DTELAR_NO_XSIMD ${or_program})
if(cannot_link)
  message("compiled, not run: this machine has no libraries for -m32")
  return()
endif()
execute_process(COMMAND ${program} RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "a program of 32 bits ends with ${status}")
endif()
