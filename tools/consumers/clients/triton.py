"""Calls a server with tritonclient over HTTP: every call has to be right, or refused with a sentence that names it.

Arguments: HOST:PORT MODEL PICTURE; the model is one with an input called input, of 3 x 32 x 32 values.
"""
import base64
import http.client
import sys

import numpy as np
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

address, model, picture = sys.argv[1:]
file = open(picture, "rb").read()
client = triton.InferenceServerClient(address)
images = np.random.rand(2, 3, 32, 32).astype(np.float32)
counts = {"right": 0, "refused": 0, "WRONG": 0}


def call(name, work, refused=None):
    try:
        result = work()
        outcome = "right" if refused is None and result is not False else "WRONG"
    except InferenceServerException as e:
        result, outcome = e, "refused" if refused is not None and refused in str(e) else "WRONG"
    counts[outcome] += 1
    print(f"{outcome:8}{name:36}{str(result)[:120]}")


def tensor(name="input", data=images, datatype="FP32", binary=True):
    made = triton.InferInput(name, list(data.shape), datatype)
    made.set_data_from_numpy(data, binary_data=binary)
    return made


def infer(made=None, outputs=None, **options):
    return client.infer(model, [made or tensor()], outputs=outputs, **options)


def shape(answer, output="probabilities"):
    return answer.as_numpy(output).shape[0]


def raw(body, length):
    connection = http.client.HTTPConnection(address)
    connection.request("POST", f"/v2/models/{model}/infer", body, {"Inference-Header-Content-Length": str(length)})
    answer = connection.getresponse()
    return triton.InferenceServerClient.parse_response_body(
        answer.read(), header_length=int(answer.headers["Inference-Header-Content-Length"]))


def requested(name="probabilities", **options):
    return [triton.InferRequestedOutput(name, **options)]


call("live", client.is_server_live)
call("ready", client.is_server_ready)
call("model ready", lambda: client.is_model_ready(model))
call("model ready, version", lambda: client.is_model_ready(model, "1"))
call("model ready, unknown", lambda: not client.is_model_ready("cats"))
call("metadata", client.get_server_metadata)
call("model metadata", lambda: client.get_model_metadata(model))
call("model metadata, version", lambda: client.get_model_metadata(model, "1"))
call("model metadata, unknown", lambda: client.get_model_metadata("cats"), "model cats")
call("model configuration", lambda: client.get_model_config(model, "1"))
call("repository", client.get_model_repository_index)
call("load", lambda: client.load_model(model), "neither loaded nor unloaded")
call("unload", lambda: client.unload_model(model), "neither loaded nor unloaded")
call("statistics", client.get_inference_statistics)
call("statistics of a model", lambda: client.get_inference_statistics(model, "1"))
call("trace settings", client.get_trace_settings, "trace")
call("log settings", client.get_log_settings, "logging")
call("shared memory status", client.get_system_shared_memory_status, "system_shared_memory")
call("shared memory register", lambda: client.register_system_shared_memory("r", "/r", 8), "system_shared_memory")
call("shared memory unregister", client.unregister_system_shared_memory, "system_shared_memory")
call("CUDA memory status", client.get_cuda_shared_memory_status, "cuda_shared_memory")
call("CUDA memory unregister", client.unregister_cuda_shared_memory, "cuda_shared_memory")
call("infer", lambda: shape(infer()) == 2)
call("infer, JSON input", lambda: shape(infer(tensor(binary=False))) == 2)
call("infer, JSON output", lambda: shape(infer(outputs=requested(binary_data=False))) == 2)
call("infer, named output", lambda: shape(infer(outputs=requested("memory")), "memory") == 2)
call("infer, classification", lambda: infer(outputs=requested(class_count=3)).as_numpy("probabilities").shape == (2, 3))
call("infer, classes", lambda: infer(outputs=requested("classes")).as_numpy("classes").dtype == object)
call("infer, id", lambda: infer(request_id="seven").get_response()["id"] == "seven")
call("infer, no id", lambda: infer().get_response()["id"] != "")
call("infer, version", lambda: infer(model_version="1").get_response()["model_version"] == "1")
call("infer, other version", lambda: infer(model_version="2"), "version 2")
call("infer, timeout and priority", lambda: shape(infer(timeout=5_000_000, priority=1)) == 2)
call("infer, parameters", lambda: shape(infer(parameters={"neighbors": 3})) == 2)
call("infer, sequence", lambda: shape(infer(sequence_id=7, sequence_start=True, sequence_end=True)) == 2)
for coding in ("gzip", "deflate"):
    packed = {"request_compression_algorithm": coding, "response_compression_algorithm": coding}
    call(f"infer, {coding}", lambda: shape(infer(**packed)) == 2)
    call(f"infer, JSON, {coding}", lambda: shape(infer(tensor(binary=False), requested(binary_data=False), **packed)) == 2)
for name in ("UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "FP64", "BOOL"):
    kind = {"FP16": "float16", "FP64": "float64", "BOOL": "bool"}.get(name, name.lower())
    values = (images > 0.5).astype(kind)
    call(f"infer, {name}", lambda: shape(infer(tensor("input", values, name))) == 2)
    if name != "FP16":  # the client has it as bytes only
        call(f"infer, {name} as JSON", lambda: shape(infer(tensor("input", values, name, False))) == 2)
call("infer, BYTES", lambda: shape(infer(tensor("image", np.array([file], object), "BYTES"))) == 1)
text = np.array([base64.b64encode(file)], object)
call("infer, BYTES as JSON", lambda: shape(infer(tensor("image", text, "BYTES", False))) == 1)
call("infer, empty batch", lambda: shape(infer(tensor(data=images[:0]))) == 0)
call("infer, asynchronous", lambda: shape(client.async_infer(model, [tensor()]).get_result()) == 2)
body, length = triton.InferenceServerClient.generate_request_body([tensor()])
call("generated body", lambda: shape(raw(body, length)) == 2)
call("raw binary values", lambda: shape(raw(images[:1].tobytes(), 0)) == 1)
call("raw binary picture", lambda: shape(raw(file, 0)) == 1)
shared = triton.InferInput("input", [2, 3, 32, 32], "FP32")
shared.set_shared_memory("region", images.nbytes)
call("infer, shared input", lambda: infer(shared), "shared memory region region")
output = requested()
output[0].set_shared_memory("region", 120)
call("infer, shared output", lambda: infer(outputs=output), "shared memory region region")
call("infer, unknown input", lambda: infer(tensor("dreams")), "dreams")
call("infer, unknown output", lambda: infer(outputs=requested("dreams")), "dreams")
call("infer, wrong shape", lambda: infer(tensor(data=images[:, :1])), "shape")
print(counts)
sys.exit(counts["WRONG"] > 0)
