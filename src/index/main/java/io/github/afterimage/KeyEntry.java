package io.github.afterimage;

import io.github.afterimage.keys.Keys;

/**
 * A key of an index without its values. The keys of a picture, its {@linkplain KeyBatch#views views}, have one entry.
 *
 * <pre>{@code
 * try (CacheIndex index = CacheIndex.open(Path.of("cache.safetensors"))) {
 *     for (KeyEntry key : index.list(0, 100)) {
 *         System.out.println(key.id() + " " + key.name() + " " + index.classNames().get(key.label()));
 *     }
 * }
 * }</pre>
 *
 * @param id the id that it got from {@link CacheIndex#add}
 * @param label its class
 * @param name the name that was added with it; empty if it has none
 * @param hasThumbnail whether it has a thumbnail, which {@link CacheIndex#thumbnail} returns
 */
public record KeyEntry(long id, int label, String name, boolean hasThumbnail) {
    static KeyEntry of(Keys key) {
        return new KeyEntry(key.id(0), key.label(0), key.name(0), key.hasThumbnail(0));
    }
}
