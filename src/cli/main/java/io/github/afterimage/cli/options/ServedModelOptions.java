package io.github.afterimage.cli.options;

import io.github.afterimage.BatchOptions;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.model.KeySource;
import io.github.afterimage.model.ModelOptions;
import io.github.afterimage.model.network.NetworkSettings;
import io.github.afterimage.serve.models.Models;
import io.github.afterimage.serve.models.ServedClassifier;
import io.github.afterimage.serve.models.ServedIndex;
import io.github.afterimage.serve.models.ServedModel;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The models that a server serves, and their batches. */
public final class ServedModelOptions {
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
            names = "--max-batch",
            order = 40,
            paramLabel = "ROWS",
            description = "Maximum number of rows that are answered together; 64 by default.")
    private int maxBatch = new BatchOptions().maxBatch();

    @Option(
            names = "--max-delay",
            order = 41,
            paramLabel = "MS",
            description = "Maximum milliseconds that a request waits for others; 2 by default.")
    private long maxDelay = new BatchOptions().maxDelay().toMillis();

    @Option(
            names = "--max-queued",
            order = 42,
            paramLabel = "ROWS",
            description = "Maximum number of rows that wait; more are refused with status 503; 512 by default.")
    private int maxQueued = new BatchOptions().maxQueued();

    /** Opens the models. */
    public Models open() throws IOException {
        BatchOptions batches = new BatchOptions()
                .maxBatch(maxBatch)
                .maxDelay(Duration.ofMillis(maxDelay))
                .maxQueued(maxQueued);
        return new Models(List.of(open(batches)));
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
