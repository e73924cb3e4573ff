package io.github.afterimage.answer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ArgMaxTest {
    @Test
    void thePlaceIsThatOfTheGreatestValueAndOfEqualsTheFirst() {
        assertThat(ArgMax.of(new float[] {0.1f, 0.7f, 0.7f, 0.2f})).isEqualTo(1);
        assertThat(ArgMax.of(new double[] {-3, -2, -2.5})).isEqualTo(1);
        assertThat(ArgMax.of(new float[] {0})).isZero();
        assertThat(ArgMax.of(3, i -> i == 2 ? 0 : Double.NEGATIVE_INFINITY)).isEqualTo(2);
    }
}
