package io.github.afterimage.cuda;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The host memory that may be pinned: the system cannot take it back, so it must not run out of the rest. */
final class HostMemory {
    /** Bytes that stay free, and the fraction of the available memory, 1 / 8, that stays free if that is more. */
    private static final long MARGIN_BYTES = 1L << 30;

    private static final int MARGIN_FRACTION = 8;

    private HostMemory() {}

    /**
     * Bytes that may be pinned, from what the system and the control groups of this process have available.
     *
     * @param limit bytes that another limit leaves; the same margin stays free of them
     */
    static long toPin(long limit) {
        return toPin(limit, Path.of("/"));
    }

    /** @param root the folder with {@code proc} and {@code sys} */
    static long toPin(long limit, Path root) {
        long available = Math.min(limit, number(root.resolve("proc/meminfo"), "MemAvailable:", 0) << 10);
        for (String line : lines(root.resolve("proc/self/cgroup"))) {
            String[] parts = line.split(":", 3);
            if (parts.length == 3
                    && (parts[1].isEmpty() || List.of(parts[1].split(",")).contains("memory"))) {
                available = Math.min(available, leftInGroups(root, parts[1].isEmpty(), parts[2]));
            }
        }
        return Math.max(0, available - Math.max(MARGIN_BYTES, available / MARGIN_FRACTION));
    }

    /** Returns the least that a group of this process and the groups around it have left; without a limit, the most of a long. */
    private static long leftInGroups(Path root, boolean unified, String group) {
        Path top = root.resolve(unified ? "sys/fs/cgroup" : "sys/fs/cgroup/memory");
        long left = Long.MAX_VALUE;
        // In a container the path may be that of the host, which is not there; the container's group is at the top
        // then.
        Path folder = top.resolve(group.substring(1)).normalize();
        while (folder != null && folder.startsWith(top)) {
            long limit = number(folder.resolve(unified ? "memory.max" : "memory.limit_in_bytes"), "", Long.MAX_VALUE);
            long used = number(folder.resolve(unified ? "memory.current" : "memory.usage_in_bytes"), "", 0);
            // Cached files that nobody has read lately count as used, but go when memory is needed.
            long cached = number(folder.resolve("memory.stat"), unified ? "inactive_file " : "total_inactive_file ", 0);
            left = Math.min(left, limit - Math.max(0, used - cached));
            folder = folder.getParent();
        }
        return left;
    }

    /** Returns the number behind {@code name} in the first line that starts with it; {@code otherwise} if there is none. */
    private static long number(Path file, String name, long otherwise) {
        for (String line : lines(file)) {
            String value = line.startsWith(name)
                    ? line.substring(name.length()).strip().split(" ")[0]
                    : "";
            if (value.matches("[0-9]{1,18}")) {
                return Long.parseLong(value);
            }
        }
        return otherwise;
    }

    private static List<String> lines(Path file) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.toList();
        } catch (IOException e) {
            // No such file: no such limit.
            return List.of();
        }
    }
}
