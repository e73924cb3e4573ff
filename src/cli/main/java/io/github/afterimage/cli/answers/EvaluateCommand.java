package io.github.afterimage.cli.answers;

import io.github.afterimage.answer.AnswerRule;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.Mixture;
import io.github.afterimage.cli.options.MeasuredIndex;
import io.github.afterimage.cli.options.SparkOption;
import io.github.afterimage.cli.output.ClassReport;
import io.github.afterimage.cli.output.Csv;
import io.github.afterimage.cli.output.ErrorReport;
import io.github.afterimage.experiments.ClassErrors;
import io.github.afterimage.experiments.ErrorCounts;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.command.OutputFile;
import io.github.afterimage.experiments.options.DataOptions;
import io.github.afterimage.experiments.options.IndexOptions;
import io.github.afterimage.experiments.options.RuleOptions;
import io.github.afterimage.experiments.options.ViewsOption;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.RuleText;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.PassTime;
import io.github.afterimage.model.evaluation.Prediction;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "evaluate",
        header = "Measure the error rates of the network, of the memory, and of both together.",
        description = {
            "",
            "Predicts every example with the network, with the memory alone, and with both together by the rule of the index, or by "
                    + "equation (3) of the paper with --lambda. Reports how many predictions are wrong, which errors of the network "
                    + "are corrected, which correct answers are broken, the mean of -log p of the true class, and the time of each "
                    + "stage in seconds; of the classes with "
                    + "the greatest share of errors, and of those that are most often taken for another, the first five, and all with --json.",
            "",
            "Also prints the errors among the surest 90 % and 80 % of the answers, those of the least doubt, beside those of the network by "
                    + "its own doubt. The doubt is the entropy of the probabilities.",
            "",
            "If \"tune --save\" stored them: counts how many prediction sets have the true class, beside the share that is promised, and "
                    + "how many examples \"predict --refuse\" would refuse. Examples like those of tune should keep both."
        },
        footer = {
            "  afterimage evaluate --index cifar10.safetensors --model resnet20.onnx --data 'cifar10:data#test'",
            "  afterimage evaluate --index features.safetensors --data features:test.npz \\",
            "      --theta 80 --lambda 0.5111"
        })
public final class EvaluateCommand extends Command {
    /** The header of the file of predictions. */
    private static final String PREDICTIONS =
            "index,label,network,memory,together,p_memory_label,p_together_label,name\n";

    @Mixin
    private IndexOptions index;

    @Mixin
    private DataOptions data;

    @Mixin
    private RuleOptions rule;

    @Mixin
    private ViewsOption views;

    @Mixin
    private SparkOption spark;

    @Option(
            names = "--predictions",
            paramLabel = "FILE.csv",
            description =
                    "Also write the predictions of every example as CSV: classes by number, probabilities, and the name of"
                            + " the example, such as cat/0001.png.")
    private @Nullable Path predictions;

    @Override
    protected void execute(Report report) throws IOException {
        checkOutput(predictions);
        try (MeasuredIndex measured = spark.given()
                ? spark.open(data, index)
                : MeasuredIndex.open(data, index, opened -> views.or(rule.views(opened)))) {
            int most = measured.examples().views();
            Calibration chosen = rule.resolve(measured.index(), Math.min(most, views.or(rule.views(measured.index()))));
            Counts counts = new Counts(
                    new ErrorCounts(),
                    new ClassErrors(),
                    new CoverageCounts(chosen),
                    new SurestErrors(),
                    measured.index().classNames());
            PassTime time = evaluate(measured, chosen, counts);
            report(report, measured.described(), chosen, counts);
            measured.report(report, time);
            if (predictions != null) {
                report.line("").line("predictions in %s", Text.value("predictions", predictions.toString()));
            }
        }
    }

    /** Counts of the predictions. */
    private record Counts(
            ErrorCounts errors, ClassErrors classes, CoverageCounts coverage, SurestErrors surest, List<String> names) {
        void add(Prediction prediction) {
            errors.add(prediction);
            classes.add(prediction);
            coverage.add(prediction);
            surest.add(prediction);
        }
    }

    private void report(Report report, Text described, Calibration chosen, Counts counts) {
        ErrorCounts errors = counts.errors;
        report.line(
                        "%s of %s",
                        Text.count("examples", errors.examples(), "example"), Text.value("data", data.description()))
                .line(described)
                .line(
                        "%s%s",
                        RuleText.of(chosen),
                        errors.hasNetwork() ? "" : "; the memory answers alone, without a network's probabilities");
        ErrorReport.report(report, errors, chosen.views());
        counts.surest.report(report);
        counts.coverage.report(report);
        new ClassReport(counts.classes, counts.names).report(report);
    }

    private PassTime evaluate(MeasuredIndex measured, Calibration chosen, Counts counts) throws IOException {
        AnswerRule alone = chosen.rule() instanceof Mixture mixture
                ? new Mixture(mixture.theta(), 1)
                : measured.index().calibration(Calibration.ALONE).rule();
        return step("evaluating", data.description(), progress -> {
            Evaluation evaluation = new Evaluation(measured.target(), measured.examples());
            if (predictions == null) {
                return evaluation.predict(chosen, alone, progress, counts::add);
            }
            try (OutputFile file = OutputFile.create(predictions)) {
                file.writer().write(PREDICTIONS);
                PassTime time = evaluation.predict(chosen, alone, progress, prediction -> {
                    counts.add(prediction);
                    write(file.writer(), prediction, measured.examples());
                });
                file.complete();
                return time;
            }
        });
    }

    /** Cells are empty where there is no network, or no name. */
    private static void write(Writer target, Prediction prediction, Examples examples) throws IOException {
        target.write(String.format(
                Locale.ROOT,
                "%d,%d,%s,%d,%s,%.6g,%s,%s\n",
                prediction.example(),
                prediction.label(),
                prediction.hasNetwork() ? prediction.network() : "",
                prediction.memory(),
                prediction.hasNetwork() ? prediction.together() : "",
                prediction.trueClass().memory(),
                prediction.hasNetwork()
                        ? String.format(
                                Locale.ROOT, "%.6g", prediction.trueClass().together())
                        : "",
                Csv.quoted(examples.name(prediction.example()))));
    }
}
