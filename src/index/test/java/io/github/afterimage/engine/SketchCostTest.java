package io.github.afterimage.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SketchCostTest {
    private static final int LISTED = 100_000;
    private static final int READ = 2000;

    private static SketchCost cost(boolean roundsQueries) {
        return new SketchCost(900_000, 34, 256, 2, 1, roundsQueries);
    }

    private static boolean pays(int batch, boolean roundsQueries) {
        return cost(roundsQueries).pays(batch, LISTED, READ);
    }

    @Test
    void oneQueryIsEstimated() {
        assertThat(pays(1, false)).isTrue();
        assertThat(pays(1, true)).isTrue();
    }

    @Test
    void largerBatchesToShortKeysTakeThePlainPass() {
        for (int batch : new int[] {16, 64, 256}) {
            assertThat(pays(batch, false)).as("batch " + batch).isFalse();
            assertThat(pays(batch, true)).as("batch " + batch + ", rounded").isFalse();
        }
    }

    @Test
    void moreKeysThanEstimatesCanNumberTakeThePlainPass() {
        long most = Integer.MAX_VALUE;
        assertThat(new SketchCost(most, 34, 256, 2, 1, false).pays(1, LISTED, READ))
                .isTrue();
        assertThat(new SketchCost(most + 1, 34, 256, 2, 1, false).pays(1, LISTED, READ))
                .isFalse();
    }
}
