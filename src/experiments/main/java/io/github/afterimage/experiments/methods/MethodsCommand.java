package io.github.afterimage.experiments.methods;

import static java.util.Objects.requireNonNull;

import io.github.afterimage.experiments.options.ExperimentCommand;
import io.github.afterimage.experiments.options.GridOptions;
import io.github.afterimage.experiments.options.KeyLayersOption;
import io.github.afterimage.experiments.report.Columns;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.LineChart;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.experiments.statistics.Interval;
import java.io.IOException;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Compares the cache with other methods on the same labelled features. */
@picocli.CommandLine.Command(
        name = "methods",
        header = "Compare the cache with a linear read-out, class means and nearest keys.",
        description = {
            "",
            "Every method gets the same labelled features, is tuned on the same other examples, and answers the same test "
                    + "examples: alone, and mixed with the network if there is one. --labels repeats this with fewer labels. "
                    + "Also measures calibration, and the time to make each method and to teach it another class. The network "
                    + "runs once; its reduced features are kept in the work folder."
        },
        footer = {
            "  afterimage measure methods --model resnet56.onnx --data cifar100:data --hold-out 0 \\",
            "      --layers stage3_block4,stage3_block8 --labels 1%,5%,25%,100% --page methods.html",
            "  afterimage measure methods --data features:keys.npz --tuning features:val.npz \\",
            "      --test features:test.npz --labels 1,2,4,8,16"
        })
public final class MethodsCommand extends ExperimentCommand {
    @Mixin
    private KeyLayersOption layers;

    @Option(
            names = "--labels",
            split = ",",
            paramLabel = "N",
            description = "Labelled examples of each class, such as 1,4,16, or shares of them, such as 1%%,25%%,100%%; "
                    + "all by default.")
    private List<String> labelAmounts = List.of(LabelAmount.ALL.text());

    @Option(
            names = "--draws",
            paramLabel = "N",
            description = "Number of draws of the labels, and of the halves of the test examples if one half tunes; "
                    + "5 by default.")
    private int draws = 5;

    @Option(
            names = "--methods",
            split = "\\s*,\\s*",
            paramLabel = "NAMES",
            description =
                    "The methods: cache, nearest, means, whitened, factor, discriminant, pooled, readout; all by default.")
    private Set<Method> methods = EnumSet.allOf(Method.class);

    public MethodsCommand() {
        super(new GridOptions());
    }

    @Override
    protected void check(boolean features) {
        if (draws < 1) {
            throw new IllegalArgumentException("--draws " + draws + ": expected a positive number");
        }
        amounts();
        layers.require(features);
    }

    private List<LabelAmount> amounts() {
        try {
            return labelAmounts.stream().map(LabelAmount::parse).distinct().toList();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("--labels: " + e.getMessage(), e);
        }
    }

    @Override
    protected boolean needsProbabilities() {
        return false;
    }

    @Override
    protected void run(Report report, Setup setup) throws IOException {
        MethodComparison.Comparison comparison = step("methods", progress -> new MethodComparison(
                        layers.chosen(),
                        amounts(),
                        draws,
                        new TreeSet<>(methods),
                        setup.protocol(),
                        setup.widensGrid(),
                        setup.work())
                .run(setup.source(), progress));
        String recipe = describe(setup.recipe(), setup.source()::trainingSize);
        report.line("%s%s", keys(layers.chosen()), recipe);
        new MethodReport(comparison.results()).write(report);
        comparison.warnings().forEach(report::warning);
    }

    /** Reports the comparison of methods on the same features. */
    private record MethodReport(List<MethodComparison.Result> results) {
        private static final String TERMS =
                "\"Make\" is the time to make a method from encoded keys, the read-out's with the "
                        + "choice of its penalty; \"new class\" is the time to learn one more class, for which the read-out is trained again.";

        private static final String POOLED =
                "\"Pooled\" is p_net^a p_mem^b exp(c zᵀm), normalised: the exponents a of the network, b of "
                        + "the keys and c of the class factor are fitted to -log p. \"predict\" and \"serve\" do not answer so.";

        void write(Report report) {
            MethodComparison.Result mostLabels = results.get(results.size() - 1);
            report.titled("Cache, read-out, class means: which is best?", verdict(mostLabels));
            if (results.size() > 1) {
                report.onPage(
                        page -> page.heading("With few labels and with many").chart(chart(false)));
                if (mostLabels.methods().stream().anyMatch(MethodReport::isMixture)) {
                    report.onPage(page -> page.heading("Mixed with the network").chart(chart(true)));
                }
            }
            for (MethodComparison.Result result : results) {
                report.element(
                        "results",
                        new Report()
                                .heading(result.words().substring(0, 1).toUpperCase(Locale.ROOT)
                                        + result.words().substring(1))
                                .line(
                                        "%s%s, %s%s",
                                        Text.hidden("labels", result.labels()),
                                        Text.count("keys", result.keys(), "key"),
                                        Text.count("examples", result.examples(), "test example"),
                                        Text.figure("draws", result.draws(), draws(result)))
                                .list("methods", table(result)));
            }
            report.line("").line(verdict(mostLabels)).line(TERMS);
            if (mostLabels.methods().stream().anyMatch(method -> method.name().equals(Method.POOLED.mixedTitle()))) {
                report.line(POOLED);
            }
            report.note(
                    "Unknown refused: the share of the test examples of classes without training examples whose answer is less "
                            + "probable than 95 % of the answers to the others. Corrected, broken and p compare with \""
                            + mostLabels.methods().get(0).name()
                            + "\" (McNemar's exact test; the median of the draws). Intervals are of other draws of test images, and "
                            + "of labels where there are several draws.");
        }

