package io.github.afterimage.model.data;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteOrder;
import javax.imageio.stream.ImageInputStream;

/**
 * Reads one tag of a TIFF file, or of the EXIF data of a JPEG, PNG or WebP file, which have the same form: the orientation, 1
 * (upright) to 8, the colour space, or the compression.
 *
 * <p>Reads no other tag. Libraries for metadata, and ImageIO's own readers, also inflate texts and profiles, which a hostile
 * file can make arbitrarily large.
 */
record TiffTag(ImageInputStream stream, int tag) {
    static final int UPRIGHT = 1;
    private static final int MAX_ORIENTATION = 8;

    private static final int JPEG_START = 0xffd8;
    private static final int JPEG_PIXELS = 0xffda;
    private static final int JPEG_EXIF = 0xffe1;
    private static final int PNG_START = 0x89504e47;
    private static final int PNG_EXIF = 0x65584966; // "eXIf"
    private static final int RIFF_START = 0x52494646; // "RIFF"
    private static final int WEBP_EXIF = 0x45584946; // "EXIF"
    private static final int EXIF_NAME = 0x45786966; // "Exif", then two zeros
    private static final int EXIF_NAME_BYTES = 6;
    private static final int LITTLE_ENDIAN = 0x4949;
    private static final int BIG_ENDIAN = 0x4d4d;
    private static final int TIFF_MAGIC = 42;
    private static final int ORIENTATION = 0x0112;
    private static final int COLOURS = 0x0106;
    private static final int INKS = 5;
    private static final int COMPRESSION = 0x0103;
    private static final int OLD_JPEG = 6;
    private static final int JPEG = 7;
    private static final int NONE = 0;
    private static final int SHORT = 3;
    private static final int ENTRY_BYTES = 12;

    /** {@return the orientation; {@link #UPRIGHT} if it is missing or damaged} Rewinds the stream. */
    static int orientation(ImageInputStream stream) throws IOException {
        int orientation = find(stream, ORIENTATION);
        return orientation < UPRIGHT || orientation > MAX_ORIENTATION ? UPRIGHT : orientation;
    }

    /** {@return whether colours are inks, such as CMYK; the JDK treats 16-bit inks as RGB and transparency} */
    static boolean isOfInks(ImageInputStream stream) throws IOException {
        return find(stream, COLOURS) == INKS;
    }

    /** {@return whether the tiles of a TIFF file are JPEG files} */
    static boolean isOfJpegs(ImageInputStream stream) throws IOException {
        int compression = find(stream, COMPRESSION);
        return compression == OLD_JPEG || compression == JPEG;
    }

    private static int find(ImageInputStream stream, int tag) throws IOException {
        ByteOrder order = stream.getByteOrder();
        try {
            stream.setByteOrder(ByteOrder.BIG_ENDIAN);
            stream.seek(0);
            return new TiffTag(stream, tag).find();
        } catch (EOFException | IndexOutOfBoundsException e) {
            return NONE; // streams throw either kind for a position beyond their end
        } finally {
            stream.setByteOrder(order);
            stream.seek(0);
        }
    }

    private int find() throws IOException {
        int start = stream.readInt();
        if (start >>> 16 == JPEG_START) {
            return inJpeg();
        }
        return switch (start) {
            case PNG_START -> inChunks(8, true);
            case RIFF_START -> inChunks(12, false);
            default -> inTiff(0);
        };
    }

    private int inJpeg() throws IOException {
        long position = 2;
        while (true) {
            stream.seek(position);
            int marker = stream.readUnsignedShort();
            if (marker <= 0xff00 || marker == JPEG_PIXELS) {
                return NONE;
            }
            if (marker == 0xffff) { // any number of 0xff may precede a marker
                position++;
                continue;
            }
            int length = stream.readUnsignedShort();
            if (marker == JPEG_EXIF && stream.readInt() == EXIF_NAME) {
                return inTiff(position + 4 + EXIF_NAME_BYTES);
            }
            position += 2 + length;
        }
    }

    /**
     * Searches chunks, each with its name and length before it; those of PNG have the length first, and a checksum behind them.
     *
     * @param first position of the first chunk
     */
    private int inChunks(long first, boolean png) throws IOException {
        for (long position = first; ; ) {
            stream.seek(position);
            int before = stream.readInt();
            int behind = stream.readInt();
            if ((png ? behind : before) == (png ? PNG_EXIF : WEBP_EXIF)) {
                return inTiff(position + 8 + (stream.readInt() == EXIF_NAME ? EXIF_NAME_BYTES : 0));
            }
            long length = Integer.toUnsignedLong(png ? before : Integer.reverseBytes(behind));
            position += 8 + length + (png ? Integer.BYTES : length & 1);
        }
    }

    /** Searches the first directory of the TIFF structure at {@code base}; EXIF data are such a structure. */
    private int inTiff(long base) throws IOException {
        stream.seek(base);
        int order = stream.readUnsignedShort();
        if (order != LITTLE_ENDIAN && order != BIG_ENDIAN) {
            return NONE;
        }
        stream.setByteOrder(order == LITTLE_ENDIAN ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        if (stream.readUnsignedShort() != TIFF_MAGIC) {
            return NONE;
        }
        long directory = base + stream.readUnsignedInt();
        stream.seek(directory);
        int entries = stream.readUnsignedShort();
        for (int entry = 0; entry < entries; entry++) {
            stream.seek(directory + 2 + (long) entry * ENTRY_BYTES);
            if (stream.readUnsignedShort() == tag && stream.readUnsignedShort() == SHORT) {
                stream.readInt(); // the number of values
                return stream.readUnsignedShort();
            }
        }
        return NONE;
    }
}
