// Calls a server with the TypeScript stubs that OpenAPI Generator makes from its document.
// Arguments: URL MODEL PICTURE; the model takes pictures and can be taught.
import * as stubs from "./stubs";

declare const process: { argv: string[]; exit(code: number): never };
declare function require(name: "fs"): { readFileSync(path: string): Uint8Array<ArrayBuffer> };

const [url, model, picture] = process.argv.slice(2);
const configuration = new stubs.Configuration({ basePath: url });
const server = new stubs.ServerApi(configuration);
const models = new stubs.ModelsApi(configuration);
const memory = new stubs.MemoryApi(configuration);
let passed = 0;

function check(what: string, holds: boolean) {
  console.log(`openapi, TypeScript: ${what}${holds ? "" : " FAILED"}`);
  if (!holds) {
    process.exit(1);
  }
  passed++;
}

async function main() {
  check("live", (await server.serverLive()).live);
  check("ready", (await server.serverReady()).ready);
  check("models", (await models.listModels()).models.includes(model));
  const dim = (await models.modelMetadata({ model })).inputs.find(each => each.name === "features")!.shape[1];
  const features: stubs.InputTensor = {
    name: "features", datatype: "FP32", shape: [1, dim], data: Array.from({ length: dim }, (_, i) => (i % 7) / 7)
  };
  const inferenceRequest = { inputs: [features], outputs: [{ name: "memory" }] };
  const [output] = (await models.infer({ model, inferenceRequest })).outputs;
  check("infer", Math.abs(output.data!.reduce((sum, value) => sum + value, 0) - 1) < 1e-4);
  const body = new Blob([require("fs").readFileSync(picture)]);
  const classified = await models.classify({ model, body, neighbors: 2, refuse: false });
  check("classify", classified._class === "ship" && classified.neighbors.length === 2);
  const index = await memory.describeIndex({ model });
  const label: stubs.InputTensor = { name: "label", datatype: "BYTES", shape: [1], data: [index.classes[0].name] };
  const added = await memory.addKeys({ model, inferenceRequest: { inputs: [features, label] } });
  check("add", added.keys === index.keys + 1);
  const explanation = await memory.explain({ model, inferenceRequest: { inputs: [features] } });
  check("explain", explanation.answers[0].neighbors[0].id === added.ids[0]);
  const untuned: stubs.Explanation = { ...explanation, doubtMost: null }; // tsc refuses it where null is lost
  check("doubt_most may be null", stubs.ExplanationFromJSON({ ...explanation, doubt_most: null }).doubtMost === untuned.doubtMost);
  check("list", (await memory.listKeys({ model, from: added.ids[0] })).keys[0].id === added.ids[0]);
  check("remove", (await memory.removeKeys({ model, ids: `${added.ids[0]}` })).removed === 1);
  check("statistics", (await server.statistics({ model })).queries > 0);
  const failure = await models.modelMetadata({ model: "nothing" }).catch(problem => problem);
  check("no such model", failure.response.status === 404);
  console.log(`openapi, TypeScript: ${passed} passed, 0 failed`);
}

main().catch(problem => {
  console.error(problem);
  process.exit(1);
});
