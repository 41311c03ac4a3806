# SPDX-License-Identifier: BSL-1.0
# A rank dies in its third epoch: the others end with it, soon and with a message, and the last checkpoint can be loaded.
# Usage: cmake -DPROGRAM=<dying> -DFOLDER=<empty folder> -DHOW=<throw|kill|exit> -DTEXT=<regex> "-DMPIRUN=<command;...>" -P
cmake_minimum_required(VERSION 3.25)
file(REMOVE_RECURSE ${FOLDER})
file(MAKE_DIRECTORY ${FOLDER})
execute_process(COMMAND ${MPIRUN} ${PROGRAM} ${FOLDER} ${HOW} RESULT_VARIABLE status OUTPUT_VARIABLE output
                ERROR_VARIABLE output TIMEOUT 60)
if(status EQUAL 0)
  message(FATAL_ERROR "all ended well though a rank had died:\n${output}")
elseif(NOT status MATCHES "^[0-9]+$")
  message(FATAL_ERROR "the others did not end (${status}):\n${output}")
elseif(NOT output MATCHES "${TEXT}")
  message(FATAL_ERROR "nothing like '${TEXT}' was told:\n${output}")
endif()
execute_process(COMMAND ${PROGRAM} ${FOLDER} check RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "the checkpoint is not that of the second epoch:\n${output}")
endif()
message(STATUS "${output}")
