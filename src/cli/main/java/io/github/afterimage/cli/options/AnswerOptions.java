package io.github.afterimage.cli.options;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.answer.NoveltyThreshold;
import io.github.afterimage.cli.output.ProgramJar;
import io.github.afterimage.experiments.options.ViewsOption;
import io.github.afterimage.model.CacheModel;
import io.github.afterimage.platform.Resources;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The answers of a model: the views that its network sees, and whether images that are like nothing remembered get one. */
public final class AnswerOptions {
    @Mixin
    private ViewsOption views;

    @Option(
            names = "--refuse",
            description =
                    "Give no answer for an image whose novelty is above the threshold that \"tune --save\" stored, and that no"
                            + " key is near: nothing remembered is like it. \"evaluate\" counts how many of your images that refuses.")
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
            check(index, file, network);
            return CacheModel.open(
                    network,
                    index,
                    CacheModel.settings(index).withThreads(threads).withViews(views.or(usual.applyAsInt(index))));
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

    /** Fails if rows of features are to be refused, and the index has no threshold. */
    public CacheIndex checked(CacheIndex index, Path file) {
        check(index, file, null);
        return index;
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
