package io.github.afterimage.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes what NumPy's {@code savez_compressed} writes. */
final class NpzFile {
    private final Map<String, byte[]> arrays = new LinkedHashMap<>();

    /** Writes features and labels; returns the data as commands take them. */
    static String features(Path file, float[] features, int... labels) throws IOException {
        int dim = features.length / labels.length;
        return "features:"
                + new NpzFile()
                        .floats("features", features, labels.length, dim)
                        .labels(labels)
                        .write(file);
    }

    /** Writes features with a network's probabilities. */
    static String features(Path file, float[] features, float[] probabilities, int... labels) throws IOException {
        int rows = labels.length;
        NpzFile npz = new NpzFile().floats("features", features, rows, features.length / rows);
        npz.floats("probabilities", probabilities, rows, probabilities.length / rows);
        return "features:" + npz.labels(labels).write(file);
    }

    /** Writes square images of three channels; returns the data as commands take them. */
    static String images(Path file, float[] images, int side, int... labels) throws IOException {
        NpzFile npz = new NpzFile().floats("images", images, labels.length, 3, side, side);
        return "npz:" + npz.labels(labels).write(file);
    }

    /** Adds a float32 array. */
    NpzFile floats(String name, float[] values, int... shape) {
        ByteBuffer elements = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        elements.asFloatBuffer().put(values);
        arrays.put(name, npy("<f4", elements.array(), shape));
        return this;
    }

    /** Adds an int64 vector named {@code labels}. */
    NpzFile labels(int... values) {
        ByteBuffer elements = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int value : values) {
            elements.putLong(value);
        }
        arrays.put("labels", npy("<i8", elements.array(), values.length));
        return this;
    }

    private static byte[] npy(String type, byte[] elements, int... shape) {
        StringBuilder text = new StringBuilder("{'descr': '" + type + "', 'fortran_order': False, 'shape': (");
        for (int side : shape) {
            text.append(side).append(", ");
        }
        text.append("), }");
        text.append(" ".repeat(63 - (10 + text.length()) % 64)).append('\n');
        ByteBuffer bytes =
                ByteBuffer.allocate(10 + text.length() + elements.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put((byte) 0x93)
                .put("NUMPY".getBytes(StandardCharsets.US_ASCII))
                .put((byte) 1)
                .put((byte) 0);
        bytes.putShort((short) text.length());
        return bytes.put(text.toString().getBytes(StandardCharsets.US_ASCII))
                .put(elements)
                .array();
    }

    Path write(Path file) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> array : arrays.entrySet()) {
                zip.putNextEntry(new ZipEntry(array.getKey() + ".npy"));
                zip.write(array.getValue());
                zip.closeEntry();
            }
        }
        return Files.write(file, bytes.toByteArray());
    }
}
