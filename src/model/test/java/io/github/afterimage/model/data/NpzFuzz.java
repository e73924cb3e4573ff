package io.github.afterimage.model.data;

import io.github.afterimage.fuzz.FuzzFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Fuzz target: reads features in a .npz file. An input that begins with PK is the file. Any other input is cut into equal
 * parts; they become the arrays of an archive with correct checksums, which lets them reach the readers of arrays.
 */
public final class NpzFuzz {
    private static final List<String> NAMES = List.of("features.npy", "labels.npy", "probabilities.npy");

    private NpzFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        boolean archive = input.length > 1 && input[0] == 'P' && input[1] == 'K';
        FeaturesFuzz.read(FuzzFile.of(archive ? input : pack(input)));
    }

    private static byte[] pack(byte[] input) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int part = input.length / NAMES.size();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (int i = 0; i < NAMES.size() && part > 0; i++) {
                zip.putNextEntry(new ZipEntry(NAMES.get(i)));
                zip.write(Arrays.copyOfRange(input, i * part, (i + 1) * part));
                zip.closeEntry();
            }
        }
        return bytes.toByteArray();
    }
}
