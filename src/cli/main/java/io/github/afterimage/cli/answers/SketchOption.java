package io.github.afterimage.cli.answers;

import static io.github.afterimage.experiments.report.Text.bytes;
import static io.github.afterimage.experiments.report.Text.count;
import static io.github.afterimage.experiments.report.Text.figure;
import static io.github.afterimage.experiments.report.Text.seconds;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Progress;
import io.github.afterimage.experiments.SketchComparison;
import io.github.afterimage.experiments.SketchComparison.SketchStatistics;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.util.Locale;
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
        report(report, sketched, given, result);
    }

    private void report(Report report, CacheIndex index, double asked, SketchStatistics result) {
        report.table(new Table("lr")
                .row("sketch", bytes("sketchBytes", index.statistics().sketchBytes()))
                .row("asked for", figure("sketchTolerance", asked, "p within " + Format.number(asked)))
                .row("within their half width", share("sketchCovered", result.covered(), result))
                .row("off by more than asked", share("sketchBeyond", result.beyond(), result))
                .row(
                        "greatest error, 99 %",
                        figure(
                                "sketchErrorPercentile99",
                                result.errorPercentile99(),
                                error(result.errorPercentile99())))
                .row("classes unlike the exact answer", count("sketchDiffering", result.differing()))
                .row("by the plain pass", plain(result))
                .row("keys read, mean", count("sketchReadMean", Math.round(result.readMean())))
                .row("keys read, median", count("sketchReadMedian", result.readMedian()))
                .row("keys read, 99 %", count("sketchReadPercentile99", result.readPercentile99()))
                .row("bytes read, of those of keys", bytesRead(index, result))
                .row("time", seconds("sketchSeconds", result.sketchSeconds()))
                .row("time of the plain pass", seconds("sketchPlainSeconds", result.plainSeconds())));
    }

    /** The codes of all keys, a quarter of a byte for each component and a scale, and the keys that were read. */
    private Text bytesRead(CacheIndex index, SketchStatistics result) {
        double codeBytes = components() / 4.0 + Short.BYTES;
        double keyBytes = index.format().keyBytes();
        double share = codeBytes / keyBytes + result.readMean() / index.size();
        return figure("sketchBytesShare", share, Format.percent(share));
    }

    private static String error(double value) {
        return value == 0 || value >= 1e-4 ? Format.number(value) : String.format(Locale.ROOT, "%.0e", value);
    }

    private static Text plain(SketchStatistics result) {
        String share = Format.percent(result.plain() / (double) result.queries());
        boolean all = result.plain() == result.queries();
        return figure("sketchPlain", result.plain(), all ? share + ": the sketch does not pay here" : share);
    }

    private static Text share(String name, long count, SketchStatistics result) {
        return figure(name, count, Format.percent(count / (double) result.queries()));
    }
}
