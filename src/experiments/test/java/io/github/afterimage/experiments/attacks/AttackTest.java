package io.github.afterimage.experiments.attacks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.experiments.images.GaussianFilter;
import io.github.afterimage.experiments.images.ImageSpace;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Attacks on a linear classifier, where the smallest change is known. */
class AttackTest {
    private static final long SEED = 5;
    private static final ImageSpace SPACE = new ImageSpace(-1, 3, 3, 4, 5, false);
    private static final int VALUES = 60;
    private static final int COUNT = 20;

    private final float[] weights = gaussians(VALUES, SEED);
    private final LinearTarget linear = new LinearTarget(weights, 0.3);
    private final Target target = linear.target();
    private final float[] images = images();

    private static float[] gaussians(int count, long seed) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** In the middle of the space, so that a small step is not clipped. */
    private static float[] images() {
        float[] images = gaussians(COUNT * VALUES, SEED + 1);
        for (int i = 0; i < images.length; i++) {
            images[i] = 1 + 0.2f * images[i];
        }
        return images;
    }

    /** The smallest ε, in ranges of values, at which a step along the signs changes the class. */
    private double leastEpsilon(int image) {
        double sum = 0;
        for (float weight : weights) {
            sum += Math.abs(weight);
        }
        return Math.abs(linear.score(images, image)) / sum / 4;
    }

    private double norm(int image) {
        double squares = 0;
        for (int i = image * VALUES; i < (image + 1) * VALUES; i++) {
            squares += (double) images[i] * images[i];
        }
        return Math.sqrt(squares);
    }

    static List<Attack> attacks() {
        return List.of(
                new FastGradientSign(50, 0.5),
                new IterativeGradientSign(50, 10),
                new SinglePixel(1000, 1),
                new GaussianBlur(50),
                new ProjectedGradient(0.5, 10, 2, 1));
    }

    @ParameterizedTest
    @MethodSource("attacks")
    void whatIsFoundIsAdversarialAndInBounds(Attack attack) {
        AdversarialImages result = attack.run(target, SPACE, images);
        int successes = 0;
        for (int i = 0; i < COUNT; i++) {
            float[] found = result.found(i);
            float[] image = Arrays.copyOfRange(images, i * VALUES, (i + 1) * VALUES);
            assertThat(result.label(i)).isEqualTo(linear.score(images, i) > 0 ? 1 : 0);
            if (!result.succeeded(i)) {
                assertThat(found).isEqualTo(image);
                assertThat(result.relativeSize(i)).isInfinite();
                continue;
            }
            successes++;
            assertThat(linear.score(found, 0) > 0 ? 1 : 0).isNotEqualTo(result.label(i));
            double squares = 0;
            for (int j = 0; j < VALUES; j++) {
                assertThat(found[j]).isBetween(SPACE.min(), SPACE.max());
                squares += Math.pow((double) found[j] - image[j], 2);
            }
            assertThat(result.relativeSize(i)).isCloseTo(Math.sqrt(squares) / norm(i), within(1e-9));
        }
        assertThat(successes).as("seed %d, %s", SEED, attack.name()).isPositive();
    }

    @Test
    void oneStepIsTheFirstThatWorksAndThenATwentiethOfIt() {
        AdversarialImages result = new FastGradientSign(50, 0.5).run(target, SPACE, images);
        for (int i = 0; i < COUNT; i++) {
            double coarse = Math.ceil(leastEpsilon(i) / 0.01) * 0.01;
            double fine = Math.ceil(leastEpsilon(i) / (coarse / 20)) * coarse / 20;
            assertThat(result.relativeSize(i))
                    .as("seed %d, image %d", SEED, i)
                    .isCloseTo(fine * 4 * Math.sqrt(VALUES) / norm(i), within(1e-6));
        }
    }

    @Test
    void aLargeStepIsNotRefined() {
        // One pixel decides, at 0.205 of the range of 4: the 21st of 50 steps.
        float[] decides = new float[VALUES];
        decides[7] = 1;
        float[] image = new float[VALUES];
        Arrays.fill(image, 1);
        AdversarialImages result =
                new FastGradientSign(50, 0.5).run(new LinearTarget(decides, -1.82).target(), SPACE, image);
        assertThat(result.found(0)[7]).isCloseTo(1 + 4 * 0.21f, within(1e-5f));
        assertThat(new FastGradientSign(50, 0.5)
                        .run(new LinearTarget(decides, -1.79).target(), SPACE, image)
                        .found(0)[7])
                .as("0.1975, the 20th, of which 20 of 20 are needed")
                .isCloseTo(1 + 4 * 0.2f, within(1e-5f));
        assertThat(new FastGradientSign(50, 0.5)
                        .run(new LinearTarget(decides, -9).target(), SPACE, image)
                        .succeeded(0))
                .isFalse();
    }

