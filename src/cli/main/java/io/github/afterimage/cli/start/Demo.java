package io.github.afterimage.cli.start;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheReader;
import io.github.afterimage.Progress;
import io.github.afterimage.answer.AnswerRule;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.Tuner;
import io.github.afterimage.cli.options.DemoFiles;
import io.github.afterimage.cli.output.ErrorReport;
import io.github.afterimage.experiments.ClassErrors;
import io.github.afterimage.experiments.EngineComparison;
import io.github.afterimage.experiments.EngineComparison.EngineTiming;
import io.github.afterimage.experiments.ErrorCounts;
import io.github.afterimage.experiments.ErrorCounts.Voice;
import io.github.afterimage.experiments.PrequentialErrors;
import io.github.afterimage.experiments.PrequentialErrors.Batch;
import io.github.afterimage.experiments.lessons.NewClasses;
import io.github.afterimage.experiments.lessons.StoredLessons;
import io.github.afterimage.experiments.report.BarChart;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.IndexText;
import io.github.afterimage.experiments.report.LineChart;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.RuleText;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.IndexFiller;
import io.github.afterimage.settings.ElementType;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * The measurements of {@code demo} with the network and the index in models/, in four acts, each of which it reports. In the second,
 * the index learns blurred images while they arrive.
 */
final class Demo {
    private static final double[] BLURRED_THETAS = {20, 28, 40, 56, 80};
    private static final int BATCH = 500;

    /** Pictures that no lesson should change: as few as are asked a hundred times in some seconds. */
    private static final int OTHERS = 500;

    /** Pictures of a class that is taken away. */
    private static final int[] FEW = {1, 5, 20};

    private static final long SEED = 1;

    /** As few as keep the reference below a second or two; the other engines are near their best rate. */
    private static final int QUERIES = 64;

    /** Percentage points of error for each sign of a bar. */
    private static final int POINTS_PER_SIGN = 2;

    /** Maximum number of classes in the chart; those that change most are shown. */
    private static final int CLASSES_SHOWN = 20;

    /** From models/README.md. */
    private static final String FLOAT32 =
            " For the index of this project, float32 keys make as many errors and are no faster (models/README.md, Accuracy).";

    private final DemoFiles files;
    private final CacheReader index;
    private final CacheIndex learner;
    private final FeatureSet test;
    private final FeatureSet blurred;
    private final Calibration tuned;
    private final Progress progress;

    /**
     * @param index a snapshot of {@code learner}
     * @param test images that neither the network nor the index has seen
     * @param blurred the first of these images, blurred; become keys of {@code learner}
     */
    Demo(
            DemoFiles files,
            CacheReader index,
            CacheIndex learner,
            FeatureSet test,
            FeatureSet blurred,
            Progress progress) {
        if (blurred.size() >= test.size()) {
            throw new IllegalArgumentException(
                    blurred.name() + " has " + blurred.size() + " images: expected fewer than the " + test.size()
                            + " of " + test.name() + ", because the others stay clean");
        }
        this.files = files;
        this.index = index;
        this.learner = learner;
        this.test = test;
        this.blurred = blurred;
        this.progress = progress;
        tuned = index.calibration();
    }

    /**
     * Teaches pictures one at a time, and a class that is taken away.
     *
     * @param taught a copy of the index, which changes
     * @param lessons images of {@code test} that are answered wrong, each in all forms, which are among the first of them
     */
    void lessons(Report report, CacheIndex taught, FeatureSet lessons) throws IOException {
        Examples tested = Examples.of(test);
        int[] others = IntStream.range(blurred.size(), test.size()).toArray();
        report.heading("1. Lessons: a picture that was taught is known");
        new StoredLessons(taught, Examples.of(lessons))
                .report(report, tested.select(Arrays.copyOf(others, Math.min(OTHERS, others.length))), progress);
        int last = index.classes() - index.format().spareClasses() - 1;
        NewClasses fresh = new NewClasses(taught, 1, tested, row -> learn(taught, tested, row), SEED);
        report.line("")
                .line(
                        "A class that the network does not have: its output for %s and the keys of that class are taken away. Then"
                                + " some of its pictures are taught, and others are asked, as are those of the other classes.",
                        Text.value("newClass", index.classNames().get(last)))
                .list("newClassTaught", fresh.table(others, FEW, progress));
    }

    private static void learn(CacheIndex taught, Examples examples, int row) throws IOException {
        IndexFiller.fill(taught, examples.select(new int[] {row}), Progress.NONE);
    }

