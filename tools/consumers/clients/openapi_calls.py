"""Calls a server with the Python stubs that OpenAPI Generator makes from its document.

Arguments: URL MODEL PICTURE; the model takes pictures and can be taught.
"""
import json
import sys

import openapi_client as stubs

url, model, picture = sys.argv[1:]
api = stubs.ApiClient(stubs.Configuration(host=url))
server, models, memory = stubs.ServerApi(api), stubs.ModelsApi(api), stubs.MemoryApi(api)
passed = 0


def check(what, holds):
    global passed
    print(f"openapi, Python: {what}" + ("" if holds else " FAILED"))
    if not holds:
        sys.exit(1)
    passed += 1


def tensor(name, datatype, shape, data):
    return stubs.InputTensor(name=name, datatype=datatype, shape=shape, data=data)


check("live", server.server_live().live)
check("ready", server.server_ready().ready)
check("models", model in models.list_models().models)
dim = next(each for each in models.model_metadata(model).inputs if each.name == "features").shape[1]
features = tensor("features", "FP32", [1, dim], [i % 7 / 7 for i in range(dim)])
request = stubs.InferenceRequest(inputs=[features])
answer = models.infer(model, stubs.InferenceRequest(inputs=[features], outputs=[stubs.RequestedOutput(name="memory")]))
check("infer", abs(sum(answer.outputs[0].data) - 1) < 1e-4)
with open(picture, "rb") as file:
    classified = models.classify(model, file.read(), neighbors=2, refuse=False)
check("classify", classified.var_class == "ship" and len(classified.neighbors) == 2)
index = memory.describe_index(model)
lesson = stubs.InferenceRequest(inputs=[features, tensor("label", "BYTES", [1], [index.classes[0].name])])
added = memory.add_keys(model, lesson)
check("add", added.keys == index.keys + 1)
explanation = memory.explain(model, request)
check("explain", explanation.answers[0].neighbors[0].id == added.ids[0])
untuned = json.loads(explanation.to_json()) | {"doubt_most": None}
check("doubt_most may be null", stubs.Explanation.from_dict(untuned).to_dict()["doubt_most"] is None)
check("list", memory.list_keys(model, var_from=added.ids[0]).keys[0].id == added.ids[0])
check("remove", memory.remove_keys(model, ids=str(added.ids[0])).removed == 1)
check("statistics", server.statistics(model).queries > 0)
try:
    models.model_metadata("nothing")
    check("no such model", False)
except stubs.ApiException as e:
    check("no such model", e.status == 404 and "expected one of" in e.body)
print(f"openapi, Python: {passed} passed, 0 failed")
