package io.github.afterimage.experiments.size;

import static io.github.afterimage.experiments.command.Failure.refuse;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Progress;
import io.github.afterimage.answer.ArgMax;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.Mixture;
import io.github.afterimage.experiments.ErrorCounts;
import io.github.afterimage.experiments.ErrorCounts.Voice;
import io.github.afterimage.experiments.options.ExperimentCommand;
import io.github.afterimage.experiments.options.KeyLayersOption;
import io.github.afterimage.experiments.options.PageOption;
import io.github.afterimage.experiments.protocol.OpenExamples;
import io.github.afterimage.experiments.protocol.PaperGrid;
import io.github.afterimage.experiments.protocol.Protocol;
import io.github.afterimage.experiments.protocol.ReducedFeatures;
import io.github.afterimage.experiments.protocol.Split;
import io.github.afterimage.experiments.report.Columns;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.LineChart;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.experiments.statistics.Sample;
import io.github.afterimage.model.evaluation.BalancedSample;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.IndexFiller;
import io.github.afterimage.model.network.KeyLayers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Measures the errors over the number of training examples that are keys, drawn at random; θ and λ are tuned for each size and
 * each draw.
 */
@picocli.CommandLine.Command(
        name = "size",
        header = "Measure the error over the number of keys: the paper's Figure 3.",
        description = {
            "",
            "Draws shares of the training examples at random as keys, tunes theta and lambda for each draw, and reports the "
                    + "errors on the test examples. The network runs once; its reduced features are kept in the work folder."
        },
        footer = {
            "  afterimage reproduce size --model resnet20.onnx --data cifar10:data --flip-after input_1 \\",
            "      --layers activation_14,activation_16,activation_18 --page size.html"
        })
public final class SizeCommand extends ExperimentCommand {
    private static final Columns<Size> COLUMNS = new Columns<Size>()
            .right("", size -> Text.figure("fraction", size.fraction(), Format.number(100 * size.fraction()) + " %"))
            .count("keys", "keys", size -> size.first().keys())
            .right("mixed", size -> error("mixed", size, Draw::mixedErrors))
            .right("cache only", SizeCommand::alone)
            .right("theta", size -> range(size, Draw::theta))
            .right("lambda", size -> range(size, Draw::lambda))
            .field("draws", Size::draws);

    /**
     * The result of one draw.
     *
     * @param keys the number of keys during the test
     */
    public record Draw(
            long keys,
            double theta,
            double lambda,
            double cacheTheta,
            long examples,
            long networkErrors,
            long mixedErrors,
            long cacheErrors) {}

    /** All draws of a size. */
    public record Size(double fraction, List<Draw> draws) {
        Draw first() {
            return draws.get(0);
        }
    }

    @Mixin
    private KeyLayersOption layers;

    @Option(
            names = "--sizes",
            split = ",",
            paramLabel = "PERCENT",
            description =
                    "Shares of the training examples in percent, separated by commas; 0,1,2,5,10,20,40,60,80,100 by default.")
    private List<Double> sizes = List.of(0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 80.0, 100.0);

    @Option(names = "--repeats", paramLabel = "N", description = "Number of draws of each share; 3 by default.")
    private int repeats = 3;

    @Mixin
    private PageOption page;

    @Override
    protected PageOption page() {
        return page;
    }

    @Override
    protected void check(boolean features) {
        refuse(repeats < 1, "--repeats " + repeats + ": expected a positive number");
        for (double size : sizes) {
            refuse(!(size >= 0 && size <= 100), "--sizes " + Format.number(size) + " is outside 0..100");
        }
        layers.require(features);
    }

    @Override
    protected void run(Report report, Setup setup) throws IOException {
        KeyLayers keys = layers.chosen();
        double[] fractions =
                sizes.stream().mapToDouble(size -> size / 100).sorted().toArray();
        List<Size> found = step("sizes", progress -> sweep(setup, fractions, progress));
        double network = sample(found.get(0), Draw::networkErrors).mean();
        Size last = found.get(found.size() - 1);
        report.titled(
                        "How many keys does it take?",
                        "The paper's Figure 3: " + described() + ". With " + Format.number(100 * last.fraction())
                                + " % of the training images as keys, the error falls from " + Format.percent(network)
                                + " to "
                                + Format.percent(sample(last, Draw::mixedErrors).mean()) + ".")
                .line(
                        "%s%s; %s of each size, mean \u00b1 standard error",
                        keys(keys), describe(setup, layers.chosen()), Format.count(repeats, "draw"))
                .onPage(page -> page.heading("With the network")
                        .paragraph(
                                "Test error over the share of the training images that are keys; the band is one standard "
                                        + "error.")
                        .chart(chart(found, "with cache", Draw::mixedErrors).level("network alone", 100 * network)));
        List<Size> some = found.stream().filter(size -> size.fraction() > 0).toList();
        if (!some.isEmpty()) {
            report.onPage(page -> page.heading("The cache alone").chart(chart(some, "cache alone", Draw::cacheErrors)));
        }
        report.onPage(page -> page.heading("In numbers"))
                .list("sizes", COLUMNS.table(found))
                .line("")
                .line("network %s", Text.percent("networkError", network))
                .note("Theta and lambda were tuned for each draw on other images.");
    }

