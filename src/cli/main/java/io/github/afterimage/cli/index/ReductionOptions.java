package io.github.afterimage.cli.index;

import io.github.afterimage.experiments.options.SampleOption;
import io.github.afterimage.model.evaluation.ComponentTrainer;
import io.github.afterimage.reduce.Reduction;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The reduction of keys. */
public final class ReductionOptions {
    @Option(
            names = "--reduce",
            paramLabel = "SPEC",
            description =
                    "Make keys shorter: pca:DIM (learned; shortest at the same accuracy), whiten:DIM (the same, then scaled by "
                            + "the scatter within the classes, which is learned from the labels; a better memory, and with as many "
                            + "values as keys have, it does not shorten them), whiten:DIM:epsilon=0.3 (1e-6 to 1e6, 1 by default), or "
                            + "a random projection, gaussian:DIM, achlioptas:DIM, sparse:DIM, hadamard:DIM or gaussian:eps=0.1; "
                            + ":seed=N may follow. build also takes auto, see --tuning.")
    private @Nullable String text;

    @Mixin
    private SampleOption sample;

    /** Returns true if build is to choose. */
    boolean isAuto() {
        return "auto".equals(text);
    }

    /** @throws IllegalArgumentException if the reduction is unknown, or --sample is given without one that learns */
    public Optional<Reduction> reduction() {
        Optional<Reduction> reduction = Optional.ofNullable(text).map(Reduction::parse);
        if (sample.given() && !reduction.map(Reduction::learned).orElse(false)) {
            throw new IllegalArgumentException(
                    "--sample is for --reduce pca:DIM and whiten:DIM: nothing else learns from examples");
        }
        sample();
        return reduction;
    }

    /** The number of examples to learn from. */
    public int sample() {
        return sample.count(ComponentTrainer.DEFAULT_SAMPLE);
    }
}
