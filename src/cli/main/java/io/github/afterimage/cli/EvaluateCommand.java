package io.github.afterimage.cli;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.cli.options.DataOptions;
import io.github.afterimage.cli.options.HyperparameterOptions;
import io.github.afterimage.cli.options.IndexOptions;
import io.github.afterimage.cli.options.OpenedExamples;
import io.github.afterimage.cli.options.SparkOption;
import io.github.afterimage.cli.output.Failure;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.cli.output.OutputFile;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.cli.output.TerminalProgress;
import io.github.afterimage.experiments.ErrorCounts;
import io.github.afterimage.experiments.NetworkCheck;
import io.github.afterimage.experiments.ScreenComparison;
import io.github.afterimage.experiments.ScreenStatistics;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.PassTime;
import io.github.afterimage.spark.SparkEvaluation;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "evaluate",
        header = "Measure the error rates of the network, the mixture and the cache alone.",
        footer = {
            "  afterimage evaluate --index cifar10.safetensors --model resnet20.onnx --data 'cifar10:data#test'",
            "  afterimage evaluate --index features.safetensors --data features:test.npz \\",
            "      --theta 80 --lambda 0.5111"
        })
final class EvaluateCommand extends Command {
    @Mixin
    private IndexOptions index;

    @Mixin
    private DataOptions data;

    @Mixin
    private HyperparameterOptions hyperparameters;

    @Mixin
    private SparkOption spark;

    @Option(
            names = "--cache-theta",
            order = 42,
            paramLabel = "T",
            description = "Sharpness for the cache alone; the same by default.")
    private Double cacheTheta;

    @Option(
            names = "--predictions",
            order = 50,
            paramLabel = "FILE.csv",
            description =
                    "Also write the predictions of every example: classes by number, and the name of the example, such as"
                            + " cat/0001.png.")
    private Path predictions;

    @Option(
            names = "--screen",
            order = 60,
            arity = "0..1",
            fallbackValue = "1",
            paramLabel = "TOLERANCE",
            description = "Also answer every example from an int8 screen of the keys, with certainty: the class, and"
                    + " probabilities within TOLERANCE where one is given. Says how many keys had to be read as they are"
                    + " stored, and the time against the plain pass.")
    private Double screenTolerance;

    @Override
    void execute(Report report) throws IOException {
        if (screenTolerance != null && !(screenTolerance >= 1e-6 && screenTolerance <= 1)) {
            throw new IllegalArgumentException("--screen " + screenTolerance + ": expected 1e-6 to 1");
        }
        if (predictions != null) {
            OutputFile.checkWritable(predictions);
            index.checkIsNot(predictions);
            data.checkIsNot(predictions);
        }
        if (spark.given()) {
            executeOnSpark(report);
            return;
        }
        try (IndexOptions.Opened opened = index.open(screenTolerance != null)) {
            try (OpenedExamples examples = data.openFor(opened.index(), index.threads())) {
                Hyperparameters chosen = chosen(opened.index(), examples.examples());
                double alone = alone(chosen);
                NetworkCheck check = new NetworkCheck(examples.examples());
                Evaluation evaluation = data.evaluation(opened.index(), check.examples());
                ErrorCounts tally = new ErrorCounts();
                PassTime time = evaluate(evaluation, check.examples(), chosen, alone, tally);
                index.report(report, opened.index());
                report(report, index.describe(opened.index()), chosen, alone, tally);
                NetworkReport.warn(report, check);
                NetworkReport.cacheOnly(report, examples);
                TimeReport.report(report, data, opened, tally.examples(), time);
                if (screenTolerance != null) {
                    compareScreen(report, opened.index(), examples, chosen.theta());
                }
                reportPredictions(report);
            }
        }
    }

    private void executeOnSpark(Report report) throws IOException {
        if (screenTolerance != null) {
            throw new IllegalArgumentException("--screen with --spark: expected one or the other");
        }
        long start = System.nanoTime();
        try (SparkEvaluation pass = data.onSpark(spark, index)) {
            double opening = (System.nanoTime() - start) / 1e9;
            Hyperparameters chosen = chosen(pass.withoutKeys(), pass.examples());
            double alone = alone(chosen);
            ErrorCounts tally = new ErrorCounts();
            NetworkCheck check = new NetworkCheck(pass.examples());
            PassTime time =
                    evaluate(new Evaluation(pass.index(), check.examples()), check.examples(), chosen, alone, tally);
            report(report, index.reportSpark(report, pass), chosen, alone, tally);
            NetworkReport.warn(report, check);
            TimeReport.reportSpark(report, opening, time, tally.examples());
            reportPredictions(report);
        }
    }

    private Hyperparameters chosen(CacheIndex opened, Examples examples) {
        return examples.hasProbabilities() ? hyperparameters.resolve(opened) : hyperparameters.resolveCacheOnly(opened);
    }

    private double alone(Hyperparameters chosen) {
        return new Hyperparameters(cacheTheta == null ? chosen.theta() : cacheTheta, 1).theta();
    }

    private void report(Report report, String index, Hyperparameters chosen, double alone, ErrorCounts tally) {
        report.field("data", data.description())
                .field("theta", chosen.theta())
                .field("lambda", chosen.lambda())
                .field("cacheTheta", alone);
        report.line(Format.count(tally.examples(), "example") + " of " + data.description());
        report.line(index);
        report.line(
                tally.hasNetwork()
                        ? "theta " + Format.number(chosen.theta()) + ", lambda " + Format.number(chosen.lambda())
                                + (alone == chosen.theta() ? "" : ", cache alone at theta " + Format.number(alone))
                        : "theta " + Format.number(alone)
                                + "; the cache answers alone, without a network's probabilities");
        ErrorReport.report(report, tally);
    }

    private void reportPredictions(Report report) {
        if (predictions != null) {
            report.field("predictions", predictions.toString());
            report.line("").line("predictions in " + predictions);
        }
    }

    private void compareScreen(Report report, CacheIndex screened, OpenedExamples examples, double theta)
            throws IOException {
        ScreenStatistics result;
        try (TerminalProgress progress = progress("screening")) {
            result = new ScreenComparison(screened, examples.examples())
                    .run(theta, screenTolerance, Evaluation.BATCH, progress);
        }
        ScreenReport.report(report, screened, screenTolerance, result);
    }

    private PassTime evaluate(
            Evaluation evaluation, Examples examples, Hyperparameters chosen, double alone, ErrorCounts tally)
            throws IOException {
        try (TerminalProgress progress = progress("evaluating")) {
            if (predictions == null) {
                return evaluation.predict(chosen, alone, progress, tally::add);
            }
            try (PredictionFile file = new PredictionFile(predictions, examples)) {
                PassTime time = evaluation.predict(chosen, alone, progress, prediction -> {
                    tally.add(prediction);
                    file.add(prediction);
                });
                file.complete();
                return time;
            }
        } catch (IllegalArgumentException e) {
            throw new Failure.UnusableDataException(data.description(), e);
        }
    }
}
