package io.github.afterimage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JavadocExamplesTest {
    private static final Path SOURCES = Path.of("src/index/main/java/io/github/afterimage");
    private static final Pattern FACADE =
            Pattern.compile("^public (?:final class|record|interface) (?!\\w+Exception\\b)(\\w+)", Pattern.MULTILINE);

    /** Classes that only the index itself calls. */
    private static final List<String> INTERNAL = List.of("IndexQueries", "IndexTuning", "StoredAttributes");

    private static List<Path> facade() throws IOException {
        List<Path> files = new ArrayList<>();
        files.add(SOURCES.resolve("package-info.java"));
        for (String type :
                List.of("Batcher", "BatchListener", "BatchOptions", "Health", "Monitored", "RequestCounts")) {
            files.add(SOURCES.resolve("serving/" + type + ".java"));
        }
        files.add(SOURCES.resolve("metrics/BatcherMetrics.java"));
        files.add(SOURCES.resolve("metrics/CacheIndexMetrics.java"));
        for (String folder : List.of("", "answer", "settings")) {
            try (Stream<Path> sources = Files.list(SOURCES.resolve(folder))) {
                for (Path file : sources.filter(Files::isRegularFile).sorted().toList()) {
                    String name = file.getFileName().toString().replace(".java", "");
                    if (!INTERNAL.contains(name)
                            && FACADE.matcher(Files.readString(file)).find()) {
                        files.add(file);
                    }
                }
            }
        }
        return files;
    }

    @Test
    void theFacadeHasClasses() throws IOException {
        assertThat(facade()).contains(SOURCES.resolve("CacheIndex.java"), SOURCES.resolve("answer/Tuner.java"));
    }

    @Test
    void everyFacadeClassHasAnExampleThatCompiles(@TempDir Path folder) throws IOException {
        ClassLoader unused = JavadocExamples.assertCompile(
                facade(),
                folder,
                List.of(
                        "io.github.afterimage.*",
                        "io.github.afterimage.answer.*",
                        "io.github.afterimage.failure.*",
                        "io.github.afterimage.settings.*",
                        "io.github.afterimage.engine.*",
                        "io.github.afterimage.metrics.*",
                        "io.github.afterimage.reduce.*",
                        "io.github.afterimage.serving.*",
                        "io.micrometer.core.instrument.simple.*",
                        "java.io.*",
                        "java.nio.*",
                        "java.nio.file.*",
                        "java.time.*",
                        "java.util.*",
                        "java.util.concurrent.*"));
    }
}