        private static String draws(MethodComparison.Result result) {
            return result.draws() == 1 ? "" : ", means of " + Format.count(result.draws(), "draw");
        }

        private static Table table(MethodComparison.Result result) {
            String reference = result.methods().get(0).name();
            Predicate<MethodSummary> differs =
                    method -> !method.name().equals(reference) && method.corrected() + method.broken() > 0;
            Columns<MethodSummary> columns = new Columns<MethodSummary>()
                    .left("", method -> Text.value("name", method.name()))
                    .right("error", method -> Text.percent("error", method.error()))
                    .right("95 % interval", method -> interval("interval", method.interval()));
            if (result.methods().get(0).unknownRefused() != null) {
                columns.percent("unknown refused", "unknownRefused", method -> requireNonNull(method.unknownRefused()));
            }
            return columns.right("corrected", method -> mean("corrected", method.corrected(), differs.test(method)))
                    .right("broken", method -> mean("broken", method.broken(), differs.test(method)))
                    .right(
                            "p",
                            method -> Text.figure(
                                    "mcNemar", method.p(), differs.test(method) ? Format.probability(method.p()) : ""))
                    .right("-log p", method -> Text.fixed("logLoss", method.logLoss(), 3))
                    .right("ECE", method -> Text.percent("calibrationError", method.calibrationError()))
                    .right("Brier", method -> Text.fixed("brier", method.brier(), 3))
                    .right("make", method -> time("makeSeconds", method.makeSeconds()))
                    .right("new class", method -> time("changeSeconds", method.changeSeconds()))
                    .left("tuned", method -> Text.value("chosen", method.chosen()))
                    .field("fewerErrors", MethodSummary::fewer)
                    .field("fewerErrorsInterval", MethodSummary::fewerInterval)
                    .table(result.methods());
        }

        private static Text interval(String name, Interval interval) {
            return Text.figure(name, interval, Format.percentages(interval.low(), interval.high()));
        }

        /** A mean of counts; that of one draw is an integer. */
        private static Text mean(String name, double count, boolean shown) {
            return Text.figure(
                    name,
                    count == Math.rint(count) ? (Number) (long) count : (Number) count,
                    shown ? Format.count(Math.round(count)) : "");
        }

        private static Text time(String name, double seconds) {
            return Text.figure(
                    name,
                    seconds,
                    seconds == 0
                            ? ""
                            : seconds < 1
                                    ? String.format(Locale.ROOT, "%.3g ms", 1000 * seconds)
                                    : String.format(Locale.ROOT, "%.1f s", seconds));
        }

        /** Says which method has the fewest errors, and whether others are within chance of it. */
        private static String verdict(MethodComparison.Result result) {
            List<MethodSummary> ordered = result.methods().stream()
                    .sorted(Comparator.comparingDouble(MethodSummary::error))
                    .toList();
            MethodSummary best = ordered.get(0);
            List<String> withinInterval = ordered.stream()
                    .skip(1)
                    .filter(method -> method.error() <= best.interval().high())
                    .map(method -> method.name() + " (" + Format.percent(method.error()) + ")")
                    .toList();
            return "With " + result.words() + ", \"" + best.name() + "\" has the fewest errors, "
                    + Format.percent(best.error())
                    + (withinInterval.isEmpty()
                            ? "; the errors of all others are above its interval."
                            : "; within its interval are " + String.join(", ", withinInterval) + ".");
        }

        private static boolean isMixture(MethodSummary method) {
            return method.name().endsWith("+ network");
        }

        private LineChart chart(boolean mixtures) {
            LineChart chart = new LineChart("keys", "error, %").logarithmicHorizontal();
            double[] x =
                    results.stream().mapToDouble(MethodComparison.Result::keys).toArray();
            List<MethodSummary> methods = results.get(0).methods();
            IntStream.range(0, methods.size())
                    .filter(i -> isMixture(methods.get(i)) == mixtures
                            && !methods.get(i).name().startsWith("network"))
                    .forEach(i -> chart.line(methods.get(i).name().replace(" + network", ""), x, errors(i)));
            if (methods.get(0).name().equals("network")) {
                double[] network = errors(0);
                chart.guide("network", x, network);
            }
            return chart;
        }

        private double[] errors(int method) {
            return results.stream()
                    .mapToDouble(result -> 100 * result.methods().get(method).error())
                    .toArray();
        }
    }
}
