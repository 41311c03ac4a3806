// SPDX-License-Identifier: BSL-1.0
// A model server: TensorFlow Serving's REST interface without a network. The network is telar/serve/http_server.hpp,
// which needs cpp-httplib.
#pragma once
#include <telar/serve/application.hpp>
