package io.github.afterimage.file;

import io.github.afterimage.CorruptIndexException;
import io.github.afterimage.log.Findings;
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
