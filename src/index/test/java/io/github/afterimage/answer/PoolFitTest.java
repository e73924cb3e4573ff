package io.github.afterimage.answer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The fitted weights are those of the minimum, which gradient descent in the test finds too, more slowly. */
class PoolFitTest {
    private static final boolean[] ALL = {true, true, true};
    private static final double[] USUAL = {0.5, 0.25, 0};
    private static final double[] SCALES = {1, 1, 4};

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    /** Examples, with the function that the weights minimize. */
    private static final class Examples {
        final List<float[][]> terms = new ArrayList<>();
        final List<Integer> labels = new ArrayList<>();
        final double[] offsets;

        Examples(double... offsets) {
            this.offsets = offsets;
        }

        /** Terms tell the label more or less; a negative one is against it. */
        static Examples drawn(Random random, double scale, int count, double... leads) {
            int classes = 2 + random.nextInt(5);
            double[] scales = {scale, 1, 0.3};
            Examples examples = new Examples(random.doubles(classes, -1, 0).toArray());
            for (int i = 0; i < count; i++) {
                int label = random.nextInt(classes);
                float[][] terms = new float[3][classes];
                for (int t = 0; t < 3; t++) {
                    for (int c = 0; c < classes; c++) {
                        double lead = c == label ? leads[t] : 0;
                        terms[t][c] = (float) (scales[t] * (random.nextGaussian() + lead) - (t < 2 ? 5 : 0));
                    }
                }
                examples.add(terms, label);
            }
            return examples;
        }

        void add(float[][] some, int label) {
            terms.add(some);
            labels.add(label);
        }

        PoolFit fit() {
            PoolFit fit = new PoolFit(offsets);
            for (int i = 0; i < labels.size(); i++) {
                fit.add(terms.get(i), labels.get(i));
            }
            return fit;
        }

        /** Returns the examples that are not of a part. */
        Examples without(int part) {
            Examples others = new Examples(offsets);
            for (int i = 0; i < labels.size(); i++) {
                if (i % 10 != part) {
                    others.add(terms.get(i), labels.get(i));
                }
            }
            return others;
        }

        double loss(double[] weights, double[] usual) {
            double loss = 0;
            for (int i = 0; i < labels.size(); i++) {
                double[] logs = new double[offsets.length];
                double greatest = Double.NEGATIVE_INFINITY;
                for (int c = 0; c < logs.length; c++) {
                    logs[c] = offsets[c];
                    for (int t = 0; t < 3; t++) {
                        logs[c] += weights[t] * terms.get(i)[t][c];
                    }
                    greatest = Math.max(greatest, logs[c]);
                }
                double z = 0;
                for (double log : logs) {
                    z += Math.exp(log - greatest);
                }
                loss += greatest + Math.log(z) - logs[labels.get(i)];
            }
            double prior = 0;
            for (int t = 0; t < 3; t++) {
                prior += Math.pow((weights[t] - usual[t]) / SCALES[t], 2);
            }
            int n = Math.max(1, labels.size());
            return loss / n + 30.0 / 2 / n * prior;
        }

        double slope(double[] weights, double[] usual, int weight) {
            double step = 1e-5;
            double[] more = weights.clone();
            double[] less = weights.clone();
            more[weight] += step;
            less[weight] -= step;
            return (loss(more, usual) - loss(less, usual)) / (2 * step);
        }

        /** Steps against the gradient, back to 0 where a weight is negative, half as far where that is worse. */
        double[] descent(double[] usual) {
            double[] weights = usual.clone();
            double size = 1;
            double loss = loss(weights, usual);
            for (int step = 0; step < 20_000 && size > 1e-13; step++) {
                double[] next = new double[3];
                for (int t = 0; t < 3; t++) {
                    next[t] = Math.max(0, weights[t] - size * SCALES[t] * slope(weights, usual, t));
                }
                double nextLoss = loss(next, usual);
                if (nextLoss < loss) {
                    weights = next;
                    loss = nextLoss;
                    size *= 1.5;
                } else {
                    size /= 2;
                }
            }
            return weights;
        }
    }

