package io.github.afterimage.tensors;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;

/** A run of bytes of an open file, read by position: safe for concurrent use. */
public final class Region {
    private final FileChannel channel;
    private final String place;
    private final long start;
    private final long length;

    /** The bounds are within the file; the caller has compared them. */
    public Region(FileChannel channel, String place, long start, long length) {
        this.channel = channel;
        this.place = place;
        this.start = start;
        this.length = length;
    }

    String place() {
        return place;
    }

    public long length() {
        return length;
    }

    /** The part from {@code offset} to the end. */
    Region from(long offset) {
        if (offset < 0 || offset > length) {
            throw new IndexOutOfBoundsException("offset " + offset + " of " + length + " bytes of " + place);
        }
        return new Region(channel, place, start + offset, length - offset);
    }

    /** Fills what remains of the target. */
    void read(long offset, ByteBuffer target) throws IOException {
        if (offset < 0 || target.remaining() > length - offset) {
            throw new IndexOutOfBoundsException(
                    target.remaining() + " bytes at offset " + offset + " of " + length + " bytes of " + place);
        }
        long position = start + offset;
        try {
            while (target.hasRemaining()) {
                int read = channel.read(target, position);
                if (read < 0) {
                    throw new EOFException(
                            place + " became shorter while it was read: byte " + position + " is missing");
                }
                position += read;
            }
        } catch (ClosedChannelException e) {
            throw new IllegalStateException(
                    place + " is closed (by close, or by interrupting a thread that read it)", e);
        }
    }
}
