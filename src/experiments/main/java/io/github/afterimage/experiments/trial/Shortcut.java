package io.github.afterimage.experiments.trial;

import io.github.afterimage.Progress;
import io.github.afterimage.experiments.probe.LabelledKeys;
import io.github.afterimage.experiments.probe.LinearProbe;
import io.github.afterimage.experiments.relatives.Miniature;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.experiments.statistics.Interval;
import io.github.afterimage.experiments.trial.TrialResult.Accuracy;
import io.github.afterimage.experiments.trial.TrialResult.Rival;
import io.github.afterimage.model.evaluation.Prediction;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What pictures of a class may share beside its content: a part, a colour, a camera, a scene. A memory that goes by it is worse on
 * pictures without it, which no division of these pictures shows.
 */
final class Shortcut {
    private static final String SETTLED = "; --group '(.+)' says that new pictures have it too.";

    /** Fewer errors show nothing. */
    private static final int LEAST = 20;

    /**
     * From so far between 1 and the share that the network has right, or that the largest class is, on, statistics tell the classes
     * suspiciously well: the network was trained for their content.
     */
    private static final double TELLING = 0.4;

    /** A memory that leaves at most this share of the errors is suspected to know more than the content. */
    private static final double LEFT = 0.1;

    private Shortcut() {}

    /**
     * Returns sentences that doubt a gain which a shortcut may have made; empty where no sign of one is found.
     *
     * @param divided whether the test pictures come from the same place as those of the memory
     */
    static String doubt(TrialExamples examples, List<TestedDivision> divisions, boolean divided, int threads) {
        String parts =
                SharedParts.sum(divisions.stream().map(TestedDivision::shared)).doubt();
        List<Prediction> first = TestedDivision.predictions(divisions.subList(0, 1));
        if (!parts.isEmpty()
                || !divided
                || examples.pictures().isEmpty()
                || !first.get(0).hasNetwork()) {
            return parts;
        }
        String statistics = statistics(examples, first, threads);
        return statistics.isEmpty() ? fall(divisions) : statistics;
    }

    /** Asks a linear probe of the {@linkplain Miniature#statistics statistics} of pictures for the classes of the first test pictures. */
    private static String statistics(TrialExamples examples, List<Prediction> predictions, int threads) {
        try (LabelledKeys memory = statistics(examples, sixth -> sixth < TrialExamples.TUNING);
                LabelledKeys tuning = statistics(examples, sixth -> sixth == TrialExamples.TUNING);
                LabelledKeys test = statistics(examples, sixth -> sixth == TrialExamples.TEST)) {
            int[] answers =
                    LinearProbe.fit(memory, tuning, threads, Progress.NONE).answers(test);
            int[] labels = test.labels();
            long right = IntStream.range(0, labels.length)
                    .filter(i -> answers[i] == labels[i])
                    .count();
            double others = Math.max(
                    TrialVerdict.largestClass(predictions),
                    predictions.stream()
                            .mapToInt(each -> each.averaged() == each.label() ? 1 : 0)
                            .average()
                            .orElse(0));
            double surely = Interval.clopperPearson(right, labels.length, Gain.CONFIDENCE)
                    .low();
            return surely < others + TELLING * (1 - others)
                    ? ""
                    : "Mean colour, contrast and sharpness alone tell the class of " + Format.count(right) + " of "
                            + Format.count(labels.length, "test picture")
                            + ", more than the network does. If they come from the camera or the light of a class, the memory is"
                            + " worse on pictures of another"
                            + SETTLED;
        }
    }

    private static LabelledKeys statistics(TrialExamples examples, IntPredicate sixths) {
        int[] rows = examples.rows(sixths);
        float[] values = new float[rows.length * Miniature.STATISTICS];
        for (int i = 0; i < rows.length; i++) {
            float[] own = examples.pictures().get(rows[i]).statistics();
            System.arraycopy(own, 0, values, i * own.length, own.length);
        }
        LabelledKeys keys =
                new LabelledKeys(Miniature.STATISTICS, examples.all().classes(), rows.length);
        keys.add(
                FloatBuffer.wrap(values),
                Arrays.stream(rows).map(examples.all()::label).toArray());
        return keys;
    }

    /**
     * Looks for classes that the network has mostly right, in which nearly no error is left. A memory can learn a class that the network
     * does not know, but it removes few of the scattered errors by content alone.
     */
    static String fall(List<TestedDivision> divisions) {
        Map<Integer, Double> known = TestedDivision.predictions(divisions).stream()
                .collect(Collectors.groupingBy(
                        Prediction::label, Collectors.averagingInt(each -> each.network() == each.label() ? 1 : 0)));
        known.values().removeIf(right -> right <= 0.5);
        if (known.isEmpty()) {
            return "";
        }
        Accuracy accuracy = TestedDivision.accuracy(
                divisions, each -> known.containsKey(each.prediction().label()));
        Rival best = accuracy.best().orElseThrow();
        long wrong = best.errors().wrong();
        long left = accuracy.together().errors().wrong();
        return wrong < LEAST || left > LEFT * wrong
                ? ""
                : "Of " + Format.count(wrong, "error") + " of the " + best.name()
                        + " in the classes that it has mostly right, "
                        + Format.count(left) + (left == 1 ? " is" : " are")
                        + " left. So few are rare, and often a sign that the pictures of a class share something beside its content,"
                        + " such as a scene, a camera or a mark, without which the memory is worse" + SETTLED;
    }
}
