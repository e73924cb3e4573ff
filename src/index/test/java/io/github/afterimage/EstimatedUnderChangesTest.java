package io.github.afterimage;

import static io.github.afterimage.NaturalKeys.DIM;
import static io.github.afterimage.NaturalKeys.SIZE;
import static io.github.afterimage.Numbers.filled;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.platform.NativeLibrary;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Estimates hold for the keys of their moment, while keys are added, replaced, weighed and removed. */
class EstimatedUnderChangesTest {
    private static final int READERS = 3;
    private static final int ANSWERS = 60;
    private static final int ANSWERS_OF_CHANGE = 3;
    private static final int CHANGED = 300;

    private final NaturalKeys drawn = new NaturalKeys(31);

    @TempDir
    private Path folder;

    private record Count(int estimated, int missed) {}

    @Test
    void everyAnswerIsOfTheKeysOfItsMoment() throws Exception {
        assumeTrue(NativeLibrary.available(), "no native library");
        ExecutorService pool = Executors.newFixedThreadPool(READERS + 1);
        try (CacheIndex index = CacheIndex.open(
                drawn.save(folder, ElementType.FLOAT32),
                new OpenOptions().sketch(64).threads(2).audit(0.1))) {
            AtomicBoolean done = new AtomicBoolean();
            Semaphore answered = new Semaphore(0);
            Future<Integer> writer = pool.submit(() -> change(index, answered, done));
            List<Callable<Count>> readers = new ArrayList<>();
            for (int reader = 0; reader < READERS; reader++) {
                int first = reader * 50;
                readers.add(() -> read(index, first, answered));
            }
            int estimated = 0;
            int missed = 0;
            for (Future<Count> reader : pool.invokeAll(readers)) {
                estimated += reader.get().estimated;
                missed += reader.get().missed;
            }
            done.set(true);
            answered.release(ANSWERS_OF_CHANGE);
            String result = "seed 31: " + READERS * ANSWERS + " answers, " + estimated + " estimated, " + missed
                    + " missed, " + writer.get() + " changes";
            System.out.println(result);
            assertThat(estimated).as(result).isGreaterThan(READERS * ANSWERS / 2);
            // 1 % may miss.
            assertThat(missed).as(result).isLessThan(5 + estimated / 30);
        } finally {
            pool.shutdownNow();
        }
        assertThat(MemoryUse.bytes()).isZero();
    }

    /** Returns the number of changes. */
    private int change(CacheIndex index, Semaphore answered, AtomicBoolean done) throws InterruptedException {
        Random random = new Random(32);
        int change = 0;
        for (; !done.get(); change++) {
            answered.acquire(ANSWERS_OF_CHANGE);
            int from = random.nextInt(SIZE - CHANGED);
            float[] rows = Arrays.copyOfRange(drawn.keys, from * DIM, (from + CHANGED) * DIM);
            int[] labels = new int[CHANGED];
            Arrays.fill(labels, change % NaturalKeys.CLASSES);
            long first = index.add(rows, labels).first();
            long[] added = LongStream.range(first, first + CHANGED).toArray();
            float[] weights = filled(CHANGED, 20);
            index.weigh(added, weights);
            if (change % 3 == 0) {
                index.replace(added, KeyBatch.of(FloatBuffer.wrap(rows), labels));
            }
            index.remove(LongStream.range((long) change * CHANGED, (change + 1L) * CHANGED)
                    .toArray());
        }
        return change;
    }

    private Count read(CacheIndex index, int first, Semaphore answered) {
        int estimates = 0;
        int missed = 0;
        for (int answer = 0; answer < ANSWERS; answer++) {
            FloatBuffer query = drawn.query(first + answer % 50);
            try (CacheIndex moment = index.snapshot()) {
                Answer estimated = NaturalKeys.estimated(moment, query, 20, 0.01);
                Answer exact = moment.answer(Query.of(query).thetas(20));
                assertThat(estimated.version()).isEqualTo(exact.version());
                assertThat(estimated.keys()).isEqualTo(exact.keys());
                estimates += estimated.row(0).halfWidth() > 0 ? 1 : 0;
                missed += 1 - NaturalKeys.covered(estimated, exact);
            }
            answered.release();
        }
        return new Count(estimates, missed);
    }
}
