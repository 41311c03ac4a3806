# SPDX-License-Identifier: BSL-1.0
# Target docs: the reference by Doxygen, in <build>/docs/html; a warning fails it. Without Doxygen it says so.
find_package(Doxygen QUIET)
if(DOXYGEN_FOUND)
  configure_file(${PROJECT_SOURCE_DIR}/docs/Doxyfile ${PROJECT_BINARY_DIR}/Doxyfile @ONLY)
  add_custom_target(docs COMMAND ${DOXYGEN_EXECUTABLE} ${PROJECT_BINARY_DIR}/Doxyfile
                    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
else()
  add_custom_target(docs COMMAND ${CMAKE_COMMAND} -E echo "Doxygen is not installed: no reference is made")
endif()
