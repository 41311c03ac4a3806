// SPDX-License-Identifier: BSL-1.0
// Where the reference data lies that is not kept with the sources.
#pragma once
#include <cstdlib>
#include <string>

namespace support {

/// The folder of the reference data; empty where there is none.
inline std::string data_folder() {
    if (const char* given = std::getenv("TELAR_DATA")) return given;
#if defined(TELAR_DATA_DIR)
    return TELAR_DATA_DIR;
#else
    return "";
#endif
}

}  // namespace support
