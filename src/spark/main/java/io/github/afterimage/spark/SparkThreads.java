package io.github.afterimage.spark;

import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/** Threads that wait for Spark, and their results. */
final class SparkThreads {
    private SparkThreads() {}

    /** {@return a daemon thread} */
    static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "afterimage-spark");
        thread.setDaemon(true);
        return thread;
    }

    /** Waits for a result; throws the exception of the task if it failed. */
    static <T> T get(Future<T> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while Spark worked; there is no result");
        } catch (ExecutionException e) {
            throw SparkThreads.<RuntimeException>rethrow(Objects.requireNonNullElse(e.getCause(), e));
        }
    }

    /** Rethrows a checked exception unchanged: Spark throws some that it does not declare. */
    @SuppressWarnings("unchecked")
    private static <E extends Throwable> E rethrow(Throwable thrown) throws E {
        throw (E) thrown;
    }
}