    @Test
    void theWeightsAreThoseThatGradientDescentFinds() {
        double[][] leads = {{1.5, 1, 1}, {2, 0, 0}, {0.2, 1.5, 0}, {1, -1, 0.5}, {-1, -1, -1}, {0, 0, 2}};
        for (double[] lead : leads) {
            Examples examples = Examples.drawn(random, 2, 60, lead);
            double[] weights = examples.fit().weights(USUAL, ALL, -1);
            double[] expected = examples.descent(USUAL);
            assertThat(examples.loss(weights, USUAL))
                    .as("seed %d, leads %s", seed, Arrays.toString(lead))
                    .isCloseTo(examples.loss(expected, USUAL), within(1e-8));
            assertThat(weights).containsExactly(expected, within(2e-3));
        }
    }

    /** Karush, Kuhn and Tucker: the slope of a positive weight is 0, that of a weight of 0 is not negative. */
    @Test
    void noWeightCanMoveWithoutMoreLoss() {
        int bound = 0;
        for (int draw = 0; draw < 500; draw++) {
            double[] leads = random.doubles(3, -1, 2).toArray();
            Examples examples = Examples.drawn(random, Math.exp(random.nextGaussian()), 1 + random.nextInt(300), leads);
            double[] weights = examples.fit().weights(USUAL, ALL, -1);
            for (int t = 0; t < 3; t++) {
                String as = "seed " + seed + ", draw " + draw + ", weights " + Arrays.toString(weights) + ", " + t;
                double slope = examples.slope(weights, USUAL, t);
                assertThat(weights[t]).as(as).isNotNegative();
                if (weights[t] > 0) {
                    assertThat(slope).as(as).isCloseTo(0, within(2e-4));
                } else {
                    bound++;
                    assertThat(slope).as(as).isGreaterThan(-2e-4);
                }
            }
        }
        assertThat(bound).as("weights of 0").isGreaterThan(50);
    }

    @Test
    void fewExamplesHardlyChangeTheUsualWeightsAndManyHardlyKnowThem() {
        Examples many = Examples.drawn(random, 1, 5000, 2, 1, 0.5);
        Examples few = new Examples(many.offsets);
        for (int i = 0; i < 5; i++) {
            few.add(many.terms.get(i), many.labels.get(i));
        }
        assertThat(new Examples(many.offsets).fit().weights(USUAL, ALL, -1))
                .as("without an example")
                .isEqualTo(USUAL);
        double[] others = {3, 3, 12};
        double[] ofMany = many.fit().weights(USUAL, ALL, -1);
        assertThat(distance(many.fit().weights(others, ALL, -1), ofMany))
                .as("seed %d", seed)
                .isLessThan(1); // 400 draws: at most 0.66
        assertThat(distance(ofMany, USUAL)).isGreaterThan(1);
        double[] ofFew = few.fit().weights(USUAL, ALL, -1);
        assertThat(distance(ofFew, USUAL)).isLessThan(0.4);
        assertThat(distance(few.fit().weights(others, ALL, -1), ofFew)).isGreaterThan(1);
    }

    private static double distance(double[] one, double[] other) {
        return IntStream.range(0, 3)
                .mapToDouble(t -> Math.abs(one[t] - other[t]) / SCALES[t])
                .max()
                .orElseThrow();
    }

    @Test
    void weightsThatAreNotFreeStay() {
        Examples examples = Examples.drawn(random, 1, 100, 1, 1, 1);
        double[] weights = examples.fit().weights(new double[] {1, 0, 0}, new boolean[] {true, false, false}, -1);
        assertThat(weights[1]).isZero();
        assertThat(weights[2]).isZero();
        assertThat(examples.slope(weights, new double[] {1, 0, 0}, 0))
                .as("seed %d, %s", seed, Arrays.toString(weights))
                .isCloseTo(0, within(2e-4));
    }

    @Test
    void aPartThatDoesNotChooseIsAsIfItWereNotThere() {
        Examples examples = Examples.drawn(random, 1, 95, 1, 1, 1);
        for (int part : new int[] {0, 4, 9}) {
            assertThat(examples.fit().weights(USUAL, ALL, part))
                    .as("seed %d", seed)
                    .containsExactly(examples.without(part).fit().weights(USUAL, ALL, -1), within(1e-9));
        }
    }

    @Test
    void extremeTermsGiveFiniteWeights() {
        Examples examples = new Examples(0, 0);
        for (int i = 0; i < 50; i++) {
            float sign = i % 3 == 0 ? 1 : -1;
            examples.add(new float[][] {{-87, 0}, {sign * 1e9f, -1e9f}, {1, -1}}, i % 2);
        }
        for (double weight : examples.fit().weights(USUAL, ALL, -1)) {
            assertThat(weight).isFinite().isNotNegative();
        }
    }
}