    /**
     * Counts the errors of the network, alone and with its memory.
     *
     * @return the errors of each
     */
    BarChart errors(Report report) throws IOException {
        ErrorCounts counts = new ErrorCounts();
        ClassErrors classes = new ClassErrors();
        new Evaluation(index, Examples.of(test)).predict(tuned, alone(), progress, prediction -> {
            counts.add(prediction);
            classes.add(prediction);
        });
        BarChart errors = errors(counts);
        report.heading("3. Without a lesson: what the memory of the training adds")
                .line(
                        "%s, %s%s",
                        IndexText.keys(index),
                        Text.bytes("bytes", Files.size(files.file(DemoFiles.INDEX))),
                        Text.hidden("index", files.file(DemoFiles.INDEX).toString()))
                .line(
                        "%s that neither has seen; %s",
                        Text.count("examples", counts.examples(), "test image"), RuleText.of(tuned))
                .onPage(page -> page.paragraph(
                                "The network answers with a probability for each class. So does the memory: every"
                                        + " key, the remembered activations of one training image, speaks for the class of its image, and similar"
                                        + " keys count more. Together they answer with the product of both, each to a power that labelled"
                                        + " images chose when the index was made.")
                        .chart(errors));
        ErrorReport.report(report, counts, tuned.views());
        report.note(
                        "Corrected: wrong in the network on one view, right here. Broken: the reverse. McNemar's test compares two answers to the"
                                + " same images.")
                .onPage(page -> page.subheading("Who gains")
                        .paragraph(
                                "Images of each class that the network, on as many views, gets wrong and both together right, less"
                                        + " the reverse.")
                        .chart(classes(classes)));
        return errors;
    }

    private AnswerRule alone() {
        return index.calibration(Calibration.ALONE).rule();
    }

    private BarChart errors(ErrorCounts counts) {
        BarChart chart = new BarChart();
        bar(chart, counts, Voice.NETWORK, "network");
        if (tuned.views() > 1) {
            bar(chart, counts, Voice.AVERAGED, "network, two views");
        }
        bar(chart, counts, Voice.TOGETHER, "together");
        return chart;
    }

    private static void bar(BarChart chart, ErrorCounts counts, Voice voice, String name) {
        chart.bar(
                name, 100 * counts.error(voice), Format.percent(counts.error(voice)), counts.errors(voice) + " errors");
    }

    /** Learns blurred images, and counts the errors on them and on the others, which are clean. */
    void stream(Report report) throws IOException {
        Examples others = Examples.of(test)
                .select(IntStream.range(blurred.size(), test.size()).toArray());
        BitSet before = errors(others, tuned);
        PrequentialErrors learned =
                PrequentialErrors.measure(learner, Examples.of(blurred), BATCH, new Tuner(BLURRED_THETAS), progress);
        BitSet after = errors(others, tuned);
        Gain clean = Gain.of(before, after, others.size());
        AnswerRule last = learned.last().used();
        int swapped = errors(others, Calibration.of(last, tuned.views())).cardinality();
        ErrorCounts all = learned.all();
        report.heading("2. Learning while it runs: a camera is out of focus")
                .line(
                        "%s arrive. Each batch is predicted, then its images become keys with their labels. The rule for a"
                                + " batch is fitted to the batches before it.",
                        Text.count("blurred.examples", all.examples(), "blurred image"))
                .onPage(page -> page.chart(learning(learned.batches())))
                .list("blurred.batches", batches(learned))
                .line("")
                .line(words(clean, before.cardinality(), after.cardinality()))
                .line("That is with the rule of the index. With the rule that is fitted to the blurred images, "
                        + Format.count(swapped)
                        + " clean images would be wrong: all cameras share one memory, but each is tuned by itself.")
                .field("blurred.networkErrors", all.errors(Voice.NETWORK))
                .field("blurred.togetherErrors", all.errors(Voice.TOGETHER))
                .field("clean.examples", clean.examples())
                .field("clean.errorsBefore", before.cardinality())
                .field("clean.errorsAfter", after.cardinality())
                .field("clean.corrected", clean.corrected())
                .field("clean.broken", clean.broken())
                .field("clean.errorsTunedOnBlurred", swapped);
    }

    /** Tells what learning the blurred images does to clean ones. */
    private static String words(Gain clean, int before, int after) {
        String verdict = clean.isClearLoss() ? "suffer" : clean.isClear() ? "gain" : "do not suffer";
        String wrong = "Clean images " + verdict + ": of " + Format.count(clean.examples()) + " others, "
                + Format.count(before) + " are wrong before and " + Format.count(after) + " after";
        return clean.changes() == 0
                ? wrong + ", and no answer changes between right and wrong."
                : wrong + " (95 % interval of the difference: "
                        + difference(clean.fewerErrors().high()) + " to "
                        + difference(clean.fewerErrors().low()) + ").";
    }

    /** {@code 12 fewer}, {@code 3 more}. */
    private static String difference(double fewer) {
        return Format.count(Math.round(Math.abs(fewer))) + (fewer > 0 ? " fewer" : " more");
    }

