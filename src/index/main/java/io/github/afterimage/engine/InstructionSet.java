package io.github.afterimage.engine;

import io.github.afterimage.binding.Native;
import io.github.afterimage.platform.NativeLibrary;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;

/**
 * The instruction set of the native kernels: the best of the processor, or the one that the system property {@value #PROPERTY}
 * names.
 *
 * <p>Threads: thread-safe, but call {@link #use} only while no query runs.
 */
public final class InstructionSet {
    /** The system property that names an instruction set, for measurements or to avoid another set. */
    public static final String PROPERTY = "afterimage.instructions";

    private static volatile boolean chosen;

    private InstructionSet() {}

    /** Returns the name of the set in use, or of the set that the first query will use; requires the native library. */
    public static String current() {
        String named = System.getProperty(PROPERTY);
        return !chosen && supported().contains(named) ? named : name(Native.afterimage_tier());
    }

    /** Returns the names of the sets of this processor, slowest first; empty without the native library. */
    public static List<String> supported() {
        List<String> names = new ArrayList<>();
        for (int tier = 0; NativeLibrary.available() && tier <= Native.afterimage_best_tier(); tier++) {
            names.add(name(tier));
        }
        return names;
    }

    /**
     * Sets the instruction set of the whole process.
     *
     * @throws IllegalArgumentException if this processor has no set of that name
     */
    public static void use(String name) {
        int tier = supported().indexOf(name);
        if (tier < 0 || Native.afterimage_use_tier(tier) != Native.AFTERIMAGE_OK) {
            throw new IllegalArgumentException(
                    "instruction set \"" + name + "\": expected one that this processor runs: " + supported());
        }
        chosen = true;
    }

    /**
     * Sets the instruction set that the system property names, unless {@link #use} was called.
     *
     * @throws IllegalArgumentException if this processor has no set of that name
     */
    public static void useNamed() {
        String name = System.getProperty(PROPERTY);
        if (name == null || chosen) {
            return;
        }
        try {
            use(name);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("-D" + PROPERTY + ": " + e.getMessage(), e);
        }
    }

    private static String name(int tier) {
        BytePointer name = Native.afterimage_tier_name(tier);
        return name.getString();
    }
}
