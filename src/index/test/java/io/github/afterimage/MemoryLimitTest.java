package io.github.afterimage;

import static io.github.afterimage.Refusals.assertNotEnoughMemory;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.Query;
import io.github.afterimage.failure.NotEnoughMemoryException;
import io.github.afterimage.platform.NativeLibrary;
import io.github.afterimage.platform.NativeMemory;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.settings.ElementType;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When keys have taken all the memory that the limit leaves them, queries go on. */
class MemoryLimitTest {
    /** More queries than a block has. */
    private static final int MANY = 400;

    private static final double[] THETAS = Numbers.grid(1, 80, 32);

    private final long limit = MemoryUse.limit();
    private final Deque<NativeMemory> rest = new ArrayDeque<>();

    @AfterEach
    void freeTheRest() {
        MemoryUse.limit(limit);
        rest.forEach(NativeMemory::close);
        assertThat(MemoryUse.setAsideBytes()).isZero();
    }

    /** Adds keys until that is refused; then others take what is left. */
    private void fill(CacheIndex index, Problem problem, long bytes) {
        MemoryUse.limit(MemoryUse.bytes() + MemoryUse.setAsideBytes() + bytes);
        assertNotEnoughMemory(() -> {
                    while (true) {
                        index.add(problem.keys(), problem.labels());
                    }
                })
                .hasMessageContaining("the limit is " + MemoryUse.limit());
        for (long block = 1 << 24; block > 0; block /= 2) {
            try {
                rest.push(NativeMemory.allocate(block));
            } catch (NotEnoughMemoryException e) {
                // A smaller one may fit.
            }
        }
        assertNotEnoughMemory(() -> NativeMemory.allocate(64));
    }

    private static List<Engine> engines() {
        return Engines.available().stream()
                .filter(engine -> !engine.name().equals("cuda"))
                .toList();
    }

    @ParameterizedTest
    @CsvSource({"FLOAT32, 16, 10, 1", "FLOAT32, 700, 3, 4", "BFLOAT16, 64, 300, 4", "INT8, 300, 10, 1"})
    void everyCallWorksAfterAddWasRefused(ElementType type, int dim, int classes, int threads, @TempDir Path folder)
            throws Exception {
        assumeTrue(type == ElementType.FLOAT32 || NativeLibrary.available());
        Problem problem = Problem.random(51, 500, dim, classes, MANY);
        FloatBuffer one = FloatBuffer.wrap(problem.queries(), 0, dim).slice();
        FloatBuffer many = FloatBuffer.wrap(problem.queries());
        try (CacheIndex index = problem.builder().type(type).threads(threads).build()) {
            index.add(problem.keys(), problem.labels());
            // Leaves large scratch memory behind.
            index.answer(Query.of(many).thetas(THETAS));
            fill(index, problem, 2 << 20);
            for (Engine engine : engines()) {
                CacheReader view = index.withEngine(engine);
                view.answer(Query.of(one).thetas(60));
                view.answer(Query.of(one).thetas(THETAS));
                assertThat(view.answer(Query.of(one).neighbors(10_000))
                                .row(0)
                                .neighbors()
                                .size())
                        .isPositive();
                view.gradient(Query.of(one).thetas(60), new float[classes]);
            }
            assertThat(index.answer(Query.of(many).thetas(60)).batch()).isEqualTo(MANY);
            assertThat(index.answer(Query.of(many).neighbors(100))
                            .row(0)
                            .neighbors()
                            .size())
                    .isEqualTo(100);
            Answer atTheLimit = index.answer(Query.of(many).thetas(THETAS));
            MemoryUse.limit(Long.MAX_VALUE);
            Answer free = index.answer(Query.of(many).thetas(THETAS));
            for (int t = 0; t < THETAS.length; t++) {
                for (int query = 0; query < MANY; query += 99) {
                    assertThat(atTheLimit.at(t).row(query).probabilities())
                            .containsExactly(free.at(t).row(query).probabilities(), within(1e-6f));
                }
            }
            MemoryUse.limit(MemoryUse.bytes() + MemoryUse.setAsideBytes());
            long size = index.size();
            assertThat(index.remove(1, 3, 5)).isEqualTo(3);
            index.save(folder.resolve("index.safetensors"));
            assertThat(index.answer(Query.of(one).thetas(60)).keys()).isEqualTo(size - 3);
        }
    }

    @Test
    void manyCallersGetTheirAnswersAtTheLimit() throws Exception {
        Problem problem = Problem.random(52, 500, 64, 100, 300);
        FloatBuffer queries = FloatBuffer.wrap(problem.queries());
        ExecutorService callers = Executors.newFixedThreadPool(8);
        try (CacheIndex index = problem.builder().threads(3).build();
                CacheIndex other = problem.builder().threads(2).build()) {
            other.add(problem.keys(), problem.labels());
            other.answer(Query.of(queries).thetas(THETAS));
            fill(index, problem, 2 << 20);
            float[] expected = index.answer(Query.of(queries).thetas(30)).row(7).probabilities();
            List<Future<?>> calls = new ArrayList<>();
            for (int caller = 0; caller < 8; caller++) {
                CacheIndex asked = caller % 4 == 0 ? other : index;
                calls.add(callers.submit(() -> {
                    for (int i = 0; i < 2; i++) {
                        float[] row = asked.answer(Query.of(queries.duplicate()).thetas(THETAS))
                                .at(i)
                                .row(7)
                                .probabilities();
                        assertThat(row).hasSize(100);
                        float[] again = asked.answer(
                                        Query.of(queries.duplicate()).thetas(30))
                                .row(7)
                                .probabilities();
                        if (asked == index) {
                            assertThat(again).containsExactly(expected, within(1e-6f));
                        }
                    }
                }));
            }
            for (Future<?> call : calls) {
                call.get();
            }
        } finally {
            callers.shutdownNow();
        }
    }

    @ParameterizedTest
    @CsvSource({"gaussian:32", "hadamard:32"})
    void queriesAreReducedAtTheLimit(String reduction) {
        Problem problem = Problem.random(53, 500, 1000, 10, 300);
        try (CacheIndex index =
                problem.builder().reduce(Reduction.parse(reduction)).threads(2).build()) {
            fill(index, problem, 2 << 20);
            assertThat(index.query(problem.queries(), 60).batch()).isEqualTo(300);
        }
    }

    @Test
    void thetasThatHaveNoRoomBesideOneQueryAreRefused() {
        Problem problem = Problem.random(54, 500, 16, 1000, 1);
        try (CacheIndex index = problem.builder().threads(1).build()) {
            fill(index, problem, 2 << 20);
            assertNotEnoughMemory(() -> index.answer(
                            Query.of(FloatBuffer.wrap(problem.queries())).thetas(Numbers.grid(1, 80, 5000))))
                    .hasMessageContaining("; ask for fewer queries, neighbours or thetas in one call, or raise");
        }
    }

    @Test
    void anIndexThatHasNoRoomForQueriesIsRefusedWhenItIsMade() {
        MemoryUse.limit(MemoryUse.bytes() + 1000);
        assertNotEnoughMemory(() -> new CacheIndexBuilder(16, 2).build());
        assertNotEnoughMemory(() -> new CacheIndexBuilder(16, 2)
                .reduce(Reduction.parse("gaussian:4"))
                .build());
    }
}
