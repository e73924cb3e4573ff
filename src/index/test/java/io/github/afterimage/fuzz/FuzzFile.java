package io.github.afterimage.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The file that a fuzz target's input is written to, because every reader reads files. */
public final class FuzzFile {
    private static final Path FILE = create();

    private FuzzFile() {}

    /** The input as a file, valid until the next call. */
    public static synchronized Path of(byte[] input) throws IOException {
        return Files.write(FILE, input);
    }

    private static Path create() {
        try {
            Path file = Files.createTempFile("afterimage-fuzz", ".bin");
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
