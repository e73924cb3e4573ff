package io.github.afterimage.tensors;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Compares bytes that are written with those of a file. */
final class EqualContent extends OutputStream {
    private final InputStream file;
    private boolean equal = true;

    private EqualContent(InputStream file) {
        this.file = file;
    }

    /** Returns true if a file holds exactly the bytes that {@code content} writes. */
    static boolean of(Path path, ArrayFormat.Elements content) throws IOException {
        try (InputStream file = Files.newInputStream(path);
                EqualContent compared = new EqualContent(file)) {
            content.writeTo(compared);
            return compared.equal && file.read() < 0;
        }
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        if (equal) {
            byte[] read = file.readNBytes(length);
            equal = Arrays.equals(read, 0, read.length, bytes, offset, offset + length);
        }
    }
}
