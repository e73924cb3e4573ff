package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class ReadmeTest {
    private static final Path README = Path.of("README.md");
    private static final int MAX_LINES = 130;

    /** The commands of the program, by name. */
    private static final Map<String, Class<?>> COMMANDS = Arrays.stream(
                    Afterimage.class.getAnnotation(CommandLine.Command.class).subcommands())
            .filter(type -> type != CommandLine.HelpCommand.class)
            .collect(Collectors.toMap(
                    type -> type.getAnnotation(CommandLine.Command.class).name(), Function.identity()));

    /** A command of the program, in an indented line or between backquotes. */
    private static final Pattern COMMAND = Pattern.compile(
            "(?m)(?:^ {4}.*?|`)(?:afterimage|afterimage\\.jar|cli\\.Afterimage) ([a-z-]+(?: [^`\n]*)?)(?:$|`)");

    private static final Pattern WORD = Pattern.compile("'([^']*)'|([^\\s']+)");

    static Stream<Path> readmes() throws IOException {
        return Files.find(Path.of(""), 3, (path, attributes) -> path.endsWith(README));
    }

    @Test
    void fitsInAHundredAndThirtyLines() throws IOException {
        assertThat(Files.readAllLines(README)).hasSizeLessThanOrEqualTo(MAX_LINES);
    }

    @Test
    void itsJavaExampleRunsAndLeavesTheIndexAsItWas(@TempDir Path folder) throws Exception {
        List<String> blocks = matches("(?s)```java\n(.*?)```", Files.readString(README));
        assertThat(blocks).as("Java examples of " + README).hasSize(1);
        Path file = Files.writeString(folder.resolve("Example.java"), blocks.get(0));
        StringWriter messages = new StringWriter();
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (var files = compiler.getStandardFileManager(null, null, null)) {
            List<String> options = List.of("-d", folder.toString(), "-cp", System.getProperty("java.class.path"));
            assertThat(compiler.getTask(messages, null, null, options, null, files.getJavaFileObjects(file))
                            .call())
                    .as(messages.toString())
                    .isTrue();
        }
        Path index = Files.copy(Path.of("models/drawings.safetensors"), folder.resolve("index.safetensors"));
        try (var loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
            Method run = loader.loadClass("Example").getDeclaredMethod("run", Path.class, Path.class, Path.class);
            run.setAccessible(true);
            run.invoke(null, Path.of("models/cifar10_resnet.onnx"), index, Path.of("models/pictures/ship.png"));
        }
        Run.reported("info %s", index).containsEntry("keys", 300);
    }

    @Test
    void itsDependencyIsThatOfTheService() throws IOException {
        List<String> blocks = matches("(?s)```xml\n(.*?)```", Files.readString(README));
        assertThat(blocks).hasSize(1);
        String service = Files.readString(Path.of("tools/consumers/service/pom.xml"));
        assertThat(service.replaceAll("\\s", "")).contains(blocks.get(0).replaceAll("\\s", ""));
    }

    @ParameterizedTest
    @MethodSource("readmes")
    void theProgramParsesEveryCommand(Path file) throws IOException {
        String text = Files.readString(file).replaceAll("(?s)```.*?```", "").replaceAll(" \\\\\n +", " ");
        for (MatchResult command : COMMAND.matcher(text).results().toList()) {
            List<String> words = WORD.matcher(command.group(1))
                    .results()
                    .map(word -> word.group(1) == null ? word.group(2) : word.group(1))
                    .takeWhile(word -> !word.equals("|")) // what follows reads what the command prints
                    .toList();
            if (words.get(0).equals("--help")) {
                continue;
            }
            assertThat(COMMANDS).as(file + ": " + command.group(1)).containsKey(words.get(0));
            CommandLine line = new CommandLine(COMMANDS.get(words.get(0)));
            assertThatCode(() -> line.parseArgs(words.stream().skip(1).toArray(String[]::new)))
                    .as(file + ": " + command.group(1))
                    .doesNotThrowAnyException();
        }
    }

    @ParameterizedTest
    @MethodSource("readmes")
    void everyLinkLeadsToAFileAndAHeading(Path file) throws IOException {
        for (String link : matches("]\\(([^)]+)\\)", Files.readString(file))) {
            if (link.startsWith("https:")) {
                continue;
            }
            String[] parts = link.split("#", 2);
            Path folder = file.toAbsolutePath().getParent();
            Path target = parts[0].isEmpty() ? file.toAbsolutePath() : folder.resolve(parts[0]);
            assertThat(target).as(file + ": " + link).exists();
            if (parts.length == 2) {
                assertThat(headings(target)).as(file + ": " + link).contains(parts[1]);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("readmes")
    void everyScriptAndBenchmarkExists(Path file) throws IOException {
        String text = Files.readString(file);
        assertThat(matches("(?<![\\w./])((?:\\.ci|bench|models|native|tools)/[\\w./-]*\\w)", text))
                .allSatisfy(path -> assertThat(Path.of(path)).exists());
        assertThat(matches("benchmarks\\.jar (?:io\\.github\\.afterimage\\.bench\\.)?([A-Z]\\w+)", text))
                .allSatisfy(name -> assertThat(Path.of("bench/main/java/io/github/afterimage/bench", name + ".java"))
                        .exists());
    }

    /** The anchors of a page's headings: lower case, hyphens for spaces, no punctuation. */
    private static List<String> headings(Path page) throws IOException {
        Path file = Files.isDirectory(page) ? page.resolve(README) : page;
        return matches("(?m)^#+ (.*)$", Files.readString(file)).stream()
                .map(heading -> heading.toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\w -]", "")
                        .replace(' ', '-'))
                .toList();
    }

    private static List<String> matches(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(match -> match.group(1))
                .toList();
    }
}
