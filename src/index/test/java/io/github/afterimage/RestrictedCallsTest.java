package io.github.afterimage;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static io.github.afterimage.Refusals.assertIllegalState;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.KeySet;
import io.github.afterimage.answer.Query;
import io.github.afterimage.serving.Batcher;
import io.github.afterimage.settings.ElementType;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Restricted queries of many callers, while keys come and go, and those that are refused. */
class RestrictedCallsTest {
    private static final int DIM = 70;
    private static final int CLASSES = 7;

    /** Some of the keys are removed again. */
    private static CacheIndex index(Problem problem, ElementType type) {
        CacheIndex index = problem.builder().type(type).threads(2).build();
        index.add(problem.keys(), problem.labels());
        index.remove(
                LongStream.iterate(7, id -> id < problem.size(), id -> id + 40).toArray());
        return index;
    }

    @Test
    void aBatcherAnswersEachQueryFromItsOwnKeys() {
        Problem problem = Problem.random(12, 3000, DIM, CLASSES, 2);
        try (Batcher batcher = new Batcher(index(problem, ElementType.FLOAT32))) {
            Query query = Query.of(problem.queries()).thetas(0).neighbors(3);
            List<CompletableFuture<Answer>> answers = IntStream.range(0, 4 * CLASSES)
                    .mapToObj(i -> batcher.submit(
                            i < 2 * CLASSES
                                    ? query.only(KeySet.labels(i % CLASSES))
                                    : query.only(KeySet.labels(i % CLASSES).complement())))
                    .toList();
            for (int i = 0; i < answers.size(); i++) {
                Answer answer = answers.get(i).join();
                float p = answer.row(1).probability(i % CLASSES);
                assertThat(p).isEqualTo(i < 2 * CLASSES ? 1 : 0);
                for (int place = 0; place < 3; place++) {
                    assertThat(answer.row(1).neighbors().get(place).label() == i % CLASSES)
                            .isEqualTo(i < 2 * CLASSES);
                }
            }
            assertIllegalArgument(() -> batcher.submit(query.only(KeySet.labels(CLASSES))));
        }
    }

    @Test
    void whileKeysComeAndGoOnlyThoseOfTheSetAnswer() throws Exception {
        Problem problem = Problem.random(16, 4000, DIM, CLASSES, 1);
        float[] row = Arrays.copyOf(problem.keys(), DIM);
        Query query = Query.of(problem.queries()).thetas(0).neighbors(4000).only(KeySet.labels(2, 4));
        AtomicBoolean done = new AtomicBoolean();
        try (CacheIndex index = index(problem, ElementType.INT8);
                CacheReader moment = index.snapshot()) {
            Answer before = moment.answer(query);
            Thread writer = new Thread(() -> {
                for (int i = 0; !done.get(); i++) {
                    index.add(row, new int[] {i % CLASSES});
                    index.remove(i);
                }
            });
            writer.start();
            try {
                for (int i = 0; i < 30; i++) {
                    Answer answer = index.answer(query);
                    assertThat(answer.row(0).neighbors().size()).isEqualTo((int) answer.keys());
                    int[] counts = new int[CLASSES];
                    for (int place = 0; place < answer.row(0).neighbors().size(); place++) {
                        counts[answer.row(0).neighbors().get(place).label()]++;
                    }
                    assertThat(counts[2] + counts[4]).isEqualTo((int) answer.keys());
                    assertThat(answer.row(0).probability(2))
                            .isCloseTo((float) counts[2] / answer.keys(), within(1e-6f));
                    assertThat(moment.answer(query).row(0).probabilities())
                            .isEqualTo(before.row(0).probabilities());
                }
            } finally {
                done.set(true);
                writer.join();
            }
        }
    }

    @Test
    void whatCannotBeAnsweredIsRefusedWithTheReason() {
        Problem problem = Problem.random(14, 50, DIM, CLASSES, 1);
        try (CacheIndex index = problem.index()) {
            Query query = Query.of(problem.queries()).thetas(1);
            assertIllegalState(() -> index.answer(query.only(KeySet.ids(50, 51))))
                    .hasMessage(
                            "the query is restricted to keys with 2 ids, and none of the 50 keys of the index is such a key");
            assertIllegalState(() -> index.answer(
                            query.only(KeySet.ids()).only(KeySet.labels(1).complement())))
                    .hasMessageContaining("keys with 0 ids and not labels 1");
            assertIllegalArgument(() ->
                            index.answer(query.only(KeySet.labels(3, CLASSES).complement())))
                    .hasMessage("the query names the label 7: expected 0..6, the classes of the index");
            assertIllegalArgument(() -> KeySet.labels(-1));
            assertIllegalArgument(() -> index.gradient(query.neighbors(1), new float[CLASSES]))
                    .hasMessageContaining("neighbors");
            assertIllegalArgument(() -> index.gradient(query.thetas(1, 2), new float[CLASSES]))
                    .hasMessageContaining("2 thetas");
            assertThat(KeySet.ids(3, 1, 3)).isEqualTo(KeySet.ids(1, 3)).isNotEqualTo(KeySet.labels(1, 3));
            assertThat(KeySet.ids(3, 1).complement())
                    .isEqualTo(KeySet.ids(1, 3).complement())
                    .isNotEqualTo(KeySet.ids(1, 3));
        }
    }
}
