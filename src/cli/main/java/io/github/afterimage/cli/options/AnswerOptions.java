package io.github.afterimage.cli.options;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.DoubtThreshold;
import io.github.afterimage.cli.output.ProgramJar;
import io.github.afterimage.experiments.options.ViewsOption;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.model.KeySource;
import io.github.afterimage.platform.Resources;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The answers of a model: the views that its network sees, and whether an uncertain one is given. */
public final class AnswerOptions {
    @Mixin
    private ViewsOption views;

    @Option(
            names = "--refuse",
            description =
                    "Give no answer whose doubt, the entropy of the probabilities, is above the threshold that \"tune --save\""
                            + " stored. \"evaluate\" counts how many of your images that refuses.")
    private boolean refuses;

    public boolean refuses() {
        return refuses;
    }

    /**
     * Opens a network with an index, which it takes over.
     *
     * @param usual the number of views unless another one is asked for
     */
    public CacheModel open(Path network, CacheIndex index, Path file, int threads, ToIntFunction<CacheIndex> usual)
            throws IOException {
        return Resources.guarded(index, () -> {
            int seen = views.or(usual.applyAsInt(index));
            check(index.calibration(KeySource.isMemoryAlone(index) ? Calibration.ALONE : seen), file, network);
            return CacheModel.open(
                    network,
                    index,
                    CacheModel.settings(index).withThreads(threads).withViews(seen));
        });
    }

    /**
     * Returns the number of views that the answers to features count.
     *
     * @param usual the number unless another one is asked for
     * @param most the views that the features have
     */
    public int views(int usual, int most) {
        return Math.min(most, views.or(usual));
    }

    /**
     * Fails if answers are to be refused and there is no threshold; the message has the command that stores one.
     *
     * @param chosen the rule of the answers
     * @param file of the index
     * @param network null if the index is queried with features
     */
    public void check(Calibration chosen, Path file, @Nullable Path network) {
        if (!refuses) {
            return;
        }
        try {
            DoubtThreshold unused = chosen.requireDoubt();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("--refuse: " + e.getMessage() + ", as \"afterimage tune --index "
                    + ProgramJar.typed(file)
                    + (network == null ? "" : " --model " + ProgramJar.typed(network))
                    + " --data DATA --save\", where DATA are labelled examples that are not in the index");
        }
    }
}
