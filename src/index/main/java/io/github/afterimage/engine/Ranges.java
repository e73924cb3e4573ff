package io.github.afterimage.engine;

/**
 * Rows in one range for each thread, or more if they are large.
 *
 * @param count number of ranges
 */
record Ranges(int rows, int count) {
    /** Maximum rows of a range: their scores, 8 bytes each, fit into one buffer. */
    private static final int MAX_RANGE = 1 << 26;

    static Ranges of(Workers workers, int rows) {
        return new Ranges(rows, Math.min(rows, Math.max(workers.threads(), rows / MAX_RANGE)));
    }

    /** Returns the first row of range {@code i}; for {@link #count}, the number of rows. */
    int first(int i) {
        return (int) ((long) rows * i / count);
    }

    /** A task for the rows from {@code from} to {@code to - 1}. */
    interface Task {
        void run(int from, int to, Workspace workspace);
    }

    /** Runs a task for each range of {@code rows} rows, on the threads of the workers. */
    static void forEach(Workers workers, int rows, Task task) {
        Ranges ranges = of(workers, rows);
        workers.forEach(ranges.count, (i, workspace) -> task.run(ranges.first(i), ranges.first(i + 1), workspace));
    }
}
