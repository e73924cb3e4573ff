package io.github.afterimage.experiments.sets;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.PredictionSets;
import io.github.afterimage.Tuner;
import io.github.afterimage.experiments.SharedExamples;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.options.CacheThetaOption;
import io.github.afterimage.experiments.options.DataCheck;
import io.github.afterimage.experiments.options.DataOptions;
import io.github.afterimage.experiments.options.HyperparameterOptions;
import io.github.afterimage.experiments.options.IndexOptions;
import io.github.afterimage.experiments.options.OpenedExamples;
import io.github.afterimage.experiments.options.SeedOption;
import io.github.afterimage.experiments.report.Columns;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.experiments.sets.ConformalEvaluation.Model;
import io.github.afterimage.experiments.sets.ConformalEvaluation.Result;
import io.github.afterimage.experiments.statistics.Interval;
import io.github.afterimage.model.evaluation.BalancedSample;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.platform.Resources;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "sets",
        header = "Measure sets of classes that have the true class with a chosen probability.",
        description = {
            "",
            "Makes split-conformal prediction sets from the network's probabilities, from those of the mixture and from those of "
                    + "the cache alone. Labelled calibration examples give a threshold: the ceil((n + 1)(1 - alpha))-th smallest "
                    + "of the scores of their true classes. The set of another example has every class whose score is at most "
                    + "that, and then has the true class with a probability of at least 1 - alpha, whatever the network is. "
                    + "Reports how many sets of the test examples do (coverage), and how large sets are; of two models with the "
                    + "same coverage, the one with smaller sets is better.",
            "",
            "The promise is for examples that are drawn like those of the calibration, and a mean over all of them: some "
                    + "classes may be covered less often, see --per-class. Neither the network, the index nor theta and lambda may "
                    + "come from the calibration examples."
        },
        footer = {
            "  afterimage measure sets --index cifar10.safetensors --model resnet20.onnx \\",
            "      --data 'cifar10:data#test' --alpha 0.1,0.05,0.01",
            "  afterimage measure sets --index photos.safetensors --model net.onnx --data images:test \\",
            "      --calibration images:calibration --per-class"
        })
public final class SetsCommand extends Command {
    private static final double LEAST_ALPHA = 1e-6;
    private static final int NAMES_SHOWN = 6;

    @Mixin
    private IndexOptions index;

    @Mixin
    private DataOptions data;

    @Option(
            names = "--calibration",
            paramLabel = "DATA",
            description =
                    "The calibration examples, of the same kind as --data, which are then all test examples; by default a"
                            + " random half of --data calibrates and the other half tests.")
    private @Nullable String calibration;

    @Mixin
    private SeedOption seed;

    @Option(
            names = "--alpha",
            split = ",",
            paramLabel = "A",
            description = "Shares of sets that may lack the true class, separated by commas; 0.1,0.05,0.01 by default.")
    private Set<Double> alphas = new LinkedHashSet<>(List.of(0.1, 0.05, 0.01));

    @Option(
            names = "--score",
            paramLabel = "NAME",
            description = {
                "The score of a class:",
                "  lac (the default):",
                "    1 - p of the class, which gives the smallest sets in the mean; a set may be empty",
                "  aps:",
                "    the probabilities of all more probable classes and a random part of its own, which gives larger sets for "
                        + "difficult examples and smaller ones for easy examples"
            })
    private NonconformityScore score = NonconformityScore.LAC;

    @Option(
            names = "--per-class",
            description =
                    "A threshold for each class, from its own calibration examples: the promise then holds for each class,"
                            + " and sets are larger. A class with too few examples is in every set.")
    private boolean perClass;

    @Option(
            names = "--stored",
            description =
                    "Count the sets that \"tune --save\" stored, those of predict --coverage, over all of --data, which"
                            + " must not be what the index was tuned with.")
    private boolean stored;

    @Mixin
    private HyperparameterOptions hyperparameters;

    @Mixin
    private CacheThetaOption cacheTheta;

