package io.github.afterimage.cli;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Progress;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.cli.output.SketchReport;
import io.github.afterimage.experiments.SketchComparison;
import io.github.afterimage.experiments.SketchStatistics;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A comparison with answers that are estimated from a sketch of the keys. */
final class SketchOption {
    private static final int COMPONENTS = 128;
    private static final int STEP = 32;

    @Option(
            names = "--sketch",
            arity = "0..1",
            fallbackValue = "0.01",
            paramLabel = "TOLERANCE",
            description =
                    "Also estimate the answer to every example from a sketch of the keys, codes of their principal components, and"
                            + " from keys drawn at random, until probabilities are within TOLERANCE (1e-4 or more, less than 1; 0.01 by default) with 99 %%"
                            + " confidence. Reports how often they are, how many keys were read, and the time beside that of the plain"
                            + " pass. Not for i8 keys.")
    private @Nullable Double tolerance;

    @Option(
            names = "--sketch-components",
            paramLabel = "N",
            description = "Principal components of the sketch, a multiple of 32; 128 by default.")
    private @Nullable Integer components;

    boolean given() {
        return tolerance != null;
    }

    /** The components of the sketch; 0 if none is asked for. */
    int components() {
        return tolerance == null ? 0 : components == null ? COMPONENTS : components;
    }

    void check() {
        if (components != null && (components <= 0 || components % STEP != 0)) {
            throw new IllegalArgumentException("--sketch-components " + components + ": expected a multiple of 32");
        }
        if (components != null && tolerance == null) {
            throw new IllegalArgumentException("--sketch-components is for --sketch: add it");
        }
        if (tolerance != null && !(tolerance >= 1e-4 && tolerance < 1)) {
            throw new IllegalArgumentException("--sketch " + tolerance + ": expected 1e-4 or more and less than 1");
        }
    }

    /** Compares and reports; a tolerance must be given. */
    void compare(Report report, CacheIndex sketched, Examples examples, double theta, Progress progress)
            throws IOException {
        double given = Objects.requireNonNull(tolerance);
        SketchStatistics result = new SketchComparison(sketched, examples).run(theta, given, progress);
        SketchReport.report(report, sketched, components(), given, result);
    }
}
