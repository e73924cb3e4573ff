package io.github.afterimage.tensors;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Collectors;

/** What stands before the elements of a file that holds one array, which follow row-major and little-endian. */
public final class ArrayHeaders {
    private static final int NUMPY_ALIGNMENT = 64;
    private static final int NUMPY_START = 10;

    private ArrayHeaders() {}

    /**
     * That of a .npy file.
     *
     * @param type NumPy's name, such as {@code <f4}
     */
    public static ByteBuffer numpy(String type, long... shape) {
        String text = "{'descr': '" + type + "', 'fortran_order': False, 'shape': ("
                + Arrays.stream(shape).mapToObj(Long::toString).collect(Collectors.joining(", "))
                + (shape.length == 1 ? ",), }" : "), }");
        int padding = NUMPY_ALIGNMENT - 1 - (NUMPY_START + text.length()) % NUMPY_ALIGNMENT;
        byte[] bytes = (text + " ".repeat(padding) + "\n").getBytes(StandardCharsets.US_ASCII);
        ByteBuffer header = ByteBuffer.allocate(NUMPY_START + bytes.length);
        header.put(NumpyHeader.MAGIC).put((byte) 1).put((byte) 0);
        return header.put((byte) bytes.length)
                .put((byte) (bytes.length >> 8))
                .put(bytes)
                .flip();
    }

    /** That of Faiss's IndexFlatIP: float32 vectors (size, dim) follow. */
    public static ByteBuffer faissFlat(long size, int dim) {
        return FaissFlat.header(size, dim);
    }
}