    @Override
    protected void execute(Report report) throws IOException {
        double[] levels = levels();
        try (CacheIndex keys = index.open();
                OpenedExamples opened = data.openFor(keys, index.threads());
                Resources others = new Resources()) {
            Examples examples = opened.examples();
            if (stored) {
                runStored(report, keys, examples, levels);
            } else if (calibration != null) {
                DataOptions from = data.with("--calibration", calibration);
                Examples calibrating =
                        others.add(from.openFor(keys, index.threads())).examples();
                run(report, keys, calibrating, examples, levels);
            } else {
                int[] order = BalancedSample.shuffled(
                        IntStream.range(0, examples.size()).toArray(), seed.seed());
                int half = order.length / 2;
                Examples first =
                        examples.select(Arrays.stream(order, 0, half).sorted().toArray());
                Examples second = examples.select(
                        Arrays.stream(order, half, order.length).sorted().toArray());
                run(report, keys, first, second, levels);
            }
            opened.reportCacheOnly(report);
        }
    }

    private void runStored(Report report, CacheIndex opened, Examples examples, double[] levels) throws IOException {
        if (calibration != null || perClass || score != NonconformityScore.LAC) {
            throw new IllegalArgumentException(
                    "--stored with --calibration, --per-class or --score: expected it alone, because tune chose all of these");
        }
        Hyperparameters chosen = hyperparameters.resolve(opened, examples.hasProbabilities());
        DataCheck check = DataCheck.of(data.description(), opened, examples);
        ConformalEvaluation evaluation = new ConformalEvaluation(opened, chosen, chosen, score, seed.seed());
        List<Result> results = step(
                "evaluating", data.description(), progress -> evaluation.runStored(check.examples(), levels, progress));
        report.line(
                        "%s of %s, sets of %s of tune",
                        Text.count("examples", examples.size(), "example"),
                        Text.value("data", data.description()),
                        Text.count(
                                "calibrationExamples",
                                Tuner.predictionSets(opened, chosen)
                                        .orElseThrow()
                                        .examples(),
                                "example"))
                .line(index.describe(opened))
                .line(Text.hyperparameters(chosen));
        write(report, opened.classNames(), results);
        check.warn(report);
    }

    private double[] levels() {
        for (double alpha : alphas) {
            if (!(alpha >= LEAST_ALPHA && alpha < 1)) {
                throw new IllegalArgumentException(
                        "--alpha " + alpha + ": expected 0.000001 to less than 1, such as 0.1");
            }
        }
        return alphas.stream().mapToDouble(Double::doubleValue).toArray();
    }

    /**
     * @param first calibrate
     * @param second are counted
     */
    private void run(Report report, CacheIndex opened, Examples first, Examples second, double[] levels)
            throws IOException {
        String calibrating = calibration == null
                ? data.description()
                : data.with("--calibration", calibration).description();
        if (first.size() == 0 || second.size() == 0) {
            throw new IllegalArgumentException(data.description() + " and its calibration have " + second.size()
                    + " and " + first.size() + " examples: expected at least one of each");
        }
        Hyperparameters chosen = hyperparameters.resolve(opened, second.hasProbabilities());
        DataCheck calibrationCheck = DataCheck.of(calibrating, opened, first);
        DataCheck testCheck = DataCheck.of(data.description(), opened, second);
        SharedExamples calibrated = new SharedExamples(calibrationCheck.examples());
        SharedExamples.Others tested = calibrated.others(testCheck.examples());
        ConformalEvaluation evaluation =
                new ConformalEvaluation(opened, chosen, cacheTheta.alone(chosen), score, seed.seed());
        step("calibrating", calibrating, progress -> evaluation.calibrate(calibrated.examples(), progress));
        List<Result> results =
                step("evaluating", data.description(), progress -> evaluation.run(tested, levels, perClass, progress));
        report.line(
                        "%s of %s, calibrated with %s%s",
                        Text.count("examples", second.size(), "example"),
                        Text.value("data", data.description()),
                        Text.count("calibrationExamples", first.size(), "example"),
                        calibration == null ? " of its other half, seed " + seed.seed() : " of " + calibration)
                .line(index.describe(opened))
                .line(
                        "%s; score %s, %s",
                        cacheTheta.describe(chosen),
                        Text.value("score", score.toString()),
                        perClass ? "a threshold for each class" : "one threshold for all classes")
                .field("perClass", perClass)
                .field("seed", seed.seed());
        write(report, opened.classNames(), results);
        testCheck.warn(report);
        if (calibration != null) {
            calibrationCheck.warn(report);
            String warning = tested.warning(
                    "--data " + data.description(),
                    "--calibration " + calibration,
                    "the coverage of these says nothing about new examples; use others");
            if (warning != null) {
                report.warning(warning);
            }
        }
    }

