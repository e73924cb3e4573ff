package io.github.afterimage.experiments.methods;

import static io.github.afterimage.experiments.command.Failure.refuse;

import io.github.afterimage.Progress;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.Tuner;
import io.github.afterimage.experiments.NetworkCheck;
import io.github.afterimage.experiments.options.ExperimentCommand;
import io.github.afterimage.experiments.options.KeyLayersOption;
import io.github.afterimage.experiments.protocol.OpenExamples;
import io.github.afterimage.experiments.protocol.Protocol;
import io.github.afterimage.experiments.protocol.ReducedFeatures;
import io.github.afterimage.experiments.protocol.Split;
import io.github.afterimage.experiments.report.Columns;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.experiments.statistics.MethodResult;
import io.github.afterimage.experiments.statistics.MethodScorer;
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
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Compares the memory with other methods on the same labelled features. */
@picocli.CommandLine.Command(
        name = "methods",
        header = "Compare the memory with a linear probe, class means and nearest keys.",
        description = {
            "",
            "Every method gets the same labelled features, is tuned on the same other examples, and answers the same test "
                    + "examples: alone, and with the network if there is one. The memory and the network answer together by the "
                    + "rule of an index, and by equation (3) of the paper, whose grid --theta and --lambda name; the other methods "
                    + "are mixed with the network by lambda. Also measures calibration, and the time to make each method. The "
                    + "network runs once; its reduced features are kept in the work folder."
        },
        footer = {
            "  afterimage measure methods --model resnet56.onnx --data cifar100:data --hold-out 0 \\",
            "      --layers stage3_block4,stage3_block8 --reduce whiten:256",
            "  afterimage measure methods --data features:keys.npz --tuning features:val.npz --test features:test.npz"
        })
public final class MethodsCommand extends ExperimentCommand {
    @Mixin
    private KeyLayersOption layers;

    @Option(
            names = "--methods",
            split = "\\s*,\\s*",
            paramLabel = "NAMES",
            description = "The methods: memory, nearest, means, probe, discriminant; all by default.")
    private Set<Method> methods = EnumSet.allOf(Method.class);

    @Override
    protected void check(boolean features) {
        layers.require(features);
    }

    @Override
    protected int views() {
        return Calibration.MOST_VIEWS;
    }

    @Override
    protected boolean needsProbabilities() {
        return false;
    }

    @Override
    protected void run(Report report, Setup setup) throws IOException {
        Result found = step("methods", progress -> compared(report, setup, progress));
        String first = found.methods().get(0).result().name();
        report.line("%s%s", keys(layers.chosen()), describe(setup, layers.chosen()))
                .line(
                        "%s, %s",
                        Text.count("keys", found.keys(), "key"),
                        Text.count("examples", found.examples(), "test example"))
                .list("methods", table(found))
                .line("")
                .line(verdict(found))
                .line(
                        "\"Make\" is the time to make a method from encoded keys; that of the linear probe includes the choice of its penalty.")
                .line("Corrected, broken and p compare with \"" + first + "\" (McNemar's exact test).");
    }

    /** A part of the work folder. */
    public record Result(long keys, long examples, List<Row> methods) {}

    /**
     * The answers of one method to the test examples, compared with the first method.
     *
     * @param seconds to make the method from encoded keys
     * @param chosen the tuned parameters
     */
    public record Row(MethodResult result, double seconds, String chosen) {}

    /** Computes the features and the result, if the work folder lacks them. */
    private Result compared(Report report, Setup setup, Progress progress) throws IOException {
        Protocol protocol = setup.protocol();
        KeyLayers keys = layers.chosen();
        ReducedFeatures reduced = new ReducedFeatures(setup.source(), keys, protocol.recipe());
        try (OpenExamples features = reduced.open(setup.work(), progress)) {
            Split split = features.split(protocol.rule());
            int[] answerable = answerable(report, features, split.test());
            Map<String, Object> settings = reduced.settings();
            protocol.putRule(settings);
            settings.put("dtype", protocol.recipe().type().shortName());
            protocol.putGrid(settings);
            settings.put("thetasOfPool", Tuner.THETAS);
            settings.put("methods", new TreeSet<>(methods).toString());
            settings.put("statistics", "as Table 1");
            settings.put("neighbors", Arrays.toString(MethodRun.NEIGHBORS));
            settings.put("epsilons", Arrays.toString(MethodRun.EPSILONS));
            return setup.work().part("methods", settings, Result.class, () -> {
                MethodRun run =
                        MethodRun.of(split.keys(), split.tuning(), split.test().select(answerable), protocol, progress);
                return result(split.keys().size(), run.test(), run.answers(new TreeSet<>(methods)));
            });
        }
    }

