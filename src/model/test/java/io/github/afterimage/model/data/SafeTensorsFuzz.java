package io.github.afterimage.model.data;

import io.github.afterimage.fuzz.FuzzFile;
import java.io.IOException;

/** Fuzz target: reads features in a safetensors file. */
public final class SafeTensorsFuzz {
    private SafeTensorsFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        FeaturesFuzz.read(FuzzFile.of(input));
    }
}
