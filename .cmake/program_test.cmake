# SPDX-License-Identifier: BSL-1.0
# A program that is also a test: run with these arguments, it must end well and print what its source says
# (check_output.cmake).
function(telar_program_test name source label)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE telar_own)
  if(NOT TELAR_BUILD_TESTS)
    return()
  endif()
  add_test(NAME ${name} COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:${name}> -DSOURCE=${source} "-DARGUMENTS=${ARGN}"
                                -P ${PROJECT_SOURCE_DIR}/.cmake/check_output.cmake
           WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS ${label})
endfunction()
