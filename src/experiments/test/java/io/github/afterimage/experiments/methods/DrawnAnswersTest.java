package io.github.afterimage.experiments.methods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DrawnAnswersTest {
    private static final int[] LABELS = {0, 1, 1, 2};
    private static final float[] FIRST = {.7f, .2f, .1f, .1f, .8f, .1f, .5f, .3f, .2f, .2f, .2f, .6f};
    private static final float[] SECOND = {.3f, .4f, .3f, .1f, .8f, .1f, .2f, .6f, .2f, .1f, .1f, .8f};

    private static Answers answers(String name, float[] probabilities, double seconds) {
        return new Answers(name, probabilities, name + " tuned", new Answers.Seconds(seconds, 2 * seconds));
    }

    private static DrawnAnswers twoDraws() {
        DrawnAnswers drawn = new DrawnAnswers(6);
        drawn.add(
                new int[] {0, 1, 2, 3},
                LABELS,
                3,
                label -> true,
                List.of(answers("a", FIRST, 1), answers("b", SECOND, 4)));
        drawn.add(
                new int[] {2, 3, 4, 5},
                LABELS,
                3,
                label -> true,
                List.of(answers("a", FIRST, 3), answers("b", FIRST, 8)));
        return drawn;
    }

    @Test
    void meansOfDrawsAreThoseComputedByHand() {
        List<MethodSummary> summaries = twoDraws().summaries();
        MethodSummary first = summaries.get(0);
        MethodSummary second = summaries.get(1);
        assertThat(first.error()).isEqualTo(1 / 4.0);
        assertThat(second.error()).isEqualTo((1 / 4.0 + 1 / 4.0) / 2);
        assertThat(second.fewer()).isZero();
        assertThat(second.corrected()).isEqualTo(0.5);
        assertThat(second.broken()).isEqualTo(0.5);
        assertThat(first.makeSeconds()).isEqualTo(2);
        assertThat(second.changeSeconds()).isEqualTo(12);
        assertThat(second.chosen()).isEqualTo("b tuned");
    }

    @Test
    void examplesOfUnknownClassesAreRefusedIfTheyAreLessSureThanTheOthersAndAreNoErrors() {
        DrawnAnswers drawn = new DrawnAnswers(4);
        drawn.add(
                new int[] {0, 1, 2, 3},
                LABELS,
                3,
                label -> label != 1,
                List.of(answers("a", FIRST, 1), answers("b", SECOND, 4)));
        List<MethodSummary> summaries = drawn.summaries();
        assertThat(summaries.get(0).error()).isZero();
        assertThat(summaries.get(0).unknownRefused()).isEqualTo(0.5); // 0.8 and 0.5 beside 0.7 and 0.6
        assertThat(summaries.get(1).error()).isEqualTo(0.5);
        assertThat(summaries.get(1).unknownRefused()).isZero(); // 0.8 and 0.6 beside 0.4 and 0.8
        assertThat(twoDraws().summaries().get(0).unknownRefused()).isNull();
    }

    /** numpy: p = FIRST.reshape(4, 3); ((p - np.eye(3)[labels]) ** 2).sum(1).mean(), -np.log(p[range(4), labels]).mean(). */
    @Test
    void brierScoreAndLossAreThoseOfNumpy() {
        MethodSummary first = twoDraws().summaries().get(0);
        assertThat(first.brier()).isCloseTo(0.305, within(1e-7));
        assertThat(first.logLoss()).isCloseTo(0.57365421, within(1e-7));
    }

    /** The error of independent draws scatters as a binomial's does, so both intervals are alike. */
    @Test
    void theIntervalOfOneDrawIsNearTheBinomialOne() {
        Random random = new Random(7);
        int examples = 2_000;
        int[] rows = new int[examples];
        int[] labels = new int[examples];
        float[] probabilities = new float[2 * examples];
        for (int i = 0; i < examples; i++) {
            rows[i] = i;
            probabilities[2 * i + (random.nextInt(10) == 0 ? 1 : 0)] = 1;
        }
        DrawnAnswers drawn = new DrawnAnswers(examples);
        drawn.add(rows, labels, 2, label -> true, List.of(answers("a", probabilities, 0)));
        MethodSummary summary = drawn.summaries().get(0);
        double halfWidth = 1.96 * Math.sqrt(summary.error() * (1 - summary.error()) / examples);
        assertThat(summary.interval().low()).isCloseTo(summary.error() - halfWidth, within(0.1 * halfWidth));
        assertThat(summary.interval().high()).isCloseTo(summary.error() + halfWidth, within(0.1 * halfWidth));
    }
}