    /** Reports coverage and size of prediction sets. */
    private static void write(Report report, List<String> classNames, List<Result> results) {
        Table table = new Columns<Result>()
                .number("alpha", "alpha", each -> each.alpha())
                .left("", each -> name(each.model()))
                .percent("coverage", "coverage", each -> each.sets().coverage())
                .interval(
                        "95 % interval", "coverageInterval", each -> each.sets().coverageInterval())
                .fixed("mean size", "meanSize", 3, each -> each.sets().meanSize())
                .percent("empty", "emptyShare", each -> each.sets().share(0))
                .percent("single", "singleShare", each -> each.sets().share(1))
                .left("worst class", each -> {
                    int worst = each.sets().worstClass();
                    return Text.of(
                            "%s %s",
                            Text.percent("worstClassCoverage", each.sets().coverage(worst)),
                            Text.value("worstClass", classNames.get(worst)));
                })
                .field("unlimitedClasses", each -> names(classNames, each.sets().unlimited()))
                .table(results);
        report.list("results", table).line("");
        results.stream().map(Result::alpha).distinct().forEach(alpha -> {
            List<Result> level =
                    results.stream().filter(result -> result.alpha() == alpha).toList();
            compare(report, alpha, level);
            explainUnlimited(
                    report, alpha, names(classNames, level.get(0).sets().unlimited()), classNames.size());
        });
    }

    private static Text name(Model model) {
        return switch (model) {
            case NETWORK -> Text.figure("model", "network", "network");
            case MIXED -> Text.figure("model", "mixed", "mixed");
            case CACHE_ONLY -> Text.figure("model", "cacheOnly", "cache only");
        };
    }

    /** The sets of the model with the smaller ones may also be right less often, so both differences are stated. */
    private static void compare(Report report, double alpha, List<Result> level) {
        if (level.size() == 1) {
            return;
        }
        SetStatistics network = level.get(Model.NETWORK.ordinal()).sets();
        SetStatistics mixed = level.get(Model.MIXED.ordinal()).sets();
        Interval more = mixed.sizeDifference(network);
        report.line(
                "alpha %s: from the network to the mixture, the mean size changes by %s to %s classes (95 %% interval, for these"
                        + " thresholds) and the coverage by %s points.",
                Format.number(alpha),
                signed(more.low(), 3),
                signed(more.high(), 3),
                signed(100 * (mixed.coverage() - network.coverage()), 2));
    }

    private static String signed(double value, int decimals) {
        return (value > 0 ? "+" : "") + Format.fixed(value, decimals);
    }

    private static void explainUnlimited(Report report, double alpha, List<String> names, int classes) {
        if (!names.isEmpty()) {
            report.line(
                    "alpha %s: %s in every set, because fewer than %s calibration examples are too few for a threshold.",
                    Format.number(alpha),
                    names.size() == classes
                            ? "all classes are"
                            : names.stream().limit(NAMES_SHOWN).collect(Collectors.joining(", "))
                                    + (names.size() > NAMES_SHOWN
                                            ? " and " + (names.size() - NAMES_SHOWN) + " more are"
                                            : names.size() == 1 ? " is" : " are"),
                    Format.count(PredictionSets.required(BigDecimal.valueOf(alpha))));
        }
    }

    private static List<String> names(List<String> classNames, int[] classes) {
        return Arrays.stream(classes).mapToObj(classNames::get).toList();
    }
}
