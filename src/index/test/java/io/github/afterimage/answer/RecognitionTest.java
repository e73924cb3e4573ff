package io.github.afterimage.answer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Oracle;
import io.github.afterimage.Problem;
import io.github.afterimage.settings.ElementType;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A picture that was taught has its label from then on, whatever the network says, and other pictures have the answers that they had. */
class RecognitionTest {
    private static final int DIM = 64;
    private static final int CLASSES = 6;
    private static final int TAUGHT = 5;
    private static final float[] NETWORK = {0.9f, 0.05f, 0.02f, 0.01f, 0.01f, 0.01f};

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    /** Independent directions: all far from each other, as the pictures of whitened keys are. */
    private float[] pictures(int count) {
        float[] rows = new float[count * DIM];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = (float) random.nextGaussian();
        }
        return rows;
    }

    private static double[] answer(CacheIndex index, float[] picture) {
        return answer(index, Query.of(picture));
    }

    private static double[] answer(CacheIndex index, Query query) {
        return Pool.USUAL.probabilities(
                NETWORK,
                index.answer(query.thetas(Pool.USUAL.theta()).evidence(true)).row(0));
    }

    private double recognition(CacheIndex index, float[] picture) {
        return Pool.USUAL.recognition(
                index.answer(Query.of(picture).thetas(Pool.USUAL.theta())).row(0));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 20, 200})
    void aTaughtPictureIsKnownAndTakingItBackLeavesTheAnswersOfBefore(int others) {
        Problem problem = Problem.random(random.nextInt(1000), Math.max(1, others), DIM, CLASSES, 1);
        float[] picture = pictures(1);
        float[] other = pictures(1);
        for (ElementType type : ElementType.values()) {
            try (CacheIndex index = problem.builder().type(type).build()) {
                if (others > 0) {
                    index.add(problem.keys(), problem.labels());
                }
                double[] before = others == 0 ? null : answer(index, other);
                long id = index.add(picture, new int[] {TAUGHT}).first();
                assertThat(ArgMax.of(answer(index, picture)))
                        .as("seed %d, %s", seed, type)
                        .isEqualTo(TAUGHT);
                assertThat(ArgMax.of(answer(index, other))).isZero();
                if (before != null) {
                    assertThat(answer(
                                    index, Query.of(picture).only(KeySet.ids(id).complement()))[0])
                            .as("a hidden lesson says nothing")
                            .isGreaterThan(0.5);
                    index.remove(id);
                    assertThat(answer(index, other)).isEqualTo(before);
                }
            }
        }
    }

    @Test
    void recognitionIsThatOfTheDefinition() {
        Problem problem = Problem.random(random.nextInt(1000), 200, DIM, CLASSES, 50);
        Oracle oracle = problem.oracle();
        double[][] queries = Oracle.unit(problem.queries(), DIM);
        try (CacheIndex index = problem.index()) {
            for (double theta : new double[] {1, 20, 40, 160}) {
                Answer answer = index.answer(Query.of(problem.queries()).thetas(theta));
                for (double background : new double[] {-1, 0.55, 0.9}) {
                    Pool pool = Pool.USUAL.withTheta(theta).withBackground(background);
                    for (int q = 0; q < queries.length; q++) {
                        assertThat(pool.recognition(answer.row(q)))
                                .as("seed %d, %s", seed, problem)
                                .isCloseTo(oracle.recognition(queries[q], theta, background), within(1e-4));
                    }
                }
            }
        }
    }

    /** Frames of a scene, or the same file sent again: lessons of one class do not weaken each other. */
    @Test
    void theSamePictureTaughtTwiceIsKnownAndOneTaughtAsTwoClassesIsThatOfMoreLessons() {
        Problem problem = Problem.random(random.nextInt(1000), 200, DIM, CLASSES, 1);
        float[] picture = pictures(1);
        float[] nearly = picture.clone();
        nearly[0] += 1;
        try (CacheIndex index = problem.index()) {
            index.add(picture, new int[] {TAUGHT});
            double once = recognition(index, picture);
            index.add(picture, new int[] {TAUGHT});
            index.add(nearly, new int[] {TAUGHT});
            assertThat(recognition(index, picture)).as("seed %d", seed).isCloseTo(once, within(1e-6));
            index.add(picture, new int[] {TAUGHT - 1});
            index.add(picture, new int[] {TAUGHT - 1});
            double[] p = answer(index, picture);
            assertThat(ArgMax.of(p))
                    .as("seed %d: the greater number of lessons", seed)
                    .isEqualTo(TAUGHT);
            assertThat(p[TAUGHT - 1]).as("the others have their share").isGreaterThan(0.2);
        }
    }

    private static double length(float[] row) {
        double squares = 0;
        for (float value : row) {
            squares += value * value;
        }
        return Math.sqrt(squares);
    }

    @Test
    void aPictureThatIsLikeManyOfAnotherClassIsKnownOnceItIsTaught() {
        float[] picture = pictures(1);
        try (CacheIndex index =
                Problem.random(random.nextInt(1000), 1, DIM, CLASSES, 1).index()) {
            for (int i = 0; i < 8; i++) {
                float[] like = pictures(1);
                double scale = 0.3 * length(picture) / length(like);
                for (int k = 0; k < DIM; k++) {
                    like[k] = (float) (picture[k] + scale * like[k]); // scores of about 0.96
                }
                index.add(like, new int[] {0});
            }
            index.add(picture, new int[] {TAUGHT});
            Pool pool = Pool.USUAL.withTheta(80);
            Query query = Query.of(picture).thetas(80).evidence(true);
            assertThat(ArgMax.of(pool.probabilities(NETWORK, index.answer(query).row(0))))
                    .as("seed %d", seed)
                    .isEqualTo(TAUGHT);
        }
    }

    @Test
    void anIndexOfFewKeysLeavesOrdinaryPicturesToTheNetwork() {
        Problem problem = Problem.random(random.nextInt(1000), 20, DIM, CLASSES, 1);
        try (CacheIndex index = problem.index()) {
            double[] p = answer(index, pictures(1));
            for (int c = 0; c < CLASSES; c++) {
                assertThat(p[c]).as("seed %d, %s", seed, Arrays.toString(p)).isCloseTo(NETWORK[c], within(1e-3));
            }
        }
    }
}
