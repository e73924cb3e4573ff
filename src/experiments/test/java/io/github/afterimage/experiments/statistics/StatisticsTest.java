package io.github.afterimage.experiments.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** Against values of SciPy 1.17 (binomtest, minimize_scalar, sem) and examples small enough for paper. */
class StatisticsTest {
    @Test
    void intervalsAreThoseOfSciPy() {
        assertInterval(757, 10_000, 0.07058967954420794, 0.08105902224488015);
        assertInterval(831, 10_000, 0.07776183346189822, 0.08868240340899992);
        assertInterval(5, 10, 0.1870860284474045, 0.8129139715525955);
        assertInterval(0, 20, 0, 0.16843347098308548);
        assertInterval(20, 20, 0.8315665290169145, 1);
        assertThatThrownBy(() -> Interval.clopperPearson(3, 2, 0.95)).hasMessageContaining("3 events of 2");
        assertThatThrownBy(() -> Interval.clopperPearson(1, 2, 95)).hasMessageContaining("95");
    }

    private static void assertInterval(long events, long trials, double low, double high) {
        Interval interval = Interval.clopperPearson(events, trials, 0.95);
        assertThat(interval.low()).isCloseTo(low, within(1e-9));
        assertThat(interval.high()).isCloseTo(high, within(1e-9));
    }

    @Test
    void mcNemarIsTheSignTestOfSciPy() {
        assertThat(Gain.p(150, 76)).isCloseTo(9.68527551721205e-07, within(1e-15));
        assertThat(Gain.p(6, 16)).isCloseTo(0.052478790283203125, within(1e-12));
        assertThat(Gain.p(3, 1)).isEqualTo(0.625);
        assertThat(Gain.p(0, 7)).isEqualTo(0.015625);
        assertThat(Gain.p(10, 10)).isEqualTo(1);
        assertThat(Gain.p(0, 0)).isEqualTo(1);
    }

    @Test
    void temperatureIsTheMinimumThatSciPyFinds() {
        float[] probabilities = {.9f, .1f, .8f, .2f, .7f, .3f, .6f, .4f};
        Temperature fitted = Temperature.fit(probabilities, new int[] {0, 1, 0, 0});
        assertThat(fitted.value()).isCloseTo(1.6777483970782543, within(1e-6));
        assertThat(fitted.atEdge()).isFalse();
        Temperature right = Temperature.fit(probabilities, new int[] {0, 0, 0, 0});
        assertThat(right.value()).isCloseTo(0.01, within(1e-9));
        assertThat(right.atEdge()).isTrue();
        assertThat(Temperature.fit(new float[] {1, 0, .999f, .001f}, new int[] {0, 0})
                        .value())
                .isCloseTo(0.01, within(1e-9));
        Temperature wrong = Temperature.fit(probabilities, new int[] {1, 1, 1, 1});
        assertThat(wrong.value()).isCloseTo(100, within(1e-6));
        assertThat(wrong.atEdge()).isTrue();
        double[] scaled = new Temperature(2).scale(new double[] {0.9, 0.1});
        assertThat(scaled[0]).isCloseTo(0.75, within(1e-12)); // odds 9 become 3
        assertThat(new Temperature(1).scale(new double[] {1, 0})[1]).isLessThan(1e-29);
    }

    @Test
    void calibrationErrorIsTheMeanDistanceOfAccuracyFromConfidence() {
        Reliability reliability = new Reliability();
        for (int i = 0; i < 4; i++) {
            reliability.add(0.9, i < 2); // 0.4 too sure
        }
        for (int i = 0; i < 4; i++) {
            reliability.add(0.5, i < 2); // exactly right
        }
        assertThat(reliability.expectedCalibrationError()).isCloseTo(0.2, within(1e-12));
        assertThat(reliability.bins()).extracting(Reliability.Bin::count).containsExactly(4L, 4L);
        reliability.add(1, true);
        reliability.add(0, false);
        assertThat(reliability.bins()).hasSize(4);
    }

    /** Answers that are wrong and right in turns. */
    private static MethodResult scored(double[] confidences) {
        MethodScorer scorer = new MethodScorer("method", confidences.length);
        for (int i = 0; i < confidences.length; i++) {
            scorer.add(new double[] {confidences[i], 1 - confidences[i]}, 1 - i % 2);
        }
        return scorer.against(scorer);
    }

    @Test
    void riskGrowsWithCoverageWhereConfidenceKnows() {
        MethodResult knows = scored(new double[] {.6, .9, .7, .8});
        assertThat(knows.riskAt(50)).isZero();
        assertThat(knows.riskAt(75)).isCloseTo(1 / 3., within(1e-12));
        assertThat(knows.riskAt(100)).isEqualTo(0.5);
        assertThat(knows.riskArea()).isCloseTo((0 + 0 + 1 / 3. + 1 / 2.) / 4, within(1e-12));
    }

    @Test
    void equallyConfidentPredictionsShareTheirErrors() {
        MethodResult blind = scored(new double[] {1, 1, 1, 1});
        assertThat(blind.riskAt(25)).isEqualTo(0.5);
        assertThat(blind.riskArea()).isEqualTo(0.5);
    }

    @Test
    void credibilityIsTheShareOfCalibrationExamplesThatWereAsStrange() {
        ConformalVotes votes = new ConformalVotes(new long[] {5, 3, 1, 1}); // of 3 neighbours
        ConformalVotes.Prediction unanimous = votes.predict(new int[] {0, 3});
        assertThat(unanimous).isEqualTo(new ConformalVotes.Prediction(1, 1 - 0.1));
        ConformalVotes.Prediction divided = votes.predict(new int[] {2, 1});
        assertThat(divided.credibility()).isCloseTo(0.5, within(1e-12));
        assertThat(divided.confidence()).isCloseTo(1 - 0.2, within(1e-12));
    }

    @Test
    void standardErrorIsThatOfSciPy() {
        Sample sample = Sample.of(new double[] {1, 2, 4, 7});
        assertThat(sample.mean()).isEqualTo(3.5);
        assertThat(sample.standardError()).isCloseTo(1.3228756555322954, within(1e-12));
        assertThat(Sample.of(new double[] {3})).isEqualTo(new Sample(3, 0));
    }
}
