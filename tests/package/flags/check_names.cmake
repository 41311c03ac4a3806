# SPDX-License-Identifier: BSL-1.0
# Fails if units with different code share the name of the ABI namespace, or if units with the same code do not; and if
# flags under which no code is right are not refused.
# Usage: cmake -DCOMPILER= -DINCLUDE= -DOUTPUT=<folder> -P check_names.cmake
cmake_minimum_required(VERSION 3.25)

# Each line chooses code that no other line chooses. Flags on one line, separated by `=`, choose the same.
set(choices
  "-march=x86-64 = -O2 = -g = -msse2 = -DTELAR_ZLIB=0 = -fPIC"
  "-msse3"
  "-mssse3"
  "-msse4.1"
  "-msse4.2 = -march=x86-64-v2"
  "-mavx"
  "-mavx -mfma"
  "-mavx -mf16c"
  "-mavx2"
  "-mavx2 -mfma"
  "-mavx2 -mfma -mf16c"
  "-mavx2 -mbmi"
  "-mavx2 -mbmi2"
  "-mavx2 -mlzcnt"
  "-mfma4"
  "-march=x86-64-v3 = -march=haswell = -march=znver3"
  "-march=x86-64-v3 -mno-fma"
  "-mavx512f"
  "-mavx512f -mavx512bw"
  "-mavx512f -mavx512cd"
  "-mavx512f -mavx512dq"
  "-mavx512f -mavx512vl"
  "-march=x86-64-v4 = -march=skylake-avx512"
  "-march=x86-64-v4 -mno-avx512vl"
  "-march=icelake-server"
  "-march=sapphirerapids"
  "-DTELAR_NO_XSIMD"
  "-DTELAR_NO_XSIMD -mavx2"
  "-fopenmp"
  "-DTELAR_BLAS=1"
  "-DTELAR_ZLIB=1"
  "-fno-exceptions"
  "-DTELAR_MESSAGES=0"
  "-U__STDCPP_THREADS__"
  "-DTELAR_MESSAGES=0 -fno-exceptions"
  "-DNDEBUG = -DNDEBUG -O3"
  "-DTELAR_NO_FLOAT_FROM_CHARS"
  "-DTELAR_ABI_TAG=_contracted"
  "-DNDEBUG -fopenmp -DTELAR_ZLIB=1 -DTELAR_BLAS=1 -fno-exceptions")
set(refused -ffast-math -Ofast -ffinite-math-only "-O3 -march=native -ffast-math")
if(COMPILER MATCHES "g\\+\\+" AND NOT COMPILER MATCHES "clang")
  list(APPEND refused "-fno-signed-zeros -fno-trapping-math -fassociative-math" -freciprocal-math -fno-signed-zeros
                      -funsafe-math-optimizations)
endif()

set(source ${OUTPUT}/name.cpp)
file(WRITE ${source} "#include <telar/core/config.hpp>\nname: TELAR_ABI\n")

# The name under some flags, or what the compiler printed.
function(name_under flags result)
  separate_arguments(list UNIX_COMMAND "${flags}")
  execute_process(COMMAND ${COMPILER} -std=c++20 -E -P -I ${INCLUDE} ${list} ${source} OUTPUT_VARIABLE text ERROR_VARIABLE text)
  if(NOT text MATCHES "error:" AND text MATCHES "name: (v1_[a-zA-Z0-9_]+)")
    set(text ${CMAKE_MATCH_1})
  endif()
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

foreach(choice IN LISTS choices)
  string(REPLACE " = " ";" equal "${choice}")
  set(first "")
  foreach(flags IN LISTS equal)
    name_under("${flags}" name)
    if(NOT name MATCHES "^v1_[a-zA-Z0-9_]+$")
      message(SEND_ERROR "${flags}: no name, but\n${name}")
    elseif(name MATCHES "__")
      message(SEND_ERROR "${flags}: ${name} is a name that C++ reserves")
    elseif(first STREQUAL "")
      set(first ${name})
      message("${name}: ${choice}")
      if(DEFINED flags_of_${name})
        message(SEND_ERROR "${flags} and ${flags_of_${name}} share the name ${name}")
      endif()
      set(flags_of_${name} "${flags}")
    elseif(NOT name STREQUAL first)
      message(SEND_ERROR "${flags} is ${name}, but ${choice} should all be ${first}")
    endif()
  endforeach()
endforeach()

foreach(flags IN LISTS refused)
  name_under("${flags}" text)
  if(NOT text MATCHES "error: .*E223 needs_ieee_arithmetic")
    message(SEND_ERROR "${flags}: should be refused, but gives\n${text}")
  endif()
  name_under("${flags} -fno-fast-math" name)
  if(NOT name MATCHES "^v1_")
    message(SEND_ERROR "${flags} -fno-fast-math: should compile, but gives\n${name}")
  endif()
endforeach()
