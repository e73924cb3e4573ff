package io.github.afterimage;

/**
 * Describes what an index file and its parts hold beside keys and labels, from their headers.
 *
 * <pre>{@code
 * StoredContents contents = StoredIndex.contents(Path.of("cache.safetensors"));
 * System.out.println(contents.valueWidth() == 0 ? "labels only" : contents.valueWidth() + " numbers beside each label");
 * }</pre>
 *
 * @param nameBytes bytes of the names of all keys; 0 if no key has a name
 * @param thumbnailBytes bytes of the thumbnails of all keys; 0 if no key has a thumbnail
 * @param valueWidth numbers of a {@linkplain CacheIndexBuilder#values value}; 0 if keys have labels only
 * @param valueType how they are stored
 * @param valueBytes bytes of the values of all keys
 */
public record StoredContents(
        long nameBytes, long thumbnailBytes, int valueWidth, ElementType valueType, long valueBytes) {}
