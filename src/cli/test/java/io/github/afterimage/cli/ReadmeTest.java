package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadmeTest {
    private static final String BEFORE = """
            import io.github.afterimage.*;
            import io.github.afterimage.model.*;
            import io.github.afterimage.model.*;
            import io.github.afterimage.model.data.Image;
            import io.github.afterimage.engine.*;
            import io.github.afterimage.reduce.Reduction;
            import java.nio.file.Path;

            class Example {
                void run(float[] features, int[] labels, float[] queries) throws Exception {
            """;

    @Test
    void itsJavaExampleCompiles(@TempDir Path folder) throws Exception {
        Matcher block =
                Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(Path.of("README.md")));
        assertThat(block.find()).as("README.md has a Java example").isTrue();
        String source = BEFORE + block.group(1) + "}}";
        JavaFileObject file =
                new SimpleJavaFileObject(URI.create("string:///Example.java"), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return source;
                    }
                };
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        List<String> options = List.of("-d", folder.toString(), "-cp", System.getProperty("java.class.path"));
        boolean compiled = compiler.getTask(messages, null, null, options, null, List.of(file))
                .call();
        assertThat(compiled).as(messages.toString()).isTrue();
    }

    @Test
    void everyCommandOfItsTableExists() throws Exception {
        String readme = Files.readString(Path.of("README.md"));
        String table = readme.substring(readme.indexOf("| command | does |")).split("\n\n")[0];
        Matcher rows = Pattern.compile("^\\| (`[^|]*) \\|", Pattern.MULTILINE).matcher(table);
        String help =
                new String(Files.readAllBytes(Path.of("src/cli/main/java/io/github/afterimage/cli/Afterimage.java")));
        int commands = 0;
        while (rows.find()) {
            Matcher name = Pattern.compile("`([a-z-]+)").matcher(rows.group(1));
            while (name.find()) {
                String type = className(name.group(1));
                assertThat(help).contains(type + ".class");
                commands++;
            }
        }
        assertThat(commands).isGreaterThan(8);
    }

    private static String className(String command) {
        StringBuilder name = new StringBuilder();
        for (String word : command.split("-")) {
            name.append(Character.toUpperCase(word.charAt(0))).append(word.substring(1));
        }
        return name.append("Command").toString();
    }
}
