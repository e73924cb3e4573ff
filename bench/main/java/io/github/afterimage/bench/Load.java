package io.github.afterimage.bench;

import io.github.afterimage.serving.OverloadException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** Sends queries and records the times of the answers, over one phase or several. */
final class Load {
    private static final long LONGEST_NANOS = 600_000_000_000L;

    /** Times of answered queries. */
    final Histogram nanos = new ConcurrentHistogram(LONGEST_NANOS, 3);
    /** Times that refused calls took. */
    final Histogram refusals = new Histogram(LONGEST_NANOS, 3);

    final AtomicLong failed = new AtomicLong();
    private final AtomicLong inTime = new AtomicLong();
    private double seconds;

    /** Asks something and returns when the answer is there. */
    interface Ask {
        void run() throws Exception;
    }

    /** The work of a thread of a number. */
    interface Part {
        void run(int thread) throws Exception;
    }

    /** The seconds of all phases. */
    double seconds() {
        return seconds;
    }

    /** Answers per second; those of an open loop that came after the last query was sent do not count. */
    double perSecond() {
        return inTime.get() / seconds;
    }

    double milliseconds(double percentile) {
        return nanos.getValueAtPercentile(percentile) / 1e6;
    }

    /** Runs a part in each of some threads and waits for all. */
    static void inThreads(int count, Part part) throws ExecutionException, InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(count);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int thread = i;
                running.add(threads.submit(() -> {
                    part.run(thread);
                    return null;
                }));
            }
            for (Future<?> each : running) {
                each.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** Lets callers ask for some seconds, each again when it has the answer. */
    Load closed(int callers, double duration, IntFunction<Ask> asks) throws ExecutionException, InterruptedException {
        List<Ask> each = new ArrayList<>();
        for (int caller = 0; caller < callers; caller++) {
            each.add(asks.apply(caller));
        }
        long begin = System.nanoTime();
        inThreads(callers, caller -> {
            long start = System.nanoTime();
            while (start - begin < duration * 1e9) {
                each.get(caller).run();
                long end = System.nanoTime();
                nanos.recordValue(end - start);
                inTime.incrementAndGet();
                start = end;
            }
        });
        seconds += (System.nanoTime() - begin) / 1e9;
        return this;
    }

    /**
     * Sends queries for some seconds at random times, as independent callers do (a Poisson process), whether or not earlier ones
     * are answered, and waits for all answers. Times count from the moment at which a query should have been sent, so that a delay
     * of the sender counts too.
     *
     * @param submit sends the query of a number; it does not wait
     */
    Load open(double perSecond, double duration, IntFunction<CompletableFuture<?>> submit) {
        SplittableRandom random = new SplittableRandom(25);
        AtomicLong waiting = new AtomicLong();
        long begin = System.nanoTime();
        long end = begin + (long) (duration * 1e9);
        double next = begin;
        for (int number = 0; next < end; number++) {
            long intended = (long) next;
            for (long now = System.nanoTime(); now < intended; now = System.nanoTime()) {
                LockSupport.parkNanos(intended - now);
            }
            send(submit, number, intended, end, waiting);
            next += -Math.log(1 - random.nextDouble()) / perSecond * 1e9;
        }
        seconds += duration;
        while (waiting.get() > 0) {
            LockSupport.parkNanos(1_000_000);
        }
        return this;
    }

    private void send(
            IntFunction<CompletableFuture<?>> submit, int number, long intended, long end, AtomicLong waiting) {
        long called = System.nanoTime();
        waiting.incrementAndGet();
        try {
            var unused = submit.apply(number).whenComplete((answer, failure) -> {
                long now = System.nanoTime();
                if (failure != null) {
                    failed.incrementAndGet();
                } else {
                    nanos.recordValue(now - intended);
                    inTime.addAndGet(now < end ? 1 : 0);
                }
                waiting.decrementAndGet();
            });
        } catch (OverloadException e) {
            refusals.recordValue(System.nanoTime() - called);
            waiting.decrementAndGet();
        }
    }
}
