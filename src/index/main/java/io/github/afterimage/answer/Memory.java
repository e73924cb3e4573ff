package io.github.afterimage.answer;

/**
 * Keys with labels that answer queries, such as a {@link io.github.afterimage.CacheReader}.
 *
 * <pre>{@code
 * static int nearest(Memory memory, float[] row) {
 *     return memory.answer(Query.of(row).neighbors(1)).row(0).neighbors().get(0).label();
 * }
 * }</pre>
 */
public interface Memory {
    /** Number of classes. */
    int classes();

    /** Answers a query from the keys of one moment; see {@link io.github.afterimage.CacheReader#answer(Query)}. */
    Answer answer(Query query);
}
