# SPDX-License-Identifier: BSL-1.0
# Packs the checkout by Conan and builds somebody else's program from the package.
# Usage: cmake -DCONAN= -DCOMPILER= -DRECIPE=<folder> -DFOLDER=<for Conan's cache> -P conan.cmake
cmake_minimum_required(VERSION 3.25)
set(ENV{CONAN_HOME} ${FOLDER}/home)
set(ENV{CXX} ${COMPILER})
execute_process(COMMAND ${CONAN} profile detect --force COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CONAN} create ${RECIPE} --no-remote -s compiler.cppstd=20 -c tools.cmake.cmaketoolchain:generator=Ninja
                        -c tools.cmake.cmake_layout:test_folder=${FOLDER}/test -c tools.cmake.cmaketoolchain:user_presets=
                COMMAND_ERROR_IS_FATAL ANY)
