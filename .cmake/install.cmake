# SPDX-License-Identifier: BSL-1.0
# `cmake --install` for find_package(telar) and pkg-config. Everything is relative to the prefix, so it can be moved.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)
set(package_folder ${CMAKE_INSTALL_DATADIR}/cmake/telar)
install(TARGETS telar EXPORT telar FILE_SET HEADERS FILE_SET device_headers)
install(FILES ${TELAR_COMPILED_FOLDER}/telar.cpp ${TELAR_COMPILED_FOLDER}/kernels.cpp
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/telar/compiled)
install(FILES ${CMAKE_CURRENT_LIST_DIR}/compiled.cmake DESTINATION ${package_folder} RENAME telarCompiled.cmake)
install(EXPORT telar NAMESPACE telar:: FILE telarTargets.cmake DESTINATION ${package_folder})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/telarConfig.cmake.in ${PROJECT_BINARY_DIR}/telarConfig.cmake
                              INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/telarConfigVersion.cmake COMPATIBILITY SameMinorVersion
                                 ARCH_INDEPENDENT)
install(FILES ${PROJECT_BINARY_DIR}/telarConfig.cmake ${PROJECT_BINARY_DIR}/telarConfigVersion.cmake
        DESTINATION ${package_folder})

configure_file(${CMAKE_CURRENT_LIST_DIR}/telar.pc.in ${PROJECT_BINARY_DIR}/telar.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/telar.pc DESTINATION ${CMAKE_INSTALL_DATADIR}/pkgconfig)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
