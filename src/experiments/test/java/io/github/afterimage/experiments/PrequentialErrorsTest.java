package io.github.afterimage.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.Progress;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.AnswerRule;
import io.github.afterimage.answer.ArgMax;
import io.github.afterimage.answer.Query;
import io.github.afterimage.answer.Tuner;
import io.github.afterimage.experiments.ErrorCounts.Voice;
import io.github.afterimage.model.evaluation.ArrayExamples;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PrequentialErrorsTest {
    private static final int BATCH = 40;
    private static final double[] THETAS = {0.5, 1, 2};
    /** The first keys of the index have the opposite labels of those of the stream. */
    private static CacheIndex index() {
        CacheIndex index = new CacheIndexBuilder(1, 2).build();
        index.add(new float[] {1, 1, 1, -1, -1, -1}, new int[] {1, 1, 1, 0, 0, 0});
        return index;
    }

    private static ArrayExamples stream(int size, long seed) {
        Random random = new Random(seed);
        float[] features = new float[size];
        float[] probabilities = new float[2 * size];
        int[] labels = new int[size];
        for (int i = 0; i < size; i++) {
            features[i] = random.nextBoolean() ? 1 : -1;
            labels[i] = (features[i] > 0) == (random.nextInt(5) > 0) ? 0 : 1;
            probabilities[2 * i] = random.nextFloat();
            probabilities[2 * i + 1] = 1 - probabilities[2 * i];
        }
        return new ArrayExamples(features, probabilities, labels);
    }

    private static Query query(ArrayExamples batch, double... thetas) {
        return Query.of(batch.features()).thetas(thetas).evidence(true);
    }

    @Test
    void eachBatchIsPredictedWithWhatTheBatchesBeforeItTaughtAndWithTheRuleThatFitsThem() throws IOException {
        long seed = System.nanoTime();
        ArrayExamples stream = stream(310, seed);
        PrequentialErrors curve;
        try (CacheIndex index = index()) {
            curve = PrequentialErrors.measure(index, stream, BATCH, new Tuner(THETAS), Progress.NONE);
            assertThat(index.size()).isEqualTo(316);
        }
        List<AnswerRule> used = new ArrayList<>();
        List<Long> wrong = new ArrayList<>();
        try (CacheIndex index = index()) {
            Tuner tuner = new Tuner(THETAS);
            used.add(index.calibration(1).rule());
            for (int start = 0; start < 310; start += BATCH) {
                int[] rows =
                        IntStream.range(start, Math.min(310, start + BATCH)).toArray();
                ArrayExamples batch = (ArrayExamples) stream.select(rows);
                AnswerRule rule = used.get(used.size() - 1);
                Answer memory = index.answer(query(batch, rule.theta()));
                wrong.add(IntStream.range(0, rows.length)
                        .filter(i -> ArgMax.of(rule.probabilities(network(batch, i), memory.row(i))) != batch.label(i))
                        .count());
                tuner.accept(index.answer(query(batch, THETAS)), batch.probabilities(), null, batch.labels());
                index.add(batch.features(), batch.labels());
                used.add(tuner.rule(1));
            }
        }
        assertThat(curve.batches())
                .as("seed %d", seed)
                .extracting(batch -> batch.errors().errors(Voice.TOGETHER))
                .isEqualTo(wrong);
        assertThat(curve.batches())
                .as("seed %d", seed)
                .extracting(PrequentialErrors.Batch::used)
                .isEqualTo(used.subList(0, used.size() - 1));
        assertThat(curve.batches())
                .extracting(PrequentialErrors.Batch::learned)
                .startsWith(0, 40, 80)
                .hasSize(8);
        assertThat(curve.last().learned()).isEqualTo(280);
        assertThat(curve.all().examples()).isEqualTo(310);
        assertThat(curve.all().errors(Voice.TOGETHER))
                .isEqualTo(wrong.stream().mapToLong(Long::longValue).sum());
    }

    private static float[] network(ArrayExamples batch, int row) {
        return Arrays.copyOfRange(batch.probabilities(), 2 * row, 2 * row + 2);
    }
}
