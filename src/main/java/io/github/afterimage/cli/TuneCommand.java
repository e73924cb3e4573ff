package io.github.afterimage.cli;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheModel;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Tuner;
import io.github.afterimage.experiment.Evaluation;
import io.github.afterimage.spark.SparkPass;
import io.github.afterimage.store.IndexFile;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "tune",
        header = "Find the best theta and lambda, in one pass.",
        description = {
            "",
            "Counts the errors at every point of a grid, on examples that are neither keys of the index nor those "
                    + "that the final error rate is measured on."
        },
        footer = {
            "  afterimage tune --index cifar10.safetensors --model resnet20.onnx \\",
            "      --data cifar10:data#train[45000:] --flip --save"
        })
final class TuneCommand extends Command {
    @Mixin
    private IndexOptions index;

    @Mixin
    private DataOptions data;

    @Mixin
    private GridOptions grid;

    @Mixin
    private SparkOption spark;

    @Option(names = "--save", order = 42, description = "Write the best theta and lambda into the index.")
    private boolean save;

    @Override
    void execute(Report report) throws IOException {
        Tuner tuner = grid.tuner();
        if (save) {
            checkSaving();
        }
        if (spark.given()) {
            executeOnSpark(report, tuner);
            return;
        }
        try (IndexOptions.Opened opened = index.open();
                OpenedExamples examples = data.openFor(opened.index(), index.threads())) {
            if (save) {
                opened.index().lock(index.file());
            }
            Evaluation evaluation = new Evaluation(opened.index(), examples.examples());
            Evaluation.Time time;
            try (TerminalProgress progress = common().progress("tuning")) {
                time = evaluation.tune(tuner, progress);
            } catch (IllegalArgumentException e) {
                throw new Failure.UnusableDataException(data.description(), e);
            }
            Hyperparameters best = tuner.best().hyperparameters();
            if (save) {
                save(opened.index(), best);
            }
            index.report(report, opened.index());
            report(report, tuner, index.describe(opened.index()));
            Stages.report(report, data, opened, tuner.examples(), time);
            report.line("")
                    .line(
                            save
                                    ? "saved in " + index.file() + ": theta " + Format.number(best.theta())
                                            + ", lambda " + Format.number(best.lambda())
                                    : "not saved; --save writes theta and lambda into the index");
        }
    }

    private void executeOnSpark(Report report, Tuner tuner) throws IOException {
        if (save) {
            throw new IllegalArgumentException("--save with --spark: expected one or the other; give evaluate the theta"
                    + " and lambda that are found");
        }
        long start = System.nanoTime();
        try (SparkPass pass = data.onSpark(spark, index)) {
            double opening = (System.nanoTime() - start) / 1e9;
            Evaluation.Time time;
            try (TerminalProgress progress = common().progress("tuning")) {
                time = new Evaluation(pass.index(), pass.examples()).tune(tuner, progress);
            }
            report(report, tuner, index.reportSpark(report, pass));
            Stages.reportSpark(report, opening, time, tuner.examples());
        }
    }

    private void checkSaving() throws IOException {
        if (Files.isRegularFile(index.file())) {
            OutputFile.checkWritable(index.file());
            OutputFile.checkRoom(index.file(), IndexFile.bytes(index.file()));
        }
    }

    private void save(CacheIndex opened, Hyperparameters best) throws IOException {
        Map<String, String> attributes = new LinkedHashMap<>(opened.attributes());
        attributes.putAll(CacheModel.tunedAttributes(best));
        opened.saveWhole(index.file(), attributes);
    }

    private void report(Report report, Tuner tuner, String described) {
        Tuner.Point best = tuner.best();
        Tuner.Point cacheOnly = tuner.bestCacheOnly();
        report.field("data", data.description())
                .field("examples", tuner.examples())
                .field("networkError", tuner.networkError())
                .field(
                        "best",
                        Report.object(
                                "theta", best.hyperparameters().theta(),
                                "lambda", best.hyperparameters().lambda(),
                                "mixedError", best.error()))
                .field(
                        "bestCacheOnly",
                        Report.object(
                                "theta", cacheOnly.hyperparameters().theta(),
                                "cacheOnlyError", cacheOnly.error()))
                .field("saved", save)
                .field("thetas", tuner.thetas())
                .field("lambdas", tuner.lambdas())
                .field("mixedErrors", mixedErrors(tuner))
                .field("cacheOnlyErrors", cacheOnlyErrors(tuner));
        report.line(Format.count(tuner.examples(), "example") + " of " + data.description() + " at "
                + Format.count((long) tuner.thetas().length * tuner.lambdas().length, "point"));
        report.line(described);
        report.table(new Table("lrlll")
                .row("", "error", "", "theta", "lambda")
                .row("network", Format.percent(tuner.networkError()))
                .row(
                        "best mixed",
                        Format.percent(best.error()),
                        "",
                        edge(tuner.thetas(), best.hyperparameters().theta()),
                        edge(tuner.lambdas(), best.hyperparameters().lambda()))
                .row(
                        "best cache only",
                        Format.percent(cacheOnly.error()),
                        "",
                        edge(tuner.thetas(), cacheOnly.hyperparameters().theta())));
    }

    private static String edge(double[] values, double value) {
        return Format.number(value) + (Grid.atEdge(values, value) ? " (the grid's edge)" : "");
    }

    private static List<double[]> mixedErrors(Tuner tuner) {
        List<double[]> errors = new ArrayList<>();
        for (int t = 0; t < tuner.thetas().length; t++) {
            double[] row = new double[tuner.lambdas().length];
            for (int l = 0; l < row.length; l++) {
                row[l] = tuner.mixedError(t, l);
            }
            errors.add(row);
        }
        return errors;
    }

    private static double[] cacheOnlyErrors(Tuner tuner) {
        double[] errors = new double[tuner.thetas().length];
        for (int t = 0; t < errors.length; t++) {
            errors[t] = tuner.cacheOnlyError(t);
        }
        return errors;
    }
}
