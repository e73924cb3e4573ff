package io.github.afterimage.bench;

/** How many threads every contender gets: all processors, or what {@code -Dthreads=N} says. */
final class Threads {
    static final int COUNT = Integer.getInteger("threads", Runtime.getRuntime().availableProcessors());

    private Threads() {}
}
