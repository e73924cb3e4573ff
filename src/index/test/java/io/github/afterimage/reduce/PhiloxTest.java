package io.github.afterimage.reduce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PhiloxTest {
    @Test
    void blocksAreThoseThatTheAuthorsPublished() { // Random123, kat_vectors, philox4x32 10
        int[] words = new int[4];
        Philox.block(0, 0, 0, 0, 0, words);
        assertThat(words).containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
        Philox.block(-1, -1, -1, -1, -1, words);
        assertThat(words).containsExactly(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
        Philox.block(0x299f31d0a4093822L, 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, words);
        assertThat(words).containsExactly(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
    }

    @Test
    void normalNumbersAreTheSameEverywhere() { // computed by another program, in another language
        assertThat(normals(0, 0, 5)).containsExactly(0.9911377f, -0.9246626f, -0.61760896f, -0.4820686f, -0.15363823f);
        assertThat(normals(0, 5, 12_288)[12_287]).isEqualTo(1.4130163f);
        assertThat(normals(7, 511, 7)[6]).isEqualTo(-0.39479378f);
        assertThat(normals(-1, 3, 3)[2]).isEqualTo(-1.2701064f);
    }

    @Test
    void aRowIsTheStartOfALongerOne() {
        float[] longer = normals(3, 2, 23);
        for (int length = 0; length < 23; length++) {
            assertThat(normals(3, 2, length)).containsExactly(Arrays.copyOf(longer, length));
        }
    }

    @Test
    void normalNumbersHaveTheMomentsOfNormalNumbers() {
        double[] sums = new double[5];
        int count = 400_000;
        for (int row = 0; row < 4; row++) {
            for (float value : normals(11, row, count / 4)) {
                for (int power = 1; power <= 4; power++) {
                    sums[power] += Math.pow(value, power) / count;
                }
            }
        }
        // five standard errors: sqrt(variance of the power / count)
        assertThat(sums[1]).isCloseTo(0, within(5 * Math.sqrt(1.0 / count)));
        assertThat(sums[2]).isCloseTo(1, within(5 * Math.sqrt(2.0 / count)));
        assertThat(sums[3]).isCloseTo(0, within(5 * Math.sqrt(15.0 / count)));
        assertThat(sums[4]).isCloseTo(3, within(5 * Math.sqrt(96.0 / count)));
    }

    @Test
    void drawsStayBelowTheirBoundAndReachEveryNumber() {
        for (long bound : new long[] {1, 2, 3, 7, 1L << 40}) {
            boolean[] seen = new boolean[(int) Math.min(bound, 7)];
            for (long index = 0; index < 300; index++) {
                long draw = Philox.below(bound, 5, Philox.SAMPLE, index);
                assertThat(draw).isBetween(0L, bound - 1);
                if (draw < seen.length) {
                    seen[(int) draw] = true;
                }
            }
            assertThat(bound > 7 || IntStream.range(0, seen.length).allMatch(i -> seen[i]))
                    .isTrue();
        }
    }

    private static float[] normals(long seed, int row, int length) {
        float[] values = new float[length];
        Philox.normals(seed, Philox.MATRIX, row, values);
        return values;
    }
}
