# SPDX-License-Identifier: BSL-1.0
"""Frees the batch of the ONNX model zoo's mnist-8, which is 1 in its file: any_batch.py mnist.onnx out.onnx

pip install onnx numpy
"""
import sys

import numpy
import onnx
from onnx import numpy_helper

model = onnx.load(sys.argv[1])
graph = model.graph
for value in (graph.input[0], graph.output[0]):
    value.type.tensor_type.shape.dim[0].dim_param = "n"
for tensor in graph.initializer:
    if tensor.name == "Pooling160_Output_0_reshape0_shape":
        tensor.CopyFrom(numpy_helper.from_array(numpy.array([-1, 256], numpy.int64), tensor.name))
del graph.value_info[:]
onnx.save(model, sys.argv[2])
