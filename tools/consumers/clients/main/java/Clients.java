import inference.GRPCInferenceServiceGrpc;
import inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import inference.OpenInferenceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import openapi.MemoryApi;
import openapi.ModelsApi;
import openapi.ServerApi;
import openapi.client.ApiClient;
import openapi.client.ApiException;
import openapi.model.AddedKeys;
import openapi.model.DataType;
import openapi.model.Explanation;
import openapi.model.InferenceRequest;
import openapi.model.InferenceResponse;
import openapi.model.InputTensor;
import openapi.model.RequestedOutput;
import triton.client.InferInput;
import triton.client.InferRequestedOutput;
import triton.client.InferResult;
import triton.client.InferenceException;
import triton.client.InferenceServerClient;

/** Calls a server with three clients, which have to agree. Arguments: the ports of HTTP and gRPC. */
public final class Clients {
    private static final int ROWS = 3;
    private static final float TOLERANCE = 1e-6f;

    private final int httpPort;
    private final int grpcPort;
    private int passed;
    private String model = "";
    private float[] features = {};
    private float[] memory = {};

    private Clients(int httpPort, int grpcPort) {
        this.httpPort = httpPort;
        this.grpcPort = grpcPort;
    }

    public static void main(String[] args) throws Exception {
        Clients clients = new Clients(Integer.parseInt(args[0]), Integer.parseInt(args[1]));
        clients.openApi();
        clients.grpc();
        clients.triton();
        System.out.println(clients.passed + " passed, 0 failed");
    }

    private void check(String client, String what, boolean holds) {
        System.out.println(client + ": " + what + (holds ? "" : " FAILED"));
        if (!holds) {
            throw new AssertionError(client + ": " + what);
        }
        passed++;
    }

    /** Stubs that OpenAPI Generator made from the document that the server serves. */
    private void openApi() throws ApiException {
        String client = "openapi";
        ApiClient api = new ApiClient();
        api.updateBaseUri("http://localhost:" + httpPort);
        ServerApi server = new ServerApi(api);
        ModelsApi models = new ModelsApi(api);
        MemoryApi keys = new MemoryApi(api);
        check(client, "live", server.serverLive().getLive());
        check(client, "ready", server.serverReady().getReady());
        check(client, "metadata", server.serverMetadata().getName().equals("afterimage"));
        model = models.listModels().getModels().get(0);
        check(client, "model ready", models.modelReady(model).getReady());
        var input = models.modelMetadata(model).getInputs().stream()
                .filter(each -> each.getName().equals("features"))
                .findFirst()
                .orElseThrow();
        int dim = input.getShape().get(1);
        Random random = new Random(26);
        features = new float[ROWS * dim];
        for (int i = 0; i < features.length; i++) {
            features[i] = random.nextFloat();
        }
        InferenceResponse answer = models.infer(
                model,
                request(features, dim).addOutputsItem(new RequestedOutput().name("memory")),
                null);
        List<Object> data = answer.getOutputs().get(0).getData();
        memory = new float[data.size()];
        for (int i = 0; i < memory.length; i++) {
            memory[i] = ((Number) data.get(i)).floatValue();
        }
        check(client, "infer", sumsToOne(memory));
        long before = keys.describeIndex(model).getKeys();
        String name = keys.describeIndex(model).getClasses().get(0).getName();
        InferenceRequest lesson = request(Arrays.copyOf(features, dim), dim)
                .addInputsItem(new InputTensor()
                        .name("label")
                        .datatype(DataType.BYTES)
                        .shape(List.of(1))
                        .data(List.of(name)));
        String once = UUID.randomUUID().toString(); // the server knows those of earlier runs
        AddedKeys added = keys.addKeys(model, lesson, null, once);
        check(client, "add", added.getKeys() == before + 1 && !added.getReplayed());
        check(client, "add again", keys.addKeys(model, lesson, null, once).getReplayed());
        Explanation explanation = keys.explain(model, request(Arrays.copyOf(features, dim), dim), null);
        check(
                client,
                "explain",
                explanation.getAnswers().get(0).getNeighbors().get(0).getId().equals(added.getIds().get(0)));
        check(
                client,
                "list",
                keys.listKeys(model, added.getIds().get(0), 10, null, null).getKeys().size() == 1);
        check(
                client,
                "remove",
                keys.removeKeys(model, added.getIds().get(0).toString(), null, null, null).getRemoved() == 1);
        check(client, "statistics", server.statistics(model).getQueries() > 0);
        check(client, "metrics", server.metrics().contains("# TYPE"));
        try {
            models.modelMetadata("nothing");
            check(client, "no such model", false);
        } catch (ApiException e) {
            check(client, "no such model", e.getCode() == 404 && e.getResponseBody().contains("expected one of"));
        }
    }

