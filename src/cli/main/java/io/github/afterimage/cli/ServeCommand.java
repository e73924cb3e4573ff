package io.github.afterimage.cli;

import static io.github.afterimage.experiments.report.Text.count;
import static io.github.afterimage.experiments.report.Text.value;

import io.github.afterimage.cli.options.Configuration;
import io.github.afterimage.cli.options.ConfigurationOptions;
import io.github.afterimage.cli.options.ServedModelOptions;
import io.github.afterimage.cli.options.ServerParameters;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.command.Failure;
import io.github.afterimage.experiments.command.Interruption;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.serve.InferenceServer;
import io.github.afterimage.serve.models.Models;
import io.github.afterimage.serve.models.ServedModel;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Mixin;

@picocli.CommandLine.Command(
        name = "serve",
        defaultValueProvider = Configuration.class,
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
                    + "[\"'$(base64 -w0 horse.png)'\"]}]}'",
            "  afterimage serve --models my-models --host 0.0.0.0 --teach --token-file token --access-log"
        })
final class ServeCommand extends Command {
    @Mixin
    private ServedModelOptions models;

    @Mixin
    private ServerParameters parameters;

    @Mixin
    private ConfigurationOptions configuration;

    @Override
    protected void execute(Report report) throws IOException {
        if (configuration.isShown()) {
            configuration.show(report);
            return;
        }
        Models served = open();
        try (InferenceServer server = start(served)) {
            for (ServedModel model : served.all()) {
                err().println("afterimage: serving " + parameters.url(server.port(), "/v2/models/" + model.name()));
            }
            models.copy().ifPresent(copy -> err().println(
                            "afterimage: keys that clients add are kept in " + copy + ", a copy"));
            server.grpcPort().ifPresent(port -> err().println("afterimage: serving gRPC on port " + port));
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            report.exitCode(Interruption.exitCode());
        }
        for (ServedModel model : served.all()) {
            report.line("%s answered %s", value("model", model.name()), count("answered", model.answered(), "request"));
        }
    }

    private Models open() throws IOException {
        try {
            return models.open();
        } catch (IOException | RuntimeException e) {
            requireNotInterrupted(e);
            throw e;
        }
    }

    private InferenceServer start(Models served) throws IOException {
        try {
            return new InferenceServer(served, parameters.options());
        } catch (IOException | RuntimeException e) {
            served.close();
            requireNotInterrupted(e);
            throw e;
        }
    }

    private static void requireNotInterrupted(Exception failure) {
        if (Failure.interrupted(failure)) {
            throw new Failure.InterruptionException("the server had not started", failure);
        }
    }
}
