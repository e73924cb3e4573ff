package io.github.afterimage.model.evaluation;

/** Adds up the time between starts and stops. */
public final class Stopwatch {
    private long nanos;
    private long started;

    public void start() {
        started = System.nanoTime();
    }

    public void stop() {
        nanos += System.nanoTime() - started;
    }

    public double seconds() {
        return nanos / 1e9;
    }
}