    /**
     * Computes the features and the draws that the work folder lacks.
     *
     * @param fractions the shares of the training examples, each in 0..1; none and all are drawn once
     */
    private List<Size> sweep(Setup setup, double[] fractions, Progress progress) throws IOException {
        List<Size> sizes = new ArrayList<>();
        Protocol protocol = setup.protocol();
        ReducedFeatures reduced = new ReducedFeatures(setup.source(), layers.chosen(), protocol.recipe());
        try (OpenExamples features = reduced.open(setup.work(), progress)) {
            Map<String, Object> settings = reduced.settings();
            protocol.putRule(settings);
            settings.put("dtype", protocol.recipe().type().shortName());
            protocol.putGrid(settings);
            for (double fraction : fractions) {
                settings.put("fraction", fraction);
                List<Draw> draws = new ArrayList<>();
                for (int repeat = 0; repeat < (fraction == 0 || fraction == 1 ? 1 : repeats); repeat++) {
                    settings.put("repeat", repeat);
                    long seed = protocol.rule().seed() + repeat;
                    draws.add(setup.work()
                            .part(
                                    "size",
                                    settings,
                                    Draw.class,
                                    () -> draw(protocol, features, fraction, seed, progress)));
                }
                sizes.add(new Size(fraction, draws));
            }
        }
        return sizes;
    }

    private static Draw draw(Protocol protocol, OpenExamples features, double fraction, long seed, Progress progress)
            throws IOException {
        int[] rows = features.rows();
        Split all = features.split(protocol.rule());
        int[] drawn = BalancedSample.shuffled(rows, seed);
        int count = (int) Math.round(fraction * rows.length);
        boolean[] taken = new boolean[features.training().originals()];
        Arrays.stream(drawn, 0, count).forEach(row -> taken[row] = true);
        int kept = rows.length - protocol.rule().heldOut();
        Examples keys = chosen(features, rows, taken, 0, kept);
        Examples joining = chosen(features, rows, taken, kept, rows.length);
        if (keys.size() == 0) {
            return networkAlone(all.test(), progress);
        }
        try (CacheIndex index = protocol.recipe().full().build(keys, keys.size() + joining.size(), progress)) {
            IndexFiller.fill(index, keys, progress);
            PaperGrid grid = protocol.grid();
            grid.count(new Evaluation(index, all.tuning()), progress);
            IndexFiller.fill(index, joining, progress);
            Mixture best = grid.best().mixture();
            Mixture alone = grid.bestAlone().mixture();
            ErrorCounts counts = new ErrorCounts();
            new Evaluation(index, all.test()).predict(Calibration.of(best, 1), alone, progress, counts::add);
            return new Draw(
                    index.size(),
                    best.theta(),
                    best.lambda(),
                    alone.theta(),
                    counts.examples(),
                    counts.errors(Voice.NETWORK),
                    counts.errors(Voice.TOGETHER),
                    counts.errors(Voice.MEMORY));
        }
    }

    private static Examples chosen(OpenExamples features, int[] rows, boolean[] taken, int from, int to) {
        return features.training()
                .select(IntStream.range(from, to)
                        .map(i -> rows[i])
                        .filter(row -> taken[row])
                        .toArray());
    }

    private static Draw networkAlone(Examples test, Progress progress) throws IOException {
        long[] errors = new long[1];
        test.forEachBatch(Evaluation.BATCH, progress, batch -> {
            for (int row = 0; row < batch.labels().length; row++) {
                errors[0] += ArgMax.of(batch.network(row)) == batch.labels()[row] ? 0 : 1;
            }
        });
        // Without keys the cache alone has every answer wrong.
        return new Draw(0, 0, 0, 0, test.size(), errors[0], errors[0], test.size());
    }

    private static Sample sample(Size size, ToDoubleFunction<Draw> errors) {
        return Sample.of(size.draws().stream()
                .mapToDouble(draw -> errors.applyAsDouble(draw) / draw.examples())
                .toArray());
    }

    private static Text error(String name, Size size, ToDoubleFunction<Draw> errors) {
        Sample sample = sample(size, errors);
        double spread = sample.standardError();
        return Text.of(
                "%s%s",
                Text.percent(name + "Error", sample.mean()),
                Text.figure(
                        name + "StandardError", spread, spread > 0 ? " \u00b1 " + Format.fixed(100 * spread, 2) : ""));
    }

    private static Text alone(Size size) {
        Text error = error("cacheOnly", size, Draw::cacheErrors);
        return size.first().keys() == 0 ? new Text("", error.figures()) : error;
    }

    private static String range(Size size, ToDoubleFunction<Draw> value) {
        double[] values = size.draws().stream().mapToDouble(value).sorted().toArray();
        double last = values[values.length - 1];
        return size.first().keys() == 0
                ? ""
                : Format.number(values[0]) + (last > values[0] ? " to " + Format.number(last) : "");
    }

    private static LineChart chart(List<Size> sizes, String name, ToDoubleFunction<Draw> errors) {
        return new LineChart("training images that are keys, %", "error, %")
                .line(
                        name,
                        sizes,
                        size -> 100 * size.fraction(),
                        size -> 100 * sample(size, errors).mean(),
                        size -> 100 * sample(size, errors).standardError());
    }
}
