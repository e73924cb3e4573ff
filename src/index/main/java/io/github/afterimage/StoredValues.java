package io.github.afterimage;

/**
 * Describes the values in an index file; see {@link CacheIndexBuilder#values}.
 *
 * <pre>{@code
 * StoredValues values = StoredIndex.values(Path.of("cache.safetensors"));
 * System.out.println(values.width() == 0 ? "labels only" : values.width() + " numbers beside each label");
 * }</pre>
 *
 * @param width numbers of a value; 0 if keys have labels only
 * @param type how they are stored
 * @param bytes bytes of the values of all keys in the index file and its parts
 */
public record StoredValues(int width, ElementType type, long bytes) {}
