// Calls a server with grpc-js and Triton's own .proto files: every call has to be right, or refused with a sentence that names it.
// Arguments: the folder of the .proto files, HOST:PORT, MODEL, PICTURE; the model has an input called input, of 3 x 32 x 32 values.
const fs = require("fs");
const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");

const [folder, address, model, picture] = process.argv.slice(2);
const options = { keepCase: true, longs: String, enums: String, defaults: true, includeDirs: [folder] };
const insecure = grpc.credentials.createInsecure();
const load = file => grpc.loadPackageDefinition(loader.loadSync(file, options));
const { GRPCInferenceService } = load("grpc_service.proto").inference;
const inference = new GRPCInferenceService(address, insecure);
const health = new (load("health.proto").grpc.health.v1.Health)(address, insecure);
const counts = { right: 0, refused: 0, WRONG: 0 };

function ask(method, request = {}, client = inference) {
  return new Promise((resolve, reject) => client[method](request, (failure, answer) => (failure ? reject(failure) : resolve(answer))));
}

async function call(name, work, refused = null) {
  let outcome;
  let text;
  try {
    const result = await work();
    outcome = refused === null && result !== false ? "right" : "WRONG";
    text = JSON.stringify(result);
  } catch (failure) {
    outcome = refused !== null && failure.message.includes(refused) ? "refused" : "WRONG";
    text = failure.message;
  }
  counts[outcome]++;
  console.log(outcome.padEnd(8) + name.padEnd(36) + text.slice(0, 120));
}

const VALUES = 3 * 32 * 32;

function raw(rows = 2, more = {}) {
  const bytes = Buffer.from(new Float32Array(rows * VALUES).fill(0.5).buffer);
  const input = { name: "input", datatype: "FP32", shape: [rows, 3, 32, 32] };
  return { model_name: model, inputs: [input], raw_input_contents: [bytes], ...more };
}

function typed(datatype, field, value) {
  const contents = { [field]: Array(VALUES).fill(value) };
  return { model_name: model, inputs: [{ name: "input", datatype, shape: [1, 3, 32, 32], contents }] };
}

async function rows(request, client) {
  const { outputs: [{ shape }] } = await ask("ModelInfer", request, client);
  return Number(shape[0]);
}

function stream(requests) {
  return new Promise((resolve, reject) => {
    const answers = [];
    const call_ = inference.ModelStreamInfer();
    call_.on("data", answer => answers.push(answer)).on("error", reject).on("end", () => resolve(answers));
    requests.forEach(request => call_.write(request));
    call_.end();
  });
}

async function run() {
  await call("live", async () => (await ask("ServerLive")).live);
  await call("ready", async () => (await ask("ServerReady")).ready);
  await call("model ready", async () => (await ask("ModelReady", { name: model })).ready);
  await call("model ready, unknown", async () => !(await ask("ModelReady", { name: "cats" })).ready);
  await call("metadata", () => ask("ServerMetadata"));
  await call("model metadata", () => ask("ModelMetadata", { name: model }));
  await call("model metadata, unknown", () => ask("ModelMetadata", { name: "cats" }), "model cats");
  await call("model configuration", () => ask("ModelConfig", { name: model }));
  await call("statistics", () => ask("ModelStatistics"));
  await call("statistics of a model", () => ask("ModelStatistics", { name: model, version: "1" }));
  await call("repository", () => ask("RepositoryIndex"));
  await call("load", () => ask("RepositoryModelLoad", { model_name: model }), "neither loaded nor unloaded");
  await call("unload", () => ask("RepositoryModelUnload", { model_name: model }), "neither loaded nor unloaded");
  for (const kind of ["SystemSharedMemory", "CudaSharedMemory"]) {
    for (const method of ["Status", "Register", "Unregister"]) {
      await call(kind + method, () => ask(kind + method), kind + method);
    }
  }
  await call("trace settings", () => ask("TraceSetting"), "TraceSetting");
  await call("log settings", () => ask("LogSettings"), "LogSettings");
  await call("infer, raw", async () => (await rows(raw())) === 2);
  for (const [datatype, field] of Object.entries({
    FP32: "fp32_contents", FP64: "fp64_contents", UINT8: "uint_contents", UINT16: "uint_contents", UINT32: "uint_contents",
    UINT64: "uint64_contents", INT8: "int_contents", INT16: "int_contents", INT32: "int_contents", INT64: "int64_contents"
  })) {
    await call(`infer, ${datatype}`, async () => (await rows(typed(datatype, field, 1))) === 1);
  }
  await call("infer, BOOL", async () => (await rows(typed("BOOL", "bool_contents", true))) === 1);
  const half = { name: "input", datatype: "FP16", shape: [1, 3, 32, 32] };
  await call("infer, FP16", async () =>
    (await rows(raw(1, { inputs: [half], raw_input_contents: [Buffer.alloc(2 * VALUES, 0x38)] }))) === 1);
  const file = fs.readFileSync(picture);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(file.length);
  const image = { name: "image", datatype: "BYTES", shape: [1] };
  await call("infer, BYTES", async () =>
    (await rows(raw(1, { inputs: [image], raw_input_contents: [Buffer.concat([length, file])] }))) === 1);
  const best = [{ name: "probabilities", parameters: { classification: { int64_param: 3 } } }];
  await call("infer, classification", async () => (await rows(raw(2, { outputs: best }))) === 2);
  await call("infer, id", async () => (await ask("ModelInfer", raw(1, { id: "seven" }))).id === "seven");
  await call("infer, other version", () => rows(raw(1, { model_version: "2" })), "version 2");
  await call("infer, parameters", async () => (await rows(raw(1, { parameters: { neighbors: { int64_param: 3 } } }))) === 1);
  await call("infer, empty batch", async () => (await rows(raw(0))) === 0);
  const parameters = { shared_memory_region: { string_param: "region" } };
  await call("infer, shared input", () => rows(raw(1, { inputs: [{ ...half, parameters }] })), "shared memory region region");
  await call("infer, shared output", () => rows(raw(1, { outputs: [{ name: "memory", parameters }] })), "shared memory region region");
  for (const [coding, number] of [["deflate", 1], ["gzip", 2]]) {
    const packing = new GRPCInferenceService(address, insecure, { "grpc.default_compression_algorithm": number });
    await call(`infer, ${coding}`, async () => (await rows(raw(), packing)) === 2);
  }
  await call("stream with a mistake", async () => {
    const answers = await stream([..."012345678"].map(id => raw(1, { id, outputs: [{ name: id === "4" ? "dreams" : "memory" }] })));
    return answers.length === 9 && answers[4].error_message.includes("dreams") && answers[8].infer_response.id === "8";
  });
  await call("probe", async () => (await ask("Check", {}, health)).status === "SERVING");
  await call("probe of a model", async () => (await ask("Check", { service: model }, health)).status === "SERVING");
  await call("probe of an unknown model", () => ask("Check", { service: "cats" }, health), "no model of this name");
  console.log(counts);
  process.exit(counts.WRONG > 0 ? 1 : 0);
}

run();
