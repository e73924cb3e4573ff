package io.github.afterimage.cli.answers;

import static io.github.afterimage.experiments.command.Failure.refuse;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.cli.options.SparkOption;
import io.github.afterimage.cli.output.ClassReport;
import io.github.afterimage.cli.output.ErrorReport;
import io.github.afterimage.cli.output.TimeReport;
import io.github.afterimage.experiments.ClassErrors;
import io.github.afterimage.experiments.ErrorCounts;
import io.github.afterimage.experiments.KeyOverlap;
import io.github.afterimage.experiments.NetworkCheck;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.command.Failure;
import io.github.afterimage.experiments.command.OutputFile;
import io.github.afterimage.experiments.command.TerminalProgress;
import io.github.afterimage.experiments.options.CacheThetaOption;
import io.github.afterimage.experiments.options.DataCheck;
import io.github.afterimage.experiments.options.DataOptions;
import io.github.afterimage.experiments.options.HyperparameterOptions;
import io.github.afterimage.experiments.options.IndexOptions;
import io.github.afterimage.experiments.options.NetworkReport;
import io.github.afterimage.experiments.options.OpenedExamples;
import io.github.afterimage.experiments.options.OpenedIndex;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.PassTime;
import io.github.afterimage.model.evaluation.Prediction;
import io.github.afterimage.model.evaluation.Stopwatch;
import io.github.afterimage.spark.SparkEvaluation;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "evaluate",
        header = "Measure the error rates of the network, of the mixture and of the memory alone.",
        description = {
            "",
            "Predicts every example with the network alone, with the mixture (1 - lambda) p_net + lambda p_mem, and with "
                    + "the memory alone. Reports how many predictions are wrong, which errors of the network the memory "
                    + "corrects, which correct answers it breaks, and the time of each stage in seconds; of the classes with "
                    + "the greatest share of errors, and of those that are most often taken for another, the first five, and all with --json."
        },
        footer = {
            "  afterimage evaluate --index cifar10.safetensors --model resnet20.onnx --data 'cifar10:data#test'",
            "  afterimage evaluate --index features.safetensors --data features:test.npz \\",
            "      --theta 80 --lambda 0.5111"
        })
public final class EvaluateCommand extends Command {
    @Mixin
    private IndexOptions index;

    @Mixin
    private DataOptions data;

    @Mixin
    private HyperparameterOptions hyperparameters;

    @Mixin
    private SparkOption spark;

    @Mixin
    private CacheThetaOption cacheTheta;

    @Option(
            names = "--nearest",
            paramLabel = "N",
            description = "Sum over the N nearest keys only, see tune --nearest; all keys by default.")
    private @Nullable Integer nearest;

    @Mixin
    private PredictionsOption predictions;

    @Mixin
    private SketchOption sketch;

    @Override
    protected void execute(Report report) throws IOException {
        sketch.check();
        checkOutput(predictions.file());
        checkNearest();
        if (spark.given()) {
            executeOnSpark(report);
            return;
        }
        try (OpenedIndex opened = index.open(sketch.components(index.file()));
                OpenedExamples examples = data.openFor(opened.index(), index.threads())) {
            Hyperparameters chosen = chosen(opened.index(), examples.examples());
            DataCheck dataCheck = DataCheck.of(data.description(), opened.index(), examples.examples());
            NetworkCheck check = new NetworkCheck(dataCheck.examples());
            Counts counts = new Counts(opened.index().classNames());
            PassTime time = evaluate(evaluation(opened.index(), check.examples()), check.examples(), chosen, counts);
            report(report, index.describe(opened.index()), chosen, counts);
            NetworkReport.warn(report, check);
            dataCheck.warn(report);
            NetworkReport.cacheOnly(report, examples);
            TimeReport.report(report, data, opened, counts.errors.examples(), time);
            if (sketch.given()) {
                try (TerminalProgress progress = progress("estimating")) {
                    sketch.compare(report, opened.index(), examples.examples(), chosen.theta(), progress);
                }
            }
            predictions.report(report);
        }
    }

