package io.github.afterimage.serving;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntToLongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The clock is a number, and a pass is a step of it. */
class ScheduleTest {
    private static final long MILLI = 1_000_000;
    private static final int BATCH = 64;
    private static final IntToLongFunction TIME = rows -> MILLI * Math.max(8, rows);

    private final Schedule<FakeWork> schedule = new Schedule<>(
            new BatchOptions().maxBatch(BATCH).maxDelay(Duration.ofMillis(2)).maxQueued(512));
    private long now = 1;
    private int state = 1;

    private final class StateSource extends Source<FakeWork> {
        private final int number = state;

        @Override
        public boolean isPresent() {
            return number == state;
        }

        @Override
        public void answer(List<Slice<FakeWork>> slices) {
            slices.forEach(slice -> slice.work().put(slice.first(), slice.count(), number));
        }

        @Override
        public void close() {}
    }

    private FakeWork add(String name, int rows) {
        return add(new FakeWork(name, rows));
    }

    private FakeWork add(FakeWork work) {
        work.submitted = now;
        schedule.add(work, now);
        return work;
    }

    /** Runs the next pass and returns its blocks, such as {@code "a 3, b 16"}. */
    private String pass() {
        assertThat(schedule.delay(now)).isZero();
        Batch<FakeWork> batch = schedule.next(now);
        finish(batch);
        return text(batch);
    }

    private void finish(Batch<FakeWork> batch) {
        long nanos = TIME.applyAsLong(batch.rows());
        now += nanos;
        Source<FakeWork> source = batch.source() == null ? new StateSource() : batch.source();
        source.answer(batch.slices());
        schedule.passed(batch, nanos);
        schedule.resume(batch, source, nanos, now);
    }

    private static String text(Batch<FakeWork> batch) {
        List<String> blocks = new ArrayList<>();
        batch.slices().forEach(slice -> blocks.add(slice.work().name + " " + slice.count()));
        return String.join(", ", blocks);
    }

    @Test
    void aBatchWaitsForAsManyRequestsAsTheLastOneHad() {
        add("a", 1);
        add("b", 2);
        assertThat(pass()).isEqualTo("a 1, b 2");
        add("a", 1);
        assertThat(schedule.delay(now)).isEqualTo(2 * MILLI);
        now += MILLI / 2;
        assertThat(schedule.delay(now)).isEqualTo(3 * MILLI / 2);
        add("b", 2);
        assertThat(schedule.delay(now)).isZero();
        assertThat(pass()).isEqualTo("a 1, b 2");
        add("c", 1);
        now += 2 * MILLI;
        assertThat(pass()).isEqualTo("c 1");
    }

    @Test
    void aFullBatchBeginsAtOnceAndHoldsWholeRequests() {
        add("a", 20);
        add("b", 30);
        pass();
        add("c", 40);
        assertThat(schedule.delay(now)).isPositive();
        add("d", 40);
        add("e", 24);
        assertThat(pass()).isEqualTo("c 40, e 24");
        assertThat(schedule.delay(now)).isPositive();
        now += 2 * MILLI;
        assertThat(pass()).isEqualTo("d 40");
    }

    @Test
    void requestsOfDifferentGroupsTakeTurns() {
        add(new FakeWork("a", 1, "left"));
        add(new FakeWork("b", 1, "right"));
        add(new FakeWork("c", 1, "left"));
        assertThat(pass()).isEqualTo("a 1, c 1");
        now += 2 * MILLI;
        assertThat(pass()).isEqualTo("b 1");
    }

    @Test
    void requestsOfDifferentOwnersShareNoPass() {
        add(new FakeWork("a", 1, "former", "group"));
        add(new FakeWork("b", 1, "present", "group"));
        add(new FakeWork("c", 1, "former", "group"));
        assertThat(pass()).isEqualTo("a 1, c 1");
        now += 2 * MILLI;
        assertThat(pass()).isEqualTo("b 1");
    }

    @Test
    void aLongRequestAloneGetsWholeBatches() {
        add("long", 150);
        assertThat(List.of(pass(), pass(), pass())).containsExactly("long 64", "long 64", "long 22");
        assertThat(schedule.delay(now)).isEqualTo(Long.MAX_VALUE);
        assertThat(schedule.queued()).isZero();
    }

    @Test
    void shortRequestsPassALongOneAndWaitForTwiceTheTimeOfTheirPassAtMost() {
        FakeWork large = add("long", 4096);
        pass();
        long alone = TIME.applyAsLong(1);
        List<Long> times = new ArrayList<>();
        Random random = new Random(1);
        for (int request = 0; request < 200 && large.taken < large.rows(); request++) {
            // It comes at any time of a pass of the long request.
            now += schedule.delay(now);
            Batch<FakeWork> running = schedule.next(now);
            long wait = (long) (random.nextDouble() * TIME.applyAsLong(running.rows()));
            now += wait;
            FakeWork small = add("s" + request, 1);
            now -= wait;
            finish(running);
            while (small.taken == 0) {
                now += schedule.delay(now);
                pass();
            }
            times.add(now - small.submitted);
        }
        assertThat(times.size()).isGreaterThan(100);
        // The first ones come beside blocks of unknown times.
        assertThat(times.subList(10, times.size())).allMatch(time -> time <= 3 * alone + 2 * MILLI);
    }

