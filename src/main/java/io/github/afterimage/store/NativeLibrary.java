package io.github.afterimage.store;

import io.github.afterimage.binding.Native;
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
            Loader.load(Native.class);
            Native.afterimage_tier();
            return null;
        } catch (LinkageError e) {
            return "the native library is not loaded ("
                    + String.valueOf(e.getMessage()).lines().findFirst().orElse("")
                    + "); build with g++ installed and without -Dnative.skip";
        }
    }
}
