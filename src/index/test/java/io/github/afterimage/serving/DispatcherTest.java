package io.github.afterimage.serving;

import static io.github.afterimage.Refusals.assertIllegalState;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.failure.NotEnoughMemoryException;
import io.github.afterimage.settings.MemoryKind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Passes wait for permits of the test. */
@Timeout(60)
class DispatcherTest {
    private final Semaphore permits = new Semaphore(0);
    private final Semaphore begun = new Semaphore(0);
    private final Semaphore interrupted = new Semaphore(0);
    private final AtomicInteger open = new AtomicInteger();
    private final List<Integer> passes = new ArrayList<>(); // written by the dispatcher's thread
    private volatile int most = Integer.MAX_VALUE;

    private final Dispatcher<int[], FakeWork> dispatcher = new Dispatcher<>(
            new BatchOptions().maxBatch(8).maxQueued(16).maxDelay(Duration.ZERO), first -> new FakeSource());

    DispatcherTest() {
        dispatcher.observe(new BatchListener() {
            @Override
            public void passed(int rows, long nanos) {
                passes.add(rows);
            }
        });
    }

    private final class FakeSource extends Source<FakeWork> {
        private final int number = open.incrementAndGet();

        @Override
        public boolean isPresent() {
            return true;
        }

        @Override
        public void answer(List<Slice<FakeWork>> slices) {
            begun.release();
            try {
                permits.acquire();
            } catch (InterruptedException e) {
                interrupted.release();
                throw new CancellationException("interrupted");
            }
            if (slices.stream().mapToInt(Slice::count).sum() > most) {
                throw new NotEnoughMemoryException(MemoryKind.HOST, 1, "none is left");
            }
            for (Slice<FakeWork> slice : slices) {
                if (slice.work().name.equals("bad")) {
                    throw new IllegalArgumentException("a bad request");
                }
                if (slice.work().name.equals("broken")) {
                    throw new IllegalStateException("a broken pass");
                }
            }
            slices.forEach(slice -> slice.work().put(slice.first(), slice.count(), number));
        }

        @Override
        public void close() {
            open.decrementAndGet();
        }
    }

