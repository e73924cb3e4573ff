package io.github.afterimage.cli.options;

import io.github.afterimage.model.evaluation.ComponentTrainer;
import io.github.afterimage.reduce.Reduction;
import java.util.Optional;
import picocli.CommandLine.Option;

/** How keys are made shorter. */
public final class ReductionOptions {
    @Option(
            names = "--reduce",
            order = 25,
            paramLabel = "SPEC",
            description =
                    "Make keys shorter: pca:DIM (learned; shortest at the same accuracy), or a random projection, "
                            + "gaussian:DIM, achlioptas:DIM, sparse:DIM, hadamard:DIM or gaussian:eps=0.1; :seed=N may follow.")
    private String text;

    @Option(
            names = "--sample",
            order = 26,
            paramLabel = "N",
            description = "How many examples pca learns from, spread evenly over the data; 10,000 by default.")
    private Integer sample;

    /** Empty where none was asked for. */
    public Optional<Reduction> reduction() {
        Optional<Reduction> reduction = Optional.ofNullable(text).map(Reduction::parse);
        if (sample != null && !reduction.map(Reduction::learned).orElse(false)) {
            throw new IllegalArgumentException("--sample is for --reduce pca:DIM: nothing else learns from examples");
        }
        if (sample != null && sample < 1) {
            throw new IllegalArgumentException("--sample " + sample + ": expected a positive number");
        }
        return reduction;
    }

    public int sample() {
        return sample == null ? ComponentTrainer.DEFAULT_SAMPLE : sample;
    }
}
