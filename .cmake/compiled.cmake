# SPDX-License-Identifier: BSL-1.0
# The target telar::compiled: telar::telar, with the parts that depend on no model in a static library. The installed
# package includes this file too. The project that links the library builds it, because it serves only units with the
# same flags (core/config.hpp). It is not built if nothing links it.
# TELAR_COMPILED_SOURCE is where include/telar/compiled/telar.cpp lies.
if(TARGET telar_compiled)
  return()
endif()
add_library(telar_compiled STATIC EXCLUDE_FROM_ALL ${TELAR_COMPILED_SOURCE})
add_library(telar::compiled ALIAS telar_compiled)
target_link_libraries(telar_compiled PUBLIC telar::telar)
target_compile_definitions(telar_compiled PUBLIC TELAR_COMPILED=1)
set_target_properties(telar_compiled PROPERTIES POSITION_INDEPENDENT_CODE ON)
