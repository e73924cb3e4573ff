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

/** Compiles the examples in the Javadoc of classes. */
public final class JavadocExamples {
    private static final Pattern EXAMPLE = Pattern.compile("<pre>\\{@code\\n(.*?)\\n \\* }</pre>", Pattern.DOTALL);

    private JavadocExamples() {}

    /**
     * Asserts that classes have examples and that they compile.
     *
     * @param sources the Java files of the classes
     * @param folder receives the compiled classes
     * @param imports the imports of the examples, such as {@code java.util.*}
     * @return loads the class of the examples of each source by its {@link #name}, with a static method for each
     */
    public static ClassLoader assertCompile(List<Path> sources, Path folder, List<String> imports) throws IOException {
        List<Path> files = new ArrayList<>();
        for (Path source : sources) {
            files.add(Files.writeString(folder.resolve(name(source) + ".java"), code(source, imports)));
        }
        var compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        try (var manager = compiler.getStandardFileManager(null, null, null)) {
            List<String> options = List.of("-d", folder.toString(), "-cp", System.getProperty("java.class.path"));
            boolean compiled = compiler.getTask(
                            messages, null, null, options, null, manager.getJavaFileObjectsFromPaths(files))
                    .call();
            assertThat(compiled).as(messages.toString()).isTrue();
        }
        return new URLClassLoader(new URL[] {folder.toUri().toURL()});
    }

    /** Returns the name of the class with the examples of a source. */
    public static String name(Path source) {
        return "Of_" + source.getFileName().toString().replace(".java", "").replace('-', '_');
    }

    private static String code(Path source, List<String> imports) throws IOException {
        List<String> examples = new ArrayList<>();
        Matcher matcher = EXAMPLE.matcher(Files.readString(source));
        while (matcher.find()) {
            examples.add(matcher.group(1).replaceAll("(?m)^ \\* ?", ""));
        }
        assertThat(examples).as("examples in the Javadoc of " + source).isNotEmpty();
        StringBuilder code = new StringBuilder();
        imports.forEach(name -> code.append("import ").append(name).append(";\n"));
        code.append("class " + name(source) + " {\n");
        for (int i = 0; i < examples.size(); i++) {
            String example = examples.get(i);
            code.append(
                    example.startsWith("static ")
                            ? example + "\n"
                            : "static void example" + i + "() throws Exception {\n" + example + "\n}\n");
        }
        return code + "}\n";
    }
}
