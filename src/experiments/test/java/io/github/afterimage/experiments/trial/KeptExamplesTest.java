package io.github.afterimage.experiments.trial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.Progress;
import io.github.afterimage.model.evaluation.ArrayExamples;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptExamplesTest {
    private static final int SIZE = 300;

    @TempDir
    private Path folder;

    private static ArrayExamples examples() {
        float[] features = new float[SIZE];
        float[] probabilities = new float[2 * SIZE];
        int[] labels = new int[SIZE];
        for (int i = 0; i < SIZE; i++) {
            features[i] = 1 + i;
            probabilities[2 * i] = i / (float) SIZE;
            probabilities[2 * i + 1] = 1 - probabilities[2 * i];
            labels[i] = i % 2;
        }
        return new ArrayExamples(features, probabilities, labels);
    }

    private static List<String> read(Examples examples) throws IOException {
        List<String> rows = new ArrayList<>();
        examples.forEachBatch(7, Progress.NONE, batch -> {
            float[] probabilities = batch.probabilities();
            assertThat(probabilities).hasSize(2 * batch.labels().length);
            for (int i = 0; i < batch.labels().length; i++) {
                assertThat(batch.first() + i).isEqualTo(rows.size());
                rows.add(batch.features().get(i) + " " + probabilities[2 * i] + " " + batch.labels()[i]);
            }
        });
        return rows;
    }

    @Test
    void aFileGivesWhatItsSourceGaveWithoutReadingItAgain() throws IOException {
        ArrayExamples source = examples();
        List<String> expected = read(source);
        int[] some = {250, 3, 3, 17};
        List<String> expectedOfSome = read(source.select(some));
        KeptExamples kept = KeptExamples.of(source, folder.resolve("a.rows"), Progress.NONE);
        source.reads().clear();
        assertThat(read(kept)).isEqualTo(expected);
        assertThat(read(kept.select(some))).isEqualTo(expectedOfSome);
        assertThat(read(kept.select(new int[] {9, 250, 3}).select(new int[] {1, 2})))
                .isEqualTo(expectedOfSome.subList(0, 2));
        assertThat(source.reads()).isEmpty();
    }

    @Test
    void anInterruptedPassContinuesBehindTheLastWholeRow() throws IOException {
        Path file = folder.resolve("a.rows");
        Progress interrupted = (done, total) -> {
            if (done > 100) {
                throw new CancellationException();
            }
        };
        assertThatThrownBy(() -> KeptExamples.of(examples(), file, interrupted))
                .isInstanceOf(CancellationException.class);
        int done = KeptExamples.count(examples(), file);
        assertThat(done).isBetween(100, SIZE - 1);
        Files.write(file, new byte[] {1, 2, 3}, StandardOpenOption.APPEND); // a killed process wrote a part of a row
        ArrayExamples source = examples();
        KeptExamples kept = KeptExamples.of(source, file, Progress.NONE);
        assertThat(source.reads())
                .containsExactlyElementsOf(
                        IntStream.range(done, SIZE).mapToObj(i -> 1f + i).toList());
        assertThat(read(kept)).isEqualTo(read(examples()));
    }
}
