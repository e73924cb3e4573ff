package io.github.afterimage.model.data;

import io.github.afterimage.failure.CorruptDataException;
import java.io.IOException;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * The bytes of an image file. Refuses a reader that goes on behind the end: that of lossless WebP takes bits from there for as long as the
 * damaged file has codes, and an exception for each.
 */
final class PictureInput extends ImageInputStreamImpl {
    /** A reader that looks ahead meets the end at each of its last 64 bits. */
    private static final int MOST_ENDS = 64;

    private final String file;
    private final ImageInputStream bytes;
    private final long length;
    private int ends;

    /** @param length the number of bytes: the TIFF reader compares lengths in the file with it, before it makes arrays of them */
    PictureInput(String file, ImageInputStream bytes, long length) {
        this.file = file;
        this.bytes = bytes;
        this.length = length;
    }

    @Override
    public int read() throws IOException {
        bitOffset = 0;
        int read = bytes.read();
        if (read < 0 && ++ends > MOST_ENDS) {
            throw new CorruptDataException(file + " is cut off: its pixels go on behind its " + length + " bytes");
        }
        streamPos += read < 0 ? 0 : 1;
        return read;
    }

    @Override
    public int read(byte[] buffer, int offset, int count) throws IOException {
        bitOffset = 0;
        int read = bytes.read(buffer, offset, count);
        streamPos += Math.max(0, read);
        return read;
    }

    @Override
    public void seek(long position) throws IOException {
        super.seek(position);
        bytes.seek(position);
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public void close() throws IOException {
        super.close();
        bytes.close();
    }
}
