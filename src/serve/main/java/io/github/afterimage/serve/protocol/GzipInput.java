package io.github.afterimage.serve.protocol;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;

/** Unpacks gzip, however many members it has. That of Java calls itself for each empty one, until the stack is full. */
public final class GzipInput extends InflaterInputStream {
    private static final int SCRATCH = 8 << 10;
    /** A file in blocks of 64 KiB has as many in 256 MiB. */
    private static final int MAX_MEMBERS = 4096;

    private static final int MAGIC = 0x8b1f;
    private static final int DEFLATED = 8;
    private static final int HEADER_CRC = 2;
    private static final int EXTRA = 4;
    private static final int NAME = 8;
    private static final int COMMENT = 16;
    /** Time, flags of the method, and system, which nobody needs. */
    private static final int SKIPPED = 6;

    private final CRC32 crc = new CRC32();
    private int at; // the next byte of the buffer that the inflater has not taken
    private int members;
    private boolean ended;

    /** @throws IOException if it does not begin as gzip does */
    public GzipInput(InputStream in) throws IOException {
        super(in, new Inflater(true), SCRATCH);
        beginMember();
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        while (!ended && length > 0) {
            int read = super.read(bytes, offset, length);
            if (read >= 0) {
                crc.update(bytes, offset, read);
                return read;
            }
            endMember();
            ended = !hasMore();
            if (!ended) {
                beginMember();
            }
        }
        return length == 0 ? 0 : -1;
    }

    private void endMember() throws IOException {
        at = len - inf.getRemaining();
        if (number(Integer.BYTES) != crc.getValue()
                || number(Integer.BYTES) != (inf.getBytesWritten() & 0xffff_ffffL)) {
            throw new ZipException("a member of gzip has another checksum or length than its end says");
        }
    }

    private void beginMember() throws IOException {
        if (++members > MAX_MEMBERS) {
            throw new ZipException("gzip has more than " + MAX_MEMBERS + " members: pack the body as one");
        }
        if (number(2) != MAGIC || next() != DEFLATED) {
            throw new ZipException("Not in GZIP format");
        }
        int flags = next();
        skip(SKIPPED);
        if ((flags & EXTRA) != 0) {
            skip((int) number(2));
        }
        for (int text : new int[] {NAME, COMMENT}) {
            if ((flags & text) != 0) {
                skipText();
            }
        }
        if ((flags & HEADER_CRC) != 0) {
            skip(2);
        }
        crc.reset();
        inf.reset();
        inf.setInput(buf, at, len - at);
    }

    private void skipText() throws IOException {
        int read;
        do {
            read = next();
        } while (read != 0);
    }

    private void skip(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            int unused = next();
        }
    }

    private long number(int bytes) throws IOException {
        long value = 0;
        for (int i = 0; i < bytes; i++) {
            value |= (long) next() << (Byte.SIZE * i);
        }
        return value;
    }

    private int next() throws IOException {
        if (!hasMore()) {
            throw new EOFException("gzip ends within a member");
        }
        return buf[at++] & 0xff;
    }

    private boolean hasMore() throws IOException {
        if (at == len) {
            at = 0;
            len = Math.max(0, in.read(buf));
        }
        return at < len;
    }

    @Override
    public void close() throws IOException {
        inf.end();
        super.close();
    }
}
