package io.github.afterimage.experiments.methods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LabelAmountTest {
    /** Ten examples of class 0, twenty of class 1, thirty of class 2, of which only those with even numbers take part. */
    private static int label(int row) {
        return row < 20 ? 0 : row < 60 ? 1 : 2;
    }

    private static int[] draw(String amount, long seed) {
        int[] rows = IntStream.range(0, 60).map(i -> 2 * i).toArray();
        return LabelAmount.parse(amount).draw(rows, LabelAmountTest::label, seed);
    }

    private static long[] counts(int[] drawn) {
        long[] counts = new long[3];
        Arrays.stream(drawn).forEach(row -> counts[label(row)]++);
        return counts;
    }

    @Test
    void aCountTakesAsManyOfEachClassAndAShareThatShareOfEach() {
        assertThat(counts(draw("4", 1))).containsExactly(4, 4, 4);
        assertThat(counts(draw("25 %", 1))).containsExactly(3, 5, 8);
        assertThat(counts(draw("1%", 1))).containsExactly(1, 1, 1);
        assertThat(counts(draw("100%", 1))).containsExactly(10, 20, 30);
        assertThat(draw("25%", 1)).isSorted().doesNotHaveDuplicates();
        assertThat(Arrays.stream(draw("25%", 1))).allMatch(row -> row % 2 == 0);
    }

    @Test
    void aSmallerAmountDrawsAPartOfAGreaterOneAndAnotherSeedOthers() {
        assertThat(draw("8", 3)).contains(draw("2", 3)).contains(draw("5%", 3));
        assertThat(draw("8", 4)).isNotEqualTo(draw("8", 3));
    }

    @Test
    void aClassWithFewerExamplesIsNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> draw("11", 1))
                .withMessage(
                        "11 labels of each class: class 0 has 10 examples; give at most that many, or a share such as 25%");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "0%", "101%", "1.5", "", "%", "many", "NaN%"})
    void anythingElseIsRefused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LabelAmount.parse(text))
                .withMessageStartingWith("\"" + text + "\": expected a number of labels of each class");
    }
}
