// SPDX-License-Identifier: BSL-1.0
// What the server reads: a unit of its own, because the readers take their time to compile.
#pragma once
#include <telar/serve.hpp>

#include <vector>

/// model.onnx and model.keras. A model that telar has no kernels for is refused here, not by its first request.
std::vector<telar::serve::model_loader> model_loaders();
