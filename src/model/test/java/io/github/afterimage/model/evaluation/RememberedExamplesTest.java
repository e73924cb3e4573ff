package io.github.afterimage.model.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.MemoryUse;
import io.github.afterimage.Progress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RememberedExamplesTest {
    private static final int SIZE = 23;

    /** Example i has the feature i. */
    private static ArrayExamples numberedExamples() {
        float[] features = new float[SIZE];
        float[] probabilities = new float[3 * SIZE];
        for (int i = 0; i < SIZE; i++) {
            features[i] = i;
            probabilities[3 * i] = i / 100f;
        }
        return new ArrayExamples(
                features,
                probabilities,
                IntStream.range(0, SIZE).map(i -> i % 3).toArray());
    }

    private static void assertPassesAllOnInOrder(Examples examples, int maxBatch) throws IOException {
        List<Long> reported = new ArrayList<>();
        int[] next = {0};
        examples.forEachBatch(maxBatch, (done, total) -> reported.add(done), batch -> {
            assertThat(batch.first()).isEqualTo(next[0]);
            assertThat(batch.labels().length).isBetween(1, maxBatch);
            for (int i = 0; i < batch.labels().length; i++) {
                int number = next[0]++;
                assertThat(batch.features().get(i)).isEqualTo(number);
                assertThat(batch.probabilities()[3 * i]).isEqualTo(number / 100f);
                assertThat(batch.labels()[i]).isEqualTo(number % 3);
            }
        });
        assertThat(next[0]).isEqualTo(SIZE);
        assertThat(reported).isSorted().startsWith(0L).endsWith((long) SIZE);
    }

    @Test
    void computesEachExampleOnce() throws IOException {
        long before = MemoryUse.bytes();
        for (int[] sample : List.of(
                new int[] {3, 4, 11, 22},
                new int[] {0},
                IntStream.range(0, SIZE).toArray())) {
            for (int maxBatch : new int[] {1, 4, 100}) {
                ArrayExamples source = numberedExamples();
                try (RememberedExamples examples = new RememberedExamples(source, 1000)) {
                    examples.forEachBatch(sample, 2, Progress.NONE, batch -> {});
                    assertThat(examples.remembered()).isEqualTo(sample.length);
                    assertPassesAllOnInOrder(examples, maxBatch);
                }
                assertThat(source.reads()).hasSize(SIZE).doesNotHaveDuplicates();
            }
        }
        assertThat(MemoryUse.bytes()).isEqualTo(before);
    }

    @Test
    void recomputesASampleThatIsTooLargeOrNotInOrder() throws IOException {
        for (int[] sample : List.of(IntStream.range(0, 5).toArray(), new int[] {2, 1})) {
            ArrayExamples source = numberedExamples();
            try (RememberedExamples examples = new RememberedExamples(source, 4 * Float.BYTES)) {
                examples.forEachBatch(sample, 2, Progress.NONE, batch -> {});
                assertThat(examples.remembered()).isZero();
                assertPassesAllOnInOrder(examples, 4);
            }
            assertThat(source.reads()).hasSize(SIZE + sample.length);
        }
    }
}
