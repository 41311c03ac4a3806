# SPDX-License-Identifier: BSL-1.0
# Fails if a header asks for a macro, or for the presence of a header, that is neither part of the name of the ABI
# namespace (core/config.hpp, above "spelling") nor listed here with the reason why it need not be.
# Usage: cmake -DINCLUDE=<folder that holds telar/> -P check_macros.cmake
cmake_minimum_required(VERSION 3.25)

# <macro or header> <reason>
set(not_in_the_name
  "TELAR_HAS_XSIMD         follows from the name"
  "TELAR_HAS_WASM_REGISTERS  follows from the name"
  "TELAR_HAS_EXCEPTIONS    follows from the name"
  "TELAR_HAS_THREADS       follows from the name"
  "TELAR_HAS_FLOAT_FROM_CHARS  follows from the name"
  "TELAR_WIDE              follows from the name"
  "XSIMD_NO_SUPPORTED_ARCHITECTURE  xsimd defines it where the instruction set is none that it knows"
  "TELAR_COMPILED          whether what depends on no model is compiled here or in the library; it is the same"
  "TELAR_COMPILES_LIBRARY  the same"
  "TELAR_HAS_BODIES        the same"
  "TELAR_HAS_KERNEL_SETS   the same"
  "TELAR_HAS_CPUID         the compiler, and the processor that it compiles for"
  "__x86_64__              the same"
  "TELAR_CHECKS_AT_START   a function of the unit's own: whether it asks for the processor as the program starts"
  "__PIC__                 the same"
  "__PIE__                 the same"
  "__FP_FAST_FMA           follows from the instruction set"
  "__FP_FAST_FMAF          follows from the instruction set"
  "__OPTIMIZE__            whether calls are inlined; what they compute is the same"
  "__OPTIMIZE_SIZE__       how far loops are unrolled; what they compute is the same"
  "__GNUC__                the compiler: the same results by other means"
  "__clang__               the compiler: the same results by other means"
  "__CUDACC__              the compiler: .cu and .cpp files of one program share tensors"
  "_MSC_VER                the compiler: how it spells the name of a type"
  "TELAR_HAS_SAFETENSORS   whether a header declares anything at all"
  "nlohmann/json.hpp       whether a header declares anything at all"
  "protozero/pbf_builder.hpp  whether a header is refused"
  "httplib.h               the same"
  "CPPHTTPLIB_OPENSSL_SUPPORT  cpp-httplib's own: whether it knows https"
  "mpi.h                   the same"
  "OMPI_SKIP_MPICXX        MPI's own: whether its old C++ bindings are left out"
  "MPICH_SKIP_MPICXX       the same"
  "stb/stb_image.h         whether a header is refused; and where stb_image, of which each unit has its own, is found"
  "stb_image.h             the same"
  "__ARM_NEON              follows from the instruction set"
  "_WIN32                  the operating system"
  "TELAR_HAS_POSIX_FILES   the operating system"
  "unistd.h                the operating system")

file(READ ${INCLUDE}/telar/core/config.hpp config)
string(FIND "${config}" "// ---- spelling" end)
if(end EQUAL -1)
  message(FATAL_ERROR "core/config.hpp has no part `// ---- spelling`: this check is out of date")
endif()
string(SUBSTRING "${config}" 0 ${end} in_the_name)

set(excused "")
foreach(row IN LISTS not_in_the_name)
  string(REGEX REPLACE " .*" "" macro "${row}")
  list(APPEND excused ${macro})
endforeach()

file(GLOB_RECURSE headers RELATIVE ${INCLUDE} ${INCLUDE}/telar/*.hpp)
set(needed "")
set(reported "")
set(count 0)
foreach(header IN LISTS headers)
  file(READ ${INCLUDE}/${header} text)
  if(header STREQUAL "telar/core/config.hpp")
    string(SUBSTRING "${text}" ${end} -1 text)
  endif()
  string(REGEX REPLACE "\\\\\n" " " text "${text}")
  string(REGEX MATCHALL "\n *# *(if|ifdef|ifndef|elif) [^\n]*" conditions "${text}")
  foreach(condition IN LISTS conditions)
    string(REGEX REPLACE "//.*" "" condition "${condition}")
    string(REGEX MATCHALL "<[^>]+>|[A-Za-z_][A-Za-z_0-9]*" words "${condition}")
    foreach(word IN LISTS words)
      string(REGEX REPLACE "[<>]" "" word "${word}")
      if(word MATCHES "^(if|ifdef|ifndef|elif|defined|__has_include)$")
        continue()
      endif()
      math(EXPR count "${count} + 1")
      list(APPEND needed ${word})
      if(NOT word IN_LIST excused AND NOT word IN_LIST reported AND NOT in_the_name MATCHES "[^A-Z_a-z0-9]${word}[^A-Z_a-z0-9]")
        list(APPEND reported ${word})
        message(SEND_ERROR "${header}: ${word} chooses code, but is no part of the name in core/config.hpp")
      endif()
    endforeach()
  endforeach()
endforeach()
message("${count} questions in the headers")
if(count LESS 30)
  message(SEND_ERROR "only ${count} questions found: this check is out of date")
endif()
foreach(macro IN LISTS excused)
  if(NOT macro IN_LIST needed)
    message(SEND_ERROR "no header asks for ${macro} any more")
  endif()
endforeach()
