package io.github.afterimage.platform;

import io.github.afterimage.MemoryKind;
import io.github.afterimage.NotEnoughMemoryException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;
import java.util.function.Supplier;

/** Makes one native allocation fail, for tests of other packages. */
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

    /** Runs a piece of work within another one, whose allocations do not fail. */
    public static void spare(Runnable work) {
        Runnable hook = NativeMemory.beforeAllocation;
        NativeMemory.beforeAllocation = () -> {};
        work.run();
        NativeMemory.beforeAllocation = hook;
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