    private static InferenceRequest request(float[] rows, int dim) {
        List<Object> data = new ArrayList<>();
        for (float value : rows) {
            data.add(value);
        }
        return new InferenceRequest().addInputsItem(new InputTensor()
                .name("features")
                .datatype(DataType.FP32)
                .shape(List.of(rows.length / dim, dim))
                .data(data));
    }

    private static boolean sumsToOne(float[] rows) {
        double sum = 0;
        for (float value : rows) {
            sum += value;
        }
        return Math.abs(sum - ROWS) < 1e-4;
    }

    private boolean isMemory(List<Float> values) {
        for (int i = 0; i < memory.length; i++) {
            if (Math.abs(values.get(i) - memory[i]) > TOLERANCE) {
                return false;
            }
        }
        return values.size() == memory.length;
    }

    /** Stubs that protoc made from the published .proto file. */
    private void grpc() {
        String client = "grpc";
        ManagedChannel channel = ManagedChannelBuilder.forAddress("localhost", grpcPort)
                .usePlaintext()
                .build();
        GRPCInferenceServiceBlockingStub stub = GRPCInferenceServiceGrpc.newBlockingStub(channel);
        check(client, "live", stub.serverLive(OpenInferenceGrpc.ServerLiveRequest.getDefaultInstance()).getLive());
        check(client, "ready", stub.serverReady(OpenInferenceGrpc.ServerReadyRequest.getDefaultInstance()).getReady());
        check(
                client,
                "metadata",
                stub.serverMetadata(OpenInferenceGrpc.ServerMetadataRequest.getDefaultInstance())
                        .getName()
                        .equals("afterimage"));
        check(
                client,
                "model ready",
                stub.modelReady(OpenInferenceGrpc.ModelReadyRequest.newBuilder()
                                .setName(model)
                                .build())
                        .getReady());
        check(
                client,
                "model metadata",
                stub.modelMetadata(OpenInferenceGrpc.ModelMetadataRequest.newBuilder()
                                .setName(model)
                                .build())
                        .getInputsList()
                        .stream()
                        .anyMatch(input -> input.getName().equals("features")));
        var contents = OpenInferenceGrpc.InferTensorContents.newBuilder();
        for (float value : features) {
            contents.addFp32Contents(value);
        }
        var request = OpenInferenceGrpc.ModelInferRequest.newBuilder().setModelName(model);
        request.addInputsBuilder()
                .setName("features")
                .setDatatype("FP32")
                .addShape(ROWS)
                .addShape(features.length / ROWS)
                .setContents(contents);
        request.addOutputsBuilder().setName("memory");
        check(
                client,
                "infer",
                isMemory(stub.modelInfer(request.build()).getOutputs(0).getContents().getFp32ContentsList()));
        try {
            stub.modelInfer(request.setModelName("nothing").build());
            check(client, "no such model", false);
        } catch (StatusRuntimeException e) {
            check(client, "no such model", e.getStatus().getCode() == Status.Code.NOT_FOUND);
        }
        channel.shutdownNow();
    }

    /** Triton's own client, with JSON and with binary tensors. */
    private void triton() throws Exception {
        String client = "triton";
        InferenceServerClient server = new InferenceServerClient("localhost:" + httpPort, 5000, 5000);
        for (boolean binary : new boolean[] {false, true}) {
            InferInput input = new InferInput(
                    "features", new long[] {ROWS, features.length / ROWS}, triton.client.pojo.DataType.FP32);
            input.setData(features, binary);
            InferResult answer =
                    server.infer(model, List.of(input), List.of(new InferRequestedOutput("memory", binary)));
            List<Float> values = new ArrayList<>();
            for (float value : answer.getOutputAsFloat("memory")) {
                values.add(value);
            }
            check(client, binary ? "infer with binary tensors" : "infer", isMemory(values));
        }
        try {
            InferInput input = new InferInput("features", new long[] {1, 1}, triton.client.pojo.DataType.FP32);
            input.setData(new float[] {1}, true);
            server.infer(model, List.of(input), List.of(new InferRequestedOutput("memory", true)));
            check(client, "wrong shape", false);
        } catch (InferenceException e) {
            check(client, "wrong shape", e.getMessage().contains("input features has shape"));
        }
        server.close();
    }
}