    @Test
    void aLongRequestKeepsItsRateBesideACallerOfShortOnes() {
        add("long", 1 << 20);
        pass();
        long begin = now;
        FakeWork large = schedule.waiting().iterator().next();
        int before = large.taken;
        long slowest = 0;
        for (int request = 0; request < 500; request++) {
            FakeWork small = add("s", 1);
            while (small.taken == 0) {
                now += schedule.delay(now);
                pass();
            }
            slowest = request < 50 ? 0 : Math.max(slowest, now - small.submitted);
        }
        double rate = (large.taken - before) / ((now - begin) / 1e9);
        assertThat(rate).isGreaterThan(750); // alone: a row each millisecond
        assertThat(slowest).isLessThanOrEqualTo(3 * TIME.applyAsLong(1));
    }

    @Test
    void aLongRequestIsNotStarvedByFullBatches() {
        FakeWork large = add("long", 1000);
        for (int pass = 0; pass < 400 && large.taken < 1000; pass++) {
            while (schedule.waiting().size() < 65) {
                add("s", 1);
            }
            pass();
        }
        assertThat(large.taken).isEqualTo(1000);
    }

    @Test
    void aLargeShortRequestIsNotPassedForEver() {
        add("long", 100_000);
        pass();
        FakeWork full = add("full", BATCH);
        for (int pass = 0; pass < 3; pass++) {
            add("s", 1);
            now += schedule.delay(now);
            pass();
        }
        assertThat(full.taken).isEqualTo(BATCH);
    }

    @Test
    void allRowsOfALongRequestAreAnsweredFromOneState() {
        FakeWork large = add("long", 150);
        Batch<FakeWork> first = schedule.next(now);
        FakeWork small = add("s", 1);
        finish(first);
        state = 2;
        assertThat(pass()).isEqualTo("s 1");
        assertThat(small.answer()).containsOnly(2);
        while (large.taken < large.rows()) {
            now += schedule.delay(now);
            assertThat(pass()).doesNotContain(",");
        }
        assertThat(large.answer()).containsOnly(1);
    }

    @Test
    void shortRequestsShareThePassesOfALongOneWhileNothingChanges() {
        add("long", 1000);
        pass();
        add("a", 1);
        pass(); // without a block: it measures the time of short requests
        add("b", 1);
        assertThat(pass()).startsWith("b 1, long ");
    }

    @Test
    void aFullQueueRefusesAndALongRequestCountsAsOneBatch() {
        for (int request = 0; request < 7; request++) {
            add("long", 10_000);
        }
        assertThat(schedule.queued()).isEqualTo(7 * BATCH);
        assertThat(schedule.hasRoom(new FakeWork("s", BATCH))).isTrue();
        add("s", BATCH);
        assertThat(schedule.hasRoom(new FakeWork("t", 1))).isFalse();
        assertThat(schedule.hasRoom(new FakeWork("u", 1_000_000))).isFalse();
    }

    @Test
    void anEmptyQueueTakesAnyRequest() {
        Schedule<FakeWork> tight = new Schedule<>(new BatchOptions().maxQueued(1));
        assertThat(tight.hasRoom(new FakeWork("long", 1000))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void everyRequestIsAnsweredOnceFromOneState(long seed) {
        Random random = new Random(seed);
        List<FakeWork> waiting = new ArrayList<>();
        Map<FakeWork, Integer> states = new HashMap<>();
        for (int step = 0; step < 2000; step++) {
            switch (random.nextInt(6)) {
                case 0 -> state++;
                case 1 -> {
                    if (!waiting.isEmpty()) {
                        FakeWork gone = waiting.remove(random.nextInt(waiting.size()));
                        gone.ended = true;
                        schedule.remove(gone);
                    }
                }
                case 2, 3 -> {
                    FakeWork work =
                            new FakeWork("r", 1 + random.nextInt(random.nextInt(5) == 0 ? 500 : 20), random.nextInt(2));
                    if (schedule.hasRoom(work)) {
                        waiting.add(add(work));
                        states.put(work, state);
                    }
                }
                default -> {
                    long delay = schedule.delay(now);
                    if (delay < Long.MAX_VALUE) {
                        now += delay;
                        Batch<FakeWork> batch = schedule.next(now);
                        assertThat(batch.rows()).as("seed %d", seed).isBetween(1, BATCH);
                        finish(batch);
                    }
                }
            }
            waiting.removeIf(work -> {
                if (work.taken < work.rows()) {
                    return false;
                }
                int[] sources = work.answer();
                assertThat(sources).as("seed %d", seed).containsOnly(sources[0]);
                assertThat(sources[0]).as("seed %d", seed).isGreaterThanOrEqualTo(states.get(work));
                return true;
            });
        }
        waiting.forEach(work -> {
            work.ended = true;
            schedule.remove(work);
        });
        assertThat(schedule.queued()).as("seed %d", seed).isZero();
    }
}
