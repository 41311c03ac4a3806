# SPDX-License-Identifier: BSL-1.0
# Target telar_single_header: <build>/single/telar.hpp.
set(single_header ${PROJECT_BINARY_DIR}/single/telar.hpp)
add_custom_command(
  OUTPUT ${single_header}
  COMMAND ${CMAKE_COMMAND} -DINCLUDE=${PROJECT_SOURCE_DIR}/include -DOUTPUT=${single_header}
          -P ${CMAKE_CURRENT_LIST_DIR}/single_header.cmake
  DEPENDS ${headers} ${device_headers} ${CMAKE_CURRENT_LIST_DIR}/single_header.cmake
  COMMENT "Writing ${single_header}")
add_custom_target(telar_single_header DEPENDS ${single_header})
