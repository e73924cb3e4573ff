package io.github.afterimage.cli.options;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.NoveltyThreshold;
import io.github.afterimage.cli.output.ProgramJar;
import io.github.afterimage.experiments.options.HyperparameterOptions;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.model.KeySource;
import io.github.afterimage.model.network.NetworkSettings;
import io.github.afterimage.platform.Resources;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The answers of an index: theta, lambda and beta, and whether images that are like nothing remembered get one. */
public final class AnswerOptions {
    @Mixin
    private HyperparameterOptions hyperparameters;

    @Option(
            names = "--refuse",
            description =
                    "Give no answer for an image whose novelty is above the threshold that \"tune --save\" stored, and that no"
                            + " key is near: nothing remembered is like it. \"evaluate\" counts how many of your images that refuses.")
    private boolean refuses;

    public boolean refuses() {
        return refuses;
    }

    /** Opens a network with an index, which it takes over. */
    public CacheModel open(Path network, CacheIndex index, Path file, int threads) throws IOException {
        return Resources.guarded(index, () -> {
            Hyperparameters chosen = hyperparameters.resolve(index, !KeySource.isCacheOnly(index));
            check(index, file, network);
            return CacheModel.open(
                    network, index, chosen, NetworkSettings.defaults().withThreads(threads));
        });
    }

    /** @param mixed whether the features have the probabilities of a network */
    public Hyperparameters ofFeatures(CacheIndex index, Path file, boolean mixed) {
        Hyperparameters chosen = hyperparameters.resolve(index, mixed);
        check(index, file, null);
        return chosen;
    }

    /**
     * Fails if images are to be refused and the index has no threshold; the message has the command that stores one.
     *
     * @param file of the index
     * @param network null if the index is queried with features
     */
    private void check(CacheIndex index, Path file, @Nullable Path network) {
        if (!refuses) {
            return;
        }
        try {
            NoveltyThreshold unused = NoveltyThreshold.of(index.attributes(), false);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("--refuse: " + e.getMessage() + ", as \"afterimage tune --index "
                    + ProgramJar.typed(file)
                    + (network == null ? "" : " --model " + ProgramJar.typed(network))
                    + " --data DATA --save\", where DATA are labelled examples that are not in the index");
        }
    }
}
