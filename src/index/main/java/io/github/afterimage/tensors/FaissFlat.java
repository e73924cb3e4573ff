package io.github.afterimage.tensors;

import io.github.afterimage.CorruptDataException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The file format of Faiss's flat indexes, IndexFlatIP and IndexFlatL2. They hold vectors in the order of their addition. All
 * numbers are little-endian:
 *
 * <pre>
 *   4  "IxFI" (inner product) or "IxF2" (L2)
 *   4  dim, int32
 *   8  size, int64
 *  16  not used
 *   1  1 if trained, otherwise 0
 *   4  metric, int32: 0 inner product, 1 L2
 *   8  number of floats, uint64: size x dim
 *      vectors, (size, dim) float32 row-major
 * </pre>
 */
public final class FaissFlat {
    static final int HEADER_BYTES = 45;

    private static final long UNUSED = 1 << 20; // the value that Faiss writes
    private static final byte[] MAGIC = "IxF".getBytes(StandardCharsets.US_ASCII);

    private FaissFlat() {}

    static boolean accepts(byte[] start) {
        return Arrays.equals(start, 0, 3, MAGIC, 0, 3);
    }

    /**
     * Returns the vectors of a file.
     *
     * @throws CorruptDataException if the file is not a whole flat index
     */
    public static NumericArray read(Path path, FileChannel channel) throws IOException {
        long fileBytes = channel.size();
        if (fileBytes < HEADER_BYTES) {
            throw new CorruptDataException(
                    path + " has " + fileBytes + " bytes: a flat Faiss index has at least " + HEADER_BYTES);
        }
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        new Region(channel, path.toString(), 0, HEADER_BYTES).read(0, header);
        header.flip();
        char kind = (char) header.get(3);
        int dim = header.getInt(4);
        long size = header.getLong(8);
        int metric = header.getInt(33);
        long floats = header.getLong(37);
        if (kind != 'I' && kind != '2' || metric != (kind == 'I' ? 0 : 1)) {
            throw new CorruptDataException(path + " is a Faiss index of kind IxF" + kind + " with metric " + metric
                    + ": expected a flat one, IndexFlatIP or IndexFlatL2");
        }
        if (dim < 1 || size < 0) {
            throw new CorruptDataException(
                    path + " has " + size + " vectors of " + dim + " floats: expected a dimension of 1 or more");
        }
        long[] shape = {size, dim};
        long bytes = NumericArray.bytes(path.toString(), Float.BYTES, shape);
        if (floats != bytes / Float.BYTES || bytes != fileBytes - HEADER_BYTES) {
            throw new CorruptDataException(
                    path + " has " + (fileBytes - HEADER_BYTES) + " bytes of vectors and declares "
                            + Long.toUnsignedString(floats) + " floats: its " + size + " x " + dim + " need " + bytes
                            + " bytes");
        }
        return new NumericArray(
                "the vectors of " + path,
                NumberType.F32,
                ByteOrder.LITTLE_ENDIAN,
                shape,
                new Region(channel, path.toString(), HEADER_BYTES, bytes));
    }

    /** Encodes the header of an IndexFlatIP. The vectors, {@code (size, dim)} float32 row-major, follow it. */
    static byte[] encode(long size, long dim) {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        header.put(MAGIC)
                .put((byte) 'I')
                .putInt(Math.toIntExact(dim))
                .putLong(size)
                .putLong(UNUSED)
                .putLong(UNUSED);
        header.put((byte) 1).putInt(0).putLong(Math.multiplyExact(size, dim));
        return header.array();
    }
}
