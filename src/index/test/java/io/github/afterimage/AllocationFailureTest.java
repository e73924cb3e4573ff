package io.github.afterimage;

import static io.github.afterimage.Refusals.assertNotEnoughMemory;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.Query;
import io.github.afterimage.failure.NotEnoughMemoryException;
import io.github.afterimage.file.IndexFile;
import io.github.afterimage.file.SaveLock;
import io.github.afterimage.platform.FailingAllocations;
import io.github.afterimage.platform.NativeLibrary;
import io.github.afterimage.reduce.ComponentLearner;
import io.github.afterimage.reduce.LearnedReducer;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.settings.Durability;
import io.github.afterimage.settings.ElementType;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each native allocation of each operation is made to fail in turn. */
class AllocationFailureTest {
    private static final int BATCH = 12;
    /** As many keys as two threads share. */
    private static final Problem PROBLEM = Problem.random(21, 3000, 64, 5, BATCH);

    private static final Problem MORE = Problem.random(22, 9000, 64, 5, 1);
    private static final List<String> QUERIES = List.of("query", "nearest", "gradient");
    private static final long[] IDS = {3, 4, 900, 2999};

    private interface Operation {
        void on(CacheIndex index) throws Exception;
    }

    static Stream<Arguments> operations() {
        List<Arguments> arguments = new ArrayList<>();
        for (ElementType type : List.of(ElementType.FLOAT32, ElementType.INT8)) {
            if (type != ElementType.FLOAT32 && !NativeLibrary.available()) {
                continue;
            }
            Engine auto = Engines.auto();
            arguments.add(operation(auto, type, "add", index -> index.add(MORE.keys(), MORE.labels())));
            arguments.add(operation(auto, type, "remove", index -> index.remove(IDS)));
            arguments.add(operation(auto, type, "remove a class", index -> index.remove(key -> key.label() == 2)));
            arguments.add(operation(
                    auto, type, "replace", index -> index.replace(IDS, KeyBatch.of(MORE.keys(), MORE.labels()))));
            arguments.add(operation(auto, type, "compact", CacheIndex::compact));
            for (Engine engine : Engines.available()) {
                FloatBuffer queries = FloatBuffer.wrap(PROBLEM.queries());
                arguments.add(operation(
                        engine,
                        type,
                        "query",
                        index -> index.answer(Query.of(queries).thetas(new double[] {1, 2, 500}))));
                arguments.add(operation(
                        engine,
                        type,
                        "nearest",
                        index -> index.answer(Query.of(queries).neighbors(7))));
                arguments.add(operation(
                        engine,
                        type,
                        "gradient",
                        index -> index.gradient(Query.of(queries).thetas(5), new float[BATCH * 5])));
            }
        }
        return arguments.stream();
    }

    private static Arguments operation(Engine engine, ElementType type, String name, Operation operation) {
        return Arguments.of(engine, type, name, operation);
    }

