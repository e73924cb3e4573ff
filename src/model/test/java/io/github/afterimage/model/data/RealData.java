package io.github.afterimage.model.data;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/**
 * Finds real images and networks for tests, in the folder that the system property {@code afterimage.data} names
 * (default {@code target/data}); a test that needs what is not there is skipped, and says so.
 */
public final class RealData {
    private RealData() {}

    /** The folder itself. */
    public static Path folder() {
        return Path.of(System.getProperty("afterimage.data", "target/data"));
    }

    /** A file or folder inside, such as {@code models/cifar10_resnet20.onnx}; the test is skipped without it. */
    public static Path require(String relative) {
        Path path = folder().resolve(relative);
        Assumptions.assumeTrue(
                Files.exists(path),
                "skipped: needs " + path + " (set the system property afterimage.data to a folder with real data)");
        return path;
    }
}
