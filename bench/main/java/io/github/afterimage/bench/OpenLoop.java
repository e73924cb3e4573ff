package io.github.afterimage.bench;

import io.github.afterimage.OverloadException;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Phaser;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Sends single queries at random times, as independent callers do (a Poisson process), whether or not earlier ones are answered.
 * Times count from the moment at which a query should have been sent, so that a delay of the sender counts too.
 */
final class OpenLoop {
    private static final long LONGEST_NANOS = 600_000_000_000L;

    /** Times of answered queries. */
    final Histogram nanos = new ConcurrentHistogram(LONGEST_NANOS, 3);
    /** Times that the refused calls of {@code submit} took. */
    final Histogram refusals = new Histogram(LONGEST_NANOS, 3);

    final AtomicLong failed = new AtomicLong();
    /** Answers before the last query was sent. */
    final AtomicLong inTime = new AtomicLong();

    private double seconds;

    double answersPerSecond() {
        return inTime.get() / seconds;
    }

    double milliseconds(double percentile) {
        return nanos.getValueAtPercentile(percentile) / 1e6;
    }

    /**
     * Sends queries for some seconds and waits for all answers.
     *
     * @param submit sends the query of a number; it does not wait
     */
    OpenLoop run(IntFunction<CompletableFuture<?>> submit, double perSecond, double duration) {
        SplittableRandom random = new SplittableRandom(25);
        Phaser open = new Phaser(1);
        long begin = System.nanoTime();
        long end = begin + (long) (duration * 1e9);
        double next = begin;
        for (int number = 0; next < end; number++) {
            long intended = (long) next;
            for (long now = System.nanoTime(); now < intended; now = System.nanoTime()) {
                LockSupport.parkNanos(intended - now);
            }
            send(submit, number, intended, end, open);
            next += -Math.log(1 - random.nextDouble()) / perSecond * 1e9;
        }
        seconds = (end - begin) / 1e9;
        open.arriveAndAwaitAdvance();
        return this;
    }

    private void send(IntFunction<CompletableFuture<?>> submit, int number, long intended, long end, Phaser open) {
        long called = System.nanoTime();
        try {
            open.register();
            var unused = submit.apply(number).whenComplete((answer, failure) -> {
                long now = System.nanoTime();
                if (failure != null) {
                    failed.incrementAndGet();
                } else {
                    nanos.recordValue(now - intended);
                    if (now < end) {
                        inTime.incrementAndGet();
                    }
                }
                open.arriveAndDeregister();
            });
        } catch (OverloadException e) {
            refusals.recordValue(System.nanoTime() - called);
            open.arriveAndDeregister();
        }
    }
}
