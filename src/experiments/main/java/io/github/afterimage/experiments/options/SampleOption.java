package io.github.afterimage.experiments.options;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The number of examples that a learned reduction learns from. */
public final class SampleOption {
    @Option(
            names = "--sample",
            paramLabel = "N",
            description =
                    "Number of examples that pca and whiten learn from, spread evenly over the data; 10,000 by default,"
                            + " 3,000 in the paper's experiments.")
    private @Nullable Integer count;

    public boolean given() {
        return count != null;
    }

    /** @param otherwise the number if none is given */
    public int count(int otherwise) {
        if (count != null && count < 1) {
            throw new IllegalArgumentException("--sample " + count + ": expected a positive number");
        }
        return count == null ? otherwise : count;
    }
}
