package io.github.afterimage.answer;

/**
 * A key near a query; see {@link Answer.Row#neighbors}.
 *
 * <pre>{@code
 * try (CacheIndex index = CacheIndex.open(Path.of("cache.safetensors"))) {
 *     for (Neighbor key : index.nearest(new float[index.dim()], 10).row(0).neighbors()) {
 *         System.out.println(key.name() + " " + key.score());
 *     }
 * }
 * }</pre>
 *
 * @param id the id that {@link io.github.afterimage.CacheIndex#add} returned
 * @param name the name that was added with the key, such as a file; empty if it has none
 * @param label its class
 * @param score the inner product with the query, -1..1 up to rounding
 * @param share its part of what the keys of its class say, for the first θ: exp(θ s) / Σ exp(θ s_k) over the keys of the class, 0..1; NaN if
 *     the query had no θ
 * @param hasThumbnail whether the key has a thumbnail, which {@link io.github.afterimage.CacheIndex#thumbnail} returns
 */
public record Neighbor(long id, String name, int label, float score, double share, boolean hasThumbnail) {}
