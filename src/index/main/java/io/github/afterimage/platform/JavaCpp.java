package io.github.afterimage.platform;

import java.io.IOException;
import java.nio.file.Path;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * Whether JavaCPP can load native code here, and why not. What uses JavaCPP's natives asks here first: that decides from where
 * they are loaded. Thread-safe; the answer never changes.
 */
final class JavaCpp {
    private static final String REMEDY = "; name another folder with -D" + LibraryFolder.SETTING;

    private static final System.Logger LOG = System.getLogger(JavaCpp.class.getName());

    private static @Nullable Path folder;
    private static boolean shared;
    private static final @Nullable String PROBLEM = load();

    private JavaCpp() {}

    /** Why it cannot, in one line; null where it can. */
    static @Nullable String problem() {
        return PROBLEM;
    }

    /** Where libraries are loaded from; null where no folder can be used. */
    static @Nullable Path folder() {
        return folder;
    }

    /** Whether other users can write to the {@link #folder}. */
    static boolean isShared() {
        return shared;
    }

    private static @Nullable String load() {
        // JavaCPP refuses its own allocations once the process is larger than a multiple of the Java heap. Keys are far
        // larger than the heap by design and are counted by NativeMemory.
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
                    () -> "native code is loaded from " + folder + ", where other users can put theirs" + REMEDY);
        }
        try {
            Loader.load(Pointer.class);
            Pointer.physicalBytes(); // load is content with a library that Java refused before
            return null;
        } catch (LinkageError | IllegalCallerException e) {
            return explain(
                    e,
                    "JavaCPP's native library",
                    Pointer.class,
                    "/org/bytedeco/javacpp/",
                    "jnijavacpp",
                    "add org.bytedeco:javacpp with the classifier " + Loader.getPlatform());
        }
    }

    /**
     * Why a library was not loaded, with the remedy, in one line.
     *
     * @param name the library's for people
     * @param type of the library's classes
     * @param resources where it is on the class path, as {@code /a/b/}, in a folder of the platform's name
     * @param remedy what helps where it is not there
     */
    static String explain(
            Throwable failure, String name, Class<?> type, String resources, String library, String remedy) {
        String platform = Loader.getPlatform();
        if (type.getResource(resources + platform + "/" + System.mapLibraryName(library)) == null) {
            return name + " for " + platform + " is not on the class path: " + remedy;
        }
        return name + " cannot be loaded: " + reason(failure);
    }

    /** Why a library was not loaded, with the remedy, in one line. */
    static String reason(Throwable failure) {
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
            return "this system's C library is too old (" + said + "); use one with glibc 2.34 or newer";
        }
        return cause instanceof IOException ? cause + REMEDY : said;
    }

    /** Whether Java refuses to load any library: from JDK 24 on it may, before it looks for the file. */
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
