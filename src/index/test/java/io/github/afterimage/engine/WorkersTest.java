package io.github.afterimage.engine;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WorkersTest {
    private static final AutoCloseable RESULT = () -> {};

    /** A task that runs until it may end. */
    private static Function<Workspace, AutoCloseable> task(CountDownLatch begun, CountDownLatch end) {
        return workspace -> {
            begun.countDown();
            awaitUninterruptibly(end);
            return RESULT;
        };
    }

    private static void awaitUninterruptibly(CountDownLatch end) {
        boolean interrupted = false;
        while (end.getCount() > 0) {
            try {
                end.await();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static FutureTask<Void> start(Runnable call) {
        FutureTask<Void> future = new FutureTask<>(call, null);
        new Thread(future).start();
        return future;
    }

    @Test
    void anInterruptedCallerDoesNotWaitForTheTasksOfOthers() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        AtomicInteger ran = new AtomicInteger();
        try (Workers workers = new Workers(1)) {
            Future<?> others = start(() -> workers.run(List.of(task(begun, end))));
            begun.await();
            CompletableFuture<Throwable> failure = new CompletableFuture<>();
            Thread caller = new Thread(() -> {
                Function<Workspace, AutoCloseable> counting = workspace -> {
                    ran.incrementAndGet();
                    return RESULT;
                };
                try {
                    workers.run(List.of(counting, counting));
                } catch (CancellationException e) {
                    failure.complete(
                            Thread.currentThread().isInterrupted() ? e : new AssertionError("not interrupted"));
                }
            });
            caller.start();
            caller.interrupt();
            caller.join(); // while the other task runs
            assertThat(failure.get()).isInstanceOf(CancellationException.class);
            end.countDown();
            others.get();
            workers.run(List.of(workspace -> RESULT)); // behind anything that was left
            assertThat(ran).hasValue(0);
        }
    }

    @Test
    void anInterruptedCallerWaitsForItsOwnTasksAndLeavesNoInterruptBehind() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        try (Workers workers = new Workers(1)) {
            CompletableFuture<Boolean> ended = new CompletableFuture<>();
            Thread caller = new Thread(() -> {
                try {
                    workers.run(List.of(task(begun, end)));
                } catch (CancellationException e) {
                    ended.complete(end.getCount() == 0);
                }
            });
            caller.start();
            begun.await();
            caller.interrupt();
            caller.join(20);
            assertThat(ended).isNotDone();
            end.countDown();
            assertThat(ended.get()).isTrue();
            boolean[] interrupted = new boolean[1];
            workers.forEach(
                    2, number -> interrupted[0] |= Thread.currentThread().isInterrupted());
            assertThat(interrupted[0]).isFalse();
        }
    }

    @Test
    void aFailureIsThrownAndTheWorkersGoOn() {
        try (Workers workers = new Workers(2)) {
            Function<Workspace, AutoCloseable> failing = workspace -> {
                throw new IllegalArgumentException("this one");
            };
            assertIllegalArgument(() -> workers.run(List.of(failing, workspace -> RESULT, workspace -> RESULT)))
                    .hasMessage("this one");
            assertThat(workers.run(List.of(workspace -> RESULT, workspace -> RESULT)))
                    .hasSize(2);
        }
    }
}
