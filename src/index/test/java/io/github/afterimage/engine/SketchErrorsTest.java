package io.github.afterimage.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SketchErrorsTest {
    private final SketchErrors errors = new SketchErrors(0, -1, 0, 0);

    /** Adds 1.01, 1.02 and so on. */
    private double factorOf(int count) {
        errors.add(
                IntStream.rangeClosed(1, count).mapToDouble(i -> 1 + i / 100.0).toArray());
        return errors.factor();
    }

    @Test
    void theGreatestErrorIsTheFactorAtFirst() {
        assertThat(factorOf(459)).isEqualTo(1 + 459 / 100.0);
    }

    @Test
    void theFourthGreatestOfManyErrorsIsTheFactor() {
        assertThat(factorOf(1024)).isEqualTo(1 + 1021 / 100.0);
    }

    /** With errors of a uniform distribution, half widths cover as large a share of all errors as the factor says. */
    @Test
    void oneIndexInAHundredHasACoverageBelow99Percent() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int known : new int[] {459, 512, 700, 1024}) {
            int below = 0;
            for (int index = 0; index < 4000; index++) {
                double[] greatest = random.doubles(known).sorted().toArray();
                below += greatest[known - 1 - SketchErrors.ignored(known)] < 0.99 ? 1 : 0;
            }
            assertThat(below)
                    .as("of 4,000 indexes, %d errors each, seed %d", known, seed)
                    .isLessThan(80);
        }
    }

    @Test
    void fewErrorsPromiseNothing() {
        assertThat(factorOf(458)).isInfinite();
        assertThat(new SketchErrors(0, -1, 0, 0).factor()).isInfinite();
    }

    @Test
    void smallErrorsDoNotMakeIntervalsNarrower() {
        errors.add(new double[500]);
        assertThat(errors.factor()).isEqualTo(1);
    }

    @Test
    void theMeanWorkFollowsLaterQueries() {
        errors.addWork(EstimatedAnswer.open(1, Columns.ofClasses(2)), 1, 100);
        assertThat(errors.read()).as("an open query reads all keys").isEqualTo(100);
        EstimatedAnswer later = EstimatedAnswer.open(1, Columns.ofClasses(2));
        later.work(0, 40, 60);
        later.put(0, new double[] {0.5, 0.5}, 0, 0.01);
        for (int i = 0; i < 8000; i++) {
            errors.addWork(later, 2, 100);
        }
        assertThat(errors.read()).as("with half widths as drawn").isCloseTo(10, within(0.1));
        assertThat(errors.listed()).isCloseTo(60, within(0.1));
    }

    @Test
    void oldErrorsAreForgotten() {
        errors.add(IntStream.range(0, 100).mapToDouble(i -> 5).toArray());
        errors.add(new double[1000]);
        assertThat(errors.factor()).isEqualTo(5);
        errors.add(new double[24]);
        assertThat(errors.factor()).isEqualTo(1);
    }

    @Test
    void threeOfManyErrorsDoNotDecide() {
        errors.add(IntStream.range(0, 512).mapToDouble(i -> i < 3 ? 9 : 1.5).toArray());
        assertThat(errors.factor()).isEqualTo(9);
        assertThat(errors.above(3)).isEqualTo(3);
        errors.add(IntStream.range(0, 512).mapToDouble(i -> 1.5).toArray());
        assertThat(errors.factor()).isEqualTo(1.5);
    }

    @Test
    void allQueriesOfACalibrationCountAlike() {
        errors.addWork(EstimatedAnswer.open(3, Columns.ofClasses(2)), 1, 100);
        errors.addWork(EstimatedAnswer.open(1, Columns.ofClasses(2)), 1, 500);
        assertThat(errors.read()).isCloseTo((3 * 100 + 500) / 4.0, within(1e-9));
    }
}
