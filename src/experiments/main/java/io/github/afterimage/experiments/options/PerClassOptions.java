package io.github.afterimage.experiments.options;

import io.github.afterimage.experiments.protocol.TrainingSet;
import io.github.afterimage.model.evaluation.Examples;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A random choice of as many examples of each class. */
public final class PerClassOptions {
    @Option(
            names = "--per-class",
            paramLabel = "N",
            description = "Use N examples of each class, drawn at random by --seed; all by default.")
    private @Nullable Integer count;

    @Mixin
    private SeedOption seed;

    public boolean given() {
        return count != null;
    }

    /** 0 if all examples are used. */
    public int count() {
        return count == null ? 0 : count;
    }

    public long seed() {
        return seed.seed();
    }

    public void check() {
        if (count != null && count < 1) {
            throw new IllegalArgumentException("--per-class " + count + ": expected a positive number");
        }
    }

    /** The rows of a training set that are used. */
    public int[] rows(TrainingSet set) {
        return count == null ? set.rows() : set.rowsPerClass(count, seed());
    }

    /** The examples that are used, each followed by its mirror image if {@code mirrors}. */
    public Examples draw(Examples all, boolean mirrors) {
        if (count == null) {
            return all;
        }
        TrainingSet set = new TrainingSet(all, mirrors ? all.size() / 2 : all.size());
        return set.select(rows(set));
    }
}
