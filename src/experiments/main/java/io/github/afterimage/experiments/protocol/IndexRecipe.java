package io.github.afterimage.experiments.protocol;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.Engine;
import io.github.afterimage.Progress;
import io.github.afterimage.model.evaluation.ComponentTrainer;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.reduce.LearnedReducer;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.settings.ElementType;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The properties of the indexes that an experiment makes.
 *
 * @param reduction the reduction of keys; null for full keys
 * @param sample the maximum number of examples that a learned reduction learns from
 */
public record IndexRecipe(@Nullable Reduction reduction, int sample, ElementType type, Engine engine, int threads) {

    /** Describes everything that keys depend on in one line. Finished parts are found by this text, so it must not change. */
    public String text() {
        return (reduction == null ? "full" : reduction.toString() + (learns() ? " of " + sample : "")) + " "
                + type.shortName();
    }

    /** Returns whether the reduction is learned from examples. */
    public boolean learns() {
        return reduction != null && reduction.learned();
    }

    /** Returns the same recipe without a reduction. */
    public IndexRecipe full() {
        return with(null, sample);
    }

    /** Returns the same recipe with another reduction, null for none, that learns from so many examples. */
    public IndexRecipe with(@Nullable Reduction other, int otherSample) {
        return new IndexRecipe(other, otherSample, type, engine, threads);
    }

    /**
     * Makes an empty index. Keys that are no longer than the reduction are not reduced.
     *
     * @param learnFrom the examples that a learned reduction learns from
     */
    public CacheIndex build(Examples learnFrom, long expectedKeys, Progress progress) throws IOException {
        return builder(learnFrom, learnFrom.classes(), progress)
                .expectedKeys(expectedKeys)
                .build();
    }

    /** Prepares an index of the keys that a learned reduction learns from, or of more. */
    public CacheIndexBuilder builder(Examples learnFrom, int classes, Progress progress) throws IOException {
        CacheIndexBuilder builder = builder(learnFrom.dim(), classes, learnFrom.size());
        Reduction fitting = fitting(learnFrom.dim());
        if (fitting != null && fitting.learned()) {
            builder.reduce(ComponentTrainer.train(fitting, learnFrom, sample, threads, progress)
                    .components());
        } else if (fitting != null) {
            builder.reduce(fitting);
        }
        return builder;
    }

    /** Returns the reduction for keys of {@code dim} values; null if they stay as they are. */
    @Nullable
    public Reduction fitting(int dim) {
        return reduction == null ? null : reduction.fitting(dim).orElse(null);
    }

    /** Makes an empty index with a reduction that was learned, which the index closes; or else with a random one that fits. */
    public CacheIndex build(int dim, int classes, @Nullable LearnedReducer learned) {
        CacheIndexBuilder builder = builder(dim, classes, 1);
        Reduction fitting = fitting(dim);
        if (learned != null) {
            builder.reduce(learned);
        } else if (fitting != null && !fitting.learned()) {
            builder.reduce(fitting);
        }
        return builder.build();
    }

    /** Returns a builder of indexes without a reduction. */
    public CacheIndexBuilder builder(int dim, int classes, long expectedKeys) {
        return new CacheIndexBuilder(dim, classes)
                .type(type)
                .engine(engine)
                .threads(threads)
                .expectedKeys(expectedKeys);
    }

    /** Returns whether keys are whitened within the classes. */
    public boolean whitens() {
        return reduction != null && reduction.whitens();
    }
}
