package io.github.afterimage.cli.index;

import static io.github.afterimage.experiments.command.Failure.refuse;

import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.DoubtThreshold;
import io.github.afterimage.answer.Tuner;
import io.github.afterimage.answer.TuningRows;
import io.github.afterimage.cli.options.MeasuredIndex;
import io.github.afterimage.cli.options.SparkOption;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.command.OutputFile;
import io.github.afterimage.experiments.options.DataOptions;
import io.github.afterimage.experiments.options.GridOptions;
import io.github.afterimage.experiments.options.IndexOptions;
import io.github.afterimage.experiments.options.ViewsOption;
import io.github.afterimage.experiments.protocol.PaperGrid;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.PassTime;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "tune",
        header = "Fit the rule by which network and memory answer together.",
        description = {
            "",
            "Give it labelled examples that are neither keys of the index nor those that the final error rate is measured on: 200 "
                    + "suffice, and 500 have full value. It fits the weights of network and memory for some values of theta, the "
                    + "sharpness of the memory, and for one view of an image and two, the image and its mirror image. It takes those that "
                    + "make the true classes most probable (least mean of -log p). With few examples the weights stay near those "
                    + "that an untuned index has.",
            "",
            "If the shares of the classes among the examples are clearly unequal, answers count how often each class comes.",
            "",
            "If the data are features without probabilities, or the network has other classes, it tunes the memory alone.",
            "",
            "The doubt of an answer is the entropy of its probabilities. A threshold is saved too, for one view and for two: predict and "
                    + "serve then tell which answers are uncertain, and leave them out with --refuse. Among these are most pictures of "
                    + "other classes, and most wrong answers. \"evaluate\" counts how many of your images that are.",
            "",
            "Also saves what \"predict --coverage 0.95\" needs: sets of classes that have the true one with a chosen probability, "
                    + "for images like these. 19 examples give a coverage of 0.95, and 99 give 0.99; each class with 100 or more has "
                    + "its own promise. \"evaluate\" counts how many sets have the true class.",
            "",
            "With --save, the index keeps up to 500 of the examples: their encoded rows, what the network says of them, and their classes; "
                    + "140 KB for 10 classes. So a save fits the weights again once a tenth of the keys has changed, and serve tells what "
                    + "a lesson does. The rows are not keys; \"remove --forget\" drops those that equal a forgotten key, and --keep 0 all.",
            "",
            "--lambda searches a grid for equation (3) of the paper instead, for the experiments of the paper; the index then answers by "
                    + "that."
        },
        footer = {
            "  afterimage tune --index cifar10.safetensors --model resnet20.onnx \\",
            "      --data 'cifar10:data#train[45000:45500]' --save"
        })
public final class TuneCommand extends Command {
    @Mixin
    private IndexOptions index;

    @Mixin
    private DataOptions data;

    @Mixin
    private ViewsOption views;

    @Option(
            names = "--theta",
            paramLabel = "GRID",
            description = "Values of theta, ascending, separated by commas or FIRST:LAST:COUNT; " + Tuner.THETAS
                    + " by default, and further ones if the first or the last is best.")
    private @Nullable String thetas;

    @Option(
            names = "--lambda",
            paramLabel = "GRID",
            description =
                    "Values of lambda, the weight of the memory in equation (3), such as 0:1:41, searched with 33 values of theta"
                            + " from 10 to 90 or those of --theta. The point with the fewest errors is taken.")
    private @Nullable String lambdas;

    @Mixin
    private SparkOption spark;

    @Option(
            names = "--refused",
            paramLabel = "SHARE",
            description = "Share of these examples whose doubt may be above the threshold, 0.01 by default.")
    private double refused = DoubtThreshold.SHARE;

    @Option(
            names = "--save",
            description = "Write the rule, the threshold of doubt and the sets of classes into the index.")
    private boolean save;

    @Option(
            names = "--keep",
            paramLabel = "N",
            description =
                    "Number of the examples that the index keeps with --save, 500 by default and at most; 0 for none.")
    private int keep = TuningRows.MOST;

    private int kept;

