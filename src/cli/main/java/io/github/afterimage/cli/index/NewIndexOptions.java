package io.github.afterimage.cli.index;

import io.github.afterimage.experiments.options.SampleOption;
import io.github.afterimage.model.evaluation.ComponentTrainer;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.settings.ElementType;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The index that a command writes, and the form of its keys. */
final class NewIndexOptions {
    @Option(
            names = "--reduce",
            paramLabel = "SPEC",
            description =
                    "Make keys shorter: pca:DIM (learned; shortest at the same accuracy), whiten:DIM (the same, then scaled by "
                            + "the scatter within the classes, which is learned from the labels; a better memory, and with as many "
                            + "values as keys have, it does not shorten them), whiten:DIM:epsilon=0.3 (1e-6 to 1e6, 1 by default), or "
                            + "a random projection, gaussian:DIM or hadamard:DIM; "
                            + ":seed=N may follow. build also takes auto, see --tuning.")
    private @Nullable String reduction;

    @Mixin
    private SampleOption sample;

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            description =
                    "Type of the stored keys: f32 (the default of build), f16, bf16 or i8; convert keeps the type by default.")
    private @Nullable String type;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "INDEX",
            description = "The file to write; it is replaced when the new one is complete.")
    private Path file;

    /** Returns true if build is to choose. */
    boolean isAuto() {
        return "auto".equals(reduction);
    }

    /** @throws IllegalArgumentException if the reduction is unknown, or --sample is given without one that learns */
    Optional<Reduction> reduction() {
        Optional<Reduction> parsed = Optional.ofNullable(reduction).map(Reduction::parse);
        if (sample.given() && !parsed.map(Reduction::learned).orElse(false)) {
            throw new IllegalArgumentException(
                    "--sample is for --reduce pca:DIM and whiten:DIM: nothing else learns from examples");
        }
        sample();
        return parsed;
    }

    /** The number of examples to learn from. */
    int sample() {
        return sample.count(ComponentTrainer.DEFAULT_SAMPLE);
    }

    Path file() {
        return file;
    }

    /** The type; empty if none is given. */
    Optional<ElementType> type() {
        return Optional.ofNullable(type).map(ElementType::named);
    }
}
