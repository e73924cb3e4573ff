package io.github.afterimage.cli.answers;

import io.github.afterimage.answer.DoubtThreshold;
import io.github.afterimage.answer.Neighbor;
import io.github.afterimage.experiments.command.Failure;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.Classification;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The prediction of a cache model for an image file, or for a row of features.
 *
 * @param image the file, or the name of the row
 * @param answered null if there is none
 * @param failure why there is none; else empty
 * @param refuses whether an uncertain answer is left out
 * @param coverage the probability with which its set of classes has the true one; 0 for no set
 */
record ImagePrediction(
        String image, @Nullable Classification answered, String failure, boolean refuses, double coverage) {

    static ImagePrediction failed(Path image, Exception problem) {
        String message = Failure.of(problem).message();
        String file = image.toString();
        return new ImagePrediction(file, null, message.contains(file) ? message : file + ": " + message, false, 0);
    }

    boolean isFailed() {
        return !failure.isEmpty();
    }

    /** Returns the answer; there must be one. */
    Classification answer() {
        return Objects.requireNonNull(answered);
    }

    /** Whether the image gets no answer, because that would be uncertain. */
    boolean isRefused() {
        return !isFailed() && refuses && answer().isUncertain();
    }

    /** Returns the set of classes, none without an answer. */
    List<Classification.Candidate> set() {
        return coverage == 0 || isRefused() ? List.of() : answer().set(coverage);
    }

    /** Says the set, such as "95 % sure: airplane, bird or cat"; empty for none. Nothing is promised where the answer is uncertain. */
    String setWords() {
        List<String> names = set().stream().map(Classification.Candidate::name).toList();
        if (names.isEmpty()) {
            return "";
        }
        String percent = Format.number(100 * coverage) + " %";
        int last = names.size() - 1;
        return (answer().isUncertain() ? "no promise of " + percent + ": " : percent + " sure: ")
                + (last == 0 ? names.get(0) : String.join(", ", names.subList(0, last)) + " or " + names.get(last));
    }

    /** Reports the prediction, and the nearest keys with their shares in it. */
    Report report() {
        Report report = new Report();
        if (isFailed()) {
            return report.field("image", image).field("error", failure);
        }
        Classification answer = answer();
        List<String> names = answer.classNames();
        if (isRefused()) {
            report.line("%s: no answer", Text.value("image", image));
        } else {
            reportAnswer(report, answer, names);
        }
        if (coverage > 0 && !isRefused()) {
            report.line(Text.figure("coverage", coverage, setWords()))
                    .field(
                            "set",
                            set().stream()
                                    .map(each -> Report.object(
                                            "label",
                                            each.label(),
                                            "name",
                                            each.name(),
                                            "probability",
                                            each.probability()))
                                    .toList());
        }
        report.field("logMass", answer.logMass())
                .field("recognition", answer.recognition())
                .field("doubt", answer.doubt())
                .field("refused", isRefused());
        answer.calibration().doubt().ifPresent(known -> report.field("doubtMost", known.most())
                .field("uncertain", answer.isUncertain()));
        if (answer.isUncertain()) {
            report.line("uncertain: %s", Text.value("reason", answer.reason()))
                    .line(comparison(answer.calibration().requireDoubt()));
        }
        if (answer.isRecognised()) {
            report.line("recognised: it is much nearer to %s than to any other class", recognised(answer));
        }
        Table keys = new Table("llrrl");
        if (!answer.neighbors().isEmpty()) {
            keys.row("nearest key", "class", "score", "share", "name");
        }
        for (Neighbor key : answer.neighbors()) {
            keys.row(
                            Text.value("id", key.id()),
                            Text.value("name", names.get(key.label())),
                            Text.figure("score", key.score(), Format.fixed(key.score(), 4)),
                            Text.percent("share", key.share()),
                            Text.value("keyName", key.name()))
                    .field("label", key.label());
        }
        return report.list("neighbors", keys).line("");
    }

    /** Names the remembered picture. */
    private static String recognised(Classification answer) {
        Optional<Neighbor> nearest = answer.neighbors().stream().findFirst();
        String name =
                nearest.map(Neighbor::name).filter(known -> !known.isEmpty()).orElse("a remembered picture");
        return name
                + nearest.map(key -> " (" + answer.classNames().get(key.label()) + ")")
                        .orElse("");
    }

    private void reportAnswer(Report report, Classification answer, List<String> names) {
        report.line("%s: %s", Text.value("image", image), Text.value("name", answer.name()))
                .field("label", answer.label())
                .field("memoryLabel", answer.memoryLabel())
                .field("memoryName", names.get(answer.memoryLabel()))
                .table(probabilities(answer, answer.candidate(answer.label())));
        if (answer.hasNetwork()) {
            report.field("networkLabel", answer.networkLabel()).field("networkName", names.get(answer.networkLabel()));
        }
    }

    private String comparison(DoubtThreshold known) {
        return "doubt " + Format.fixed(answer().doubt(), 2) + ", above " + Format.fixed(known.most(), 2) + ", which "
                + Format.number(100 * (1 - known.share())) + " % of the images of tune do not exceed";
    }

    private static Table probabilities(Classification answer, Classification.Candidate best) {
        Text memory = Text.percent("memoryProbability", best.memory());
        if (!answer.hasNetwork()) {
            return new Table("lr")
                    .row("class", "memory")
                    .row(best.name(), memory)
                    .field("probability", best.probability());
        }
        Table table = new Table("lrrrl")
                .row("class", "together", "network", "memory")
                .row(
                        best.name(),
                        Text.percent("probability", best.probability()),
                        Text.figure("networkProbability", (float) best.network(), Format.percent(best.network())),
                        memory);
        if (answer.networkLabel() != best.label()) {
            row(table, answer.candidate(answer.networkLabel()), "the network's choice");
        }
        if (answer.memoryLabel() != best.label()) {
            row(table, answer.candidate(answer.memoryLabel()), "the memory's choice");
        }
        return table;
    }

    private static void row(Table table, Classification.Candidate candidate, String note) {
        table.row(
                candidate.name(),
                Format.percent(candidate.probability()),
                Format.percent(candidate.network()),
                Format.percent(candidate.memory()),
                note);
    }
}
