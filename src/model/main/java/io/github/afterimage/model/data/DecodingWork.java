package io.github.afterimage.model.data;

import io.github.afterimage.failure.CorruptDataException;
import java.io.EOFException;
import java.io.IOException;
import java.util.Locale;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/** Refuses small files that make ImageIO work long, before it begins: the pixels of their header do not tell. */
final class DecodingWork {
    /** Libraries write 10 scans, and twice as many where they search for the smallest file. */
    static final int MAX_SCANS = 40;

    private static final int START = 0xd8;
    private static final int END = 0xd9;
    private static final int SCAN = 0xda;
    private static final int FIRST_RESTART = 0xd0;
    private static final int TEMPORARY = 0x01;
    private static final int NONE = -1;
    private static final int BLOCK = 1024;

    private static final int BMP_COMPRESSION = 30; // its position
    private static final int BMP_JPEG = 4;
    private static final int BMP_PNG = 5;

    private final String file;
    private final ImageInputStream stream;
    private final byte[] block = new byte[BLOCK];

    DecodingWork(String file, ImageInputStream stream) {
        this.file = file;
        this.stream = stream;
    }

    /** Rewinds the stream, and returns it. */
    ImageInputStream requireLittle(ImageReader reader) throws IOException {
        switch (reader.getFormatName().toUpperCase(Locale.ROOT)) {
            case "JPEG" -> requireFew(scans());
            case "TIF", "TIFF" -> requireFew(TiffTag.isOfJpegs(stream) ? scansOfTiles(reader) : 0);
            case "BMP" -> requirePixels();
            default -> {}
        }
        stream.seek(0);
        return stream;
    }

    private void requireFew(long scans) throws IOException {
        if (scans > MAX_SCANS) {
            throw new CorruptDataException(file + " has " + scans + " scans: at most " + MAX_SCANS
                    + " are decoded, because each takes as long as an image; save it as a baseline JPEG");
        }
    }

    /** Counts the scans of a JPEG file. ImageIO makes all pixels again for each. */
    private long scans() throws IOException {
        long scans = 0;
        stream.seek(2);
        try {
            for (int marker = next(); marker != END && marker != NONE; marker = next()) {
                scans += marker == SCAN ? 1 : 0;
                if (marker != TEMPORARY && (marker < FIRST_RESTART || marker > START)) {
                    stream.seek(stream.getStreamPosition() + Math.max(2, stream.readUnsignedShort()));
                }
            }
        } catch (EOFException | IndexOutOfBoundsException e) {
            // streams throw either kind for a position beyond their end; the reader tells that the file is cut off
        }
        return scans;
    }

    /** Counts all scans of the tiles, each of which may be in one; a scan of a small tile is a part of one. */
    private long scansOfTiles(ImageReader reader) throws IOException {
        long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
        long tile = Math.min(pixels, (long) reader.getTileWidth(0) * reader.getTileHeight(0));
        long scans = 0;
        stream.seek(0);
        for (int marker = next(); marker != NONE; marker = next()) {
            scans += marker == SCAN ? 1 : 0;
        }
        return (scans * tile + pixels - 1) / pixels;
    }

    /** Returns the next marker; the pixels of a scan have a zero behind each byte 0xff. */
    private int next() throws IOException {
        boolean marked = false;
        while (true) {
            long position = stream.getStreamPosition();
            int count = stream.read(block);
            for (int i = 0; i < count; i++) {
                if (marked && block[i] != 0 && block[i] != -1) {
                    stream.seek(position + i + 1);
                    return block[i] & 0xff;
                }
                marked = block[i] == -1;
            }
            if (count < 0) {
                return NONE;
            }
        }
    }

    /** Refuses a BMP file around a JPEG or PNG file, which is for printers; its header does not tell the pixels. */
    private void requirePixels() throws IOException {
        stream.seek(BMP_COMPRESSION);
        int compression = stream.read();
        if (compression == BMP_JPEG || compression == BMP_PNG) {
            throw new CorruptDataException(
                    file + " is a BMP file around a JPEG or PNG file: save it as a JPEG or PNG file");
        }
    }
}
