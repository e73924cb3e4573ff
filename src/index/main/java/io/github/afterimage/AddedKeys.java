package io.github.afterimage;

import java.util.stream.LongStream;

/**
 * Keys that a call or an earlier one has added.
 *
 * <pre>{@code
 * try (CacheIndex index = new CacheIndexBuilder(2, 3).build()) {
 *     KeyBatch owls = KeyBatch.of(new float[] {1, 0, 0, 1}, new int[] {2, 2}).requestId("3f2a7c");
 *     AddedKeys added = index.add(owls);
 *     AddedKeys again = index.add(owls);
 *     System.out.println(again.repeated() + ", from id " + again.first() + " = " + added.first());
 * }
 * }</pre>
 *
 * @param first id of the first picture; the others have the ids that follow, whether they are there still or were removed since
 * @param count number of pictures: of keys, without {@link KeyBatch#views}
 * @param repeated true if an earlier call with the same {@linkplain KeyBatch#requestId request id} has added them, and this one
 *     nothing
 */
public record AddedKeys(long first, long count, boolean repeated) {
    /** Returns the ids of the pictures, in their order; of at most 2^31 - 1. */
    public long[] ids() {
        return LongStream.range(first, first + count).toArray();
    }
}
