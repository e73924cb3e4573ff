package io.github.afterimage.store;

import io.github.afterimage.binding.Native;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import org.bytedeco.javacpp.Loader;

/** Whether this project's own native code can be used here, and why not. Thread-safe; the answer never changes. */
public final class NativeLibrary {
    private static final String PROBLEM = load();

    private NativeLibrary() {}

    /** True where the kernels of {@code native/} are loaded. */
    public static boolean available() {
        return PROBLEM == null;
    }

    /** Why {@link #available()} is false, in one line; null where it is true. */
    public static String problem() {
        return PROBLEM;
    }

    private static String load() {
        // JavaCPP refuses its own allocations once the process is larger than a multiple of the Java heap. Keys are far
        // larger than the heap by design and are counted by Memory.
        for (String limit : new String[] {"org.bytedeco.javacpp.maxBytes", "org.bytedeco.javacpp.maxPhysicalBytes"}) {
            if (System.getProperty(limit) == null) {
                System.setProperty(limit, "0");
            }
        }
        try {
            for (String library : new String[] {"afterimage", "jniNative"}) {
                URL resource = Native.class.getResource(Loader.getPlatform() + "/" + System.mapLibraryName(library));
                if (resource != null && resource.getProtocol().equals("jar")) {
                    cached(resource);
                }
            }
            Loader.load(Native.class);
            Native.afterimage_tier();
            return null;
        } catch (LinkageError | IOException e) {
            return "the native library is not loaded ("
                    + String.valueOf(e.getMessage()).lines().findFirst().orElse("")
                    + "); build with g++ installed and without -Dnative.skip";
        }
    }

    /**
     * The file in which JavaCPP keeps a resource of a jar. It would take a file of the same size and time for the
     * resource; but a library often has the size that it had before, and all builds give it the same time.
     */
    static Path cached(URL resource) throws IOException {
        Path file = Loader.cacheResource(resource).toPath();
        byte[] contents;
        try (InputStream stream = resource.openStream()) {
            contents = stream.readAllBytes();
        }
        if (!Arrays.equals(contents, Files.readAllBytes(file))) {
            FileTime time = Files.getLastModifiedTime(file);
            try (AtomicFile replacement = AtomicFile.create(file)) { // other processes may be using the old one
                Channels.newOutputStream(replacement.channel()).write(contents);
                replacement.complete();
            }
            Files.setLastModifiedTime(file, time);
        }
        return file;
    }
}
