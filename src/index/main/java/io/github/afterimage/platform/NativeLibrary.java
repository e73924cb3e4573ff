package io.github.afterimage.platform;

import io.github.afterimage.binding.Native;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URL;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.jar.JarEntry;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import org.bytedeco.javacpp.Loader;
import org.jspecify.annotations.Nullable;

/** Loads the kernels of {@code native/}, and explains a failure. Thread-safe; the result never changes. */
public final class NativeLibrary {
    private static final String RESOURCES = "io/github/afterimage/binding/";

    private static final @Nullable String PROBLEM = load();

    private NativeLibrary() {}

    /** Returns true if the kernels are loaded. */
    public static boolean available() {
        return PROBLEM == null;
    }

    /** Returns the reason in one line if the kernels are not loaded, or null if they are. */
    public static @Nullable String problem() {
        return PROBLEM;
    }

    private static @Nullable String load() {
        if (JavaCpp.problem() != null) {
            return JavaCpp.problem();
        }
        try {
            for (String library : new String[] {"afterimage", "jniNative"}) {
                URL resource = JavaCpp.find(Native.class, RESOURCES, library);
                if (resource != null) {
                    extract(resource);
                }
            }
            Loader.load(Native.class);
            Native.afterimage_tier();
            return null;
        } catch (LinkageError | IOException e) {
            return JavaCpp.explain(
                    e,
                    "Afterimage's native library",
                    Native.class,
                    RESOURCES,
                    "jniNative",
                    "add io.github.afterimage:afterimage-platform, or build Afterimage on such a system, with g++ installed and"
                            + " without -Dnative.skip");
        }
    }

    /**
     * Returns the file of a library on the class path. A library in a jar is copied to {@link JavaCpp#folder}.
     *
     * <p>The copy must have the checksum that the jar has of the library, because JavaCPP would accept any file of the same size and
     * time. A new build of the library often has the same size, and always the same time.
     *
     * @throws IOException if the copy cannot be written
     */
    public static Path extract(URL library) throws IOException {
        if (library.getProtocol().equals("file")) {
            return Path.of(URI.create(library.toString()));
        }
        Path file = Loader.cacheResource(library).toPath();
        if (!isCopy(file, library)) {
            FileTime time = Files.getLastModifiedTime(file);
            try (InputStream contents = library.openStream();
                    AtomicFile replacement = AtomicFile.create(file)) { // other processes may be using the old one
                contents.transferTo(Channels.newOutputStream(replacement.channel()));
                replacement.complete();
            }
            Files.setLastModifiedTime(file, time);
        }
        return file;
    }

    private static boolean isCopy(Path file, URL library) throws IOException {
        if (!(library.openConnection() instanceof JarURLConnection connection)) {
            return false;
        }
        JarEntry packed = connection.getJarEntry();
        if (packed.getSize() != Files.size(file)) {
            return false;
        }
        CRC32 sum = new CRC32();
        try (InputStream found = new CheckedInputStream(Files.newInputStream(file), sum)) {
            found.transferTo(OutputStream.nullOutputStream());
        }
        return packed.getCrc() == sum.getValue();
    }
}
