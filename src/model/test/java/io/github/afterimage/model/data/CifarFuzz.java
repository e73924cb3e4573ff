package io.github.afterimage.model.data;

import io.github.afterimage.failure.CorruptDataException;
import io.github.afterimage.fuzz.FuzzFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;

/** Fuzz target: reads CIFAR records and archives, of both kinds. */
public final class CifarFuzz {
    private CifarFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        for (CifarFormat format : CifarFormat.values()) {
            try {
                for (byte[] record : format.read(new ByteArrayInputStream(input), "records", input.length)) {
                    format.image(record);
                    format.label(record);
                }
            } catch (CorruptDataException expected) {
                // refused
            }
        }
        Path file = FuzzFile.of(input);
        for (String kind : new String[] {"cifar10:", "cifar100:"}) {
            try {
                ImageSet images = ImageSets.open(kind + file + "#test");
                for (int i = 0; i < images.size(); i++) {
                    images.image(i);
                    images.label(i);
                }
            } catch (CorruptDataException expected) {
                // refused
            }
        }
    }
}
