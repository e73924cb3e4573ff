package io.github.afterimage.bench;

/** Times one piece of work, for benchmarks that compare two in one invocation. */
final class Seconds {
    private Seconds() {}

    static double of(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e9;
    }
}
