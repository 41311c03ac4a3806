# SPDX-License-Identifier: BSL-1.0
# Toolchain file for WebAssembly: clang, with the libc++ and the wasi-libc of Debian (docs/web.md says what to install).
# TELAR_CLANG is the compiler's name where it is another.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
set(TELAR_CLANG clang++-16 CACHE STRING "the compiler for WebAssembly")
set(CMAKE_CXX_COMPILER ${TELAR_CLANG})
set(CMAKE_CXX_COMPILER_TARGET wasm32-wasi)
set(CMAKE_CXX_FLAGS_INIT "-msimd128 -fno-exceptions")
set(CMAKE_CXX_STANDARD_INCLUDE_DIRECTORIES /usr/include/wasm32-wasi/c++/v1)  # where this clang does not look by itself
# Where it finds wasm-opt, clang 16 runs it on what it links, if that is optimised; it refuses SIMD, and makes modules
# that are larger when packed.
add_link_options(-O0)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
# This machine's own headers and libraries are for another processor.
set(CMAKE_FIND_ROOT_PATH /usr/lib/wasm32-wasi)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
foreach(what IN ITEMS INCLUDE LIBRARY PACKAGE)
  set(CMAKE_FIND_ROOT_PATH_MODE_${what} ONLY)
endforeach()
