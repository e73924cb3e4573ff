package io.github.afterimage.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostMemoryTest {
    private static final long GIB = 1L << 30;

    @TempDir
    Path root;

    @BeforeEach
    void sixtyFourGibibytesAvailable() throws IOException {
        write("proc/meminfo", "MemTotal:       134217728 kB\nMemFree:  1 kB\nMemAvailable:   67108864 kB\n");
    }

    private void write(String file, String content) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, content);
    }

    @Test
    void anEighthOfTheAvailableMemoryStaysFree() {
        assertThat(HostMemory.toPin(Long.MAX_VALUE, root)).isEqualTo(56 * GIB);
    }

    @Test
    void theLimitCountsAsAvailableMemoryDoes() {
        assertThat(HostMemory.toPin(16 * GIB, root)).isEqualTo(14 * GIB);
    }

    @Test
    void aGibibyteStaysFreeIfThatIsMore() throws IOException {
        write("proc/meminfo", "MemAvailable: 2097152 kB\n");
        assertThat(HostMemory.toPin(Long.MAX_VALUE, root)).isEqualTo(GIB);
        write("proc/meminfo", "MemAvailable: 1000 kB\n");
        assertThat(HostMemory.toPin(Long.MAX_VALUE, root)).isZero();
        write("proc/meminfo", "nothing\n");
        assertThat(HostMemory.toPin(Long.MAX_VALUE, root)).isZero();
    }

    @Test
    void everyGroupAroundTheProcessCounts() throws IOException {
        write("proc/self/cgroup", "0::/service/part\n");
        write("sys/fs/cgroup/service/part/memory.max", "max\n");
        write("sys/fs/cgroup/service/memory.max", String.valueOf(20 * GIB));
        write("sys/fs/cgroup/service/memory.current", String.valueOf(10 * GIB));
        write("sys/fs/cgroup/service/memory.stat", "anon 5\ninactive_file " + 6 * GIB + "\nactive_file 7\n");
        assertThat(HostMemory.toPin(Long.MAX_VALUE, root)).isEqualTo(14 * GIB);
    }

    @Test
    void aContainersLimitIsAtTheTop() throws IOException {
        write("proc/self/cgroup", "0::/docker/0123456789ab\n");
        write("sys/fs/cgroup/memory.max", String.valueOf(8 * GIB));
        write("sys/fs/cgroup/memory.current", "0\n");
        assertThat(HostMemory.toPin(Long.MAX_VALUE, root)).isEqualTo(7 * GIB);
    }

    @Test
    void theFirstVersionOfControlGroupsCountsToo() throws IOException {
        write("proc/self/cgroup", "5:cpu,cpuacct:/a\n4:memory:/a\n");
        write("sys/fs/cgroup/memory/a/memory.limit_in_bytes", String.valueOf(16 * GIB));
        write("sys/fs/cgroup/memory/a/memory.usage_in_bytes", String.valueOf(9 * GIB));
        write("sys/fs/cgroup/memory/a/memory.stat", "total_inactive_file " + GIB + "\n");
        write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        assertThat(HostMemory.toPin(Long.MAX_VALUE, root)).isEqualTo(7 * GIB);
    }
}
