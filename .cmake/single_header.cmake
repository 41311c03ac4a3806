# SPDX-License-Identifier: BSL-1.0
# Writes all of telar into one header: telar.hpp, then nn.hpp, data.hpp, data/datasets.hpp, data/texts.hpp and io.hpp,
# each header at the place where it is first included. Standard and optional includes stay where they are, inside their #if.
# Usage: cmake -DINCLUDE=<folder that holds telar/> -DOUTPUT=<file> -P single_header.cmake
cmake_minimum_required(VERSION 3.25)

# Puts out one header, the headers it includes before it. `emitted` are the headers that stand unconditionally in the
# output so far. A header first met inside an #if may be needed again outside of it: there each header is put out in a
# guard of its own and forgotten after the #endif.
function(emit header conditional)
  file(READ ${INCLUDE}/telar/${header} text)
  string(REGEX REPLACE "(^|\n)// SPDX[^\n]*\n" "\\1" text "${text}")
  string(REPLACE "#pragma once\n" "" text "${text}")
  string(PREPEND text "\n")
  string(MAKE_C_IDENTIFIER "TELAR_SINGLE_${header}" guard)
  file(APPEND ${OUTPUT} "\n#ifndef ${guard}\n#define ${guard}\n// ======== telar/${header}\n")
  list(APPEND emitted ${header})
  set(depth 0)
  while(text MATCHES "\n( *# *include <telar/([^>]+)>[^\n]*)")
    set(line "\n${CMAKE_MATCH_1}")
    set(included ${CMAKE_MATCH_2})
    string(FIND "${text}" "${line}" position)
    string(SUBSTRING "${text}" 0 ${position} before)
    string(LENGTH "${line}" length)
    math(EXPR position "${position} + ${length}")
    string(SUBSTRING "${text}" ${position} -1 text)
    file(APPEND ${OUTPUT} "${before}\n")

    string(REGEX MATCHALL "\n *# *if" opened "${before}")
    string(REGEX MATCHALL "\n *# *endif" closed "${before}")
    list(LENGTH opened opened)
    list(LENGTH closed closed)
    math(EXPR depth "${depth} + ${opened} - ${closed}")
    if(NOT included IN_LIST emitted)
      if(conditional OR depth GREATER 0)
        emit(${included} TRUE)
      else()
        emit(${included} FALSE)
      endif()
    endif()
  endwhile()
  file(APPEND ${OUTPUT} "${text}#endif  // ${guard}\n")
  if(NOT conditional)
    set(emitted ${emitted} PARENT_SCOPE)
  endif()
endfunction()

cmake_path(GET OUTPUT PARENT_PATH folder)
file(MAKE_DIRECTORY ${folder})
file(WRITE ${OUTPUT} "// SPDX-License-Identifier: BSL-1.0
// telar in one file, generated from include/telar. Do not edit.
#pragma once
")
set(emitted "")
foreach(umbrella IN ITEMS telar.hpp nn.hpp data.hpp data/datasets.hpp data/texts.hpp io.hpp)
  if(EXISTS ${INCLUDE}/telar/${umbrella} AND NOT umbrella IN_LIST emitted)
    emit(${umbrella} FALSE)
  endif()
endforeach()
list(LENGTH emitted count)
if(count EQUAL 0)
  message(FATAL_ERROR "no umbrella header under ${INCLUDE}/telar")
endif()
