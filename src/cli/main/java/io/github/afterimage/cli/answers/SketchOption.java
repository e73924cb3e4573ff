package io.github.afterimage.cli.answers;

import static io.github.afterimage.experiments.command.Failure.refuse;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.ElementType;
import io.github.afterimage.Progress;
import io.github.afterimage.Query;
import io.github.afterimage.StoredIndex;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.evaluation.CompatibleIndex;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.Stopwatch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A comparison with answers that are estimated from a sketch of the keys. */
final class SketchOption {
    private static final int COMPONENTS = 128;
    private static final int STEP = 32;

    /** Maximum error of a probability from a pass that does not round queries. */
    private static final double ROUNDING = 2e-5;

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
            description =
                    "Principal components of the sketch, a multiple of 32; by default as many as the index was saved with,"
                            + " or 128, or as many as its keys allow.")
    private @Nullable Integer components;

    boolean given() {
        return tolerance != null;
    }

    /** The components of the sketch; 0 if none is asked for. */
    int components(Path index) throws IOException {
        // A sketch that keys do not allow is refused when they are opened.
        return tolerance == null
                ? 0
                : components == null ? Math.max(STEP, componentsOf(index, "--sketch")) : components;
    }

    /**
     * The components of the sketch that an index was saved with, or those of a new one; 0 if its keys are too short or too few.
     *
     * @param option that asks for a sketch, for messages
     */
    static int componentsOf(Path index, String option) throws IOException {
        int saved = StoredIndex.contents(index).sketchComponents();
        if (saved > 0) {
            return saved;
        }
        try (StoredIndex stored = StoredIndex.open(index, false)) {
            int most = (int) Math.min(COMPONENTS, Math.min(stored.dim(), stored.size()));
            refuse(
                    most >= STEP && stored.type() == ElementType.INT8,
                    option + " with i8 keys: " + index
                            + " can have no sketch to estimate from, which is for f32, f16 and bf16; leave "
                            + option + " out, or use an index that \"convert --dtype bf16\" makes");
            return most / STEP * STEP;
        }
    }

    void check() {
        refuse(
                components != null && (components <= 0 || components % STEP != 0),
                "--sketch-components " + components + ": expected a multiple of 32");
        refuse(components != null && tolerance == null, "--sketch-components is for --sketch: add it");
        refuse(
                tolerance != null && !(tolerance >= 1e-4 && tolerance < 1),
                "--sketch " + tolerance + ": expected 1e-4 or more and less than 1");
    }

    /**
     * Queries an index with every example twice, by its sketch and by the plain pass, one query at a time, and reports times and
     * answers; a tolerance must be given. Reducing the queries is not timed, nor is the first query by the sketch, for which the
     * index measures how wide intervals must be.
     *
     * @throws IllegalArgumentException if the examples do not fit the index
     */
    void compare(Report report, CacheIndex sketched, Examples examples, double theta, Progress progress)
            throws IOException {
        double asked = Objects.requireNonNull(tolerance);
        CacheIndex index = CompatibleIndex.of(sketched, examples);
        CacheIndex reduced = index.withoutReduction();
        // Its queries are not rounded, so that answers can be compared with its answers.
        CacheIndex precise =
                reduced.withEngine(sketched.engine().precise(sketched.format().type()));
        Stopwatch sketch = new Stopwatch();
        Stopwatch plain = new Stopwatch();
        int queries = examples.size();
        long[] read = new long[queries];
        double[] errors = new double[queries];
        int[] counts = new int[4]; // covered, beyond the tolerance, of another class, by the plain pass
        examples.forEachBatch(1, progress, batch -> {
            float[] rows = index.encode(batch.features());
            Query query = Query.of(rows).thetas(theta).tolerance(asked);
            if (batch.first() == 0) {
                reduced.answer(query); // measures intervals
            }
            sketch.start();
            Answer.Row estimated = reduced.answer(query).row(0);
            sketch.stop();
            plain.start();
            Answer rounded = reduced.query(rows, theta);
            plain.stop();
            Answer.Row expected = (precise.engine() == reduced.engine() ? rounded : precise.query(rows, theta)).row(0);
            double error = IntStream.range(0, rounded.width())
                    .mapToDouble(c -> Math.abs((double) estimated.probability(c) - expected.probability(c)))
                    .max()
                    .orElse(0);
            read[batch.first()] = estimated.keysRead();
            errors[batch.first()] = error;
            counts[0] += error <= estimated.halfWidth() + ROUNDING ? 1 : 0;
            counts[1] += error <= asked + ROUNDING ? 0 : 1;
            counts[2] += estimated.best() == expected.best() ? 0 : 1;
            counts[3] += estimated.keysRead() == rounded.keys() ? 1 : 0;
        });
        double mean = Arrays.stream(read).average().orElse(0);
        Arrays.sort(read);
        Arrays.sort(errors);
        int percentile99 = (int) (queries * 99L / 100);
        // The codes of all keys, a quarter of a byte for each component and a scale, and the keys that were read.
        double bytesShare =
                (sketched.statistics().sketchBytes() + mean * sketched.format().keyBytes())
                        / sketched.size()
                        / sketched.format().keyBytes();
        report.table(new Table("lr")
                .row("sketch", Text.bytes("sketchBytes", sketched.statistics().sketchBytes()))
                .row("asked for", Text.figure("sketchTolerance", asked, "p within " + Format.number(asked)))
                .row("within their half width", share("sketchCovered", counts[0], queries))
                .row("off by more than asked", share("sketchBeyond", counts[1], queries))
                .row(
                        "greatest error, 99 %",
                        Text.figure("sketchErrorPercentile99", errors[percentile99], error(errors[percentile99])))
                .row("classes unlike the exact answer", Text.count("sketchDiffering", counts[2]))
                .row(
                        "by the plain pass",
                        Text.of(
                                "%s%s",
                                share("sketchPlain", counts[3], queries),
                                counts[3] == queries ? ": the sketch does not pay here" : ""))
                .row("keys read, mean", Text.count("sketchReadMean", Math.round(mean)))
                .row("keys read, median", Text.count("sketchReadMedian", read[queries / 2]))
                .row("keys read, 99 %", Text.count("sketchReadPercentile99", read[percentile99]))
                .row("bytes read, of those of keys", Text.percent("sketchBytesShare", bytesShare))
                .row("time", Text.seconds("sketchSeconds", sketch.seconds()))
                .row("time of the plain pass", Text.seconds("sketchPlainSeconds", plain.seconds())));
    }

    private static String error(double value) {
        return value == 0 || value >= 1e-4 ? Format.number(value) : String.format(Locale.ROOT, "%.0e", value);
    }

    private static Text share(String name, int count, int queries) {
        return Text.figure(name, count, Format.percent(count / (double) queries));
    }
}
