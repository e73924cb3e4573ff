package io.github.afterimage.cli.answers;

import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.evaluation.Prediction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Counts the errors among the answers of the least doubt, beside those of the network alone by its own doubt: what a refusal of the others gives. */
final class SurestErrors {
    private static final int[] PERCENT = {90, 80};

    private final List<Answered> answers = new ArrayList<>();
    private final List<Answered> network = new ArrayList<>();

    private record Answered(double doubt, boolean wrong) {}

    void add(Prediction prediction) {
        boolean both = prediction.hasNetwork();
        int answer = both ? prediction.together() : prediction.memory();
        answers.add(new Answered(prediction.doubts().answer(), answer != prediction.label()));
        if (both) {
            network.add(new Answered(prediction.doubts().network(), prediction.averaged() != prediction.label()));
        }
    }

    void report(Report report) {
        report.line("");
        for (int percent : PERCENT) {
            String name = "surest" + percent;
            Text ofNetwork = network.isEmpty()
                    ? Text.of("")
                    : Text.of(", of the network alone %s", error(name + ".networkError", network, percent));
            report.line(
                    "surest %s %%: %s of the answers are wrong%s",
                    Format.count(percent), error(name + ".error", answers, percent), ofNetwork);
        }
    }

    /** Returns the share of wrong answers among the surest; of equal doubts, the first count. */
    private static Text error(String name, List<Answered> all, int percent) {
        int count = Math.max(1, (int) ((long) all.size() * percent / 100));
        return Text.percent(
                name,
                all.stream()
                        .sorted(Comparator.comparingDouble(Answered::doubt))
                        .limit(count)
                        .mapToInt(each -> each.wrong() ? 1 : 0)
                        .average()
                        .orElseThrow());
    }
}
