# SPDX-License-Identifier: BSL-1.0
# Fails if a program does not compile without a warning for a machine whose addresses have 32 bits. It is not linked:
# that would need such a machine's libraries.
# Usage: cmake -DCOMPILER= -DINCLUDE= -DSOURCE= -DSYSTEM=<folder of system headers> -DOUTPUT=<folder> -P check_warnings.cmake
cmake_minimum_required(VERSION 3.25)

set(check ${COMPILER} -std=c++20 -m32 -fsyntax-only -x c++ -idirafter ${SYSTEM})
file(WRITE ${OUTPUT}/probe.cpp "#include <cerrno>\n#include <cstdlib>\n#include <string>\nint main() {}\n")
execute_process(COMMAND ${check} ${OUTPUT}/probe.cpp RESULT_VARIABLE status OUTPUT_QUIET ERROR_QUIET)
if(NOT status EQUAL 0)
  message("skipped: this machine has no headers for -m32")
  return()
endif()
foreach(simd IN ITEMS -UTELAR_NO_XSIMD -DTELAR_NO_XSIMD)
  execute_process(COMMAND ${check} ${simd} -msse2 -I${INCLUDE} -Wall -Wextra -Wpedantic -Wconversion -Wshadow
                          -Wsign-conversion -Werror ${SOURCE}
                  RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "not without a warning with -m32 ${simd}")
  endif()
endforeach()
