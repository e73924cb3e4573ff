package io.github.afterimage.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.Progress;
import io.github.afterimage.model.evaluation.ArrayExamples;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class SharedExamplesTest {
    private static final Examples.Consumer IGNORED = batch -> {};

    private static Examples examples(int from, int to) {
        float[] rows = new float[2 * (to - from)];
        for (int i = from; i < to; i++) {
            rows[2 * (i - from)] = i;
            rows[2 * (i - from) + 1] = 1;
        }
        return new ArrayExamples(rows, new float[to - from], new int[to - from]);
    }

    private static String warning(Examples first, Examples second) throws IOException {
        SharedExamples shared = new SharedExamples(first);
        SharedExamples.Others others = shared.others(second);
        shared.examples().forEachBatch(7, Progress.NONE, IGNORED);
        others.forEachBatch(5, Progress.NONE, IGNORED);
        return others.warning("B", "A", "so what");
    }

    @Test
    void examplesOfBothSetsAreCountedAndAFewAreNoReasonToWarn() throws IOException {
        assertThat(warning(examples(0, 100), examples(90, 190)))
                .isEqualTo("10 of 100 examples of B are in A too: so what");
        assertThat(warning(examples(0, 100), examples(99, 199))).isNull();
        assertThat(warning(examples(0, 100), examples(100, 200))).isNull();
    }
}