    @Override
    protected void execute(Report report) throws IOException {
        // a wrong grid is better known before the data are opened
        Tuner tuner = thetas == null ? new Tuner() : new Tuner(GridOptions.parse("--theta", thetas));
        refuse(
                !(refused >= 0 && refused < 1),
                "--refused " + refused + ": expected a share, 0 or more and less than 1, such as 0.01");
        refuse(
                keep < 0 || keep > TuningRows.MOST,
                "--keep " + keep + ": expected a number of examples, 0 to " + TuningRows.MOST);
        if (save) {
            OutputFile.checkSaves(index.file());
        }
        refuse(
                save && spark.given(),
                "--save with --spark: expected one or the other; only a process that has all keys saves");
        try (MeasuredIndex measured = spark.given()
                ? spark.open(data, index)
                : MeasuredIndex.open(data, index, opened -> lambdas == null ? views.or(Calibration.MOST_VIEWS) : 1)) {
            if (save) {
                measured.index().files().lock(index.file());
            }
            PassTime time = lambdas == null ? fit(report, measured, tuner) : search(report, measured, lambdas);
            report.field("saved", save).field("kept", kept);
            measured.report(report, time);
            if (!spark.given()) {
                report.line("")
                        .line(
                                save
                                        ? "saved in " + index.file() + ", which keeps " + Format.count(kept, "example")
                                                + " of these"
                                        : "not saved; --save writes this into the index");
            }
        }
    }

    private PassTime fit(Report report, MeasuredIndex measured, Tuner tuner) throws IOException {
        Evaluation.Tuned found =
                step("tuning", data.description(), progress -> new Evaluation(measured.target(), measured.examples())
                        .tuned(tuner, thetas == null, progress));
        if (save) {
            save(measured, found.tuner().attributes(measured.index().attributes(), refused));
        }
        new TuneReport(found, refused).report(report, data.description(), measured.described());
        warnOfAbsentClasses(report, measured);
        return found.time();
    }

    /** Warns of examples of few classes, such as the first rows of data in the order of their classes. */
    private static void warnOfAbsentClasses(Report report, MeasuredIndex measured) {
        Examples examples = measured.examples();
        long known = Arrays.stream(measured.index().classCounts())
                .filter(count -> count > 0)
                .count();
        long present = IntStream.range(0, examples.size())
                .map(examples::label)
                .distinct()
                .count();
        double drawn = known * (1 - Math.pow(1 - 1.0 / known, examples.size()));
        if (present < drawn / 2) {
            report.warning(String.format(
                    Locale.ROOT,
                    "the examples are of %d of the %d classes that have keys, and as many drawn from all would be of about %.0f:"
                            + " the rule hardly answers with the other classes; draw the examples from all classes",
                    present,
                    known,
                    drawn));
        }
    }

    /** Searches the grid of the paper. */
    private PassTime search(Report report, MeasuredIndex measured, String given) throws IOException {
        PaperGrid grid = new PaperGrid(
                thetas == null ? PaperGrid.values(10, 90, 33) : GridOptions.parse("--theta", thetas),
                GridOptions.parse("--lambda", given));
        PassTime time = step(
                "tuning",
                data.description(),
                progress -> grid.count(new Evaluation(measured.target(), measured.examples()), progress));
        PaperGrid.Point best = grid.best();
        if (save) {
            save(
                    measured,
                    Calibration.of(best.mixture(), 1)
                            .attributes(measured.index().attributes()));
        }
        report.line(
                        "%s of %s",
                        Text.count("examples", grid.examples(), "example"), Text.value("data", data.description()))
                .line(measured.described());
        if (grid.hasNetwork()) {
            report.line("network: %s errors", Text.percent("networkError", grid.networkError()));
        }
        report.line(
                "equation (3): %s errors with %s",
                Text.percent("mixedError", best.error()), Text.mixture(best.mixture()));
        return time;
    }

    private void save(MeasuredIndex measured, Map<String, String> attributes) throws IOException {
        TuningRows rows = new Evaluation(measured.target(), measured.examples()).rows(measured.index(), keep);
        measured.index().files().saveTuned(index.file(), attributes, rows);
        kept = rows.size();
    }
}