    private static Table batches(PrequentialErrors curve) {
        Table table = new Table("rrrt").row("keys added", "network", "together", "");
        for (Batch batch : curve.batches()) {
            ErrorCounts errors = batch.errors();
            table.row(
                            Text.count("learned", batch.learned()),
                            Text.percent("networkError", errors.error(Voice.NETWORK)),
                            Text.percent("togetherError", errors.error(Voice.TOGETHER)),
                            "#".repeat((int) Math.round(100 * errors.error(Voice.TOGETHER) / POINTS_PER_SIGN)))
                    .field("examples", errors.examples())
                    .field("networkErrors", errors.errors(Voice.NETWORK))
                    .field("togetherErrors", errors.errors(Voice.TOGETHER))
                    .field("theta", batch.used().theta());
        }
        return table;
    }

    /**
     * Compares the engines of this machine.
     *
     * @return queries a second of each engine
     */
    BarChart engines(Report report) throws IOException {
        int queries = Math.min(QUERIES, test.size());
        FloatBuffer features = FloatBuffer.allocate(Math.multiplyExact(queries, test.dim()));
        test.read(test.size() - queries, queries, features);
        CacheReader compared = test.dim() == index.dim() ? index : index.withoutReduction();
        BarChart speed = new BarChart();
        Table table = new Table("lrrl").row("engine", "queries/s", "largest |dp|", "");
        for (EngineTiming row :
                EngineComparison.compare(compared, features.flip(), tuned.rule().theta())) {
            if (row.problem() != null) {
                table.row(Text.value("name", row.engine()), "-", "-", Text.value("problem", row.problem()));
                continue;
            }
            double rate = Format.perSecond(queries, row.seconds());
            String rounded = Format.count(Math.round(rate));
            double difference = row.largestDifference();
            boolean reference = row.engine().equals("reference");
            table.row(
                            Text.value("name", row.engine()),
                            Text.figure("queriesPerSecond", rate, rounded),
                            Text.figure(
                                    "largestDifference",
                                    difference,
                                    reference ? "" : String.format(Locale.ROOT, "%.0e", difference)),
                            row.description())
                    .field("agreeing", row.agreeing());
            speed.bar(
                    row.engine(),
                    rate,
                    rounded,
                    reference ? "" : String.format(Locale.ROOT, "|\u0394p| %.1e", difference));
        }
        report.heading("4. The engines side by side")
                .field("engineQueries", queries)
                .onPage(page -> page.paragraph(
                                "Queries per second over all keys. |dp| is the greatest difference of a probability"
                                        + " from that of the reference, which computes the definition in double precision. An engine that"
                                        + " rounds queries as well, to multiply small integers, differs most.")
                        .chart(speed))
                .list("engines", table);
        if (index.format().type() == ElementType.INT8) {
            long values = index.size() * index.format().keyDim();
            report.line("")
                    .line("The keys are int8: " + Format.bytes(values + index.size() * Float.BYTES)
                            + ", where float32 would take " + Format.bytes(values * Float.BYTES) + "." + FLOAT32);
        }
        return speed;
    }

    private BitSet errors(Examples examples, Calibration rule) throws IOException {
        BitSet errors = new BitSet();
        new Evaluation(learner, examples)
                .predict(
                        rule,
                        alone(),
                        progress,
                        prediction -> errors.set(prediction.example(), prediction.together() != prediction.label()));
        return errors;
    }

    /** Images of each class that the network, on as many views, gets wrong and both together right, less the reverse. */
    private BarChart classes(ClassErrors errors) {
        List<ClassErrors.Row> classes = errors.rows();
        List<String> names = index.classNames();
        BarChart chart = new BarChart();
        classes.stream()
                .filter(row -> classes.size() <= CLASSES_SHOWN
                        || row.counts().gainOverAveraged().changes() > 0)
                .sorted(Comparator.comparing(row -> -more(row.counts().gainOverAveraged())))
                .limit(CLASSES_SHOWN)
                .forEach(row -> {
                    Gain gain = row.counts().gainOverAveraged();
                    chart.bar(
                            names.get(row.label()),
                            more(gain),
                            String.format(Locale.ROOT, more(gain) == 0 ? "%d" : "%+d", more(gain))
                                    .replace('-', '\u2212'),
                            gain.corrected() + " corrected, " + gain.broken() + " broken");
                });
        return chart;
    }

    private static long more(Gain gain) {
        return gain.corrected() - gain.broken();
    }

    /** Errors on blurred images while they become keys. */
    private static LineChart learning(List<Batch> batches) {
        return new LineChart("blurred images among the keys", "error, %")
                .line(
                        "together",
                        batches,
                        Batch::learned,
                        batch -> 100 * batch.errors().error(Voice.TOGETHER))
                .line(
                        "network",
                        batches,
                        Batch::learned,
                        batch -> 100 * batch.errors().error(Voice.NETWORK));
    }
}