    private void checkNearest() {
        if (nearest == null) {
            return;
        }
        hyperparameters.requireNoBeta("--nearest");
        refuse(nearest < 1, "--nearest " + nearest + ": expected a positive number of keys");
        if (spark.given() || sketch.given()) {
            String other = spark.given() ? "--spark" : "--sketch";
            throw new IllegalArgumentException("--nearest with " + other + ": expected one or the other");
        }
    }

    private Evaluation evaluation(CacheIndex opened, Examples examples) throws IOException {
        if (nearest == null) {
            return data.evaluation(opened, examples);
        }
        int k = nearest;
        return Failure.naming(data.description(), () -> Evaluation.ofNearest(opened, new int[] {k}, examples));
    }

    private void executeOnSpark(Report report) throws IOException {
        refuse(sketch.given(), "--sketch with --spark: expected one or the other");
        Stopwatch watch = Stopwatch.started();
        try (SparkEvaluation pass = spark.open(data, index)) {
            double opening = watch.seconds();
            Hyperparameters chosen = chosen(pass.withoutKeys(), pass.examples());
            KeyOverlap overlap = SparkOption.overlap(pass);
            NetworkCheck check = new NetworkCheck(overlap.examples());
            Counts counts = new Counts(pass.withoutKeys().classNames());
            PassTime time = evaluate(new Evaluation(pass.index(), check.examples()), check.examples(), chosen, counts);
            report(report, SparkOption.describe(pass, index), chosen, counts);
            NetworkReport.warn(report, check);
            Optional.ofNullable(overlap.warning())
                    .ifPresent(warning -> report.warning(data.description() + ": " + warning));
            TimeReport.reportSpark(report, opening, time, counts.errors.examples());
            predictions.report(report);
        }
    }

    private Hyperparameters chosen(CacheIndex opened, Examples examples) {
        Hyperparameters chosen = examples.hasProbabilities()
                ? hyperparameters.resolve(opened)
                : hyperparameters.resolveCacheOnly(opened);
        return nearest == null ? chosen : new Hyperparameters(chosen.theta(), chosen.lambda());
    }

    /** Counts of the predictions. */
    private record Counts(ErrorCounts errors, ClassErrors classes, List<String> names) {
        Counts(List<String> names) {
            this(new ErrorCounts(), new ClassErrors(), names);
        }

        void add(Prediction prediction) {
            errors.add(prediction);
            classes.add(prediction);
        }
    }

    private void report(Report report, Text described, Hyperparameters chosen, Counts counts) {
        ErrorCounts errors = counts.errors;
        report.line(
                        "%s of %s",
                        Text.count("examples", errors.examples(), "example"), Text.value("data", data.description()))
                .line(described)
                .line(
                        "%s%s%s",
                        cacheTheta.describe(chosen),
                        nearest == null
                                ? ""
                                : Text.of("; sums over the %s", Text.count("nearest", nearest, "nearest key")),
                        errors.hasNetwork() ? "" : "; the memory answers alone, without a network's probabilities");
        ErrorReport.report(report, errors);
        new ClassReport(counts.classes, counts.names).report(report);
    }

    private PassTime evaluate(Evaluation evaluation, Examples examples, Hyperparameters chosen, Counts counts)
            throws IOException {
        Hyperparameters alone = cacheTheta.alone(chosen);
        return step("evaluating", data.description(), progress -> {
            if (!predictions.given()) {
                return evaluation.predict(chosen, alone, progress, counts::add);
            }
            try (OutputFile file = predictions.create()) {
                PassTime time = evaluation.predict(chosen, alone, progress, prediction -> {
                    counts.add(prediction);
                    PredictionsOption.write(file.writer(), prediction, examples);
                });
                file.complete();
                return time;
            }
        });
    }
}
