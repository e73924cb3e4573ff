package io.github.afterimage.file;

import io.github.afterimage.failure.CorruptIndexException;
import io.github.afterimage.log.Findings;
import io.github.afterimage.platform.InputFile;
import io.github.afterimage.tensors.SafeTensorsHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Restores one damaged byte of the header of an index file by the checksum of the header. */
final class HeaderRepair {
    /** CRC-32C, reflected. */
    private static final int POLYNOMIAL = 0x82f63b78;

    private static final int[] TABLE =
            IntStream.range(0, 256).map(HeaderRepair::effect).toArray();

    private HeaderRepair() {}

    /**
     * Reads a header as it is in the file. Where one byte of its length is damaged, the checksum tells the length.
     *
     * @throws CorruptIndexException if the length is impossible, and not by one byte alone
     */
    static byte[] bytes(InputFile file) throws IOException {
        byte[] declared = new byte[0];
        CorruptIndexException problem = null;
        try {
            declared = HeaderReader.bytes(file);
        } catch (CorruptIndexException e) {
            problem = e;
        }
        if (!isSealed(declared) && file.bytes >= IndexHeader.ALIGNMENT) {
            for (int position = 0; position < SafeTensorsHeader.LENGTH_BYTES; position++) {
                for (int change = 1; change < 1 << Byte.SIZE; change++) {
                    byte[] other = bytes(file, position, change);
                    if (isSealed(other)) {
                        other[position] ^= (byte) change;
                        return other;
                    }
                }
            }
        }
        if (problem != null) {
            throw problem;
        }
        return declared;
    }

    /** Reads the header that a file would have if one byte of the length were another; empty if it cannot be one. */
    private static byte[] bytes(InputFile file, int position, int change) throws IOException {
        byte[] start = HeaderReader.bytes(file, SafeTensorsHeader.LENGTH_BYTES);
        start[position] ^= (byte) change;
        long length = SafeTensorsHeader.LENGTH_BYTES
                + ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN).getLong();
        if (length < IndexHeader.ALIGNMENT
                || length > Math.min(file.bytes, SafeTensorsHeader.MAX_BYTES)
                || length % IndexHeader.ALIGNMENT != 0) {
            return new byte[0];
        }
        ByteBuffer last = ByteBuffer.allocate(1);
        file.read(last, length - 1);
        if (last.get(0) != ' ' && last.get(0) != '}') {
            return new byte[0];
        }
        byte[] bytes = HeaderReader.bytes(file, (int) length);
        bytes[position] ^= (byte) change;
        return bytes;
    }

    private static boolean isSealed(byte[] header) {
        Integer own = Checksums.written(header);
        return own != null && own == Checksums.ofHeader(header);
    }

    /**
     * Mends one damaged byte of a header.
     *
     * @param part what the index says about the file; null for the index file
     * @throws CorruptIndexException if the header belongs to another part
     */
    static void mend(Path file, byte[] header, @Nullable PartFile part, Findings findings)
            throws CorruptIndexException {
        Integer own = Checksums.written(header);
        int now = Checksums.ofHeader(header);
        if (part != null && own != null && own == now && now != part.checksum()) {
            throw new CorruptIndexException(file, "header: that of another part");
        }
        Integer expected = part == null ? own : Integer.valueOf(part.checksum());
        int position = expected == null || expected == now ? -1 : mend(header, expected);
        if (position >= 0) {
            findings.mended().add(file + ": header: byte " + position + " was damaged; its checksum says what it was");
        }
        if (part != null && Checksums.ofHeader(header) == part.checksum()) {
            Checksums.seal(header); // in case that just these digits are damaged
        }
    }

    /**
     * Changes the one byte of a header whose change makes the checksum right.
     *
     * @param header changed
     * @param expected the right checksum
     * @return the position of the byte; -1 if there is none, and nothing is changed
     */
    static int mend(byte[] header, int expected) {
        int wanted = Checksums.ofHeader(header) ^ expected;
        // The effect of a change of each kind on the checksum, which is linear: from the last byte to the first.
        int[] effects = TABLE.clone();
        for (int position = header.length - 1; position >= 0; position--) {
            for (int change = 1; change < effects.length; change++) {
                if (effects[change] == wanted) {
                    header[position] ^= (byte) change;
                    if (Checksums.ofHeader(header) == expected) {
                        return position;
                    }
                    header[position] ^= (byte) change;
                }
                effects[change] = throughByte(effects[change]);
            }
        }
        return -1;
    }

    private static int throughByte(int register) {
        return (register >>> Byte.SIZE) ^ TABLE[register & 0xff];
    }

    private static int effect(int value) {
        int register = value;
        for (int bit = 0; bit < Byte.SIZE; bit++) {
            register = (register >>> 1) ^ ((register & 1) == 0 ? 0 : POLYNOMIAL);
        }
        return register;
    }
}
