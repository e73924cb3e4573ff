package io.github.afterimage.model.data;

import io.github.afterimage.CorruptDataException;
import io.github.afterimage.fuzz.FuzzFile;
import io.github.afterimage.tensors.FaissFlat;
import io.github.afterimage.tensors.NumericArray;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** Fuzz target: reads the vectors of a flat Faiss index. */
public final class FaissFuzz {
    private FaissFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        Path file = FuzzFile.of(input);
        try (FileChannel channel = FileChannel.open(file)) {
            NumericArray vectors = FaissFlat.read(file, channel);
            for (long row = 0; row < vectors.shape()[0]; row++) {
                int dim = (int) vectors.shape()[1];
                vectors.readRows(row, 1, FloatBuffer.allocate(dim));
            }
        } catch (CorruptDataException expected) {
            // refused
        }
    }
}
