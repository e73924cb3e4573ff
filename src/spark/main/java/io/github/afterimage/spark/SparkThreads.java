package io.github.afterimage.spark;

import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/** Waiting for what another thread gets from Spark. */
final class SparkThreads {
    private SparkThreads() {}

    /** A thread that does not keep the process alive. */
    static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "afterimage-spark");
        thread.setDaemon(true);
        return thread;
    }

    /** The result, or what was thrown instead. */
    static <T> T get(Future<T> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while Spark worked; there is no result");
        } catch (ExecutionException e) {
            throw SparkThreads.<RuntimeException>same(e.getCause());
        }
    }

    /** Spark throws checked exceptions that it does not declare. */
    @SuppressWarnings("unchecked")
    private static <E extends Throwable> E same(Throwable thrown) throws E {
        throw (E) thrown;
    }
}
