package io.github.afterimage.experiments.options;

import picocli.CommandLine.Option;

/** The seed of random choices. */
public final class SeedOption {
    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Seed of all random choices; ${DEFAULT-VALUE} by default.")
    private long seed = 1;

    public long seed() {
        return seed;
    }
}
