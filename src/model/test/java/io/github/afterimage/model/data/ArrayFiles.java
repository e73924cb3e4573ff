package io.github.afterimage.model.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes .npy, .npz and safetensors files for tests, byte by byte. */
final class ArrayFiles {
    private ArrayFiles() {}

    static byte[] bytes(int elements, int elementBytes, ByteOrder order, BiConsumer<ByteBuffer, Integer> put) {
        ByteBuffer buffer = ByteBuffer.allocate(elements * elementBytes).order(order);
        for (int i = 0; i < elements; i++) {
            put.accept(buffer, i);
        }
        return buffer.array();
    }

    static byte[] floats(float... values) {
        return bytes(values.length, 4, ByteOrder.LITTLE_ENDIAN, (buffer, i) -> buffer.putFloat(values[i]));
    }

    static byte[] longs(long... values) {
        return bytes(values.length, 8, ByteOrder.LITTLE_ENDIAN, (buffer, i) -> buffer.putLong(values[i]));
    }

    static byte[] npy(String type, String shape, byte[] elements) {
        return npy(1, "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }", elements);
    }

    static byte[] npy(int version, String header, byte[] elements) {
        int start = version == 1 ? 10 : 12;
        int padding = 63 - (start + header.length()) % 64;
        byte[] text = (header + " ".repeat(padding) + "\n").getBytes(StandardCharsets.ISO_8859_1);
        ByteBuffer buffer =
                ByteBuffer.allocate(start + text.length + elements.length).order(ByteOrder.LITTLE_ENDIAN);
        buffer.put((byte) 0x93)
                .put("NUMPY".getBytes(StandardCharsets.UTF_8))
                .put((byte) version)
                .put((byte) 0);
        if (version == 1) {
            buffer.putShort((short) text.length);
        } else {
            buffer.putInt(text.length);
        }
        return buffer.put(text).put(elements).array();
    }

    static Path npz(Path file, boolean deflated, Map<String, byte[]> arrays) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> array : arrays.entrySet()) {
                ZipEntry entry = new ZipEntry(array.getKey() + ".npy");
                if (!deflated) {
                    CRC32 checksum = new CRC32();
                    checksum.update(array.getValue());
                    entry.setMethod(ZipEntry.STORED);
                    entry.setSize(array.getValue().length);
                    entry.setCrc(checksum.getValue());
                }
                zip.putNextEntry(entry);
                zip.write(array.getValue());
                zip.closeEntry();
            }
        }
        return Files.write(file, bytes.toByteArray());
    }

    static Path safetensors(Path file, String header, byte[]... tensors) throws IOException {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(longs(text.length));
        bytes.write(text);
        for (byte[] tensor : tensors) {
            bytes.write(tensor);
        }
        return Files.write(file, bytes.toByteArray());
    }
}
