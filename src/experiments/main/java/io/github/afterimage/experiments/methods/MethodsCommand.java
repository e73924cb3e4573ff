package io.github.afterimage.experiments.methods;

import static io.github.afterimage.experiments.command.Failure.refuse;
import static java.util.Objects.requireNonNull;

import io.github.afterimage.Progress;
import io.github.afterimage.experiments.LabelCheck;
import io.github.afterimage.experiments.NetworkCheck;
import io.github.afterimage.experiments.options.ExperimentCommand;
import io.github.afterimage.experiments.options.GridOptions;
import io.github.afterimage.experiments.options.KeyLayersOption;
import io.github.afterimage.experiments.protocol.OpenExamples;
import io.github.afterimage.experiments.protocol.Protocol;
import io.github.afterimage.experiments.protocol.ReducedFeatures;
import io.github.afterimage.experiments.protocol.Split;
import io.github.afterimage.experiments.report.Columns;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.LineChart;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.experiments.statistics.Interval;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.network.KeyLayers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntPredicate;
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
    private static final String TERMS =
            "\"Make\" is the time to make a method from encoded keys, the read-out's with the "
                    + "choice of its penalty; \"new class\" is the time to learn one more class, for which the read-out is trained again.";

    private static final String POOLED =
            "\"Pooled\" is p_net^a p_mem^b exp(c zᵀm), normalised: the exponents a of the network, b of "
                    + "the keys and c of the class factor are fitted to -log p. \"predict\" and \"serve\" do not answer so.";

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
        refuse(draws < 1, "--draws " + draws + ": expected a positive number");
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
        List<Result> results = step("methods", progress -> compared(report, setup, progress));
        String recipe = describe(setup, layers.chosen());
        report.line("%s%s", keys(layers.chosen()), recipe);
        write(report, results);
    }

    /** The summaries are those of one amount; {@code keys} and {@code examples} are those of one draw. */
    public record Result(String labels, int draws, long keys, long examples, List<MethodSummary> methods) {
        /** Returns the labels of each class as text, such as {@code 16 labels a class} or {@code all labels}. */
        public String words() {
            return labels.equals(LabelAmount.ALL.text())
                    ? "all labels"
                    : labels.endsWith("%")
                            ? labels.replace("%", " % of the labels")
                            : labels.equals("1") ? "1 label of each class" : labels + " labels of each class";
        }
    }

    /**
     * Computes the features and the results that the work folder lacks. Every method is tuned on the same examples, which are
     * never keys, and answers the same test examples. A draw chooses the labels at random and, if one half of the test examples
     * tunes, the halves too.
     */
    private List<Result> compared(Report report, Setup setup, Progress progress) throws IOException {
        Protocol protocol = setup.protocol();
        KeyLayers keys = layers.chosen();
        ReducedFeatures reduced = new ReducedFeatures(setup.source(), keys, protocol.recipe());
        List<Result> results = new ArrayList<>();
        try (OpenExamples given = setup.source().open(keys.terms())) {
            Examples training = given.training().all();
            LabelCheck.requireLabels(training);
            LabelCheck.requireLabels(given.test());
            if (IntStream.range(0, training.size()).anyMatch(row -> training.weight(row) != 1)) {
                report.warning("the training examples have weights, which no method uses here");
            }
        }
        try (OpenExamples features = reduced.open(setup.work(), progress)) {
            warn(report, features);
            Map<String, Object> settings = reduced.settings();
            protocol.putRule(settings);
            settings.put("dtype", protocol.recipe().type().shortName());
            protocol.putGrid(settings);
            settings.put("widen", setup.widensGrid());
            settings.put("methods", new TreeSet<>(methods).toString());
            settings.put("neighbors", Arrays.toString(MethodDraw.NEIGHBORS));
            settings.put("epsilons", Arrays.toString(WhitenedMethods.EPSILONS));
            for (LabelAmount amount : amounts()) {
                int count = draws(protocol.rule(), amount, features);
                settings.put("labels", amount.text());
                settings.put("draws", count);
                results.add(setup.work()
                        .part(
                                "methods",
                                settings,
                                Result.class,
                                () -> result(setup, features, amount, count, progress)));
            }
        }
        return results;
    }

    /** Passes over the examples once more; they are features in files. */
    private static void warn(Report report, OpenExamples features) throws IOException {
        NetworkCheck network = new NetworkCheck(features.test());
        network.examples().forEachBatch(Evaluation.BATCH, Progress.NONE, batch -> {});
        Optional.ofNullable(network.warning()).ifPresent(report::warning);
        BitSet known = known(features);
        long strange = IntStream.range(0, features.test().size())
                .filter(example -> !known.get(features.test().label(example)))
                .count();
        boolean answered = features.test().hasProbabilities();
        refuse(
                strange == features.test().size() && !answered,
                "no test example has a label that a training example has: expected the same"
                        + " classes, in the same order");
        if (strange > 0) {
            report.warning(strange + " of " + features.test().size()
                    + " test examples have labels that no training example has, "
                    + (answered
                            ? "so only the network can answer them: add training examples of these classes, or leave the test"
                                    + " examples out"
                            : "so no method can answer them: they are no errors, but are to be refused"));
        }
    }

    private static BitSet known(OpenExamples features) {
        BitSet known = new BitSet();
        Arrays.stream(features.rows())
                .forEach(row -> known.set(features.training().all().label(row)));
        return known;
    }

    /** Draws that would all be the same are made once. */
    private int draws(Split.Rule rule, LabelAmount amount, OpenExamples features) {
        boolean halves = rule.heldOut() == 0 && features.tuning() == null;
        return amount.isAll() && !halves ? 1 : draws;
    }

    private Result result(Setup setup, OpenExamples features, LabelAmount amount, int count, Progress progress)
            throws IOException {
        Protocol protocol = setup.protocol();
        IntPredicate known = features.test().hasProbabilities() ? label -> true : known(features)::get;
        DrawnAnswers drawn = new DrawnAnswers(features.test().size());
        long keys = 0;
        long examples = 0;
        for (int draw = 0; draw < count; draw++) {
            long seed = protocol.rule().seed() + draw;
            Split split = features.split(new Split.Rule(protocol.rule().heldOut(), seed));
            int kept = features.rows().length - protocol.rule().heldOut();
            int[] rows = amount.draw(
                    Arrays.copyOf(features.rows(), kept), features.training().all()::label, seed);
            Examples chosen = features.training().select(rows);
            MethodDraw answers =
                    MethodDraw.of(chosen, split.tuning(), split.test(), protocol, setup.widensGrid(), progress);
            drawn.add(
                    split.testRows(),
                    answers.test().labels(),
                    answers.classes(),
                    known,
                    answers.run(new TreeSet<>(methods)));
            keys = chosen.size();
            examples = split.test().size();
        }
        return new Result(amount.text(), count, keys, examples, drawn.summaries());
    }

    private static void write(Report report, List<Result> results) {
        Result mostLabels = results.get(results.size() - 1);
        report.titled("Cache, read-out, class means: which is best?", verdict(mostLabels));
        if (results.size() > 1) {
            report.onPage(page -> page.heading("With few labels and with many").chart(chart(results, false)));
            if (mostLabels.methods().stream().anyMatch(MethodsCommand::isMixture)) {
                report.onPage(page -> page.heading("Mixed with the network").chart(chart(results, true)));
            }
        }
        for (Result result : results) {
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

    private static String draws(Result result) {
        return result.draws() == 1 ? "" : ", means of " + Format.count(result.draws(), "draw");
    }

    private static Table table(Result result) {
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
    private static String verdict(Result result) {
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

    private static LineChart chart(List<Result> results, boolean mixtures) {
        LineChart chart = new LineChart("keys", "error, %").logarithmicHorizontal();
        double[] x = results.stream().mapToDouble(Result::keys).toArray();
        List<MethodSummary> methods = results.get(0).methods();
        IntStream.range(0, methods.size())
                .filter(i -> isMixture(methods.get(i)) == mixtures
                        && !methods.get(i).name().startsWith("network"))
                .forEach(i -> chart.line(methods.get(i).name().replace(" + network", ""), x, errors(results, i)));
        if (methods.get(0).name().equals("network")) {
            double[] network = errors(results, 0);
            chart.guide("network", x, network);
        }
        return chart;
    }

    private static double[] errors(List<Result> results, int method) {
        return results.stream()
                .mapToDouble(result -> 100 * result.methods().get(method).error())
                .toArray();
    }
}
