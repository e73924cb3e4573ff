package io.github.afterimage.cli;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Progress;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.cli.output.ScreenReport;
import io.github.afterimage.experiments.ScreenComparison;
import io.github.afterimage.experiments.ScreenStatistics;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A comparison with answers from a screen of the keys. */
final class ScreenOption {
    private static final int BITS = 8;

    @Option(
            names = "--screen",
            arity = "0..1",
            fallbackValue = "1",
            paramLabel = "TOLERANCE",
            description =
                    "Also answer every example from a screen of the keys, a copy of 8 or 4 bits for each number. The class is certain; probabilities"
                            + " are within TOLERANCE (1e-6 to 1) if one is given; a small one takes longer than the plain pass."
                            + " Reports how many keys had to be read in their stored type, and the time beside that of the"
                            + " plain pass. Not for i8 keys.")
    private @Nullable Double tolerance;

    @Option(
            names = "--screen-bits",
            paramLabel = "BITS",
            description = "Bits for each number of the screen: 8 (by default) or 4.")
    private @Nullable Integer bits;

    boolean given() {
        return tolerance != null;
    }

    /** The bits of the screen; 0 if none is asked for. */
    int bits() {
        return tolerance == null ? 0 : bits == null ? BITS : bits;
    }

    void check() {
        if (bits != null && bits != 4 && bits != BITS) {
            throw new IllegalArgumentException("--screen-bits " + bits + ": expected 8 or 4");
        }
        if (bits != null && tolerance == null) {
            throw new IllegalArgumentException("--screen-bits is for --screen: add it");
        }
        if (tolerance != null && !(tolerance >= 1e-6 && tolerance <= 1)) {
            throw new IllegalArgumentException("--screen " + tolerance + ": expected 1e-6 to 1");
        }
    }

    /** Compares and reports; a tolerance must be given. */
    void compare(Report report, CacheIndex screened, Examples examples, double theta, Progress progress)
            throws IOException {
        double given = Objects.requireNonNull(tolerance);
        ScreenStatistics result = new ScreenComparison(screened, examples).run(theta, given, progress);
        ScreenReport.report(report, screened, given, result);
    }
}
