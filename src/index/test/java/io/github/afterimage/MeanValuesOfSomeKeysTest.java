package io.github.afterimage;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static io.github.afterimage.ValueProblems.DIM;
import static io.github.afterimage.ValueProblems.THETAS;
import static io.github.afterimage.ValueProblems.TOLERANCES;
import static io.github.afterimage.ValueProblems.all;
import static io.github.afterimage.ValueProblems.assertMeans;
import static io.github.afterimage.ValueProblems.index;
import static io.github.afterimage.ValueProblems.mean;
import static io.github.afterimage.ValueProblems.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.LongStream;

/** Means of values over a part of the keys. */
class MeanValuesOfSomeKeysTest {
    @ForEachEngine
    void removedKeysDoNotCountAndRestrictionsHold(Engine engine) {
        for (int seed : new int[] {4, 5}) {
            Problem problem = Problem.random(seed, 400, DIM, 4, 9);
            float[] values = values(problem, 5);
            Query query = Query.of(problem.queries()).thetas(THETAS);
            long[] few = {3, 17, 170, 399};
            try (CacheIndex index = index(problem, 5, ElementType.FLOAT16, values)) {
                CacheIndex asked = index.withEngine(engine);
                index.remove(3, 5, 398);
                int[] left = Arrays.stream(all(problem))
                        .filter(k -> k != 3 && k != 5 && k != 398)
                        .toArray();
                assertMeans(problem, values, left, asked.answer(query.values()));
                int[] chosen = {17, 170, 399};
                assertMeans(
                        problem,
                        values,
                        chosen,
                        asked.answer(query.only(KeySet.ids(few)).values()));
                int[] ofLabels = Arrays.stream(left)
                        .filter(k -> problem.labels()[k] != 2)
                        .toArray();
                assertMeans(
                        problem,
                        values,
                        ofLabels,
                        asked.answer(query.only(KeySet.labels(2).complement()).values()));
                index.compact();
                assertMeans(problem, values, left, asked.answer(query.values()));
            }
        }
    }

    @ForEachEngine
    void eachQueryCanLeaveOneKeyOut(Engine engine) {
        Problem problem = Problem.random(7, 60, DIM, 4, 3);
        float[] values = values(problem, 6);
        long[] left = {4, -1, 59};
        try (CacheIndex index = index(problem, 6, ElementType.FLOAT32, values)) {
            Answer answers = index.withEngine(engine)
                    .answer(Query.of(problem.queries())
                            .thetas(THETAS)
                            .excludingEach(left)
                            .values());
            double[][] queries = Oracle.unit(problem.queries(), DIM);
            for (int b = 0; b < 3; b++) {
                long own = left[b];
                int[] others = Arrays.stream(all(problem)).filter(k -> k != own).toArray();
                for (int t = 0; t < THETAS.length; t++) {
                    double[] expected = mean(problem, values, others, queries[b], THETAS[t]);
                    for (int j = 0; j < 6; j++) {
                        assertThat((double) answers.at(t).row(b).value(j))
                                .isCloseTo(expected[j], within(8 * TOLERANCES[t]));
                    }
                }
            }
        }
    }

    @ForEachEngine
    void sumsOfPartsMergeToTheSumsOfAll(Engine engine) {
        Problem problem = Problem.random(17, 300, DIM, 3, 4);
        float[] values = values(problem, 3);
        Query query = Query.of(problem.queries()).thetas(THETAS);
        long[] some = LongStream.range(0, 110).toArray();
        try (CacheIndex index = index(problem, 3, ElementType.FLOAT32, values)) {
            CacheIndex asked = index.withEngine(engine);
            PartialAnswer merged = asked.partial(query.only(KeySet.ids(some)).values())
                    .merge(asked.partial(
                            query.only(KeySet.ids(some).complement()).values()));
            assertMeans(problem, values, all(problem), merged.answer());
            assertIllegalArgument(
                    () -> merged.merge(asked.partial(query.thetas(3).values())));
        }
    }
}
