package io.github.afterimage.keys;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Names the bytes that a key may have beside its label. A key without a detail has an empty one. */
public enum Detail {
    /** UTF-8 without control characters: enough for a path. */
    NAME("name", 1024, Section.NAME_ENDS, Section.NAMES),
    /**
     * A small picture in the encoding that the caller chose: a PNG file of any 32 x 32 pixels takes at most 3,200 bytes, a JPEG file of 64 x
     * 64 pixels usually 2,000.
     */
    THUMBNAIL("thumbnail", 4096, Section.THUMBNAIL_ENDS, Section.THUMBNAILS);

    final String text;
    /** Maximum bytes of one key, which bounds the memory that it adds to an index. */
    public final int maxBytes;
    /** The tensor with the end of each key's bytes. */
    public final Section ends;
    /** The tensor with the bytes. */
    public final Section bytes;

    Detail(String text, int maxBytes, Section ends, Section bytes) {
        this.text = text;
        this.maxBytes = maxBytes;
        this.ends = ends;
        this.bytes = bytes;
    }

    /** Returns the detail that a tensor belongs to, or null. */
    public static @Nullable Detail of(Section section) {
        return switch (section) {
            case NAME_ENDS, NAMES -> NAME;
            case THUMBNAIL_ENDS, THUMBNAILS -> THUMBNAIL;
            default -> null;
        };
    }

    /** Returns what is wrong with the bytes of a key, or null. */
    @Nullable
    public String problem(ByteBuffer value) {
        if (this == THUMBNAIL || isPrintableAscii(value)) {
            return null;
        }
        try {
            CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(value);
            return text.chars().anyMatch(Character::isISOControl) ? "has a control character" : null;
        } catch (CharacterCodingException e) {
            return "is not UTF-8";
        }
    }

    /** Tells most names in a fraction of the time that decoding takes, which counts where an index has a million of them. */
    private static boolean isPrintableAscii(ByteBuffer value) {
        int at = value.position();
        while (at < value.limit() && value.get(at) >= ' ' && value.get(at) <= '~') {
            at++;
        }
        return at == value.limit();
    }
}
