package io.github.afterimage.cli.options;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.LogMassThreshold;
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

    /** Fails if images are to be refused and the index has no threshold for θ. */
    public void check(CacheIndex index, double theta) {
        if (given) {
            LogMassThreshold unused = LogMassThreshold.of(index, theta);
        }
    }
}
