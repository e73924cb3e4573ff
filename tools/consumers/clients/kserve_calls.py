"""Calls a server with KServe's clients for REST and gRPC: every call has to be right, or refused with a sentence that names it.

Arguments: the ports of HTTP and gRPC, and MODEL; the model has an input called input, of 3 x 32 x 32 values.
"""
import asyncio
import logging
import sys

import httpx
import numpy as np
from kserve.inference_client import InferenceGRPCClient, InferenceRESTClient, RESTConfig
from kserve.protocol.infer_type import InferInput, InferRequest

http, grpc, model = sys.argv[1:]
base = f"http://localhost:{http}"
images = np.random.rand(2, 3, 32, 32).astype(np.float32)
counts = {"right": 0, "refused": 0, "WRONG": 0}


def request(name="input", data=images, datatype="FP32", binary=True, **more):
    made = InferInput(name, list(data.shape), datatype)
    made.set_data_from_numpy(data, binary_data=binary)
    return InferRequest(more.pop("to", model), [made], **more)


async def call(name, work, refused=None):
    try:
        result = await work
        outcome = "right" if refused is None and result is not False else "WRONG"
    except Exception as e:  # each client has its own
        result, outcome = e, "refused" if refused is not None and refused in str(e) else "WRONG"
    counts[outcome] += 1
    print(f"{outcome:8}{name:36}{str(result)[:120]!r}")


async def opposite(work):
    return not await work


async def rows(work):
    return (await work).outputs[0].as_numpy().shape[0] == 2


async def shared(kind, client, where, infer):
    await call(f"{kind}: live", client.is_server_live(*where))
    await call(f"{kind}: ready", client.is_server_ready(*where))
    await call(f"{kind}: model ready", client.is_model_ready(*where, model))
    await call(f"{kind}: model ready, unknown", opposite(client.is_model_ready(*where, "cats")))
    await call(f"{kind}: infer", rows(infer(request())))
    await call(f"{kind}: infer, not binary", rows(infer(request(binary=False))))
    await call(f"{kind}: infer, INT64", rows(infer(request(data=images.astype(np.int64), datatype="INT64"))))
    await call(f"{kind}: infer, FP16", rows(infer(request(data=images.astype(np.float16), datatype="FP16"))))
    await call(f"{kind}: infer, parameters", rows(infer(request(parameters={"classes": 3}))))
    await call(f"{kind}: infer, unknown model", infer(request(to="cats")), "model cats: expected one of")
    await call(f"{kind}: infer, unknown input", infer(request("dreams")), "dreams")
    await call(f"{kind}: infer, wrong shape", infer(request(data=images[:, :1])), "shape [2, 1, 32, 32]")
    await client.close()


async def run():
    for second in (False, True):
        client = InferenceRESTClient(RESTConfig(
            protocol="v2", transport=httpx.AsyncHTTPTransport(http1=not second, http2=second)))
        await shared("HTTP/2" if second else "HTTP/1.1", client, [base],
                     lambda made, client=client: client.infer(base, made, model_name=made.model_name))
    first = InferenceRESTClient(RESTConfig(protocol="v1"))
    await call("version 1: model ready", first.is_model_ready(base, model), "path /v1/models")
    await call("version 1: predict", first.infer(base, {"instances": []}, model_name=model), "path /v1/models")
    await first.close()
    client = InferenceGRPCClient(f"localhost:{grpc}")
    await shared("gRPC", client, [], client.infer)
    print(counts)
    sys.exit(counts["WRONG"] > 0)


logging.disable(logging.CRITICAL)
asyncio.run(run())
