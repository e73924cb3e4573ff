package io.github.afterimage.model.evaluation;

/** Adds up the times between starts and stops. Not thread-safe. */
public final class Stopwatch {
    private long nanos;
    private long started;

    /** Starts an interval. */
    public void start() {
        started = System.nanoTime();
    }

    /** Ends the interval and adds it to the sum. */
    public void stop() {
        nanos += System.nanoTime() - started;
    }

    /** {@return the sum of all intervals in seconds} */
    public double seconds() {
        return nanos / 1e9;
    }
}
