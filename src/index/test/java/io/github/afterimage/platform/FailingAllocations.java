package io.github.afterimage.platform;

import io.github.afterimage.failure.NotEnoughMemoryException;
import io.github.afterimage.settings.MemoryKind;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;
import java.util.function.Supplier;

/** Makes one native allocation fail, one read of a file, or the start of one thread, for tests of other packages. */
public final class FailingAllocations {
    private FailingAllocations() {}

    /** Work that may throw any exception. */
    public interface Work {
        void run() throws Exception;
    }

    /** How many native allocations a piece of work makes. */
    public static int count(Work work) throws Exception {
        AtomicInteger count = new AtomicInteger();
        during(count::incrementAndGet, work);
        return count.get();
    }

    /** Runs a piece of work whose {@code n}th native allocation, counted from 1, fails. */
    public static void fail(int n, Work work) throws Exception {
        fail(n, n, work);
    }

    /** Runs a piece of work whose native allocations from the {@code n}th on, counted from 1, fail. */
    public static void failFrom(int n, Work work) throws Exception {
        fail(n, Integer.MAX_VALUE, work);
    }

    private static void fail(int first, int last, Work work) throws Exception {
        fail(n -> n >= first && n <= last, () -> new NotEnoughMemoryException(MemoryKind.HOST, 1, "refused"), work);
    }

    /** Runs a piece of work whose {@code n}th native allocation, counted from 1, finds the Java heap full. */
    public static void failForHeap(int n, Work work) throws Exception {
        fail(number -> number == n, OutOfMemoryError::new, work);
    }

    private static void fail(IntPredicate failing, Supplier<? extends Throwable> failure, Work work) throws Exception {
        AtomicInteger count = new AtomicInteger();
        during(
                () -> {
                    if (failing.test(count.incrementAndGet())) {
                        Throwable thrown = failure.get();
                        if (thrown instanceof Error error) {
                            throw error;
                        }
                        throw (RuntimeException) thrown;
                    }
                },
                work);
    }

    /** How many reads of files a piece of work makes. */
    public static int countReads(Work work) throws Exception {
        return failRead(0, work);
    }

    /** Runs a piece of work whose {@code n}th read of a file, counted from 1, fails; returns the number of reads. */
    public static int failRead(int n, Work work) throws Exception {
        AtomicInteger count = new AtomicInteger();
        InputFile.beforeRead = () -> {
            if (count.incrementAndGet() == n) {
                throw new IOException("Input/output error");
            }
        };
        try {
            work.run();
            return count.get();
        } finally {
            InputFile.beforeRead = () -> {};
        }
    }

    /** How many threads a piece of work starts. */
    public static int countThreads(Work work) throws Exception {
        AtomicInteger count = new AtomicInteger();
        failThread(n -> count.set(n), work);
        return count.get();
    }

    /** Runs a piece of work whose {@code n}th thread, counted from 1, does not start. */
    public static void failThread(int n, Work work) throws Exception {
        failThread(
                number -> {
                    if (number == n) {
                        throw new OutOfMemoryError("unable to create native thread, in a test");
                    }
                },
                work);
    }

    private static void failThread(IntConsumer hook, Work work) throws Exception {
        AtomicInteger started = new AtomicInteger();
        Threads.beforeStart = () -> hook.accept(started.incrementAndGet());
        try {
            work.run();
        } finally {
            Threads.beforeStart = () -> {};
        }
    }

    /** Runs a piece of work within another one, whose allocations and reads do not fail. */
    public static void spare(Runnable work) {
        Runnable hook = NativeMemory.beforeAllocation;
        Resources.Action<IOException> read = InputFile.beforeRead;
        NativeMemory.beforeAllocation = () -> {};
        InputFile.beforeRead = () -> {};
        work.run();
        NativeMemory.beforeAllocation = hook;
        InputFile.beforeRead = read;
    }

    private static void during(Runnable hook, Work work) throws Exception {
        NativeMemory.beforeAllocation = hook;
        try {
            work.run();
        } finally {
            NativeMemory.beforeAllocation = () -> {};
        }
    }
}
