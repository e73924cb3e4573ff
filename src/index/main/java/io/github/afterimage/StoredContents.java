package io.github.afterimage;

/**
 * Describes what an index file and its parts hold beside keys and labels, from their headers.
 *
 * <pre>{@code
 * StoredContents contents = StoredIndex.contents(Path.of("cache.safetensors"));
 * System.out.println(contents.nameBytes() == 0 ? "no names" : contents.nameBytes() + " bytes of names");
 * }</pre>
 *
 * @param nameBytes bytes of the names of all keys; 0 if no key has a name
 * @param thumbnailBytes bytes of the thumbnails of all keys; 0 if no key has a thumbnail
 * @param tuningRows number of the {@link io.github.afterimage.answer.TuningRows} that the index keeps
 */
public record StoredContents(long nameBytes, long thumbnailBytes, int tuningRows) {}
