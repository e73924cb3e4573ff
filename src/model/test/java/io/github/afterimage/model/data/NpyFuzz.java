package io.github.afterimage.model.data;

import io.github.afterimage.failure.CorruptDataException;
import io.github.afterimage.fuzz.FuzzFile;
import io.github.afterimage.tensors.NumericArray;
import io.github.afterimage.tensors.NumpyHeader;
import io.github.afterimage.tensors.Region;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** Fuzz target: reads one array in a .npy file as floats and, if possible, as integers. */
public final class NpyFuzz {
    private static final int BLOCK = 1 << 16;

    private NpyFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        Path file = FuzzFile.of(input);
        try (FileChannel channel = FileChannel.open(file)) {
            NumericArray array = NumpyHeader.read("array", new Region(channel, "array", 0, channel.size()));
            long elements = array.region().length() / array.type().bytes;
            for (long from = 0; array.type().integer && from < elements; from += BLOCK) {
                array.readIntegers(from, (int) Math.min(BLOCK, elements - from));
            }
            int rowLength = (int) Math.min(array.rowLength(), elements); // no dimension is 0 where there are elements
            for (long row = 0; row * rowLength < elements; row++) {
                array.readRows(row, 1, FloatBuffer.allocate(rowLength));
            }
        } catch (CorruptDataException expected) {
            // refused
        }
    }
}
