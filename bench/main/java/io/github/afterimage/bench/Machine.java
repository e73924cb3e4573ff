package io.github.afterimage.bench;

import io.github.afterimage.Engines;
import io.github.afterimage.engine.InstructionSet;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.lucene.util.Version;

/** The conditions of a measurement beside the code: the machine, its software and the number of threads. */
final class Machine {
    /** The number of threads of every contender: all processors, or the value of {@code -Dthreads=N}. */
    static final int THREADS =
            Integer.getInteger("threads", Runtime.getRuntime().availableProcessors());

    private Machine() {}

    static Map<String, String> describe() {
        Map<String, String> machine = new LinkedHashMap<>();
        machine.put("date", LocalDate.now(ZoneOffset.UTC).toString());
        machine.put("processor", fromFile("/proc/cpuinfo", "model name"));
        machine.put("processors", String.valueOf(Runtime.getRuntime().availableProcessors()));
        machine.put("threads", String.valueOf(Machine.THREADS));
        machine.put("instructions", InstructionSet.current());
        machine.put("engine", Engines.auto().name());
        machine.put("memory", memoryGigabytes() + " GB");
        machine.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        machine.put("java", System.getProperty("java.vm.name") + " " + Runtime.version());
        machine.put("openblas", version("org.bytedeco/openblas"));
        machine.put(
                "lucene",
                Version.LATEST + ", "
                        + (VectorScan.withLucene()
                                ? VectorScan.kernels()
                                : "left out: it has kernels for Java 21 and 22"));
        machine.put("jvector", version("io.github.jbellis/jvector-base") + ", " + VectorScan.kernels());
        return machine;
    }

    private static long memoryGigabytes() {
        return Math.round(((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                        .getTotalMemorySize()
                / 1e9);
    }

    private static String version(String artifact) {
        try (InputStream file = Machine.class.getResourceAsStream("/META-INF/maven/" + artifact + "/pom.properties")) {
            Properties properties = new Properties();
            properties.load(file);
            return properties.getProperty("version");
        } catch (IOException e) {
            throw new UncheckedIOException(e); // it is in the jar
        }
    }

    private static String fromFile(String file, String name) {
        try {
            for (String line : Files.readAllLines(Path.of(file))) {
                if (line.startsWith(name)) {
                    return line.substring(line.indexOf(':') + 1).trim();
                }
            }
        } catch (IOException e) {
            // not on this system
        }
        return System.getProperty("os.arch");
    }
}
