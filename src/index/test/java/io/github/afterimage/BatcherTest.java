package io.github.afterimage;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static io.github.afterimage.Refusals.assertIllegalState;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.Neighbor;
import io.github.afterimage.answer.Query;
import io.github.afterimage.serving.BatchListener;
import io.github.afterimage.serving.BatchOptions;
import io.github.afterimage.serving.Batcher;
import io.github.afterimage.serving.Replaceable;
import io.github.afterimage.serving.RequestCounts;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class BatcherTest {
    /** Answers differ in their last bits with the size of a batch. */
    private static final double TOLERANCE = 2e-6;

    private static final Problem PROBLEM = Problem.random(25, 3000, 16, 4, 200);

    private static Query query(int first, int count) {
        return Query.of(FloatBuffer.wrap(PROBLEM.queries(), first * PROBLEM.dim(), count * PROBLEM.dim()));
    }

    private static void assertSame(Answer answer, Answer direct, Query query) {
        assertThat(answer.batch()).isEqualTo(direct.batch());
        assertThat(answer.keys()).isEqualTo(direct.keys());
        assertThat(answer.version()).isEqualTo(direct.version());
        for (int row = 0; row < direct.batch(); row++) {
            for (int theta = 0; theta < direct.points().size(); theta++) {
                Answer mine = answer.at(theta);
                Answer expected = direct.at(theta);
                for (int c = 0; c < PROBLEM.classes(); c++) {
                    assertThat(Math.abs(mine.row(row).probability(c)
                                    - expected.row(row).probability(c)))
                            .isLessThan((float) TOLERANCE);
                }
                assertThat(Math.abs(mine.row(row).logMass() - expected.row(row).logMass()))
                        .isLessThan(1e-4);
            }
            int neighbors =
                    direct.row(row).hasNeighbors() ? direct.row(row).neighbors().size() : 0;
            for (int place = 0; place < neighbors; place++) {
                Neighbor mine = answer.row(row).neighbors().get(place);
                Neighbor expected = direct.row(row).neighbors().get(place);
                assertThat(mine.id()).isEqualTo(expected.id());
                assertThat(mine.name()).isEqualTo(expected.name());
                assertThat(mine.label()).isEqualTo(expected.label());
                if (!direct.points().isEmpty()) {
                    assertThat(Math.abs(mine.share() - expected.share())).isLessThan(1e-4);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void answersAreThoseOfTheIndexForQueriesOfAllKinds(long seed) throws Exception {
        Random random = new Random(seed);
        try (Batcher batcher =
                new Batcher(PROBLEM.index(), new BatchOptions().maxBatch(16).maxQueued(10_000))) {
            List<Query> queries = new ArrayList<>();
            List<CompletableFuture<Answer>> answers = new ArrayList<>();
            for (int request = 0; request < 300; request++) {
                int count = random.nextInt(10) == 0 ? 1 + random.nextInt(100) : 1;
                Query query = query(random.nextInt(200 - count), count);
                query = switch (random.nextInt(4)) {
                    case 0 -> query.thetas(10);
                    case 1 -> query.thetas(10, 100);
                    case 2 -> query.neighbors(3);
                    default -> query.thetas(10).neighbors(2);
                };
                queries.add(query);
                answers.add(batcher.submit(query));
            }
            for (int request = 0; request < queries.size(); request++) {
                Query query = queries.get(request);
                assertSame(answers.get(request).get(), batcher.index().answer(query), query);
            }
            assertThat(batcher.health().requests()).isEqualTo(new RequestCounts(300, 0, 0, 0, 0));
        }
    }

    @Test
    void directBuffersOfAnyPositionAreRead() throws Exception {
        try (Batcher batcher = new Batcher(PROBLEM.index())) {
            FloatBuffer direct = java.nio.ByteBuffer.allocateDirect(PROBLEM.queries().length * Float.BYTES)
                    .order(java.nio.ByteOrder.nativeOrder())
                    .asFloatBuffer()
                    .put(PROBLEM.queries())
                    .flip();
            Query query = Query.of(direct.position(3 * PROBLEM.dim())).thetas(10);
            assertSame(batcher.submit(query).get(), batcher.index().answer(query), query);
            assertThat(direct.position()).isEqualTo(3 * PROBLEM.dim());
        }
    }

    @Test
    void aCallersMistakeIsThrownAtOnceAndFailsNobodyElse() throws Exception {
        try (Batcher batcher = new Batcher(PROBLEM.index())) {
            CompletableFuture<Answer> good = batcher.submit(query(0, 1).thetas(10));
            float[] bad = Arrays.copyOf(PROBLEM.queries(), 2 * PROBLEM.dim());
            bad[PROBLEM.dim() + 3] = Float.NaN;
            assertIllegalArgument(() -> batcher.submit(Query.of(bad).thetas(10)))
                    .hasMessageContaining("query 1 has NaN at column 3");
            assertThatThrownBy(() ->
                            batcher.submit(Query.of(new float[PROBLEM.dim()]).thetas(10)))
                    .hasMessageContaining("query 0 is all zeros");
            assertThatThrownBy(() -> batcher.submit(Query.of(new float[3]).thetas(10)))
                    .hasMessage("queries hold 3 values: expected a positive multiple of dim 16");
            assertThatThrownBy(() -> batcher.submit(query(0, 1))).hasMessageContaining("the query asks for no result");
            assertThat(good.get().batch()).isEqualTo(1);
        }
    }

    @Test
    void anEmptyIndexFailsItsQueriesUntilItHasKeys() throws Exception {
        try (Batcher batcher = new Batcher(PROBLEM.builder().build())) {
            assertThatThrownBy(batcher.submit(query(0, 1).thetas(10))::get)
                    .cause()
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("the index has no keys");
            batcher.index().add(PROBLEM.keys(), PROBLEM.labels());
            assertThat(batcher.submit(query(0, 1).thetas(10)).get().keys()).isEqualTo(3000);
            assertThat(batcher.health().lastFailures()).hasSize(1).allSatisfy(message -> assertThat(message)
                    .contains("the index has no keys"));
        }
    }

    @Test
    void anIndexThatItsOwnerClosesFailsItsQueries() {
        try (Batcher batcher = new Batcher(PROBLEM.index())) {
            batcher.index().close();
            assertThat(batcher.health().open()).isFalse();
            assertThatThrownBy(batcher.submit(query(0, 1).thetas(10))::get)
                    .cause()
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("the index is closed");
        }
    }

    /** Holds the thread of a batcher at the end of its first pass, so that later queries wait. */
    private static final class Gate implements BatchListener {
        private final CountDownLatch begun = new CountDownLatch(1);
        private final CountDownLatch open = new CountDownLatch(1);

        @Override
        public void passed(int rows, long nanos) {
            begun.countDown();
            try {
                open.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Test
    void aQueryThatWaitsIsAnsweredFromTheIndexOfItsSubmissionWhichIsClosedThen() throws Exception {
        CacheIndex former = PROBLEM.index();
        CacheIndex next =
                Problem.random(1, 10, PROBLEM.dim(), PROBLEM.classes(), 1).index();
        Gate gate = new Gate();
        try (Batcher batcher = new Batcher(former, new BatchOptions().maxBatch(16))) {
            batcher.observe(gate);
            Query query = query(5, 1).thetas(10);
            Answer expected = former.answer(query);
            CompletableFuture<Answer> runs = batcher.submit(query);
            gate.begun.await();
            CompletableFuture<Answer> waits = batcher.submit(query);
            CompletableFuture<Answer> large = batcher.submit(query(0, 100).thetas(10));
            CompletableFuture<Answer> dropped = batcher.submit(query);
            CompletableFuture<Void> closed = batcher.replace(next);
            CompletableFuture<Answer> later = batcher.submit(query);
            assertThat(dropped.cancel(true)).isTrue();
            assertThat(closed).isNotDone();
            assertThat(former.size()).isEqualTo(3000);
            gate.open.countDown();
            assertSame(runs.get(), expected, query);
            assertSame(waits.get(), expected, query);
            assertThat(large.get().keys()).isEqualTo(3000);
            assertSame(later.get(), next.answer(query), query);
            closed.get();
            assertIllegalState(former::size);
        }
        assertIllegalState(next::size);
    }

    @Test
    void queriesOfALeaseBelongToItsIndexWhateverReplacesIt() throws Exception {
        CacheIndex next =
                Problem.random(1, 10, PROBLEM.dim(), PROBLEM.classes(), 1).index();
        try (Batcher batcher = new Batcher(PROBLEM.index())) {
            CompletableFuture<Void> closed;
            CompletableFuture<Answer> last;
            try (Replaceable<CacheIndex>.Lease lease = batcher.lease()) {
                closed = batcher.replace(next);
                assertThat(batcher.submit(query(0, 1).thetas(10), lease).get().keys())
                        .isEqualTo(3000);
                assertThat(batcher.submit(query(0, 1).thetas(10)).get().keys()).isEqualTo(10);
                assertThat(lease.value().size()).isEqualTo(3000);
                last = batcher.submit(query(0, 50).thetas(10), lease);
            }
            assertThat(last.get().keys()).isEqualTo(3000);
            closed.get();
        }
    }

    @Test
    void anotherIndexMustFit() {
        try (Batcher batcher = new Batcher(PROBLEM.index());
                CacheIndex other = new CacheIndexBuilder(5, 4).build()) {
            assertIllegalArgument(() -> batcher.replace(other))
                    .hasMessage("an index of dim 5 and 4 classes: expected dim 16 and 4 classes, because callers"
                            + " send rows of that form; make another batcher for it");
            assertThat(other.size()).isZero();
        }
    }

    @Test
    void aClosedBatcherHasClosedItsIndexAndRefuses() {
        CacheIndex index = PROBLEM.index();
        Batcher batcher = new Batcher(index);
        batcher.close();
        batcher.close();
        assertIllegalState(index::size);
        assertIllegalState(() -> batcher.submit(query(0, 1).thetas(10)))
                .hasMessageContaining("the batcher is closed, since ");
        assertThat(batcher.health().open()).isFalse();
        try (CacheIndex next = PROBLEM.index()) {
            assertIllegalState(() -> batcher.replace(next));
            assertThat(next.size()).isEqualTo(3000);
        }
    }

    /** A deadline that has passed before the answer: the index is large enough that a pass takes longer than a nanosecond. */
    @Test
    void aDeadlineFailsTheQuery() {
        try (Batcher batcher = new Batcher(PROBLEM.index())) {
            assertThatThrownBy(batcher.submit(query(0, 200).thetas(10).within(Duration.ofNanos(1)))::get)
                    .cause()
                    .isInstanceOf(TimeoutException.class);
            assertThat(batcher.health().requests().late()).isEqualTo(1);
        }
    }

    /** Callers, changes and swaps at once; every answer is that of a snapshot of its index and version. */
    @ParameterizedTest
    @ValueSource(longs = {11, 12})
    void noQueryFailsWhileIndexesAreChangedAndReplaced(long seed) throws Exception {
        int callers = 6;
        int swaps = 12;
        Map<Long, Problem> problems = new ConcurrentHashMap<>(); // by number of keys, which differs for each index
        AtomicLong answered = new AtomicLong();
        AtomicBoolean stop = new AtomicBoolean();
        ExecutorService threads = Executors.newFixedThreadPool(callers);
        List<CacheIndex> former = new ArrayList<>();
        List<CompletableFuture<Void>> closings = new ArrayList<>();
        try (Batcher batcher =
                new Batcher(index(0, problems), new BatchOptions().maxBatch(8).maxQueued(100_000))) {
            List<Future<?>> running = new ArrayList<>();
            for (int caller = 0; caller < callers; caller++) {
                Random random = new Random(seed + caller);
                running.add(threads.submit(() -> {
                    while (!stop.get()) {
                        int count = random.nextInt(8) == 0 ? 60 : 1;
                        int first = random.nextInt(200 - count);
                        Answer answer =
                                batcher.submit(query(first, count).thetas(10)).get();
                        Oracle oracle = problems.get(answer.keys()).oracle();
                        double[][] unit = Oracle.unit(
                                Arrays.copyOfRange(
                                        PROBLEM.queries(), first * PROBLEM.dim(), (first + count) * PROBLEM.dim()),
                                PROBLEM.dim());
                        for (int row = 0; row < count; row += 7) {
                            double[] expected = oracle.probabilities(unit[row], 10);
                            for (int c = 0; c < PROBLEM.classes(); c++) {
                                assertThat(Math.abs(answer.row(row).probability(c) - expected[c]))
                                        .as("seed %d, index of %d keys", seed, answer.keys())
                                        .isLessThan(TOLERANCE);
                            }
                        }
                        answered.incrementAndGet();
                    }
                    return null;
                }));
            }
            for (int swap = 1; swap <= swaps; swap++) {
                long before = answered.get();
                while (answered.get() < before + 50 && running.stream().noneMatch(Future::isDone)) {
                    Thread.sleep(1);
                }
                former.add(batcher.index());
                closings.add(batcher.replace(index(swap, problems)));
            }
            stop.set(true);
            for (Future<?> caller : running) {
                caller.get();
            }
            for (CompletableFuture<Void> closing : closings) {
                closing.get();
            }
            for (CacheIndex index : former) {
                assertIllegalState(index::size);
            }
            assertThat(batcher.health().requests()).isEqualTo(new RequestCounts(answered.get(), 0, 0, 0, 0));
        } finally {
            threads.shutdownNow();
        }
    }

    private static CacheIndex index(int number, Map<Long, Problem> problems) {
        Problem problem = Problem.random(number, 300 + number, PROBLEM.dim(), PROBLEM.classes(), 1);
        problems.put((long) problem.size(), problem);
        return problem.index();
    }

    /** Keys are added, all of one class, so that an answer from two moments would not sum up. */
    @Test
    void aLongQueryIsAnsweredFromOneMomentWhileKeysAreAdded() throws Exception {
        try (Batcher batcher = new Batcher(PROBLEM.index(), new BatchOptions().maxBatch(2))) {
            AtomicBoolean stop = new AtomicBoolean();
            Thread writer = new Thread(() -> {
                while (!stop.get()) {
                    long id = batcher.index()
                            .add(Arrays.copyOf(PROBLEM.keys(), PROBLEM.dim()), new int[] {0})
                            .first();
                    batcher.index().remove(id);
                }
            });
            writer.start();
            try {
                for (int request = 0; request < 20; request++) {
                    Query query = Query.of(repeated(100)).thetas(1).neighbors(1);
                    CompletableFuture<Answer> large = batcher.submit(query);
                    CompletableFuture<Answer> small =
                            batcher.submit(query(0, 1).thetas(1).neighbors(1));
                    Answer distributions = large.get();
                    for (int row = 1; row < 100; row++) {
                        // A key more or less changes the log mass by 3e-4.
                        assertThat(Math.abs(distributions.row(row).logMass()
                                        - distributions.row(0).logMass()))
                                .isLessThan(3e-5);
                    }
                    assertThat(small.get().batch()).isEqualTo(1);
                }
            } finally {
                stop.set(true);
                writer.join();
            }
        }
    }

    private static float[] repeated(int count) {
        float[] rows = new float[count * PROBLEM.dim()];
        for (int row = 0; row < count; row++) {
            System.arraycopy(PROBLEM.queries(), 0, rows, row * PROBLEM.dim(), PROBLEM.dim());
        }
        return rows;
    }

    @Test
    void cancelledQueriesHarmNobody() throws Exception {
        try (Batcher batcher =
                new Batcher(PROBLEM.index(), new BatchOptions().maxBatch(8).maxQueued(10_000))) {
            Random random = new Random(7);
            List<CompletableFuture<Answer>> kept = new ArrayList<>();
            for (int request = 0; request < 2000; request++) {
                CompletableFuture<Answer> answer = batcher.submit(
                        query(random.nextInt(100), 1 + random.nextInt(20)).thetas(10));
                if (random.nextBoolean()) {
                    answer.cancel(true);
                } else {
                    kept.add(answer);
                }
                if (kept.size() % 50 == 49) {
                    kept.get(kept.size() - 1).get();
                }
            }
            for (CompletableFuture<Answer> answer : kept) {
                assertThat(answer.get().keys()).isEqualTo(3000);
            }
            RequestCounts counts = batcher.health().requests();
            assertThat(counts.answered() + counts.cancelled()).isEqualTo(2000);
            assertThat(counts.failed()).isZero();
        }
    }

    @Test
    void memoryIsRefusedToFewRowsOnlyIfThereIsNone() throws Exception {
        try (Batcher batcher = new Batcher(PROBLEM.index())) {
            Query query = query(0, 200).thetas(10).neighbors(5);
            Answer direct = batcher.index().answer(query);
            long limit = MemoryUse.limit();
            try {
                MemoryUse.limit(MemoryUse.bytes() + (64 << 10));
                assertSame(batcher.submit(query).get(), direct, query);
            } finally {
                MemoryUse.limit(limit);
            }
        }
    }

    @Test
    void aListenerHearsOfPassesAnswersAndReplacements() throws Exception {
        List<String> heard = java.util.Collections.synchronizedList(new ArrayList<>());
        try (Batcher batcher = new Batcher(PROBLEM.index())) {
            batcher.observe(new BatchListener() {
                @Override
                public void passed(int rows, long nanos) {
                    heard.add("passed " + rows);
                }

                @Override
                public void answered(long nanos) {
                    heard.add("answered");
                    throw new IllegalStateException("a listener that fails");
                }

                @Override
                public void replaced() {
                    heard.add("replaced by " + batcher.index().size());
                }
            });
            batcher.submit(query(0, 3).thetas(10)).get();
            batcher.replace(Problem.random(1, 10, PROBLEM.dim(), PROBLEM.classes(), 1)
                            .index())
                    .get();
            batcher.submit(query(0, 2).thetas(10)).get();
        }
        assertThat(heard).containsExactly("passed 3", "answered", "replaced by 10", "passed 2", "answered");
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_21)
    void thousandsOfVirtualThreadsAreServed() throws Exception {
        ExecutorService threads = (ExecutorService)
                Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        try (Batcher batcher = new Batcher(PROBLEM.index(), new BatchOptions().maxQueued(10_000))) {
            List<Future<Answer>> answers = new ArrayList<>();
            for (int request = 0; request < 5000; request++) {
                Query query = query(request % 200, 1).thetas(10);
                answers.add(threads.submit(() -> batcher.submit(query).get()));
            }
            for (Future<Answer> answer : answers) {
                assertThat(answer.get().keys()).isEqualTo(3000);
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void aQueryThatIsTooLargeIsRefusedAtOnce() {
        try (Batcher batcher = new Batcher(PROBLEM.index())) {
            CompletableFuture<Answer> answer = batcher.submit(query(0, 1).neighbors(Integer.MAX_VALUE));
            assertThat(answer.join().row(0).neighbors().size()).isEqualTo(3000);
            assertIllegalArgument(
                            () -> batcher.submit(Query.of(repeated(30_000)).neighbors(Integer.MAX_VALUE)))
                    .hasMessageContaining("30000 queries x k 3000: expected at most 67108864 neighbours");
        }
    }

    @Test
    void aDeadlineOfCenturiesIsTaken() {
        try (CacheIndex index = new CacheIndexBuilder(2, 2).build()) {
            index.add(new float[] {1, 2}, new int[] {1});
            try (Batcher batcher = new Batcher(index)) {
                Query query = Query.of(new float[] {1, 2}).thetas(1).within(Duration.ofSeconds(Long.MAX_VALUE));
                assertThat(batcher.submit(query).join().row(0).best()).isEqualTo(1);
            }
        }
    }
}
