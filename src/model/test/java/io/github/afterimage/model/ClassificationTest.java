package io.github.afterimage.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.Query;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClassificationTest {
    private static final float[][] ROWS = {{1, 0}, {0, 1}};

    @Test
    void anAnswerIsMixedWithProbabilitiesOfANetworkThatRanElsewhere() {
        try (CacheIndex index =
                CacheIndex.builder(2, 2).classNames(List.of("left", "up")).build()) {
            index.add(new float[] {1, 0, 0, 1}, new int[] {0, 1});
            Answer answer = index.answer(Query.of(ROWS).thetas(1).neighbors(1));
            double similar = Math.E / (Math.E + 1);
            List<Classification> mixed = Classification.of(index, answer, 0.25, new float[] {0.5f, 0.5f, 1, 0});
            assertThat(mixed.get(0).probability()).isCloseTo(0.75 * 0.5 + 0.25 * similar, within(1e-6));
            assertThat(mixed.get(1).candidate(1).probability()).isCloseTo(0.25 * similar, within(1e-6));
            assertThat(mixed.get(1).name()).isEqualTo("left");
            assertThat(mixed.get(1).neighbors().get(0).id()).isEqualTo(1);
            List<Classification> alone = Classification.of(index, answer, 0.25, null);
            assertThat(alone.get(1).name()).isEqualTo("up");
            assertThat(alone.get(1).hasNetwork()).isFalse();
            assertThatThrownBy(() -> Classification.of(index, answer, 0.25, new float[3]))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("the network's probabilities hold 3 values: expected 2 rows x 2 classes");
        }
    }
}
