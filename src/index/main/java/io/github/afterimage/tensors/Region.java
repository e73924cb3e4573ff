package io.github.afterimage.tensors;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;

/**
 * A range of bytes of an open file, which lies within the file. Thread-safe, because reads give their own position.
 *
 * @param place name of the file or array, for messages
 * @param start offset in the file, in bytes
 * @param length bytes
 */
public record Region(FileChannel channel, String place, long start, long length) {
    /** Returns the part from {@code offset} to the end. */
    Region from(long offset) {
        if (offset < 0 || offset > length) {
            throw new IndexOutOfBoundsException("offset " + offset + " of " + length + " bytes of " + place);
        }
        return new Region(channel, place, start + offset, length - offset);
    }

    /** Reads bytes from {@code offset} on until the target is full. */
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
                    place + " is closed: it was closed explicitly, or a thread was interrupted while it read the file",
                    e);
        }
    }
}
