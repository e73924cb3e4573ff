package io.github.afterimage.experiments.command;

import io.github.afterimage.MemoryUse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** Memory of this process and of the machine. Only Linux tells it; on other systems the values are empty. */
public final class ProcessMemory {
    private ProcessMemory() {}

    /** The peak resident memory of this process, which includes mapped files. */
    public static OptionalLong peakResidentBytes() {
        return entry("/proc/self/status", "VmHWM:");
    }

    public static OptionalLong machineBytes() {
        return entry("/proc/meminfo", "MemTotal:");
    }

    public static OptionalLong availableBytes() {
        return entry("/proc/meminfo", "MemAvailable:");
    }

    /**
     * The peak memory until now.
     *
     * @param resident as {@link #peakResidentBytes}
     * @param keysAndBuffers bytes of it that the library reserved in native memory
     */
    public record Peak(OptionalLong resident, long keysAndBuffers) {
        public static Peak now() {
            return new Peak(peakResidentBytes(), MemoryUse.peakBytes());
        }
    }

    private static OptionalLong entry(String file, String name) {
        try {
            return Files.readAllLines(Path.of(file)).stream()
                    .filter(line -> line.startsWith(name) && line.endsWith(" kB"))
                    .mapToLong(line -> 1024
                            * Long.parseLong(line.substring(name.length(), line.length() - 3)
                                    .strip()))
                    .findFirst();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }
}
