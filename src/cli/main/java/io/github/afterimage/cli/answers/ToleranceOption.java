package io.github.afterimage.cli.answers;

import static io.github.afterimage.experiments.command.Failure.refuse;

import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Answers that may be estimated from a sketch of the keys. */
final class ToleranceOption {
    @Option(
            names = "--tolerance",
            paramLabel = "P",
            description =
                    "Estimate the memory's probabilities within P (1e-4 or more, less than 1; such as 0.01) with 99 %% confidence,"
                            + " from the sketch that the index was saved with, or one of at most 128 components that is made first. Reads few"
                            + " keys of many, and all where that is faster, as for many images at once, or a key has fewer than 32 numbers. Shows no nearest keys; not for"
                            + " i8 keys, and without effect with a class factor.")
    private @Nullable Double tolerance;

    boolean given() {
        return tolerance != null;
    }

    void check() {
        refuse(
                tolerance != null && !(tolerance >= 1e-4 && tolerance < 1),
                "--tolerance " + tolerance + ": expected 1e-4 or more and less than 1");
    }

    /** Drops the tolerance, with a warning, where a class factor makes every answer exact. */
    void dropBeside(double beta, Report report) {
        if (tolerance != null && beta > 0) {
            report.warning("--tolerance has no effect: with a class factor (beta " + Format.number(beta)
                    + ") every answer is exact");
            tolerance = null;
        }
    }

    /** The greatest half width; 0 for exact answers. */
    double value() {
        return tolerance == null ? 0 : tolerance;
    }

    /** The components of the sketch that an index needs; 0 for none. */
    int components(Path index) throws IOException {
        return tolerance == null ? 0 : SketchOption.componentsOf(index, "--tolerance");
    }
}
