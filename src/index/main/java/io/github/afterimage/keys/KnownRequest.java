package io.github.afterimage.keys;

import io.github.afterimage.AddedKeys;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * A request that has added keys, as it stands in a log and in an index file: first id int64, count int64, digest int64, length of
 * the text uint16, the text as UTF-8.
 *
 * @param first id of the first picture that it added
 * @param count number of pictures that it added, at least 1
 */
public record KnownRequest(RequestId id, long first, long count) {
    private static final int FIXED_BYTES = 3 * Long.BYTES + Short.BYTES;
    public static final int LEAST_BYTES = FIXED_BYTES + 1;
    public static final int MOST_BYTES = FIXED_BYTES + RequestId.MAX_BYTES;

    /** Returns its ids, for a request that comes again. */
    AddedKeys again() {
        return new AddedKeys(first, count, true);
    }

    public int bytes() {
        return FIXED_BYTES + text().length;
    }

    private byte[] text() {
        return id.text().getBytes(StandardCharsets.UTF_8);
    }

    /** @param target little-endian */
    public void put(ByteBuffer target) {
        byte[] text = text();
        target.putLong(first)
                .putLong(count)
                .putLong(id.digest())
                .putShort((short) text.length)
                .put(text);
    }

    /**
     * Takes a request off the front of the bytes.
     *
     * @param source little-endian
     * @throws IllegalArgumentException if there is none
     */
    public static KnownRequest take(ByteBuffer source) {
        int at = source.position();
        if (source.remaining() < LEAST_BYTES) {
            throw new IllegalArgumentException("requests: " + source.remaining() + " bytes at byte " + at
                    + ", expected a request of at least " + LEAST_BYTES);
        }
        long first = source.getLong();
        long count = source.getLong();
        long digest = source.getLong();
        int length = source.getShort() & 0xffff;
        if (first < 0 || count < 1 || first > KeyFormat.MAX_ID - count || length > source.remaining()) {
            throw new IllegalArgumentException("requests: " + count + " keys from id " + first + " on and a text of "
                    + length + " bytes at byte " + at + ", expected a request");
        }
        ByteBuffer text = source.slice(source.position(), length);
        source.position(source.position() + length);
        try {
            String decoded = StandardCharsets.UTF_8.newDecoder().decode(text).toString();
            return new KnownRequest(new RequestId(decoded, digest), first, count);
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("requests: the text at byte " + at + " is not UTF-8", e);
        }
    }
}
