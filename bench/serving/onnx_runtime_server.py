# SPDX-License-Identifier: BSL-1.0
"""The peer of docs/serving.md: ONNX Runtime behind FastAPI, with the same path and the same JSON.

pip install onnxruntime fastapi uvicorn numpy
python onnx_runtime_server.py model.onnx 8502
"""
import sys

import numpy
import onnxruntime
import uvicorn
from fastapi import FastAPI, Request

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
name = session.get_inputs()[0].name
app = FastAPI()


@app.post("/v1/models/digits:predict")
async def predict(request: Request):
    rows = numpy.asarray((await request.json())["instances"], numpy.float32)
    return {"predictions": session.run(None, {name: rows})[0].tolist()}


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning")
