package io.github.afterimage.cli.service;

import io.github.afterimage.cli.output.Usage;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.command.Failure;
import io.github.afterimage.experiments.command.Interruption;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.platform.Resources;
import io.github.afterimage.serve.InferenceServer;
import io.github.afterimage.serve.models.Models;
import io.github.afterimage.serve.models.ServedModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
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
            "  curl -T horse.png localhost:8080/v2/models/cifar10/classify",
            "  afterimage serve --models my-models --host 0.0.0.0 --teach --token-file token --access-log"
        })
public final class ServeCommand extends Command implements Usage.Headed {
    private static final Map<String, String> HEADINGS = Map.of(
            "--index",
            "What is served",
            "--theta",
            "Answers",
            "--max-batch",
            "Batches",
            "--host",
            "Address and access",
            "--max-body",
            "Limits",
            "--access-log",
            "Log and settings",
            "--engine",
            "Machine",
            Command.JSON,
            "All commands");

    @Mixin
    private ServedModelOptions models;

    @Mixin
    private ServerParameters parameters;

    @Option(
            names = Configuration.FILE,
            paramLabel = "FILE",
            description = "A file with options, one a line, such as port = 8080. Environment variables such as"
                    + " AFTERIMAGE_SERVE_PORT come before it, and options of the command line before these.")
    @SuppressWarnings("unused") // Configuration reads it
    private @Nullable Path file;

    @Override
    public Map<String, String> headings() {
        return HEADINGS;
    }

    @Override
    protected void execute(Report report) throws IOException {
        Models served = starting(models::open);
        try (InferenceServer server = starting(() -> start(served))) {
            Interruption.stopWithoutLimit(); // it drains as long as it was told to, and saves
            for (ServedModel model : served.all()) {
                err().println("afterimage: serving " + server.url() + "/v2/models/" + model.name());
            }
            models.copies().ifPresent(copies -> err().println(
                            "afterimage: keys that clients add are kept in copies in " + copies));
            server.grpcPort().ifPresent(port -> err().println("afterimage: serving gRPC on port " + port));
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            report.exitCode(Interruption.exitCode());
        }
        for (ServedModel model : served.all()) {
            report.line(
                    "%s answered %s",
                    Text.value("model", model.name()), Text.count("answered", model.answered(), "request"));
        }
    }

    private InferenceServer start(Models served) throws IOException {
        return Resources.guarded(served, () -> new InferenceServer(served, parameters.options()));
    }

    private static <T> T starting(Failure.Work<T> work) throws IOException {
        try {
            return work.run();
        } catch (IOException | RuntimeException e) {
            if (Failure.interrupted(e)) {
                throw new Failure.InterruptionException("the server had not started", e);
            }
            throw e;
        }
    }
}
