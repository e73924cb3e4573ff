package io.github.afterimage.model.data;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/**
 * Finds real images and networks for tests, in the folder that the system property {@code afterimage.data} names
 * (default {@code target/data}). A test whose data are missing is skipped with a message.
 */
public final class RealData {
    private RealData() {}

    /** Returns the folder. */
    public static Path folder() {
        return Path.of(System.getProperty("afterimage.data", "target/data"));
    }

    /** Returns a file or folder, such as {@code models/cifar10_resnet20.onnx}; skips the test if it is missing. */
    public static Path require(String relative) {
        Path path = folder().resolve(relative);
        Assumptions.assumeTrue(
                Files.exists(path),
                "skipped: needs " + path + " (set the system property afterimage.data to a folder with real data)");
        return path;
    }
}
