package io.github.afterimage;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static io.github.afterimage.Refusals.assertIllegalState;
import static io.github.afterimage.Slopes.assertSlopes;
import static io.github.afterimage.ValueProblems.DIM;
import static io.github.afterimage.ValueProblems.THETAS;
import static io.github.afterimage.ValueProblems.all;
import static io.github.afterimage.ValueProblems.assertMeans;
import static io.github.afterimage.ValueProblems.index;
import static io.github.afterimage.ValueProblems.mean;
import static io.github.afterimage.ValueProblems.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MeanValuesTest {
    private static final ElementType[] TYPES = {ElementType.FLOAT32, ElementType.FLOAT16, ElementType.BFLOAT16};

    @ForEachEngine
    void aMeanIsThatOfTheDefinitionForEveryWidthAndType(Engine engine) {
        int seed = 0;
        for (int width : new int[] {1, 2, 7, 16, 21, 64, 65, 150, 300}) {
            ElementType type = TYPES[seed % TYPES.length];
            Problem problem = Problem.random(seed++, 130 + width, DIM, 3, 1 + width % 40);
            float[] values = values(problem, width);
            try (CacheIndex index = index(problem, width, type, values)) {
                Query query = Query.of(problem.queries()).thetas(THETAS);
                Answer answers = index.withEngine(engine).answer(query.values());
                assertMeans(problem, values, all(problem), answers);
                Answer labels = index.withEngine(engine).answer(query);
                for (int b = 0; b < problem.batch(); b++) {
                    assertThat(answers.at(2).row(b).logMass())
                            .isCloseTo(labels.at(2).row(b).logMass(), within(1e-4));
                }
            }
        }
    }

    @ForEachEngine
    void everyTypeOfKeysAgreesWithTheReference(Engine engine) {
        Problem problem = Problem.random(21, 300, DIM, 3, 20);
        float[] values = values(problem, 9);
        Query query = Query.of(problem.queries()).thetas(30);
        for (ElementType type : ElementType.values()) {
            try (CacheIndex index =
                    problem.builder().type(type).values(9, ElementType.FLOAT16).build()) {
                index.add(KeyBatch.of(FloatBuffer.wrap(problem.keys()), problem.labels())
                        .values(FloatBuffer.wrap(values)));
                Answer answer = index.withEngine(engine).answer(query.values());
                Answer expected = index.withEngine(Engines.named("reference")).answer(query.values());
                for (int b = 0; b < problem.batch(); b++) {
                    assertThat(answer.row(b).values())
                            .as(type + " " + b)
                            .containsExactly(expected.row(b).values(), within(8 * 2e-2f)); // queries are rounded
                }
            }
        }
    }

    @ForEachEngine
    void theGradientIsTheSlopeOfTheMeans(Engine engine) {
        Problem problem = Problem.random(13, 300, DIM, 3, 9);
        int width = 7;
        float[] values = values(problem, width);
        Random random = new Random(8);
        float[] cotangents = new float[problem.batch() * width];
        for (int i = 0; i < cotangents.length; i++) {
            cotangents[i] = (float) random.nextGaussian() / 8;
        }
        double theta = 20;
        double[][] queries = Oracle.unit(problem.queries(), DIM);
        long[] left = new long[problem.batch()];
        Arrays.fill(left, -1);
        left[2] = 40;
        try (CacheIndex index = index(problem, width, ElementType.FLOAT16, values)) {
            Query query = Query.of(problem.queries()).thetas(theta).excludingEach(left);
            float[] gradient = index.withEngine(engine).gradient(query.values(), cotangents);
            for (int b = 0; b < problem.batch(); b++) {
                long own = left[b];
                int[] keys = Arrays.stream(all(problem)).filter(k -> k != own).toArray();
                assertSlopes(gradient, b, queries[b], cotangents, q -> mean(problem, values, keys, q, theta), 4e-4);
            }
        }
    }

    @ForEachEngine
    void theSameCallGivesTheSameBitsAndFarQueriesAnswer(Engine engine) {
        Problem problem = Problem.random(19, 3000, DIM, 3, 33);
        float[] values = values(problem, 21);
        float[] far = problem.queries().clone();
        for (int i = 0; i < 4 * DIM; i++) {
            far[i] = -far[i];
        }
        Query query = Query.of(far).thetas(90, 1000);
        try (CacheIndex index = index(problem, 21, ElementType.BFLOAT16, values)) {
            Answer first = index.withEngine(engine).answer(query.values());
            for (int repeat = 0; repeat < 3; repeat++) {
                Answer again = index.withEngine(engine).answer(query.values());
                for (int b = 0; b < problem.batch(); b++) {
                    assertThat(again.row(b).values())
                            .containsExactly(first.row(b).values());
                    assertThat(again.at(1).row(b).values())
                            .containsExactly(first.at(1).row(b).values());
                }
            }
            double[][] queries = Oracle.unit(far, DIM);
            for (int b = 0; b < 6; b++) {
                double[] expected = mean(problem, values, all(problem), queries[b], 90);
                for (int j = 0; j < 21; j++) {
                    assertThat((double) first.row(b).value(j)).isCloseTo(expected[j], within(2e-4));
                }
            }
        }
    }

    @Test
    void badValuesAreRefusedWithTheirPlace() {
        try (CacheIndex index =
                new CacheIndexBuilder(2, 1).values(2, ElementType.FLOAT16).build()) {
            FloatBuffer rows = FloatBuffer.wrap(new float[] {1, 0, 0, 1});
            KeyBatch batch = KeyBatch.of(rows, new int[2]);
            assertIllegalArgument(() -> index.add(batch))
                    .hasMessage("values hold 0 numbers: expected 2 keys x width 2 = 4");
            assertThatThrownBy(() -> index.add(batch.values(FloatBuffer.wrap(new float[] {1, 2, 3, Float.NaN}))))
                    .isInstanceOf(InvalidRowException.class)
                    .hasMessage(
                            "key 1 has NaN at column 1 of its values: every number must be finite and at most 65504 in"
                                    + " magnitude, because values are f16; the whole batch is refused");
            assertIllegalArgument(() -> index.add(batch.values(FloatBuffer.wrap(new float[] {1, 2, 3, 70000}))))
                    .hasMessageStartingWith("key 1 has 70000.0 at column 1 of its values");
            assertThat(index.size()).isZero();
            index.add(batch.values(FloatBuffer.wrap(new float[] {1, 2, 3, 65504})));
            assertIllegalArgument(() -> index.gradient(
                            Query.of(new float[] {1, 1}).thetas(3).values(), new float[3]))
                    .hasMessage("cotangents hold 3 values: expected batch 1 x width 2");
        }
        try (CacheIndex index = new CacheIndexBuilder(2, 1).build()) {
            index.add(new float[] {1, 0}, new int[1]);
            assertIllegalState(() ->
                            index.answer(Query.of(new float[] {1, 1}).thetas(3).values()))
                    .hasMessageContaining("values(width, type)");
        }
        assertIllegalArgument(() -> new CacheIndexBuilder(2, 1).values(0, ElementType.FLOAT32));
        assertIllegalArgument(() -> new CacheIndexBuilder(2, 1).values(3, ElementType.INT8))
                .hasMessageContaining("f32, f16 or bf16");
    }
}
