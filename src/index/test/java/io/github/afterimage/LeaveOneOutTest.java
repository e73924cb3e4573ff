package io.github.afterimage;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static io.github.afterimage.Refusals.assertIllegalState;
import static io.github.afterimage.Slopes.assertSlopes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.KeySet;
import io.github.afterimage.answer.Neighbor;
import io.github.afterimage.answer.PartialAnswer;
import io.github.afterimage.answer.Query;
import io.github.afterimage.serving.BatchOptions;
import io.github.afterimage.serving.Batcher;
import io.github.afterimage.settings.ElementType;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class LeaveOneOutTest {
    private static final double[] THETAS = {0, 10, 90, 1000};
    private static final double[] TOLERANCES = {1e-6, 2e-6, 2e-5, 4e-4};
    private static final int DIM = 24;
    private static final int CLASSES = 5;

    /** The keys ask for themselves, so that at θ = 90 the share of the key that is left out is all but 1. */
    @ForEachEngine
    void eachKeyIsAnsweredAsByAnIndexWithoutIt(Engine engine) {
        for (int views = 1; views <= 3; views++) {
            for (int pictures : new int[] {2, 3, 97, 530}) {
                eachPictureIsAnsweredAsByAnIndexWithoutIt(engine, pictures, views);
            }
        }
    }

    private static void eachPictureIsAnsweredAsByAnIndexWithoutIt(Engine engine, int pictures, int views) {
        int size = pictures * views;
        Problem problem = Problem.random(size, size, DIM, CLASSES, 1).ofPictures(views);
        long[] ids = LongStream.range(0, size).map(row -> row / views).toArray();
        if (pictures > 3) {
            ids[1] = -1;
            ids[2] = size + 7;
            ids[3] = 4; // perhaps as the next query
        }
        Query query = Query.of(problem.keys()).thetas(THETAS).neighbors(7).excludingEach(ids);
        double[][] keys = Oracle.unit(problem.keys(), DIM);
        try (CacheIndex index = problem.index(views)) {
            Answer answer = index.withEngine(engine).answer(query);
            assertThat(answer.keys()).isEqualTo(size);
            assertThat(answer.row(0).neighbors().size()).isEqualTo(Math.min(7, size - views));
            double greatest = 0;
            for (int b = 0; b < size; b += size > 100 ? 7 : 1) {
                int own = (int) ids[b];
                int[] left = IntStream.range(0, size)
                        .filter(row -> row / views != own)
                        .toArray();
                Oracle oracle = problem.oracle(left);
                for (int t = 0; t < THETAS.length; t++) {
                    double[] expected = oracle.probabilities(keys[b], THETAS[t]);
                    for (int c = 0; c < CLASSES; c++) {
                        float p = (float) expected[c];
                        assertThat(answer.at(t).row(b).probability(c))
                                .as("%d pictures of %d keys, row %d theta %s", pictures, views, b, THETAS[t])
                                .isCloseTo(p, within((float) TOLERANCES[t]));
                    }
                }
                double[] scores = oracle.scores(keys[b]);
                List<Integer> order = IntStream.range(0, left.length)
                        .boxed()
                        .sorted(Comparator.comparingDouble(i -> -scores[i]))
                        .toList();
                for (int place = 0; place < answer.row(0).neighbors().size(); place++) {
                    Neighbor key = answer.row(b).neighbors().get(place);
                    assertThat((double) key.score()).isCloseTo(scores[order.get(place)], within(2e-6));
                    assertThat(key.id()).isNotEqualTo(own);
                }
                if (own == b / views) {
                    double others = 0;
                    for (int i = 0; i < left.length; i++) {
                        others += Math.exp(90 * (scores[i] - 1));
                    }
                    greatest = Math.max(greatest, 1 / (1 + others));
                }
            }
            assertThat(1 - greatest).isLessThan(1e-9);
        }
    }

    @ForEachEngine
    void everyTypeAgreesWithAnIndexWithoutTheKey(Engine engine) {
        Problem problem = Problem.random(3, 200, DIM, CLASSES, 1);
        float[] rows = Arrays.copyOf(problem.keys(), 5 * DIM);
        long[] ids = {0, 1, 2, 3, 150};
        Query query =
                Query.of(rows).thetas(30).neighbors(3).only(KeySet.labels(1).complement());
        for (ElementType type : ElementType.values()) {
            try (CacheIndex index = problem.builder().type(type).build()) {
                index.add(problem.keys(), problem.labels());
                Answer answer = index.withEngine(engine).answer(query.excludingEach(ids));
                for (int b = 0; b < ids.length; b++) {
                    Answer expected = index.withEngine(Engines.named("reference"))
                            .answer(query.only(KeySet.ids(ids[b]).complement()));
                    assertThat(answer.row(b).probabilities())
                            .as(type + " " + b)
                            .containsExactly(expected.row(b).probabilities(), within(2e-2f)); // queries are rounded
                    assertThat(answer.row(b).neighbors().get(0).id()).isNotEqualTo(ids[b]);
                    assertThat(answer.row(b).neighbors().get(0).score())
                            .isCloseTo(expected.row(b).neighbors().get(0).score(), within(5e-3f));
                }
            }
        }
    }

    @ForEachEngine
    void theGradientAndThePartialSumsLeaveTheKeyOut(Engine engine) {
        Problem problem = Problem.random(5, 60, DIM, CLASSES, 1).ofPictures(2);
        float[] rows = Arrays.copyOf(problem.keys(), 3 * DIM);
        float[] cotangents = new float[3 * CLASSES];
        for (int i = 0; i < cotangents.length; i++) {
            cotangents[i] = i % 4 - 1.5f;
        }
        Query query = Query.of(rows).thetas(20).excludingEach(0, 1, -1);
        try (CacheIndex index = problem.index(2)) {
            float[] gradient = index.withEngine(engine).gradient(query, cotangents);
            PartialAnswer sums = index.withEngine(engine).partial(query);
            Answer answer = index.answer(query);
            double[][] keys = Oracle.unit(problem.keys(), DIM);
            for (int b = 0; b < 3; b++) {
                int own = b == 2 ? -1 : b;
                Oracle oracle = problem.oracle(
                        IntStream.range(0, 60).filter(row -> row / 2 != own).toArray());
                assertThat(sums.answer().row(b).probabilities())
                        .containsExactly(answer.row(b).probabilities(), within(2e-6f));
                assertSlopes(gradient, b, keys[b], cotangents, key -> oracle.probabilities(key, 20), 2e-4);
            }
        }
    }

    @Test
    void aBatcherLeavesEachKeyOutOfTheRowThatAskedForIt() {
        Problem problem = Problem.random(6, 100, DIM, CLASSES, 1);
        try (Batcher batcher = new Batcher(problem.index(), new BatchOptions().maxBatch(8))) {
            List<CompletableFuture<Answer>> answers = IntStream.range(0, 10)
                    .mapToObj(i -> batcher.submit(Query.of(FloatBuffer.wrap(problem.keys(), i * 10 * DIM, 10 * DIM))
                            .neighbors(1)
                            .excludingEach(LongStream.range(i * 10, i * 10 + 10)
                                    .map(id -> i % 2 == 0 ? id : -1)
                                    .toArray())))
                    .toList();
            for (int i = 0; i < 10; i++) {
                for (int row = 0; row < 10; row++) {
                    long nearest =
                            answers.get(i).join().row(row).neighbors().get(0).id();
                    assertThat(nearest == i * 10 + row).isEqualTo(i % 2 == 1);
                }
            }
            Query query = Query.of(problem.keys()).thetas(1).excludingEach(1, 2);
            assertIllegalArgument(() -> batcher.submit(query)).hasMessageContaining("2 ids for 100 queries");
        }
    }

    @Test
    void theOnlyKeyCannotBeLeftOut() {
        try (CacheIndex index = new CacheIndexBuilder(2, 2).build()) {
            index.add(new float[] {1, 0, 0, 1}, new int[] {0, 1});
            Query query = Query.of(new float[] {1, 1}).thetas(1).excludingEach(0);
            assertThat(index.answer(query).row(0).best()).isEqualTo(1);
            assertIllegalState(() -> index.answer(query.only(KeySet.labels(0)))).hasMessageContaining("the only key");
        }
    }
}