    private static CacheIndex index(Engine engine, ElementType type, String operation) {
        CacheIndex index =
                PROBLEM.builder().engine(engine).type(type).threads(2).build();
        index.add(PROBLEM.keys(), PROBLEM.labels());
        if (operation.equals("compact")) {
            index.remove(500, 501, 1000);
        }
        return index;
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("operations")
    void whicheverAllocationFailsTheIndexIsAsBefore(Engine engine, ElementType type, String name, Operation operation)
            throws Exception {
        int allocations;
        float[] after;
        try (CacheIndex index = index(engine, type, name)) {
            index.query(PROBLEM.queries(), 20);
            allocations = FailingAllocations.count(() -> operation.on(index));
            after = index.query(PROBLEM.queries(), 20).row(0).probabilities();
        }
        int refusals = 0;
        for (int n = 1; n <= allocations; n++) {
            try (CacheIndex index = index(engine, type, name)) {
                Answer before = index.query(PROBLEM.queries(), 20);
                boolean refused = refused(n, index, name, operation);
                Answer now = index.query(PROBLEM.queries(), 20);
                if (refused) {
                    refusals++;
                    assertThat(now.keys()).isEqualTo(before.keys());
                    assertThat(now.version()).isEqualTo(before.version());
                    assertThat(now.row(0).probabilities())
                            .containsExactly(before.row(0).probabilities());
                    assertThat(index.add(MORE.keys(), MORE.labels()).first()).isEqualTo(3000);
                } else {
                    // Only the compaction after it failed, and is done another time; or another thread came first.
                    assertThat(now.row(0).probabilities())
                            .containsExactly(after, org.assertj.core.api.Assertions.within(1e-6f));
                }
            }
            assertThat(MemoryUse.bytes()).as("after allocation %d failed", n).isZero();
        }
        System.out.println(name + ": " + refusals + " of " + allocations + " allocations refused it");
        assertThat(refusals).isPositive();
    }

    private static boolean refused(int n, CacheIndex index, String name, Operation operation) throws Exception {
        try {
            if (QUERIES.contains(name)) {
                // Asked again after one failure.
                FailingAllocations.fail(n, () -> operation.on(index));
                FailingAllocations.failFrom(n, () -> operation.on(index));
            } else {
                FailingAllocations.fail(n, () -> operation.on(index));
            }
            return false;
        } catch (NotEnoughMemoryException expected) {
            return true;
        }
    }

    @Test
    void whicheverAllocationFailsAnIndexIsNotOpenedHalf(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("index");
        try (ComponentLearner learner = LearnedReducer.learner(Reduction.principalComponents(8), 64, 200)) {
            learner.add(FloatBuffer.wrap(PROBLEM.keys()));
            try (CacheIndex index = PROBLEM.builder()
                    .reduce(learner.learn(1))
                    .type(ElementType.INT8)
                    .eraseRemoved(false)
                    .build()) {
                index.add(PROBLEM.keys(), PROBLEM.labels());
                index.save(file);
                index.remove(1500, 1502);
                Problem few = Problem.random(23, 100, 64, 5, 1);
                index.add(few.keys(), few.labels());
                index.save(file); // in parts, with removed ids
            }
        }
        assertThat(IndexFile.files(file)).hasSize(3);
        OpenOptions options = new OpenOptions().threads(2);
        int allocations =
                FailingAllocations.count(() -> CacheIndex.open(file, options).close());
        assertThat(allocations).isGreaterThan(5);
        int refused = 0;
        for (int n = 1; n <= allocations; n++) {
            int nth = n;
            try {
                FailingAllocations.fail(
                        nth, () -> CacheIndex.open(file, options).close());
            } catch (NotEnoughMemoryException expected) {
                refused++;
            }
            assertThat(MemoryUse.bytes()).as("after allocation %d failed", n).isZero();
        }
        assertThat(refused).isGreaterThan(4);
        options.log(Durability.never()); // with a lock
        CacheIndex.open(file, options).close();
        for (int n = 1; n <= allocations; n++) {
            int nth = n;
            try {
                FailingAllocations.failForHeap(
                        nth, () -> CacheIndex.open(file, options).close());
            } catch (OutOfMemoryError expected) {
                refused++;
            }
            assertThat(MemoryUse.bytes()).as("after allocation %d failed", n).isZero();
            SaveLock.take(file).close();
        }
        assertThat(refused).isGreaterThan(10);
    }

    @Test
    void whatGoesBeyondTheLimitIsRefusedWithTheThreeNumbers() {
        long limit = io.github.afterimage.MemoryUse.limit();
        try (CacheIndex index = index(Engines.auto(), ElementType.FLOAT32, "add")) {
            io.github.afterimage.MemoryUse.limit(MemoryUse.bytes() + (1 << 19));
            assertNotEnoughMemory(() -> index.add(MORE.keys(), MORE.labels()))
                    .hasMessageMatching(".*[0-9]+ bytes of host memory requested while [0-9]+ are in use"
                            + " and [0-9]+ are set aside for queries: the limit is "
                            + io.github.afterimage.MemoryUse.limit() + "; add fewer keys, .*");
            assertThat(index.size()).isEqualTo(3000);
            assertThatThrownBy(() -> index.partial(
                            Query.of(java.nio.FloatBuffer.wrap(MORE.keys())).thetas(Numbers.grid(1, 80, 99))))
                    .hasMessageContaining("; ask for fewer queries, neighbours or thetas in one call, or raise");
            assertThatThrownBy(() -> new CacheIndexBuilder(4, 2).threads(4096).build())
                    .hasMessageContaining("; close other indexes, use fewer threads or classes, or raise");
        } finally {
            io.github.afterimage.MemoryUse.limit(limit);
        }
    }
}
