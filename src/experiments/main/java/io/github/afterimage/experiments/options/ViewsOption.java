package io.github.afterimage.experiments.options;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The number of views of an image that the network sees. */
public final class ViewsOption {
    @Option(
            names = "--views",
            paramLabel = "N",
            description =
                    "1: the network sees the image; 2: also its mirror image, in twice the time, and its answer is the mean of"
                            + " both. By default what tune found better, or 2; 1 with --lambda.")
    private @Nullable Integer views;

    /** Returns the number that was given, or else another one. */
    public int or(int other) {
        if (views != null && views != 1 && views != 2) {
            throw new IllegalArgumentException("--views " + views + ": expected 1 or 2");
        }
        return views == null ? other : views;
    }
}
