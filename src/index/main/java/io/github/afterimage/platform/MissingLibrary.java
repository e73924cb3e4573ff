package io.github.afterimage.platform;

import java.nio.file.Path;

/** Says which optional dependency a format needs, where an application has left it out. */
public final class MissingLibrary {
    private MissingLibrary() {}

    public static IllegalStateException of(String library, Path path, NoClassDefFoundError cause) {
        return new IllegalStateException(message(library, path.toString()), cause);
    }

    /** For a plug-in, which is missed by nothing but its absence. */
    public static IllegalStateException of(String library, String file) {
        return new IllegalStateException(message(library, file));
    }

    private static String message(String library, String file) {
        return file + " cannot be read without a library that is optional: add " + library + " to the class path";
    }
}
