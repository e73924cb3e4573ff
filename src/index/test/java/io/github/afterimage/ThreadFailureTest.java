package io.github.afterimage;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.answer.Query;
import io.github.afterimage.file.SaveLock;
import io.github.afterimage.platform.FailingAllocations;
import io.github.afterimage.reduce.ComponentLearner;
import io.github.afterimage.reduce.LearnedReducer;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.serving.BatchOptions;
import io.github.afterimage.serving.Batcher;
import io.github.afterimage.settings.Durability;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each thread that each operation starts is refused in turn, as by a system that has no more threads. */
@Timeout(300)
class ThreadFailureTest {
    private static final Problem PROBLEM = Problem.random(31, 20_000, 64, 5, 64);
    private static final Query QUERY =
            Query.of(FloatBuffer.wrap(PROBLEM.queries())).thetas(20);

    private enum Operation {
        ANSWER {
            @Override
            void run(Path file) {
                try (CacheIndex index = PROBLEM.builder().threads(3).build()) {
                    index.add(PROBLEM.keys(), PROBLEM.labels());
                    index.answer(QUERY);
                }
            }
        },
        LOG {
            @Override
            void run(Path file) throws Exception {
                open(file, new OpenOptions().threads(2).log(Durability.every(Duration.ofMillis(1))));
            }
        },
        LEARN {
            @Override
            void run(Path file) {
                try (ComponentLearner learner = LearnedReducer.learner(Reduction.principalComponents(8), 64, 2000)) {
                    learner.add(FloatBuffer.wrap(PROBLEM.keys()));
                    learner.learn(2).close();
                }
            }
        },
        SERVE {
            @Override
            void run(Path file) throws Exception {
                try (Batcher batcher = new Batcher(PROBLEM.index(), new BatchOptions())) {
                    batcher.submit(QUERY.within(Duration.ofMinutes(1))).get();
                    batcher.replace(PROBLEM.index()).get();
                    batcher.submit(QUERY).get();
                }
            }
        };

        abstract void run(Path file) throws Exception;

        static void open(Path file, OpenOptions options) throws Exception {
            try (CacheIndex index = CacheIndex.open(file, options)) {
                index.answer(QUERY);
                long id = index.add(PROBLEM.queries(), new int[PROBLEM.batch()]).first();
                index.remove(id);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void whicheverThreadIsRefusedNothingHangsOrLeaks(Operation operation, @TempDir Path folder) throws Exception {
        Path file = folder.resolve("index");
        try (CacheIndex index = PROBLEM.builder().build()) {
            for (int i = 0; i < 6; i++) {
                index.add(PROBLEM.keys(), PROBLEM.labels());
            }
            index.save(file);
        }
        int threads = FailingAllocations.countThreads(() -> operation.run(file));
        assertThat(threads).isPositive();
        int refused = 0;
        for (int n = 1; n <= threads; n++) {
            int nth = n;
            try {
                FailingAllocations.failThread(nth, () -> operation.run(file));
            } catch (OutOfMemoryError expected) {
                refused++;
            } catch (ExecutionException expected) {
                assertThat(expected).hasRootCauseInstanceOf(OutOfMemoryError.class);
                refused++;
            }
            assertThat(MemoryUse.bytes()).as("after thread %d was refused", n).isZero();
            SaveLock.take(file).close();
        }
        operation.run(file);
        System.out.println(operation + ": " + refused + " of " + threads + " threads refused it");
        assertThat(refused).isPositive();
    }
}
