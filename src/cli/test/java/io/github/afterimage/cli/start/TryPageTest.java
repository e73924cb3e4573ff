package io.github.afterimage.cli.start;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.answer.Pool;
import io.github.afterimage.experiments.ClassErrors;
import io.github.afterimage.experiments.ClassMatch;
import io.github.afterimage.experiments.LabelSuspects;
import io.github.afterimage.experiments.report.Decision;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.experiments.statistics.Interval;
import io.github.afterimage.experiments.trial.TrialResult;
import io.github.afterimage.experiments.trial.TrialVerdict;
import io.github.afterimage.model.evaluation.Prediction;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

public class TryPageTest {
    private static final Pool ALONE = new Pool(57.5, 0, 0.5, 0);

    private static final String SPLIT =
            "Each class was divided by its file names: 60 % memory, 20 % tuning, 20 % test.";

    private static TrialResult.Errors errors(long wrong) {
        return new TrialResult.Errors(wrong, wrong / 1000.0, Interval.clopperPearson(wrong, 1000, Gain.CONFIDENCE));
    }

    private static Decision decision(String name, double network, double memory) {
        return new Decision(
                name,
                null,
                "cat",
                List.of(
                        new Decision.Candidate("cat", network, memory, (network + memory) / 2),
                        new Decision.Candidate("dog", 1 - network, 1 - memory, 1 - (network + memory) / 2)),
                List.of(new Decision.Neighbor(null, "cat/remembered.png", "cat", 0.4)),
                3000);
    }

    private static TrialResult.Rival rival(String name, TrialResult.Errors errors, Gain gain) {
        return new TrialResult.Rival(name, errors, gain, 0.33);
    }

    private static TrialResult.Accuracy accuracy(boolean network) {
        return accuracy(network ? errors(100) : null);
    }

    private static TrialResult.Accuracy accuracy(TrialResult.@Nullable Errors network) {
        TrialResult.Rival memory = rival("memory alone", errors(120), new Gain(network == null ? 0 : 60, 10, 1000));
        return new TrialResult.Accuracy(
                1000,
                1000,
                network == null
                        ? List.of()
                        : List.of(
                                rival(TrialResult.Rival.PLAIN, network, new Gain(40, 10, 1000)),
                                rival(TrialResult.Rival.TWO_VIEWS, errors(85), new Gain(25, 10, 1000)),
                                rival(TrialResult.Rival.CALIBRATED, errors(86), new Gain(26, 10, 1000))),
                memory,
                new TrialResult.Rival("linear probe", errors(90), new Gain(35, 15, 1000), null),
                network == null ? memory : rival("together", errors(70), new Gain(0, 0, 1000)),
                1);
    }

    private static ClassErrors classErrors(boolean network) {
        ClassErrors errors = new ClassErrors();
        for (int i = 0; i < 9; i++) {
            errors.add(new Prediction(
                    i,
                    i % 2,
                    network ? 0 : Prediction.NONE,
                    network ? 0 : Prediction.NONE,
                    network ? i / 8 : Prediction.NONE,
                    1,
                    new Prediction.TrueClass(0, 0, 0, 0),
                    new Prediction.Doubts(0, 0)));
        }
        return errors;
    }

    /** A trial that helps; without a network, the memory answers alone. */
    private static TrialResult sample(boolean network) {
        return sample(network, accuracy(network), List.of(decision("corrected.png", 0.3, 0.9)));
    }

    private static TrialResult sample(boolean network, TrialResult.Accuracy all, List<Decision> corrected) {
        TrialResult.Part part = new TrialResult.Part("images:pictures[0:3000]", 3000, 280);
        return new TrialResult(
                network ? "net.onnx" : "",
                new TrialResult.Data(
                        part, part, part, List.of("cat", "dog"), 0, 0, SPLIT, "The network has not seen them."),
                network
                        ? new TrialResult.Input(
                                "(3, 224, 224)",
                                "84 x 84 pixels",
                                200,
                                "wrong answers of the network",
                                List.of(new TrialResult.Preparation("imagenet", "resize 256, crop 224", 0.2)),
                                "resize 256, crop 224",
                                "imagenet has the fewest errors.",
                                "")
                        : null,
                new ClassMatch(2, 2, ClassMatch.SAME, List.of(), 1, 1, "The classes are those of the network."),
                network
                        ? new TrialResult.Layers(
                                "gap",
                                List.of(new TrialResult.TriedLayer("gap", 1280, 0.09, 0.12)),
                                3,
                                1000,
                                500,
                                "gap is best.")
                        : null,
                new TrialResult.Keys(
                        3000,
                        "pca:256",
                        "i8",
                        1280,
                        256,
                        network ? new Pool(57.5, 0.8, 0.33, 0) : ALONE,
                        network ? 2 : 0,
                        ALONE,
                        "pca:256 loses nothing."),
                all,
                List.of(accuracy(network), accuracy(network)),
                classErrors(network),
                new TrialResult.Suspects(30, List.of(new LabelSuspects.Suspect(1, "dog/odd.png", "dog", "cat", 0.97))),
                List.of(new Decision.Neighbor(null, "dog/odd.png", "cat, labelled dog", 0.97)),
                List.of(new TrialResult.Cost(
                        "pca:256, i8", "pca:256", "i8", 780_000, 1_310_720, 12.5, 0.031, 0.08, 0.3, true)),
                List.of(
                        new TrialResult.CurvePoint(300, errors(200), errors(95)),
                        new TrialResult.CurvePoint(3000, errors(120), errors(70))),
                corrected,
                List.of(decision("broken.png", 0.6, 0.2)),
                new TrialVerdict(TrialVerdict.Word.HELPS, "", "It helps: 100 errors of the network become 70.", ""),
                List.of("left out: broken.jpg"),
                List.of("afterimage build --data images:pictures", "afterimage serve"),
                new TrialResult.Effort(95, 21.5, 900_000_000));
    }

