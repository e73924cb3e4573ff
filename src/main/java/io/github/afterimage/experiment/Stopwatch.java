package io.github.afterimage.experiment;

/** Adds up the time between starts and stops. */
final class Stopwatch {
    private long nanos;
    private long started;

    void start() {
        started = System.nanoTime();
    }

    void stop() {
        nanos += System.nanoTime() - started;
    }

    double seconds() {
        return nanos / 1e9;
    }
}
