package io.github.afterimage.cli;

import static io.github.afterimage.cli.output.Text.count;
import static io.github.afterimage.cli.output.Text.value;

import io.github.afterimage.BatchOptions;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.MemoryUse;
import io.github.afterimage.cli.options.HyperparameterOptions;
import io.github.afterimage.cli.options.IndexOptions;
import io.github.afterimage.cli.options.ModelOption;
import io.github.afterimage.cli.output.Interruption;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.model.KeySource;
import io.github.afterimage.model.ModelOptions;
import io.github.afterimage.model.network.NetworkSettings;
import io.github.afterimage.serve.InferenceServer;
import io.github.afterimage.serve.ServerOptions;
import io.github.afterimage.serve.models.Models;
import io.github.afterimage.serve.models.ServedClassifier;
import io.github.afterimage.serve.models.ServedIndex;
import io.github.afterimage.serve.models.ServedModel;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "serve",
        header = "Serve an index over HTTP with the Open Inference Protocol.",
        description = {
            "",
            "Answers requests until Ctrl-C or SIGTERM; running requests are answered first. With --model, a request holds image "
                    + "files, tensors that the network reads, or features; without it, features. GET /v2/models/NAME lists "
                    + "inputs and outputs. Requests of several clients are answered in batches."
        },
        footer = {
            "  afterimage serve --index cifar10.safetensors --model resnet20.onnx --name cifar10",
            "  curl localhost:8080/v2/models/cifar10",
            "  curl localhost:8080/v2/models/cifar10/infer -d '{\"outputs\": [{\"name\": \"classes\"}], \"inputs\": "
                    + "[{\"name\": \"image\", \"datatype\": \"BYTES\", \"shape\": [1], \"data\": "
                    + "[\"'$(base64 -w0 horse.png)'\"]}]}'"
        })
final class ServeCommand extends Command {
    @Mixin
    private IndexOptions index;

    @Mixin
    private ModelOption model;

    @Mixin
    private HyperparameterOptions hyperparameters;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "The name of the model in paths; afterimage by default.")
    private String name = "afterimage";

    @Option(
            names = "--host",
            paramLabel = "HOST",
            description =
                    "The address to listen on; 127.0.0.1 by default, which only this machine reaches. Whoever reaches the "
                            + "address may send requests.")
    private String host = "127.0.0.1";

    @Option(
            names = "--port",
            paramLabel = "PORT",
            description = "The port to listen on; 8080 by default; 0 for a free one.")
    private int port = new ServerOptions().port();

    @Option(
            names = "--max-batch",
            paramLabel = "ROWS",
            description = "Maximum number of rows that are answered together; 64 by default.")
    private int maxBatch = new BatchOptions().maxBatch();

    @Option(
            names = "--max-delay",
            paramLabel = "MS",
            description = "Maximum milliseconds that a request waits for others; 2 by default.")
    private long maxDelay = new BatchOptions().maxDelay().toMillis();

    @Option(
            names = "--max-queued",
            paramLabel = "ROWS",
            description = "Maximum number of rows that wait; more are refused with status 503; 512 by default.")
    private int maxQueued = new BatchOptions().maxQueued();

    @Option(names = "--max-body", paramLabel = "BYTES", description = "Maximum bytes of a request; 64m by default.")
    private String maxBody = "64m";

    @Override
    void execute(Report report) throws IOException {
        ServerOptions options = new ServerOptions().host(host).port(port).maxBody((int)
                Math.min(Integer.MAX_VALUE, MemoryUse.parse("--max-body", maxBody)));
        BatchOptions batches = new BatchOptions()
                .maxBatch(maxBatch)
                .maxDelay(Duration.ofMillis(maxDelay))
                .maxQueued(maxQueued);
        ServedModel served = open(batches);
        try (InferenceServer server = start(served, options)) {
            err().println("afterimage: serving http://" + host + ":" + server.port() + "/v2/models/" + name);
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            report.exitCode(Interruption.exitCode());
        }
        report.line("%s answered %s", value("model", name), count("answered", served.answered(), "request"));
    }

    private static InferenceServer start(ServedModel served, ServerOptions options) throws IOException {
        try {
            return new InferenceServer(new Models(List.of(served)), options);
        } catch (IOException | RuntimeException e) {
            served.close();
            throw e;
        }
    }

    private ServedModel open(BatchOptions batches) throws IOException {
        CacheIndex opened = index.open().index();
        try {
            boolean alone = !model.given() || KeySource.isCacheOnly(opened);
            Hyperparameters chosen = alone ? hyperparameters.resolveCacheOnly(opened) : hyperparameters.resolve(opened);
            if (!model.given()) {
                return new ServedIndex(name, opened, chosen.theta(), batches);
            }
            Path network = model.require("images need a network");
            ModelOptions options = new ModelOptions()
                    .hyperparameters(chosen)
                    .network(NetworkSettings.defaults().withThreads(index.threads()));
            return new ServedClassifier(name, CacheModel.open(network, opened, options), batches);
        } catch (IOException | RuntimeException e) {
            opened.close();
            throw e;
        }
    }
}
