package io.github.afterimage.keys;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Identifies a change that a caller may ask for again.
 *
 * @param text 1 to {@value #MAX_BYTES} bytes of UTF-8 without control characters
 * @param digest tells changes apart that have the same text by mistake
 */
public record RequestId(String text, long digest) {
    static final int MAX_BYTES = 255;

    /** @throws IllegalArgumentException if the text breaks its rules */
    public RequestId {
        require(text);
    }

    /** @throws IllegalArgumentException if the text breaks the rules of an id */
    public static void require(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0 || bytes.length > MAX_BYTES) {
            throw new IllegalArgumentException("request id \"" + text.substring(0, Math.min(32, text.length()))
                    + "\" has " + bytes.length + " bytes: expected 1 to " + MAX_BYTES + ", such as a UUID");
        }
        if (text.chars().anyMatch(Character::isISOControl)
                || !StandardCharsets.UTF_8
                        .decode(ByteBuffer.wrap(bytes))
                        .toString()
                        .equals(text)) {
            throw new IllegalArgumentException("request id \"" + text
                    + "\" has a control character or half of a surrogate pair: expected text," + " such as a UUID");
        }
    }
}
