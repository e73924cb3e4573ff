package io.github.afterimage.bench;

import io.github.afterimage.file.IndexFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;

/** Figures of a stage of a measurement, which is a process of its own: its reading, its memory, and its container. */
final class Stage {
    private Stage() {}

    /** Takes the files of an index out of the page cache. */
    static void forget(Path index) throws IOException {
        for (Path part : IndexFile.files(index)) {
            try {
                new ProcessBuilder(
                                "dd", "of=" + part, "oflag=nocache", "conv=notrunc,fdatasync", "count=0", "status=none")
                        .start()
                        .waitFor();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Returns the bytes that this process has read from disks. */
    static long bytesRead() throws IOException {
        return number(Path.of("/proc/self/io"), "read_bytes:");
    }

    /** Returns the resident bytes of this process. */
    static long resident() throws IOException {
        return number(Path.of("/proc/self/status"), "VmRSS:") * 1024;
    }

    static void printMemory() throws IOException {
        print(
                "memory: resident at most %.2f GB, container at most %.2f GB of %.2f GB%n",
                number(Path.of("/proc/self/status"), "VmHWM:") * 1024 / 1e9,
                container("memory.max_usage_in_bytes") / 1e9,
                container("memory.limit_in_bytes") / 1e9);
    }

    /** A figure of this process's memory container; NaN where there is none. */
    private static double container(String name) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/cgroup"))) {
            String[] words = line.split(":", 3);
            Path file = Path.of("/sys/fs/cgroup/memory" + words[2], name);
            if (words[1].equals("memory") && Files.exists(file)) {
                return Double.parseDouble(Files.readString(file).trim());
            }
        }
        return Double.NaN;
    }

    private static long number(Path file, String name) throws IOException {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.filter(line -> line.startsWith(name))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .findFirst()
                    .orElse(0);
        }
    }

    static void print(String format, Object... values) {
        System.out.printf(Locale.ROOT, format, values);
    }
}
