# SPDX-License-Identifier: BSL-1.0
# The target telar::compiled: telar::telar, with the parts that depend on no model in a static library. The installed
# package includes this file too. The project that links the library builds it, because it serves only units with the
# same flags (core/config.hpp). It is not built if nothing links it.
# TELAR_COMPILED_FOLDER is where its sources lie: include/telar/compiled.
#
# On x86-64 the kernels of late programs are in it for AVX2 and AVX-512, too; TELAR_INSTRUCTION_SETS=OFF leaves them out.
if(TARGET telar_compiled)
  return()
endif()
option(TELAR_INSTRUCTION_SETS "telar::compiled: late programs run on the best instruction set of the processor" ON)
add_library(telar_compiled STATIC EXCLUDE_FROM_ALL ${TELAR_COMPILED_FOLDER}/telar.cpp)
add_library(telar::compiled ALIAS telar_compiled)
target_link_libraries(telar_compiled PUBLIC telar::telar)
target_compile_definitions(telar_compiled PUBLIC TELAR_COMPILED=1)
set_target_properties(telar_compiled PROPERTIES POSITION_INDEPENDENT_CODE ON)

if(TELAR_INSTRUCTION_SETS AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64" AND CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
  foreach(level IN ITEMS v3 v4)
    set(unit ${CMAKE_CURRENT_BINARY_DIR}/telar_kernels_${level}.cpp)
    file(CONFIGURE OUTPUT ${unit} CONTENT "#include <telar/compiled/kernels.cpp>\n")
    set_source_files_properties(${unit} PROPERTIES COMPILE_OPTIONS "-march=x86-64-${level};-O2")  # behind all others
    target_sources(telar_compiled PRIVATE ${unit})
  endforeach()
  target_compile_definitions(telar_compiled PRIVATE TELAR_HAS_KERNEL_SETS=1)
endif()
