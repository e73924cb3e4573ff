package io.github.afterimage.cli.options;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.cli.output.ProgramJar;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whether images that are like nothing remembered get no answer. */
public final class RefuseOption {
    @Option(
            names = "--refuse",
            order = 8,
            description =
                    "Give no answer for an image whose log mass is below the threshold that \"tune --save\" stored: nothing"
                            + " remembered is like it. \"novelty\" measures how many images of other kinds that refuses.")
    private boolean given;

    public boolean given() {
        return given;
    }

    /**
     * Fails if images are to be refused and the index has no threshold for θ; the message has the command that stores one.
     *
     * @param chosen for the query
     * @param file of the index
     * @param network null if the index is queried with features
     */
    public void check(CacheIndex index, Hyperparameters chosen, Path file, @Nullable Path network) {
        double theta = chosen.theta();
        if (!given || index.logMassThreshold(theta).isPresent()) {
            return;
        }
        String command = "\"afterimage tune --index " + ProgramJar.typed(file)
                + (network == null ? "" : " --model " + ProgramJar.typed(network))
                + " --data DATA --theta " + theta
                + (chosen.lambda() == 1 ? "" : " --lambda " + chosen.lambda()) // alone, a cache has no lambda
                + " --save\", where DATA are labelled examples that are not in the index";
        throw new IllegalArgumentException(tuned(index)
                .map(Hyperparameters::theta)
                .filter(stored -> index.logMassThreshold(stored).isPresent())
                .map(stored -> "--refuse with theta " + theta + ": the threshold of the index is for theta " + stored
                        + ": query with that, or replace it with " + command)
                .orElse("--refuse: the index has no threshold of the log mass: store one with " + command));
    }

    private static Optional<Hyperparameters> tuned(CacheIndex index) {
        try {
            return Optional.of(Hyperparameters.of(index));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
