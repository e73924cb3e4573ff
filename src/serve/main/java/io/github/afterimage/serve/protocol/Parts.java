package io.github.afterimage.serve.protocol;

import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes the bytes of an answer, in parts. Nothing is copied to make room for more, and a socket takes one part at a time: Java keeps
 * native memory of the size of the greatest one for each thread that writes.
 *
 * <p>For one thread.
 */
public final class Parts extends OutputStream {
    private static final int FIRST = 1 << 10;
    private static final int GREATEST = 64 << 10;

    private final long maxBytes;
    private final List<ByteBuffer> full = new ArrayList<>();
    private byte[] last = new byte[FIRST];
    private int used;
    private long size;

    /** @param maxBytes more are refused with a {@link RequestException} of status 413 */
    public Parts(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** Returns parts of bytes that are there already. */
    public static Parts of(byte[] bytes) {
        Parts parts = new Parts(bytes.length);
        parts.append(bytes);
        return parts;
    }

    @Override
    public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        count(length);
        for (int done = 0; done < length; ) {
            if (used == last.length) {
                end();
                last = new byte[Math.min(GREATEST, 2 * last.length)];
            }
            int now = Math.min(length - done, last.length - used);
            System.arraycopy(bytes, offset + done, last, used, now);
            used += now;
            done += now;
        }
    }

    /** Appends bytes without a copy; they must not change. */
    void append(byte[] bytes) {
        count(bytes.length);
        end();
        last = new byte[FIRST];
        for (int from = 0; from < bytes.length; from += GREATEST) {
            full.add(ByteBuffer.wrap(bytes, from, Math.min(GREATEST, bytes.length - from))
                    .slice());
        }
    }

    private void end() {
        if (used > 0) {
            full.add(ByteBuffer.wrap(last, 0, used).slice());
            used = 0;
        }
    }

    private void count(int length) {
        size += length;
        if (size > maxBytes) {
            throw tooLong(maxBytes);
        }
    }

    static RequestException tooLong(long maxBytes) {
        return new RequestException(
                RequestException.TOO_LARGE,
                "the answer takes more than " + maxBytes
                        + " bytes: expected fewer; ask for fewer rows, outputs or neighbors at once");
    }

    /** Returns the number of bytes. */
    public long size() {
        return size;
    }

    /** Returns the parts; for one reader of each call. */
    public List<ByteBuffer> buffers() {
        List<ByteBuffer> buffers = new ArrayList<>();
        full.forEach(part -> buffers.add(part.duplicate()));
        if (used > 0) {
            buffers.add(ByteBuffer.wrap(last, 0, used).slice());
        }
        return buffers;
    }
}
