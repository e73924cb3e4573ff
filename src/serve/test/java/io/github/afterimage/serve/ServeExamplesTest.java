package io.github.afterimage.serve;

import io.github.afterimage.JavadocExamples;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServeExamplesTest {
    @Test
    void everyFacadeClassHasAnExampleThatCompiles(@TempDir Path folder) throws IOException {
        Path sources = Path.of("src/serve/main/java/io/github/afterimage/serve");
        ClassLoader unused = JavadocExamples.assertCompile(
                List.of(sources.resolve("InferenceServer.java"), sources.resolve("ServerOptions.java")),
                folder,
                List.of(
                        "io.github.afterimage.*",
                        "io.github.afterimage.answer.*",
                        "io.github.afterimage.failure.*",
                        "io.github.afterimage.settings.*",
                        "io.github.afterimage.model.*",
                        "io.github.afterimage.serve.*",
                        "io.github.afterimage.serve.models.*",
                        "io.github.afterimage.serving.*",
                        "java.nio.file.*",
                        "java.util.*"));
    }
}
