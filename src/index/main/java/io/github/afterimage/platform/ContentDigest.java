package io.github.afterimage.platform;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.stream.IntStream;

/**
 * Computes a hash of numbers and bytes that is the same on every machine and in every release: the first 8 bytes of SHA-256.
 * Neighbouring values do not run into each other, because the length of each precedes it.
 *
 * <p>Threads: for one thread.
 */
public final class ContentDigest {
    private static final int CHUNK = 1 << 13;

    private final MessageDigest sha256;

    /** Begins with no content. */
    public ContentDigest() {
        sha256 = begin();
    }

    private static MessageDigest begin() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java platform has SHA-256
        }
    }

    /** Writes bytes. */
    public interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    /** Returns the SHA-256 of the bytes that are written, in hexadecimal digits. */
    public static String sha256(Content content) throws IOException {
        MessageDigest digest = begin();
        content.writeTo(new DigestOutputStream(OutputStream.nullOutputStream(), digest));
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Adds numbers, from the buffer's position to its limit; the position stays. */
    public ContentDigest add(FloatBuffer values) {
        length(values.remaining());
        FloatBuffer rest = values.duplicate();
        ByteBuffer bytes = ByteBuffer.allocate(Math.min(CHUNK, rest.remaining()) * Float.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN);
        while (rest.hasRemaining()) {
            int count = Math.min(CHUNK, rest.remaining());
            bytes.clear().limit(count * Float.BYTES);
            bytes.asFloatBuffer().put(rest.slice().limit(count));
            rest.position(rest.position() + count);
            sha256.update(bytes);
        }
        return this;
    }

    /** Adds whole numbers. */
    public ContentDigest add(int... values) {
        length(values.length);
        ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        IntStream.of(values)
                .forEach(value -> sha256.update(bytes.putInt(0, value).array()));
        return this;
    }

    /** Adds bytes. */
    public ContentDigest add(byte[] bytes) {
        length(bytes.length);
        sha256.update(bytes);
        return this;
    }

    private void length(int length) {
        sha256.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, length));
    }

    /** Returns the hash of all that was added, and begins again. */
    public long value() {
        return ByteBuffer.wrap(sha256.digest()).getLong();
    }
}