    @AfterEach
    void closed() throws Exception {
        permits.release(10_000);
        dispatcher.close();
        assertThat(open.get()).as("sources left open").isZero();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            assertThat(thread.getName()).isNotEqualTo("afterimage-batcher");
            if (thread.getName().equals("afterimage-deadlines")) {
                thread.join(); // it ends without being waited for
            }
        }
    }

    private CompletableFuture<int[]> submit(String name, int rows) {
        return dispatcher.submit(new FakeWork(name, rows), Optional.empty());
    }

    /** Submits a request and waits until its pass runs, so that later ones gather. */
    private CompletableFuture<int[]> running(String name, int rows) throws InterruptedException {
        CompletableFuture<int[]> first = submit(name, rows);
        begun.acquire();
        return first;
    }

    private RequestCounts ends(long answered, long refused, long late, long cancelled, long failed) {
        return new RequestCounts(answered, refused, late, cancelled, failed);
    }

    @Test
    void requestsGatherWhileAPassRuns() throws Exception {
        CompletableFuture<int[]> first = running("a", 1);
        CompletableFuture<int[]> second = submit("b", 2);
        CompletableFuture<int[]> third = submit("c", 3);
        permits.release(2);
        assertThat(first.get()).hasSize(1);
        assertThat(second.get()).hasSize(2);
        assertThat(third.get()).hasSize(3);
        dispatcher.close();
        assertThat(passes).containsExactly(1, 5);
        assertThat(dispatcher.counts()).isEqualTo(ends(3, 0, 0, 0, 0));
    }

    @Test
    void aRequestWhoseAnswerCannotBeMadeFailsAloneAndTheThreadGoesOn() throws Exception {
        permits.release(10);
        assertThatThrownBy(submit("too large", 1)::get).hasCauseInstanceOf(OutOfMemoryError.class);
        assertThat(submit("a", 1).get()).hasSize(1);
        assertThat(dispatcher.counts()).isEqualTo(ends(1, 0, 0, 0, 1));
    }

    @Test
    void aLongRequestIsAnsweredInBlocksFromOneSource() throws Exception {
        permits.release(100);
        int[] sources = submit("long", 100).get();
        assertThat(sources).hasSize(100).containsOnly(sources[0]);
    }

    @Test
    void aFullQueueRefusesAtOnceAndServesTheOthers() throws Exception {
        CompletableFuture<int[]> first = running("a", 1);
        List<CompletableFuture<int[]>> waiting = new ArrayList<>();
        for (int request = 0; request < 16; request++) {
            waiting.add(submit("b", 1));
        }
        assertThat(dispatcher.queued()).isEqualTo(16);
        assertThatThrownBy(() -> submit("c", 1))
                .isInstanceOf(OverloadException.class)
                .hasMessage(
                        "a request of 1 rows is refused while 16 rows wait: the limit is 16; send it again later, or"
                                + " raise the limit of waiting rows");
        permits.release(100);
        first.get();
        for (CompletableFuture<int[]> request : waiting) {
            request.get();
        }
        assertThat(dispatcher.counts()).isEqualTo(ends(17, 1, 0, 0, 0));
        assertThat(dispatcher.queued()).isZero();
    }

    @Test
    void aDeadlinePassesWhileARequestWaitsAndWhileItRuns() throws Exception {
        CompletableFuture<int[]> first = running("a", 1); // the thread has begun before a deadline
        permits.release();
        first.get();
        CompletableFuture<int[]> runs = dispatcher.submit(new FakeWork("a", 1), Optional.of(Duration.ofSeconds(2)));
        begun.acquire();
        CompletableFuture<int[]> waits =
                dispatcher.submit(new FakeWork("b", 1), Optional.of(Duration.ofNanos(100_000)));
        assertThatThrownBy(waits::get)
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOf(TimeoutException.class)
                .hasMessage("no answer within 100 µs: allow more time, or send fewer requests at once");
        assertThat(dispatcher.queued()).isZero();
        assertThatThrownBy(runs::get).cause().isInstanceOf(TimeoutException.class);
        interrupted.acquire();
        assertThat(dispatcher.counts()).isEqualTo(ends(1, 0, 2, 0, 0));
    }

    @Test
    void aRequestInTimeLeavesNoTimer() throws Exception {
        permits.release();
        assertThat(dispatcher
                        .submit(new FakeWork("a", 1), Optional.of(Duration.ofDays(1)))
                        .get())
                .hasSize(1);
        dispatcher.close();
        assertThat(dispatcher.counts()).isEqualTo(ends(1, 0, 0, 0, 0));
    }

    @Test
    void aCancelledRequestLeavesTheQueue() throws Exception {
        CompletableFuture<int[]> first = running("a", 1);
        CompletableFuture<int[]> second = submit("b", 1);
        assertThat(second.cancel(true)).isTrue();
        assertThat(dispatcher.queued()).isZero();
        permits.release();
        first.get();
        dispatcher.close();
        assertThat(passes).containsExactly(1);
        assertThat(dispatcher.counts()).isEqualTo(ends(1, 0, 0, 1, 0));
    }

    @Test
    void aRunningPassIsInterruptedWhenItsLastRequestIsCancelled() throws Exception {
        CompletableFuture<int[]> blocker = running("blocker", 1);
        CompletableFuture<int[]> first = submit("a", 1);
        CompletableFuture<int[]> second = submit("b", 1);
        permits.release();
        blocker.get();
        begun.acquire();
        first.cancel(true);
        assertThat(interrupted.availablePermits()).isZero();
        second.cancel(true);
        interrupted.acquire();
        permits.release();
        assertThat(submit("c", 1).get()).hasSize(1);
        assertThat(dispatcher.counts()).isEqualTo(ends(2, 0, 0, 2, 0));
    }

    @Test
    void aCancelledLongRequestReleasesItsSource() throws Exception {
        CompletableFuture<int[]> large = running("long", 100);
        permits.release();
        begun.acquire(); // its second block
        large.cancel(true);
        interrupted.acquire();
        permits.release();
        submit("a", 1).get();
        assertThat(dispatcher.queued()).isZero();
    }

    @Test
    void aBadRequestFailsAlone() throws Exception {
        CompletableFuture<int[]> first = running("a", 1);
        List<CompletableFuture<int[]>> good = new ArrayList<>();
        CompletableFuture<int[]> bad = null;
        for (int request = 0; request < 8; request++) {
            if (request == 5) {
                bad = submit("bad", 1);
            } else {
                good.add(submit("good", 1));
            }
        }
        permits.release(100);
        first.get();
        for (CompletableFuture<int[]> request : good) {
            assertThat(request.get()).hasSize(1);
        }
        assertThatThrownBy(bad::get).cause().hasMessage("a bad request");
        assertThat(dispatcher.counts()).isEqualTo(ends(8, 0, 0, 0, 1));
        assertThat(dispatcher.lastFailure()).contains("a bad request");
    }

    @Test
    void aBrokenPassFailsItsRequestsAndTheNextOneWorks() throws Exception {
        CompletableFuture<int[]> broken = running("broken", 1);
        CompletableFuture<Boolean> interruptedThen =
                broken.handle((answer, failure) -> Thread.currentThread().isInterrupted());
        permits.release(100);
        assertThatThrownBy(broken::get).cause().hasMessage("a broken pass");
        assertThat(interruptedThen.get()).isFalse();
        assertThat(submit("a", 1).get()).hasSize(1);
    }

    @Test
    void aRequestThatLacksMemoryFailsAlone() throws Exception {
        most = 2;
        CompletableFuture<int[]> first = running("a", 1);
        CompletableFuture<int[]> large = submit("b", 3);
        List<CompletableFuture<int[]>> small = List.of(submit("c", 2), submit("d", 2), submit("e", 1));
        permits.release(1000);
        assertThat(first.get()).hasSize(1);
        assertThatThrownBy(large::get).cause().isInstanceOf(NotEnoughMemoryException.class);
        for (CompletableFuture<int[]> request : small) {
            assertThat(request.get()).isNotEmpty();
        }
        assertThat(dispatcher.counts()).isEqualTo(ends(4, 0, 0, 0, 1));
    }

    /** A request that throws at a place where none should: the thread ends, and no caller waits for it. */
    @Test
    void anErrorOfTheBatcherFailsAllRequestsAndLaterOnes() throws Exception {
        CompletableFuture<int[]> first = running("a", 1);
        CompletableFuture<int[]> waits = dispatcher.submit(
                new FakeWork("b", 1, new Object() {
                    @Override
                    public boolean equals(Object other) {
                        throw new StackOverflowError("an error of the test; it is logged");
                    }

                    @Override
                    public int hashCode() {
                        return 1;
                    }
                }),
                Optional.empty());
        submit("c", 1);
        permits.release(100);
        first.get();
        assertThatThrownBy(waits::get).cause().isInstanceOf(IllegalStateException.class);
        assertIllegalState(() -> submit("d", 1))
                .hasMessageContaining("the batcher was closed before it answered the request");
    }

    @Test
    void closingAnswersTheRunningRequestAndFailsTheOthers() throws Exception {
        CompletableFuture<int[]> runs = running("a", 1);
        CompletableFuture<int[]> waits = submit("b", 1);
        Thread closer = new Thread(dispatcher::close);
        closer.start();
        while (closer.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        permits.release();
        closer.join();
        assertThat(runs.get()).hasSize(1);
        assertThatThrownBy(waits::get).cause().isInstanceOf(IllegalStateException.class);
        assertIllegalState(() -> submit("c", 1)).hasMessageContaining("the batcher is closed, since ");
        dispatcher.close();
    }

    @Test
    void anActionOnItsThreadCannotCloseIt() throws Exception {
        CompletableFuture<int[]> first = running("a", 1);
        CountDownLatch done = new CountDownLatch(1);
        CompletableFuture<Void> closing = first.thenAccept(answer -> {
            done.countDown();
            dispatcher.close();
        });
        permits.release();
        done.await();
        assertThatThrownBy(closing::get).cause().isInstanceOf(IllegalStateException.class);
        permits.release();
        assertThat(submit("b", 1).get()).hasSize(1);
    }
}
