package io.github.afterimage.file;

import io.github.afterimage.failure.CorruptIndexException;
import io.github.afterimage.fuzz.FuzzFile;
import io.github.afterimage.keys.Detail;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.Snapshot;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Fuzz target: an index file as it is, and with the checksum of its header made right, so that what it says is taken at
 * its word; opened with and without verification, checked, and every key read.
 */
public final class IndexFuzz {
    private IndexFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        open(FuzzFile.of(input), true);
        byte[] sealed = sealed(input);
        if (sealed != null) {
            open(FuzzFile.of(sealed), false);
        }
    }

    private static byte[] sealed(byte[] input) {
        if (input.length < Long.BYTES) {
            return null;
        }
        long length = ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN).getLong();
        if (length < 2 || length > input.length - Long.BYTES) {
            return null;
        }
        byte[] header = java.util.Arrays.copyOf(input, (int) (Long.BYTES + length));
        try {
            Checksums.seal(header);
        } catch (IndexOutOfBoundsException e) {
            return null; // there is no place for a checksum
        }
        byte[] sealed = input.clone();
        System.arraycopy(header, 0, sealed, 0, header.length);
        return sealed;
    }

    private static void open(Path file, boolean verify) throws IOException {
        IndexCheck.findings(file);
        try {
            IndexFile.files(file);
            IndexFile.Contents contents = IndexFile.open(file, verify);
            try (KeyStore store = contents.keys();
                    Snapshot snapshot = store.snapshot()) {
                double[] key = new double[store.dim()];
                for (Keys keys : snapshot.parts()) {
                    for (long row = 0; row < keys.count(); row++) {
                        keys.read(row, key);
                        if (keys.name(row).chars().anyMatch(Character::isISOControl)) {
                            throw new AssertionError("name \"" + keys.name(row) + "\"");
                        }
                        if (keys.thumbnail(row).length > Detail.THUMBNAIL.maxBytes) {
                            throw new AssertionError(keys.thumbnail(row).length + " bytes of a thumbnail");
                        }
                        if (keys.label(row) < 0 || keys.label(row) >= store.classes() || keys.id(row) < 0) {
                            throw new AssertionError("label " + keys.label(row) + " of id " + keys.id(row));
                        }
                    }
                }
            }
        } catch (CorruptIndexException | NoSuchFileException expected) {
            // refused; the parts that a fuzzed header names are not there
        }
    }
}