    @Test
    void severalStepsFindTheSmallestMultipleOfTheSmallestStep() {
        AdversarialImages result = new IterativeGradientSign(50, 10).run(target, SPACE, images);
        for (int i = 0; i < COUNT; i++) {
            int steps = (int) Math.ceil(leastEpsilon(i) / 0.002); // of k / 500, j of them: k j, j up to 10
            int reachable = IntStream.iterate(steps, n -> n + 1)
                    .filter(n -> IntStream.rangeClosed(1, 10).anyMatch(j -> n % j == 0 && n / j <= 50))
                    .findFirst()
                    .orElseThrow();
            assertThat(result.relativeSize(i))
                    .as("seed %d, image %d", SEED, i)
                    .isCloseTo(reachable * 0.002 * 4 * Math.sqrt(VALUES) / norm(i), within(1e-6));
        }
    }

    @Test
    void projectedGradientsComeCloseToTheSmallestCube() {
        AdversarialImages result = new ProjectedGradient(0.5, 20, 2, 1).run(target, SPACE, images);
        for (int i = 0; i < COUNT; i++) {
            double greatest = 0;
            for (int j = 0; j < VALUES; j++) {
                greatest = Math.max(greatest, Math.abs(result.found(i)[j] - images[i * VALUES + j]));
            }
            double least = Math.max(leastEpsilon(i), 0.5 / 1024);
            assertThat(greatest / 4)
                    .as("seed %d, image %d", SEED, i)
                    .isBetween(leastEpsilon(i) * 0.999, least * Math.pow(1024, 1 / 32.0) * 1.001);
        }
    }

    @Test
    void aSinglePixelBecomesTheLeastOrTheGreatestInAllChannels() {
        float[] one = new float[VALUES];
        for (int channel = 0; channel < 3; channel++) {
            one[SPACE.offset(channel, 2, 3)] = 1;
        }
        Target watchesOnePixel = new LinearTarget(one, -4).target();
        AdversarialImages result = new SinglePixel(20, 3).run(watchesOnePixel, SPACE, images);
        ImageSpace last = new ImageSpace(-1, 3, 3, 4, 5, true);
        for (int i = 0; i < COUNT; i++) {
            float[] found = result.found(i);
            for (int j = 0; j < VALUES; j++) {
                boolean changed = j % 20 == 2 * 5 + 3;
                assertThat(found[j]).isEqualTo(changed ? 3 : images[i * VALUES + j]);
            }
        }
        assertThat(last.offset(1, 2, 3)).isEqualTo((2 * 5 + 3) * 3 + 1);
        int early = 0;
        AdversarialImages few = new SinglePixel(10, 3).run(watchesOnePixel, SPACE, images);
        for (int i = 0; i < COUNT; i++) {
            early += few.succeeded(i) ? 1 : 0;
        }
        assertThat(early)
                .as("half of the pixels, in another order for each image")
                .isBetween(4, 16);
    }

    @Test
    void severalClassifiersAttackedTogetherAreAttackedAsAlone() {
        List<Target> targets = List.of(
                target,
                new LinearTarget(gaussians(VALUES, SEED + 2), 0.1).target(),
                new LinearTarget(weights, -4).target());
        SinglePixel attack = new SinglePixel(15, 3);
        List<AdversarialImages> together = attack.runTogether(
                tried -> targets.stream().map(each -> each.answer(tried)).toList(), SPACE, images);
        for (int k = 0; k < targets.size(); k++) {
            AdversarialImages alone = attack.run(targets.get(k), SPACE, images);
            for (int i = 0; i < COUNT; i++) {
                assertThat(together.get(k).found(i))
                        .as("seed %d, classifier %d, image %d", SEED, k, i)
                        .isEqualTo(alone.found(i));
                assertThat(together.get(k).succeeded(i)).isEqualTo(alone.succeeded(i));
            }
        }
    }

    @Test
    void aBlurIsThatOfScipy() {
        float[] image = new float[12]; // (1, 3, 4)
        for (int i = 0; i < 12; i++) {
            image[i] = (float) (Math.pow(i, 1.5) / 20);
        }
        ImageSpace space = new ImageSpace(0, 2, 1, 3, 4, false);
        assertThat(GaussianFilter.blurred(image, space, 0.4))
                .containsExactly(
                        new float[] {
                            0.018358f, 0.072197f, 0.166465f, 0.28182f, 0.419728f, 0.571119f, 0.745693f, 0.927692f,
                            1.110561f, 1.31856f, 1.547435f, 1.77813f
                        },
                        within(2e-6f));
        assertThat(GaussianFilter.blurred(image, space, 4))
                .containsExactly(
                        new float[] {
                            0.744668f, 0.745676f, 0.747101f, 0.74811f, 0.744759f, 0.745767f, 0.747192f, 0.7482f,
                            0.744851f, 0.745859f, 0.747284f, 0.748292f
                        },
                        within(2e-6f));
    }
}
