package io.github.afterimage.keys;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * Holds the names and the thumbnails of some keys.
 *
 * @param names one for each key, at most 1,024 bytes of UTF-8 without control characters; empty for a key
 *     without a name
 * @param thumbnails one for each key, at most 4,096 bytes; empty for a key without a thumbnail
 */
public record KeyDetails(List<String> names, List<byte[]> thumbnails) {
    /** Maximum bytes of all details of a batch, so that they fit into one Java buffer together with ids and labels. */
    private static final long MAX_BATCH_BYTES = 1 << 30;

    private static final byte[] ABSENT = {};

    /** Returns the details of keys that have names only. */
    public static KeyDetails named(List<String> names) {
        return new KeyDetails(names, Collections.nCopies(names.size(), ABSENT));
    }

    /** Returns the details of {@code count} keys that have none. */
    public static KeyDetails none(int count) {
        return named(Collections.nCopies(count, ""));
    }

    /** Returns the details of the keys {@code [from, to)}. */
    public KeyDetails subList(int from, int to) {
        return new KeyDetails(names.subList(from, to), thumbnails.subList(from, to));
    }

    /**
     * Checks that there is a name and a thumbnail for each key.
     *
     * @throws IllegalArgumentException if there are more or less
     */
    public void requireCount(int keys) {
        requireCount(Detail.NAME, names.size(), keys);
        requireCount(Detail.THUMBNAIL, thumbnails.size(), keys);
    }

    private static void requireCount(Detail detail, int count, int keys) {
        if (count != keys) {
            throw new IllegalArgumentException(
                    count + " " + detail.text + "s: expected one for each of " + keys + " labels");
        }
    }

    /**
     * Encodes the details as they are stored, each for as many keys as a picture has views.
     *
     * @return the bytes of each key; nothing for a detail that no key has
     * @throws IllegalArgumentException if a name or a thumbnail is null, a name has a forbidden
     *     character, one is too long, or all together exceed 1 GiB
     */
    public Map<Detail, byte[][]> encode(int views) {
        Map<Detail, byte[][]> encoded = new EnumMap<>(Detail.class);
        if (!names.stream().allMatch(""::equals)) {
            encoded.put(Detail.NAME, encode(names.size(), views, row -> name(names.get(row), row)));
        }
        if (thumbnails.stream().anyMatch(thumbnail -> thumbnail == null || thumbnail.length > 0)) {
            encoded.put(Detail.THUMBNAIL, encode(thumbnails.size(), views, row -> thumbnail(thumbnails.get(row), row)));
        }
        requireFew(encoded);
        return encoded;
    }

    private static void requireFew(Map<Detail, byte[][]> encoded) {
        long bytes = encoded.values().stream()
                .flatMap(Arrays::stream)
                .mapToLong(value -> value.length)
                .sum();
        if (bytes > MAX_BATCH_BYTES) {
            throw new IllegalArgumentException("names and thumbnails have " + bytes
                    + " bytes: expected at most 1 GiB in one batch; add fewer keys at once");
        }
    }

    private static byte[][] encode(int count, int views, IntFunction<byte[]> bytes) {
        byte[][] encoded = new byte[count * views][];
        Arrays.setAll(encoded, key -> key % views == 0 ? bytes.apply(key / views) : encoded[key - 1]);
        return encoded;
    }

    private static byte[] name(String name, int row) {
        if (name == null) {
            throw new IllegalArgumentException("the name at row " + row + " is null: expected \"\" for no name");
        }
        String problem = name.codePoints().anyMatch(Character::isISOControl) ? "has a control character" : null;
        byte[] bytes = {};
        try {
            ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(name));
            bytes = Arrays.copyOf(encoded.array(), encoded.limit());
        } catch (CharacterCodingException e) {
            problem = "has half of a surrogate pair";
        }
        if (bytes.length > Detail.NAME.maxBytes) {
            problem = "has " + bytes.length + " bytes";
        }
        if (problem != null) {
            throw new IllegalArgumentException("the name at row " + row + " " + problem
                    + ": expected at most 1,024 bytes of UTF-8 without control characters");
        }
        return bytes;
    }

    private static byte[] thumbnail(byte[] thumbnail, int row) {
        if (thumbnail == null) {
            throw new IllegalArgumentException(
                    "the thumbnail at row " + row + " is null: expected no bytes for no thumbnail");
        }
        if (thumbnail.length > Detail.THUMBNAIL.maxBytes) {
            throw new IllegalArgumentException("the thumbnail at row " + row + " has " + thumbnail.length
                    + " bytes: expected at most 4,096; make the picture smaller");
        }
        return thumbnail;
    }
}
