package io.github.afterimage.experiments.paper;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.Capacity;
import io.github.afterimage.ElementType;
import io.github.afterimage.engine.Engine;
import io.github.afterimage.model.evaluation.ComponentTrainer;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.Progress;
import io.github.afterimage.reduce.Reduction;
import java.io.IOException;

/**
 * How an experiment makes an index.
 *
 * @param reduction null for full keys
 * @param sample how many examples a learned reduction learns from, at the most
 */
public record IndexRecipe(Reduction reduction, int sample, ElementType type, Engine engine, int threads) {

    /** All that keys depend on, in one line: finished parts are found by it, so that it stays as it is. */
    String text() {
        return (reduction == null ? "full" : reduction.toString() + (learns() ? " of " + sample : "")) + " "
                + type.shortName();
    }

    /** True where keys are reduced by what is learned from examples. */
    public boolean learns() {
        return reduction != null && reduction.learned();
    }

    /** The same without a reduction. */
    public IndexRecipe full() {
        return new IndexRecipe(null, sample, type, engine, threads);
    }

    /**
     * An empty index for such keys; keys that are no longer than the reduction are left as they are.
     *
     * @param learnFrom what a learned reduction learns from
     */
    public CacheIndex build(Examples learnFrom, long expectedKeys, Progress progress) throws IOException {
        return build(learnFrom, expectedKeys, Capacity.keepAll(), progress);
    }

    /** The same with room for some keys only. */
    CacheIndex build(Examples learnFrom, long expectedKeys, Capacity capacity, Progress progress) throws IOException {
        CacheIndexBuilder builder =
                builder(learnFrom.dim(), learnFrom.classes(), expectedKeys).capacity(capacity);
        if (reduction != null && (reduction.byTolerance() || reduction.dim() < learnFrom.dim())) {
            if (reduction.learned()) {
                builder.reduce(ComponentTrainer.train(reduction, learnFrom, sample, threads, progress)
                        .components());
            } else {
                builder.reduce(reduction);
            }
        }
        return builder.build();
    }

    /** An empty index for keys that are as long as they shall be. */
    CacheIndex build(int dim, int classes, long expectedKeys) {
        return builder(dim, classes, expectedKeys).build();
    }

    private CacheIndexBuilder builder(int dim, int classes, long expectedKeys) {
        return CacheIndex.builder(dim, classes)
                .type(type)
                .engine(engine)
                .threads(threads)
                .expectedKeys(expectedKeys);
    }
}
