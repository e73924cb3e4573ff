package io.github.afterimage.engine;

import io.github.afterimage.store.QueriedKeys;

/**
 * Rows in one range for each thread, or more if they are large.
 *
 * @param count number of ranges
 */
record Ranges(int rows, int count) {
    /** Maximum rows of a range: their scores, 8 bytes each, fit into one buffer. */
    private static final int MAX_RANGE = 1 << 26;

    /** Maximum numbers in the keys of a query that the caller's thread may answer. */
    private static final long MAX_OF_CALLER = 1L << 28;

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

    /**
     * Runs a task for ranges of queries that read some of the keys. A single query is run on the caller's thread, which cannot be
     * interrupted meanwhile, unless the keys are many or on a disk.
     */
    static void forEachQuery(Workers workers, int queries, QueriedKeys keys, int dim, Task task) {
        if (queries == 1 && !keys.readsFromDisk() && keys.rows() * dim <= MAX_OF_CALLER) {
            workers.runHere(workspace -> {
                task.run(0, 1, workspace);
                return null;
            });
        } else {
            forEach(workers, queries, task);
        }
    }
}