    /**
     * Returns the test examples that some method can answer; warns of the others, and of a network that looks wrong. Passes over the
     * examples once more; they are features in files.
     */
    private static int[] answerable(Report report, OpenExamples features, Examples test) throws IOException {
        NetworkCheck network = new NetworkCheck(features.test());
        network.examples().forEachBatch(Evaluation.BATCH, Progress.NONE, batch -> {});
        Optional.ofNullable(network.warning()).ifPresent(report::warning);
        BitSet known = new BitSet();
        Arrays.stream(features.rows())
                .forEach(row -> known.set(features.training().all().label(row)));
        int[] all = IntStream.range(0, test.size()).toArray();
        int[] kept = Arrays.stream(all)
                .filter(example -> known.get(test.label(example)))
                .toArray();
        int strange = all.length - kept.length;
        boolean answered = test.hasProbabilities();
        refuse(
                kept.length == 0 && !answered,
                "no test example has a label that a training example has: expected the same"
                        + " classes, in the same order");
        if (strange > 0) {
            report.warning(strange + " of " + all.length + " test examples have labels that no training example has, "
                    + (answered
                            ? "so only the network can answer them: add training examples of these classes, or leave the test"
                                    + " examples out"
                            : "so no method can answer them: they are left out"));
        }
        return answered ? all : kept;
    }

    private static Result result(long keys, LabelledAnswers test, List<MethodRun.Answers> answers) {
        int examples = test.labels().length;
        List<MethodScorer> scorers = new ArrayList<>();
        for (MethodRun.Answers each : answers) {
            MethodScorer scorer = new MethodScorer(each.method(), examples);
            for (int row = 0; row < examples; row++) {
                int first = row * test.classes();
                double[] probabilities = IntStream.range(first, first + test.classes())
                        .mapToDouble(i -> each.probabilities()[i])
                        .toArray();
                scorer.add(probabilities, test.labels()[row]);
            }
            scorers.add(scorer);
        }
        return new Result(
                keys,
                examples,
                IntStream.range(0, answers.size())
                        .mapToObj(i -> new Row(
                                scorers.get(i).against(scorers.get(0)),
                                answers.get(i).seconds(),
                                answers.get(i).chosen()))
                        .toList());
    }

    private static Table table(Result result) {
        String first = result.methods().get(0).result().name();
        Predicate<MethodResult> differs =
                method -> !method.name().equals(first) && method.corrected() + method.broken() > 0;
        Function<MethodResult, String> p = method -> differs.test(method) ? Format.probability(method.pValue()) : "";
        return new Columns<Row>()
                .text("", "name", row -> row.result.name())
                .percent("error", "error", row -> row.result.error())
                .right("95 % interval", row -> Text.interval("interval", row.result.interval()))
                .right("corrected", row -> count("corrected", row.result.corrected(), differs.test(row.result)))
                .right("broken", row -> count("broken", row.result.broken(), differs.test(row.result)))
                .right("p", row -> Text.figure("mcNemar", row.result.pValue(), p.apply(row.result)))
                .fixed("-log p", "logLoss", 3, row -> row.result.logLoss())
                .percent("ECE", "calibrationError", row -> row.result.calibrationError())
                .fixed("Brier", "brier", 3, row -> row.result.brier())
                .right("make", row -> time(row.seconds))
                .text("tuned", "chosen", Row::chosen)
                .table(result.methods());
    }

    private static Text count(String name, long count, boolean shown) {
        return Text.figure(name, count, shown ? Format.count(count) : "");
    }

    private static Text time(double seconds) {
        return Text.figure(
                "makeSeconds",
                seconds,
                seconds == 0
                        ? ""
                        : seconds < 1
                                ? String.format(Locale.ROOT, "%.3g ms", 1000 * seconds)
                                : String.format(Locale.ROOT, "%.1f s", seconds));
    }

    /** Says which method has the fewest errors, and whether others are within chance of it. */
    private static String verdict(Result result) {
        List<MethodResult> ordered = result.methods().stream()
                .map(Row::result)
                .sorted(Comparator.comparingDouble(MethodResult::error))
                .toList();
        MethodResult best = ordered.get(0);
        double high = best.interval().high();
        List<String> withinInterval = ordered.stream()
                .skip(1)
                .filter(method -> method.error() <= high)
                .map(method -> method.name() + " (" + Format.percent(method.error()) + ")")
                .toList();
        return "\"" + best.name() + "\" has the fewest errors, " + Format.percent(best.error())
                + (withinInterval.isEmpty()
                        ? "; the errors of all others are above its interval."
                        : "; within its interval are " + String.join(", ", withinInterval) + ".");
    }
}
