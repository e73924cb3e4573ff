package io.github.afterimage;

import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.Snapshot;
import java.util.List;
import java.util.function.Predicate;

/**
 * A key of an index without its values.
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
    /** Returns the condition of the keys that {@code chosen} accepts. */
    static KeyStore.Choice accepted(Predicate<KeyEntry> chosen) {
        return (keys, offset) -> chosen.test(of(keys, offset));
    }

    private static KeyEntry of(Keys keys, long offset) {
        return new KeyEntry(keys.id(offset), keys.label(offset), keys.name(offset), keys.hasThumbnail(offset));
    }

    /** Returns at most {@code limit} keys, starting at the first whose id is {@code fromId} or greater. */
    static List<KeyEntry> list(Snapshot snapshot, long fromId, int limit) {
        return snapshot.range(snapshot.rowFrom(fromId), snapshot.rows()).stream()
                .flatMap(keys -> keys.present().mapToObj(offset -> of(keys, offset)))
                .limit(limit)
                .toList();
    }
}
