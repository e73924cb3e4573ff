package io.github.afterimage.model.data;

import java.nio.file.Path;

/** How examples are named after where they come from, without the control characters that file names may have. */
final class ExampleNames {
    private ExampleNames() {}

    /** {@code cat/0001.png}. */
    static String relative(Path folder, Path file) {
        return printable(folder.relativize(file).toString());
    }

    /** {@code train.npz row 17}. */
    static String row(Path file, long row) {
        return printable(file.getFileName().toString()) + " row " + row;
    }

    private static String printable(String name) {
        return name.replaceAll("\\p{Cc}", "\ufffd");
    }
}
