# SPDX-License-Identifier: BSL-1.0
# Toolchain for microcontrollers: Arm's MPS2 boards, as qemu-system-arm emulates them, by arm-none-eabi-g++. In Debian:
# apt-get install gcc-arm-none-eabi libstdc++-arm-none-eabi-newlib qemu-system-arm
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_CXX_COMPILER arm-none-eabi-g++)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)  # a program needs the linker script
set(TELAR_BOARD mps2-an386 CACHE STRING "mps2-an386: Cortex-M4 with floats; mps2-an500: Cortex-M7 with floats and doubles")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES TELAR_BOARD)
if(TELAR_BOARD STREQUAL mps2-an386)
  set(processor "-mcpu=cortex-m4 -mfpu=fpv4-sp-d16")
elseif(TELAR_BOARD STREQUAL mps2-an500)
  set(processor "-mcpu=cortex-m7 -mfpu=fpv5-d16")
else()
  message(FATAL_ERROR "TELAR_BOARD is ${TELAR_BOARD}; it can be mps2-an386 and mps2-an500")
endif()
# -Wno-psabi: that g++ 9 passed empty members otherwise is of no interest to a program that is built at once.
set(CMAKE_CXX_FLAGS_INIT "${processor} -mthumb -mfloat-abi=hard -ffunction-sections -fdata-sections -fno-exceptions -fno-rtti \
-fno-threadsafe-statics -fno-asynchronous-unwind-tables -fno-unwind-tables -Wno-psabi")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-nostartfiles --specs=nano.specs -Wl,--gc-sections")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
# An instruction takes a nanosecond, so that the board's clock counts instructions.
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-system-arm -M ${TELAR_BOARD} -display none -monitor none -serial none -icount shift=0 -chardev stdio,id=host
                                  -semihosting-config enable=on,target=native,chardev=host -kernel)
