package io.github.afterimage.platform;

import java.io.IOException;
import java.net.URL;
import java.nio.file.Path;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * Prepares JavaCPP to load native code, and explains a failure. This class must be used before any native class of JavaCPP,
 * because it chooses the folder of the libraries. Thread-safe; the result never changes.
 */
public final class JavaCpp {
    private static final String REMEDY = "; name another folder with -D" + LibraryFolder.SETTING;

    private static final System.Logger LOG = System.getLogger(JavaCpp.class.getName());

    private static @Nullable Path folder;
    private static boolean shared;
    private static final @Nullable String PROBLEM = load();

    private JavaCpp() {}

    /** Returns the reason in one line if JavaCPP cannot load native code, or null if it can. */
    static @Nullable String problem() {
        return PROBLEM;
    }

    /** Returns the folder from which native libraries are loaded, or null if none is usable. */
    public static @Nullable Path folder() {
        return folder;
    }

    /** Returns true if other users can write to the {@link #folder}; only a folder chosen by the application can be so. */
    public static boolean isShared() {
        return shared;
    }

    private static @Nullable String load() {
        // By default, JavaCPP refuses allocations once the process exceeds a multiple of the Java heap. Keys exceed
        // the heap by design, and NativeMemory counts them.
        for (String limit : new String[] {"org.bytedeco.javacpp.maxBytes", "org.bytedeco.javacpp.maxPhysicalBytes"}) {
            if (System.getProperty(limit) == null) {
                System.setProperty(limit, "0");
            }
        }
        try {
            folder = LibraryFolder.choose();
            shared = !LibraryFolder.isOfThisUserAlone(folder);
        } catch (IOException e) {
            return "native code cannot be extracted: " + e.getMessage() + REMEDY;
        }
        if (shared) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    () -> "native code is loaded from " + folder + ", where other users can write" + REMEDY);
        }
        try {
            Loader.load(Pointer.class);
            Pointer.physicalBytes(); // load does not fail again if Java refused the library before
            return null;
        } catch (LinkageError | IllegalCallerException e) {
            return explain(
                    e,
                    "JavaCPP's native library",
                    Pointer.class,
                    "org/bytedeco/javacpp/",
                    "jnijavacpp",
                    "add org.bytedeco:javacpp with the classifier " + Loader.getPlatform());
        }
    }

    /**
     * Explains in one line why a library was not loaded, with the remedy.
     *
     * @param name the library's name in the message
     * @param type a class of the library's jar
     * @param resources folder on the class path that contains the platform's folder, such as {@code a/b/}
     * @param library name of the library without prefix and suffix
     * @param remedy advice if the library is not on the class path
     */
    static String explain(
            Throwable failure, String name, Class<?> type, String resources, String library, String remedy) {
        if (find(type, resources, library) == null) {
            String place = type.getModule().isNamed()
                    ? " is not among the modules: start Java with --add-modules ALL-MODULE-PATH, or "
                    : " is not on the class path: ";
            return name + " for " + Loader.getPlatform() + place + remedy;
        }
        return name + " cannot be loaded: " + reason(failure);
    }

    /**
     * Returns a library's place in the jars, or null if no jar holds it for this system.
     *
     * @param type a class that the same class loader loads; the library's jar can be a module of its own
     * @param resources folder that contains the platform's folder, such as {@code a/b/}
     * @param library name of the library without prefix and suffix
     */
    static @Nullable URL find(Class<?> type, String resources, String library) {
        String file = resources + Loader.getPlatform() + "/" + System.mapLibraryName(library);
        return type.getClassLoader().getResource(file);
    }

    /** Explains in one line why a library was not loaded, with the remedy. */
    public static String reason(Throwable failure) {
        if (isDenied()) {
            return "this Java does not allow native code; start it with --enable-native-access=ALL-UNNAMED";
        }
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        String said = String.valueOf(cause.getMessage()).lines().findFirst().orElse(cause.toString());
        if (said.contains("failed to map segment")) {
            return folder + " is on a file system that is mounted with noexec" + REMEDY;
        }
        if (said.contains("GLIBC") || said.contains("CXXABI")) {
            return "this system's C library is too old (" + said + "); use one with glibc 2.35 or newer";
        }
        return cause instanceof IOException ? folder + " cannot take the library: " + said + REMEDY : said;
    }

    /** Returns true if Java refuses to load any library. JDK 24 and later can refuse before they look for the file. */
    private static boolean isDenied() {
        try {
            System.load(Path.of("").toAbsolutePath().resolve("no-library").toString());
            return false;
        } catch (IllegalCallerException e) {
            return true;
        } catch (UnsatisfiedLinkError e) {
            return false;
        }
    }
}
