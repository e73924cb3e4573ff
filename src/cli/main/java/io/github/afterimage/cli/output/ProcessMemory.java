package io.github.afterimage.cli.output;

import io.github.afterimage.store.Memory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** Memory of this process and of the machine, as Linux tells it; other systems do not. */
public final class ProcessMemory {
    private ProcessMemory() {}

    /** The most that this process has had in memory at once, mapped files included. */
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
     * The most memory until now.
     *
     * @param resident as {@link #peakResidentBytes}
     * @param keysAndBuffers of it in native memory that the library reserved
     */
    public record Peak(OptionalLong resident, long keysAndBuffers) {
        public static Peak now() {
            return new Peak(peakResidentBytes(), Memory.peakBytes());
        }

        /** Adds the peak to a report and a line of text to its table of stages. */
        public void report(Report report, Table stages) {
            report.field("peakBytes", resident.orElse(keysAndBuffers));
            report.field("peakKeyAndBufferBytes", keysAndBuffers);
            stages.row(
                    "peak memory",
                    Format.bytes(resident.orElse(keysAndBuffers)),
                    resident.isPresent() ? Format.bytes(keysAndBuffers) + " of it keys and buffers" : "");
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
