package io.github.afterimage.model.evaluation;

/** Adds up the times between starts and stops. Not thread-safe. */
public final class Stopwatch {
    private long nanos;
    private long started;
    private boolean running;

    /** Returns a stopwatch that has started. */
    public static Stopwatch started() {
        Stopwatch watch = new Stopwatch();
        watch.start();
        return watch;
    }

    /** Starts an interval. */
    public void start() {
        started = System.nanoTime();
        running = true;
    }

    /** Ends the interval and adds it to the sum. */
    public void stop() {
        nanos += System.nanoTime() - started;
        running = false;
    }

    /** {@return the sum of all intervals in seconds; one that has not ended counts until now} */
    public double seconds() {
        return (nanos + (running ? System.nanoTime() - started : 0)) / 1e9;
    }
}
