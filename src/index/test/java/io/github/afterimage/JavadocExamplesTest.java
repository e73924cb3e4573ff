package io.github.afterimage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class JavadocExamplesTest {
    private static final Path SOURCES = Path.of("src/index/main/java/io/github/afterimage");
    private static final Pattern EXAMPLE = Pattern.compile("<pre>\\{@code\\n(.*?)\\n \\* }</pre>", Pattern.DOTALL);
    private static final Pattern FACADE =
            Pattern.compile("^public (?:final class|record|interface) (?!\\w+Exception\\b)(\\w+)", Pattern.MULTILINE);

    static List<Path> facade() throws IOException {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> sources = Files.list(SOURCES)) {
            for (Path file : sources.filter(Files::isRegularFile).sorted().toList()) {
                if (FACADE.matcher(Files.readString(file)).find()) {
                    files.add(file);
                }
            }
        }
        return files;
    }

    @Test
    void theFacadeHasClasses() throws IOException {
        assertThat(facade()).contains(SOURCES.resolve("CacheIndex.java"), SOURCES.resolve("Tuner.java"));
    }

    @ParameterizedTest
    @MethodSource("facade")
    void everyFacadeClassHasAnExampleThatCompiles(Path file, @TempDir Path folder) throws IOException {
        List<String> examples = new ArrayList<>();
        Matcher matcher = EXAMPLE.matcher(Files.readString(file));
        while (matcher.find()) {
            examples.add(matcher.group(1).replaceAll("(?m)^ \\* ?", ""));
        }
        assertThat(examples).as("examples in the Javadoc of " + file).isNotEmpty();
        StringWriter source = new StringWriter();
        for (String name : List.of(
                "io.github.afterimage.*",
                "io.github.afterimage.engine.*",
                "io.github.afterimage.reduce.*",
                "java.nio.*",
                "java.nio.file.*",
                "java.util.*")) {
            source.append("import " + name + ";\n");
        }
        source.append("class Examples {\n");
        for (int i = 0; i < examples.size(); i++) {
            source.append("static void example" + i + "() throws Exception {\n" + examples.get(i) + "\n}\n");
        }
        source.append("}\n");
        Path written = Files.writeString(folder.resolve("Examples.java"), source.toString());
        var compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        try (var files = compiler.getStandardFileManager(null, null, null)) {
            List<String> options = List.of("-d", folder.toString(), "-cp", System.getProperty("java.class.path"));
            boolean compiled = compiler.getTask(messages, null, null, options, null, files.getJavaFileObjects(written))
                    .call();
            assertThat(compiled).as(source + "\n" + messages).isTrue();
        }
    }
}
