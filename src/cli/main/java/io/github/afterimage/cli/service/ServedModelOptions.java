package io.github.afterimage.cli.service;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.cli.options.AnswerOptions;
import io.github.afterimage.cli.options.DemoFiles;
import io.github.afterimage.experiments.options.OpeningOptions;
import io.github.afterimage.file.SaveLock;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.platform.Resources;
import io.github.afterimage.serve.models.ModelFolder;
import io.github.afterimage.serve.models.ModelSource;
import io.github.afterimage.serve.models.Models;
import io.github.afterimage.serve.models.ServedClassifier;
import io.github.afterimage.serve.models.ServedIndex;
import io.github.afterimage.serve.models.ServedModel;
import io.github.afterimage.serving.BatchOptions;
import io.github.afterimage.settings.Durability;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The models that a server serves, and their batches. */
public final class ServedModelOptions {
    @Option(names = "--index", paramLabel = "INDEX", description = "An index.")
    private @Nullable Path index;

    @Option(
            names = "--models",
            paramLabel = "DIR",
            description =
                    "A folder: every index in it is served under the name of its file, with the network in the folder that"
                            + " its keys were made with. One that is added later is served too; one that is removed is"
                            + " served until the end.")
    private @Nullable Path folder;

    @Option(
            names = "--demo",
            description =
                    "The network in the repository's folder models with each of the indexes there: cifar10, of photographs, and"
                            + " drawings. Clients may add keys; they go into copies in target, or in .cache in the home, which"
                            + " the next start uses again; delete them to start afresh.")
    private boolean demo;

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description = "With --index: the network, an ONNX file. Without it, requests hold features.")
    private @Nullable Path network;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "With --index: the name of the model in paths; afterimage by default.")
    private @Nullable String name;

    @Option(
            names = "--teach",
            description =
                    "Let clients add and remove keys. Every change is kept in a log beside the index before it is answered;"
                            + " no other process may change the index meanwhile.")
    private boolean taught;

    @Option(
            names = "--watch",
            paramLabel = "SECONDS",
            description =
                    "Look at the files of the models every so many seconds, and replace a model whose files have changed and"
                            + " can be used; 2 by default, 0 for never.")
    private int watch = 2;

    @Mixin
    private AnswerOptions answers;

    @Mixin
    private OpeningOptions opening;

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

    private @Nullable Path copies;

    /** Returns the folder of the copies that keep the keys which clients of the demonstration add, once they are open. */
    public Optional<Path> copies() {
        return Optional.ofNullable(copies);
    }

    /** Opens the models. */
    public Models open() throws IOException {
        if (watch < 0) {
            throw new IllegalArgumentException("--watch " + watch + ": expected 0 or more seconds");
        }
        BatchOptions batches = new BatchOptions()
                .maxBatch(maxBatch)
                .maxDelay(Duration.ofMillis(maxDelay))
                .maxQueued(maxQueued);
        List<ServedModel> served = new ArrayList<>();
        Optional<ModelFolder> models = Optional.ofNullable(folder).map(ModelFolder::new);
        try {
            for (ModelFolder.Found found : found(models)) {
                served.add(open(found, batches));
            }
            Models open = new Models(served);
            if (watch > 0) {
                open.follow(
                        Duration.ofSeconds(watch),
                        present -> models.ifPresent(found -> addTo(present, found, batches)));
            }
            return open;
        } catch (IOException | RuntimeException e) {
            served.forEach(ServedModel::close);
            throw e;
        }
    }

    /** Serves the models that were added to the folder. */
    private void addTo(Models present, ModelFolder from, BatchOptions batches) {
        try {
            for (ModelFolder.Found found : from.added(present::has)) {
                add(present, found, batches);
            }
        } catch (IOException | RuntimeException e) {
            log(System.Logger.Level.WARNING, folder + " cannot be listed: " + e.getMessage());
        }
    }

    private void add(Models present, ModelFolder.Found found, BatchOptions batches) {
        ServedModel model = null;
        try {
            model = open(found, batches);
            present.add(model);
            log(System.Logger.Level.INFO, "serving " + found.name() + " too");
        } catch (IOException | RuntimeException e) {
            if (model != null) {
                model.close();
            }
            log(System.Logger.Level.WARNING, found.index() + " was added and cannot be served: " + e.getMessage());
        }
    }

    private static void log(System.Logger.Level level, String message) {
        System.getLogger(ServedModelOptions.class.getName()).log(level, message);
    }

    private ServedModel open(ModelFolder.Found found, BatchOptions batches) throws IOException {
        try {
            ServedModel served = opened(found, batches);
            if (answers.refuses()) {
                served.refuseUncertain();
            }
            return served;
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(found.index() + ": " + e.getMessage(), e);
        } catch (SaveLock.TakenException e) {
            if (demo) {
                throw new IOException(
                        e.holder() + " uses the copies in " + copies + ", most likely another serve --demo: open the"
                                + " address that it printed, by default http://127.0.0.1:8080, or end it; another --port"
                                + " is not enough, because both would change the copies",
                        e);
            }
            throw e;
        }
    }

    private List<ModelFolder.Found> found(Optional<ModelFolder> models) throws IOException {
        if (index != null && folder == null && !demo) {
            return List.of(
                    new ModelFolder.Found(name == null ? "afterimage" : name, index, Optional.ofNullable(network)));
        }
        if (index == null && (name != null || network != null)) {
            throw new IllegalArgumentException((name != null ? "--name " + name : "--model " + network)
                    + " needs --index: --models and --demo take the names of their files and the networks beside them");
        }
        if (models.isPresent() && index == null && !demo) {
            return models.get().list();
        }
        if (demo && index == null && folder == null) {
            DemoFiles files = DemoFiles.find();
            List<Path> indexes = files.taughtIndexes();
            copies = indexes.get(0).getParent();
            Optional<Path> shared = Optional.of(files.file(DemoFiles.NETWORK));
            return indexes.stream()
                    .map(each -> new ModelFolder.Found(ModelFolder.name(each), each, shared))
                    .toList();
        }
        throw new IllegalArgumentException("--index INDEX, --models DIR or --demo: expected one of them");
    }

    private ServedModel opened(ModelFolder.Found found, BatchOptions batches) throws IOException {
        boolean changes = taught || demo;
        if (found.network().isEmpty()) {
            ModelSource<CacheIndex> source = new ModelSource<>(List.of(found.index()), changes, log -> {
                CacheIndex opened = index(found.index(), log);
                return Resources.guarded(opened, () -> {
                    answers.check(opened.calibration(Calibration.ALONE), found.index(), null);
                    return opened;
                });
            });
            return ServedIndex.open(found.name(), source, batches);
        }
        Path file = found.network().get();
        ModelSource<CacheModel> source = new ModelSource<>(
                List.of(found.index(), file),
                changes,
                log -> answers.open(
                        file,
                        index(found.index(), log),
                        found.index(),
                        opening.threads(),
                        opened -> CacheModel.settings(opened).views()));
        return ServedClassifier.open(found.name(), source, batches);
    }

    private CacheIndex index(Path file, boolean log) throws IOException {
        OpenOptions options = opening.options();
        return CacheIndex.open(file, log ? options.log(Durability.everyChange()) : options);
    }
}