    public static String html(boolean network) throws IOException {
        return html(sample(network));
    }

    private static String html(TrialResult result) throws IOException {
        Report report = new Report();
        new TryReport(result).details(report);
        return report.page().html();
    }

    @Test
    void givesTheAnswerThenNumbersThenCurvesThenHowItWasFoundThenFoldedPictures() throws IOException {
        assertThat(html(true))
                .containsSubsequence(
                        "<h1>Helps</h1>",
                        "Of 1,000 test pictures, the network has 100 (10.00 %) wrong, and both together 70 (7.00 %). The network with two views has 85 (8.50 %).",
                        "In numbers",
                        "8.50\u00a0%",
                        "both correct",
                        "0.330",
                        "0.0066",
                        "<svg",
                        "network with two views",
                        "calibrated network",
                        "8.50 %",
                        "It helps: 100 errors of the network become 70.",
                        "how both together differ from the answer in the row",
                        "What is doubtful",
                        "Warning: left out: broken.jpg",
                        "To 30 of 3,000 pictures of the memory, the others give another label.",
                        "97",
                        "cat, labelled dog",
                        "Which classes have errors?",
                        "<table class=\"matrix\">",
                        "How many labelled pictures does it take?",
                        "<svg",
                        "What it costs",
                        "0.031\u00a0ms",
                        "taken",
                        "What was chosen, and why",
                        SPLIT,
                        "imagenet has the fewest errors.",
                        "gap is best.",
                        "pca:256 loses nothing.",
                        "<details><summary>Corrected: wrong without the memory",
                        "1 of 25 such test pictures",
                        "Corrected by the memory: its label is cat.",
                        "<details><summary>Broken: right without the memory",
                        "1 of 10 such test pictures",
                        "Broken by the memory: its label is cat.",
                        "afterimage build --data images:pictures\nafterimage serve",
                        "<dfn>Memory</dfn>",
                        "the network's probability to the power of 0.8, times the memory's evidence to the power of 0.33")
                .doesNotContain("NaN", "null");
    }

    @Test
    void theTerminalHasFiveLinesOfWhichTheTableIsOne() {
        Report report = new Report();
        new TryReport(sample(true)).summary(report, Path.of("commands.sh"), Path.of("report.html"));
        StringWriter printed = new StringWriter();
        report.print(new PrintWriter(printed), false, Report.UNLIMITED);
        assertThat(printed.toString().lines().filter(line -> !line.isEmpty()))
                .hasSize(4 + 7)
                .anyMatch(line -> line.startsWith("Helps: of 1,000 test pictures"))
                .anyMatch(line -> line.startsWith("network with two views   8.50 %"))
                .anyMatch(line -> line.startsWith("Doubtful: There is 1 warning"))
                .anyMatch(
                        line -> line.startsWith(
                                "Costs: the network takes about 21.5 ms a picture (47 pictures/s) with two views,"
                                        + " 10.8 ms a picture (93 pictures/s) with one; the memory takes 2.09 MB, and 0.031 ms a query."))
                .anyMatch(line -> line.startsWith("Next: commands.sh makes the index"));
    }

    @Test
    void theCurveAndThePicturesAreThoseOfTheFirstDivision() throws IOException {
        String other = html(sample(true, accuracy(errors(700)), List.of()));
        assertThat(curve(other)).isEqualTo(curve(html(true)));
        assertThat(other)
                .contains("The first division has none of the 25 such test pictures.")
                .doesNotContain("There is no such test picture.");
    }

    @Test
    void aNetworkThatHasHardlyAnyPictureWrongMayHaveSeenThem() throws IOException {
        String seen = "if it was trained with some of them, it looks better than it is.";
        assertThat(html(sample(true, accuracy(errors(9)), List.of()))).contains(seen);
        assertThat(html(true)).doesNotContain(seen);
    }

    private static String curve(String html) {
        return html.substring(html.indexOf("How many labelled pictures does it take?"), html.indexOf("What it costs"));
    }

    @Test
    void speaksOfNoNetworkWhereTheMemoryAnswersAlone() throws IOException {
        assertThat(html(false))
                .containsSubsequence(
                        "<h1>Helps</h1>",
                        "Of 1,000 test pictures, the memory has 120 (12.00 %) wrong. The linear probe has 90 (9.00 %).",
                        "memory corrects",
                        "how the memory differs from the answer in the row",
                        "<summary>Right</summary>",
                        "1 of 880 such test pictures",
                        "<summary>Wrong</summary>",
                        "1 of 120 such test pictures")
                .doesNotContain("<dfn>Network</dfn>", "<dfn>Together</dfn>", "both together", "null", "Preprocessing");
    }
}
