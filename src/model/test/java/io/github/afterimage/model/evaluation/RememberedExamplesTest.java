package io.github.afterimage.model.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.MemoryUse;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RememberedExamplesTest {
    private static final int SIZE = 23;

    /** Of one value, its number, with the numbers that were computed. */
    private record Numbered(int[] rows, List<Integer> computed) implements Examples {
        @Override
        public int size() {
            return rows.length;
        }

        @Override
        public int dim() {
            return 1;
        }

        @Override
        public int classes() {
            return 3;
        }

        @Override
        public List<String> classNames() {
            return List.of();
        }

        @Override
        public int label(int example) {
            return rows[example] % 3;
        }

        @Override
        public String name(int example) {
            return "";
        }

        @Override
        public boolean hasProbabilities() {
            return true;
        }

        @Override
        public Examples select(int[] places) {
            return new Numbered(IntStream.of(places).map(i -> rows[i]).toArray(), computed);
        }

        @Override
        public void forEachBatch(int largestBatch, Progress progress, Consumer consumer) throws IOException {
            for (int first = 0; first < size(); first += largestBatch) {
                int count = Math.min(largestBatch, size() - first);
                float[] features = new float[count];
                float[] probabilities = new float[3 * count];
                int[] labels = new int[count];
                for (int i = 0; i < count; i++) {
                    computed.add(rows[first + i]);
                    features[i] = rows[first + i];
                    probabilities[3 * i] = rows[first + i] / 100f;
                    labels[i] = label(first + i);
                }
                consumer.accept(new Batch(first, FloatBuffer.wrap(features), probabilities, labels));
                progress.report(first + count, size());
            }
        }
    }

    private static void assertHandsAllOverInOrder(Examples examples, int largestBatch) throws IOException {
        List<Long> reported = new ArrayList<>();
        int[] next = {0};
        examples.forEachBatch(largestBatch, (done, total) -> reported.add(done), batch -> {
            assertThat(batch.first()).isEqualTo(next[0]);
            assertThat(batch.labels().length).isBetween(1, largestBatch);
            for (int i = 0; i < batch.labels().length; i++) {
                int number = next[0]++;
                assertThat(batch.features().get(i)).isEqualTo(number);
                assertThat(batch.probabilities()[3 * i]).isEqualTo(number / 100f);
                assertThat(batch.labels()[i]).isEqualTo(number % 3);
            }
        });
        assertThat(next[0]).isEqualTo(SIZE);
        assertThat(reported).isSorted().last().isEqualTo((long) SIZE);
    }

    @Test
    void computesEachExampleOnce() throws IOException {
        long before = MemoryUse.bytes();
        for (int[] sample : List.of(
                new int[] {3, 4, 11, 22},
                new int[] {0},
                IntStream.range(0, SIZE).toArray())) {
            for (int largestBatch : new int[] {1, 4, 100}) {
                List<Integer> computed = new ArrayList<>();
                Examples source = new Numbered(IntStream.range(0, SIZE).toArray(), computed);
                try (RememberedExamples examples = new RememberedExamples(source, 1000)) {
                    examples.forEachBatch(sample, 2, Progress.NONE, batch -> {});
                    assertThat(examples.remembered()).isEqualTo(sample.length);
                    assertHandsAllOverInOrder(examples, largestBatch);
                }
                assertThat(computed).hasSize(SIZE).doesNotHaveDuplicates();
            }
        }
        assertThat(MemoryUse.bytes()).isEqualTo(before);
    }

    @Test
    void computesASampleAgainThatIsTooLargeOrNotInOrder() throws IOException {
        for (int[] sample : List.of(IntStream.range(0, 5).toArray(), new int[] {2, 1})) {
            List<Integer> computed = new ArrayList<>();
            Examples source = new Numbered(IntStream.range(0, SIZE).toArray(), computed);
            try (RememberedExamples examples = new RememberedExamples(source, 4 * Float.BYTES)) {
                examples.forEachBatch(sample, 2, Progress.NONE, batch -> {});
                assertThat(examples.remembered()).isZero();
                assertHandsAllOverInOrder(examples, 4);
            }
            assertThat(computed).hasSize(SIZE + sample.length);
        }
    }
}
