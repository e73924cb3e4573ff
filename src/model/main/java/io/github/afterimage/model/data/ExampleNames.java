package io.github.afterimage.model.data;

import java.nio.file.Path;

/** Makes names of examples from their origin, and replaces control characters of file names. */
final class ExampleNames {
    private ExampleNames() {}

    /** {@return a name such as {@code cat/0001.png}} */
    static String relative(Path folder, Path file) {
        return printable(folder.relativize(file).toString());
    }

    /** {@return a name such as {@code train.npz row 17}} */
    static String row(Path file, long row) {
        return printable(file.getFileName().toString()) + " row " + row;
    }

    private static String printable(String name) {
        return name.replaceAll("\\p{Cc}", "\ufffd");
    }
}
