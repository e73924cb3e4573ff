package io.github.afterimage.platform;

import io.github.afterimage.MemoryKind;
import io.github.afterimage.NotEnoughMemoryException;
import java.util.concurrent.atomic.AtomicInteger;

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
        AtomicInteger count = new AtomicInteger();
        during(
                () -> {
                    int n = count.incrementAndGet();
                    if (n >= first && n <= last) {
                        throw new NotEnoughMemoryException(MemoryKind.HOST, 1, "a test refuses it");
                    }
                },
                work);
    }

    private static void during(Runnable hook, Work work) throws Exception {
        NativeMemory.beforeAllocation = hook;
        try {
            work.run();
        } finally {
            NativeMemory.beforeAllocation = null;
        }
    }
}
