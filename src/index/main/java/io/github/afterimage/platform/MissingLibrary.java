package io.github.afterimage.platform;

import java.nio.file.Path;

/** Creates the exception for an optional library that a format needs and that is not on the class path. */
public final class MissingLibrary {
    private MissingLibrary() {}

    /** Creates it for a library whose class was not found. */
    public static IllegalStateException of(String library, Path path, NoClassDefFoundError cause) {
        return new IllegalStateException(message(library, path.toString()), cause);
    }

    /** Creates it for a plug-in, whose absence causes no exception of its own. */
    public static IllegalStateException of(String library, String file) {
        return new IllegalStateException(message(library, file));
    }

    private static String message(String library, String file) {
        return file + " needs an optional library: add " + library + " to the class path";
    }
}
