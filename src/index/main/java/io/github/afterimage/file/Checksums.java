package io.github.afterimage.file;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Computes and writes the checksums of an index file, CRC-32C. */
final class Checksums {
    /** Metadata key of the checksum of the header. The checksum is computed with zeros in place of its own digits. */
    static final String HEADER_KEY = "afterimage.crc32c.header";

    static final String NONE = "00000000";

    private Checksums() {}

    static String key(String tensor) {
        return "afterimage.crc32c." + tensor;
    }

    static String hex(int checksum) {
        return String.format("%08x", checksum);
    }

    /** @throws IllegalArgumentException if {@code digits} are not eight digits as {@link #hex} writes them */
    static int parse(String digits) {
        int checksum = Integer.parseUnsignedInt(digits, 16);
        if (!hex(checksum).equals(digits)) {
            throw new IllegalArgumentException("checksum \"" + digits + "\", expected 8 digits");
        }
        return checksum;
    }

    static int ofHeader(byte[] header) {
        CRC32C crc = new CRC32C();
        int digits = position(header);
        if (digits < 0) {
            crc.update(header);
        } else {
            crc.update(header, 0, digits);
            crc.update(NONE.getBytes(StandardCharsets.US_ASCII));
            crc.update(header, digits + NONE.length(), header.length - digits - NONE.length());
        }
        return (int) crc.getValue();
    }

    /** Returns the checksum that a header says it has; null if it says none. */
    static @Nullable Integer written(byte[] header) {
        int digits = position(header);
        try {
            return digits < 0 ? null : parse(new String(header, digits, NONE.length(), StandardCharsets.ISO_8859_1));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Writes the checksum of a header into the header. */
    static void seal(byte[] header) {
        byte[] digits = hex(ofHeader(header)).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(digits, 0, header, position(header), digits.length);
    }

    /** Returns the position of the digits, or -1. */
    private static int position(byte[] header) {
        String marker = "\"" + HEADER_KEY + "\":\"";
        int position = new String(header, StandardCharsets.ISO_8859_1).lastIndexOf(marker);
        int digits = position + marker.length();
        return position < 0 || digits > header.length - NONE.length() ? -1 : digits;
    }
}
