package io.github.afterimage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;

/** Compiles the examples in the Javadoc of a class. */
public final class JavadocExamples {
    private static final Pattern EXAMPLE = Pattern.compile("<pre>\\{@code\\n(.*?)\\n \\* }</pre>", Pattern.DOTALL);

    private JavadocExamples() {}

    /**
     * Asserts that a class has examples and that they compile, and returns them: a class with a static method for each.
     *
     * @param source the Java file of the class
     * @param folder receives the compiled classes
     * @param imports the imports of the examples, such as {@code java.util.*}
     */
    public static Class<?> assertCompile(Path source, Path folder, List<String> imports) throws IOException {
        List<String> examples = new ArrayList<>();
        Matcher matcher = EXAMPLE.matcher(Files.readString(source));
        while (matcher.find()) {
            examples.add(matcher.group(1).replaceAll("(?m)^ \\* ?", ""));
        }
        assertThat(examples).as("examples in the Javadoc of " + source).isNotEmpty();
        StringBuilder code = new StringBuilder();
        imports.forEach(name -> code.append("import ").append(name).append(";\n"));
        code.append("class CompiledExamples {\n");
        for (int i = 0; i < examples.size(); i++) {
            String example = examples.get(i);
            code.append(
                    example.startsWith("static ")
                            ? example + "\n"
                            : "static void example" + i + "() throws Exception {\n" + example + "\n}\n");
        }
        Path file = Files.writeString(folder.resolve("CompiledExamples.java"), code + "}\n");
        var compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        try (var files = compiler.getStandardFileManager(null, null, null)) {
            List<String> options = List.of("-d", folder.toString(), "-cp", System.getProperty("java.class.path"));
            boolean compiled = compiler.getTask(messages, null, null, options, null, files.getJavaFileObjects(file))
                    .call();
            assertThat(compiled).as(code + "\n" + messages).isTrue();
        }
        try {
            return new URLClassLoader(new URL[] {folder.toUri().toURL()}).loadClass("CompiledExamples");
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }
}
